"""Names that Keras had, that other frameworks have, or that are spelled otherwise: what stands in their place.

The tables lie in `former_names.py` and `former_arguments.py`; a test holds every name on their right against the catalogue. Nothing is
loaded before the first mistake. What is said about such a name is decided where it is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cnnspec.catalogue.entry import Entry
from cnnspec.catalogue.former_arguments import EXPRESSED as ARGUMENTS_EXPRESSED
from cnnspec.catalogue.former_arguments import KERAS_1, KERAS_2, SAID, SETTINGS, TORCH
from cnnspec.catalogue.former_arguments import RENAMED as ARGUMENTS
from cnnspec.catalogue.former_names import EXPRESSED, RENAMED, SECTIONS, WORDS, WORDS_EXPRESSED
from cnnspec.catalogue.torch import LAYERS

BRITISH: Final = "British spelling"
SPELLING: Final = "another spelling"
"""Only capitals or `_` differ."""
_AMERICAN: Final = (
    (re.compile(r"is(ations?|ed|ers?|es?|ing)(?=$|_|[A-Z0-9])"), r"iz\1"),
    (re.compile(r"(?i)colour"), "color"),
    (re.compile(r"(?i)neighbour"), "neighbor"),
    (re.compile(r"(?i)centre"), "center"),
    (re.compile(r"(?i)grey"), "gray"),
)


@dataclass(frozen=True, slots=True)
class Former:
    """`now` is the name that means the same; where no other name will do, `how` says what to write. `origin` says who calls it so."""

    origin: str
    now: str = ""
    how: str = ""

    @property
    def keeps_arguments(self) -> bool:
        """Whether `now` takes the same arguments, by these or by former names, so that they can be checked."""
        return bool(self.now) and self.origin != TORCH

    def words(self, name: str, unknown: str, label: str, *, value: str = "...", owner: str = "", rate: str = "...") -> tuple[str, str, str]:
        """The headline, the label and the help for `name`. `unknown` and `label` are what is said of a name that means nothing at all.

        The rest fills in `how`: the value that was given, what the argument belongs to, and the learning rate beside it.
        """
        if self.origin in (BRITISH, SPELLING):
            return unknown, BRITISH if self.origin == BRITISH else label, f"did you mean `{self.now}`?"
        label = f"{self.origin} name" if self.origin else label
        if self.now:
            place = "in Keras 3" if self.origin in (KERAS_1, KERAS_2) else "here"
            return f"`{name}` is called `{self.now}` {place}", label, f"write `{self.now}`"
        return unknown, label, self.how.format(name=name, value=value, word=value.strip("\"'"), owner=owner, rate=rate)


def american(word: str) -> str:
    """The word in American spelling, as Keras has it: `kernel_regulariser` -> `kernel_regularizer`."""
    for british, written in _AMERICAN:
        word = british.sub(lambda found, written=written: _like(found[0], found.expand(written)), word)  # type: ignore[misc]
    return word


def _like(before: str, after: str) -> str:
    """The word in capitals where the other began with one."""
    return after.capitalize() if before[:1].isupper() and after.islower() else after


def same_word(word: str, options: Iterable[str]) -> Former | None:
    """The option that is the word but for capitals, `_` and British spelling; None where no one or several are."""
    plain, british = _plain(word), _plain(american(word))
    found = {option: british if _plain(option) != plain else "" for option in options if _plain(option) in (plain, british)}
    if len(found) != 1:
        return None
    (option, spelled), *_ = found.items()
    return Former(BRITISH if spelled else SPELLING, now=option)


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").strip()


def name_of(kind: str, name: str, known: Iterable[str] = ()) -> Former | None:
    """What a layer or object of a kind is called now, by the name that it had; `known` are the names of the kind."""
    word = name.lower()
    if (same := same_word(name, known)) is not None:
        return same
    if (found := RENAMED.get(kind, {}).get(word)) is not None:
        return Former(found[0], now=found[1])
    if (found := EXPRESSED.get(kind, {}).get(word)) is not None:
        return Former(found[0], how=found[1])
    return Former(TORCH, now=LAYERS[name].now) if kind == "layer" and name in LAYERS else None


def argument_of(entry: Entry, name: str) -> Former | None:
    """What an argument of a layer or object is called now, or how it is said."""
    for owner in (entry.name, entry.kind):
        if (said := ARGUMENTS_EXPRESSED.get(owner, {}).get(name)) is not None:
            return Former(said[0], how=said[1])
    known = [parameter.name for parameter in entry.params]
    if (found := ARGUMENTS.get(name)) is not None:
        now = next((target for target in found[1].split() if target in known), None)
        if now is not None:
            return Former(found[0], now=now)
    return same_word(name, known)


def word_of(parameter: str, kinds: Iterable[str], word: str, known: Iterable[str]) -> Former | None:
    """What a string is called now that stands for an object, or for one of the words of an argument."""
    plain, options = word.strip().lower(), tuple(known)
    for place in (parameter, *kinds):
        if (said := WORDS_EXPRESSED.get(place, {}).get(plain)) is not None:
            return Former(said[0], how=said[1])
        if (found := WORDS.get(place, {}).get(plain)) is not None and found[1] in options:
            return Former(found[0], now=found[1])
    return same_word(word, options)


def setting_of(section: Entry, name: str) -> Former | None:
    """What a setting of a section is called now, or how it is said."""
    settings = SETTINGS.get("train" if section.name == "phase" else section.name, {})
    word = name.lower()
    if (now := settings.get(word) or settings.get(american(word))) is not None:
        return Former("", now=now)
    if (said := SAID.get(section.name, {}).get(word)) is not None:
        return Former("", how=said)
    return same_word(name, [parameter.name for parameter in section.params])


def setting_names(name: str) -> list[tuple[str, str]]:
    """The sections and their settings that a name may mean: `batch_size` is `batch` of `data`."""
    return [(section, names[name.lower()]) for section, names in SETTINGS.items() if name.lower() in names]


def elsewhere(name: str) -> tuple[str, str] | None:
    """The section and the setting that a name means where it stands in none, or in another one."""
    found = [(section, now) for section, now in setting_names(name) if section in ("data", "train", "run", "tune")]
    return found[0] if len(found) == 1 else None


def argument_names(name: str) -> list[str]:
    """What an argument may be called now, whatever it belongs to."""
    return ARGUMENTS[name][1].split() if name in ARGUMENTS else []


def section_of(word: str, known: Iterable[str]) -> Former | None:
    """The section that a word means."""
    now = SECTIONS.get(word.lower())
    return same_word(word, known) or (Former("", now=now) if now is not None else None)
