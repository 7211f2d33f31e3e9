"""What is said about a path of `--set` that does not exist, and which was meant: `lr` is `train.optimizer.learning_rate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cnnspec.catalogue.former import argument_names, setting_names
from cnnspec.diagnostics import Diagnostic
from cnnspec.elaborate.overrides import Override
from cnnspec.source import Span
from cnnspec.suggest import nearest

EXAMPLES: Final = {"optimizer": "Adam", "loss": "SparseCategoricalCrossentropy", "source": "npz"}
"""An object for settings that are often a word in the file."""
MAX_LISTED: Final = 12
MAX_MEANT: Final = 3


def unknown_path(override: Override, asked: Mapping[str, str]) -> Diagnostic:
    """The diagnostic for an override that nothing asked for. `asked` are the paths that exist, with what is called there."""
    return _Unknown(override, override.path.split("."), asked).diagnostic()


@dataclass(frozen=True, slots=True)
class _Unknown:
    override: Override
    parts: Sequence[str]
    asked: Mapping[str, str]

    def diagnostic(self) -> Diagnostic:
        known = 0
        while known < len(self.parts) - 1 and self._below(self._path(known + 1)):
            known += 1
        if self._path(known + 1) in self.asked:
            return self._no_parts(known)
        around, word = self._path(known), self.parts[known]
        if self._below(self.override.path):
            return self._error(known, f"`{self.override.path}` has no value of its own", "holds parts", self._listed(self.override.path))
        meant = " or ".join(f"`{path}`" for path in self._meant(known)[:MAX_MEANT])
        help = f"did you mean {meant}?" if meant else self._listed(around)
        return self._error(known, f"{f'`{around}`' if around else 'this file'} has no `{word}`", "unknown path", help)

    def _error(self, number: int, message: str, label: str, help: str) -> Diagnostic:
        """The diagnostic at one part of the path on the command line."""
        span = self.override.span
        start = span.start + sum(len(part) + 1 for part in self.parts[:number])
        place = Span(span.source, start, start + len(self.parts[number]))
        return Diagnostic(code="E0902", message=f"`--set`: {message}", span=place, label=label, help=help)

    def _path(self, length: int) -> str:
        return ".".join(self.parts[:length])

    def _below(self, path: str) -> dict[str, None]:
        """The names that may follow a path (all first names for the empty path), in the order of the file."""
        start = f"{path}." if path else ""
        return dict.fromkeys(asked.removeprefix(start).split(".")[0] for asked in self.asked if asked.startswith(start))

    # ------------------------------------------------------------ what was meant

    def _meant(self, known: int) -> list[str]:
        """The paths that may have been meant. One that exists is better than one that only begins rightly."""
        last = known == len(self.parts) - 1
        found = (meant_path(self.parts, self.asked) if last else None) or self._in_block(known) or self._one_too_many(known)
        if found is not None:
            return [found]
        if several := self._by_word(known):
            return several
        if near := nearest(self.parts[known], self._below(self._path(known))):
            return [self._with(known, near)]
        if known:
            return []
        deeper = [asked for asked in self.asked if asked.endswith(f".{self.override.path}")]
        return deeper or [path for path in (meant_path(self.parts, self.asked),) if path is not None]

    def _with(self, number: int, *words: str) -> str:
        """The path with other words in the place of one."""
        return ".".join([*self.parts[:number], *words, *self.parts[number + 1 :]])

    def _one_too_many(self, known: int) -> str | None:
        """`train.phase.head.epochs`, `model.layers.digit.units`, `search.width`."""
        path = self._with(known)
        return path if known < len(self.parts) - 1 and path in self.asked else None

    def _in_block(self, known: int) -> str | None:
        """`model.stage.conv2d_1.filters`: the layers of a block have one name, `stage__conv2d_1`."""
        path = ".".join([*self.parts[: known - 1], "__".join(self.parts[known - 1 : known + 1]), *self.parts[known + 1 :]])
        return path if known > 1 and path in self.asked else None

    def _by_word(self, known: int) -> list[str]:
        """`augment.RandomFlip.mode`, `residual.filters`: what is called so; `model.conv2d.filters`: what has a number behind the word."""
        around, word = self._path(known) or "model", self.parts[known]
        names = self._below(around)
        called = [name for name in names if self.asked.get(f"{around}.{name}") == word]
        numbered = [name for name in names if name.rpartition("_")[0] == word and name.rpartition("_")[2].isdigit()]
        return [".".join([around, name, *self.parts[known + 1 :]]) for name in called or numbered]

    def _listed(self, around: str) -> str:
        names = list(self._below(around))
        if not names:
            return "it has no settings"
        listed = ", ".join(f"`{name}`" for name in names[:MAX_LISTED])
        what = "its lines and items are numbered" if names[0] == "0" else "its parts are" if around else "what can be set"
        return f"{what}: {listed}{', ...' if len(names) > MAX_LISTED else ''}"

    # ------------------------------------------------------------ words without parts

    def _no_parts(self, known: int) -> Diagnostic:
        """`train.optimizer.learning_rate`, where the file has no object whose argument that could be."""
        whole, rest = self._path(known + 1), self.parts[known + 1 :]
        example = EXAMPLES.get(self.parts[known])
        value = f"{example}({'learning_rate' if list(rest) == ['lr'] else rest[0]}={self.override.text})" if example else "..."
        quote = "'" if example else ""
        help = f"set it as a whole: `--set {quote}{whole}={value}{quote}`"
        return self._error(known + 1, f"`{whole}` has no parts in this file", "nothing to set here", help)


def meant_path(parts: Sequence[str], paths: Mapping[str, str]) -> str | None:
    """The path among those that can be set, by a word of Keras or of another framework; None where it is none of theirs."""
    around = ".".join(parts[:-1])
    candidates = list(_candidates(parts[-1]))
    inside = (f"{around}.{name}" for name in candidates if around)
    rooms = ("model.",) if parts[0] == "model" else ("train.", "run.", "data.")
    anywhere = (path for name in candidates for path in sorted(paths) if path.endswith(f".{name}") and path.startswith(rooms))
    return next((path for path in (*inside, *candidates, *anywhere) if path in paths), None)


def _candidates(word: str) -> Iterator[str]:
    """What a word may mean: a setting with its section, or an argument."""
    yield from (f"{section}.{name}" for section, name in setting_names(word))
    yield from (name for _, name in setting_names(word))
    yield from argument_names(word)
    yield word
