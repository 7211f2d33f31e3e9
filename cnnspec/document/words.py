"""Small words of the messages: how a value is shown, what a kind is called, what a unit is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from cnnspec.suggest import nearest

Json: TypeAlias = Any
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written after a number, what such a quantity is, and where it belongs."""

    suffix: str
    words: str
    help: str


_ANGLE: Final = "angles are only for RandomRotation; a share is a number or a percentage, e.g. `30%`"
_COUNT: Final = "`5epochs` and `100steps` are only for counts of training steps, such as `decay_steps` of a schedule"
UNITS: Final[Mapping[str, Unit]] = {
    "deg": Unit("deg", "an angle", _ANGLE),
    "rad": Unit("rad", "an angle", _ANGLE),
    "epochs": Unit("epochs", "a number of epochs", _COUNT),
    "steps": Unit("steps", "a number of steps", _COUNT),
    "seconds": Unit("s", "a time", "write a number without a unit"),
}


def shown(value: Json) -> str:
    """A value of the document as the language writes it, shortened."""
    text = _shown(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _shown(value: Json) -> str:
    match value:
        case None | bool() | int():
            return str(value)
        case float():
            return f"{value:g}" if value != int(value) else str(value)
        case str():
            return f'"{value}"'
        case list():
            return f"({', '.join(_shown(item) for item in value)}{',' if len(value) == 1 else ''})"
        case dict() if len(value) == 1 and (unit := UNITS.get(next(iter(value)))):
            return f"{_shown(next(iter(value.values())))}{unit.suffix}"
        case dict() if isinstance(name := next(iter(value.values()), None), str) and value.keys() - {"arguments"} == {next(iter(value))}:
            return f"`{name}(...)`"
        case dict():
            return f"{{{', '.join(f'{_shown(key)}: {_shown(item)}' for key, item in value.items())}}}"
    return str(value)


def noun(kind: str) -> str:
    """What a kind is called in a sentence."""
    names = {"application": "backbone", "schedule": "learning-rate schedule", "source": "data source", "tuner": "search method"}
    return names.get(kind, kind)


def a(kind: str) -> str:
    """The kind with its article: "an optimizer"."""
    word = noun(kind)
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


def listed(words: Sequence[str], last: str = "or") -> str:
    """The words as a list in a sentence: "x", "x or y", "x, y or z"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


@lru_cache(maxsize=1024)
def closest(word: str, known: tuple[str, ...]) -> str | None:
    """`nearest`, once for each mistake: a loop repeats it thousands of times."""
    return nearest(word, known)
