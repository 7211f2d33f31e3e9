"""Completion: what may be written at the cursor, also in a line that is half written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cnnspec.catalogue import load_catalogue
from cnnspec.compiler import Analysis
from cnnspec.elaborate.scope import Binding
from cnnspec.elaborate.values import BlockDefinition, ExternDefinition, Instance, Library, Tensor, Value, describe
from cnnspec.resources import specs_path
from cnnspec.server import items
from cnnspec.server.edits import moved
from cnnspec.server.expected import Slot, expecting
from cnnspec.server.items import Item
from cnnspec.server.settings import layer_names, settings_given
from cnnspec.server.shapes import Shapes
from cnnspec.server.signature import of_block, of_entry
from cnnspec.server.visible import visible
from cnnspec.server.where import CLOSING, OPENING, where, words
from cnnspec.shapes import show
from cnnspec.syntax import tree

_PARTS: Final = ("split", "phase", "head", "checkpoint")
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """The items, best first, and the range of the text that each of them takes the place of."""

    start: int
    end: int
    items: tuple[Item, ...]


def complete(analysis: Analysis, text: str, offset: int) -> Completion:
    """What may stand at `offset` of `text`. The analysis may be that of a text shortly before."""
    place = where(text, offset)
    if place.comment or (place.word is not None and place.word.kind == "number"):
        return Completion(offset, offset, ())
    line = moved(text, analysis.source.text, place.start)
    names = visible(analysis, moved(text, analysis.source.text, offset), line)
    _, slot = expecting(load_catalogue(), names, place)
    offer = _Offer(analysis, names, slot, line)
    found = offer.strings() if place.quoted else offer.items(_named_behind(text, offset))
    start, end = (place.word.start, place.word.end) if place.word else (offset, offset)
    if place.word is not None and place.quoted:
        closed = len(place.word.text) > 1 and place.word.text[-1] == place.word.text[0]
        start, end = start + 1, end - closed if closed else offset
    return Completion(start, end, _once(found))


def _once(found: Iterable[Item]) -> tuple[Item, ...]:
    """Each label once: a name of the spec comes before a function that is called the same."""
    first: dict[str, Item] = {}
    for item in found:
        first.setdefault(item.label, item)
    return tuple(first.values())


def _named_behind(text: str, offset: int) -> set[str]:
    """The names of the arguments that stand behind the cursor in the same brackets."""
    found: set[str] = set()
    depth, last = 0, None
    for token in words(text[offset : text.find("\n\n", offset) if "\n\n" in text[offset:] else len(text)]):
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth < 0:
            return found
        if token.text == "=" and depth == 0 and last is not None:
            found.add(last.text)
        last = token
    return set()


@dataclass(frozen=True, slots=True)
class _Offer:
    """Makes the items for one slot, in the statement that starts at `line` in the text of the analysis."""

    analysis: Analysis
    names: Mapping[str, Binding]
    slot: Slot
    line: int

    def items(self, behind: set[str]) -> Iterable[Item]:
        match self.slot.what:
            case "file":
                return self._file()
            case "line":
                return [*self._tensors(), *self._blocks(), *items.LINES, *items.calls("layer"), *items.calls("application")]
            case "step":
                return [*self._of(Instance, "a shared layer"), *self._blocks(), *items.calls("layer"), *items.calls("application")]
            case "shared":
                return [*items.calls("layer"), *items.calls("application")]
            case "tensor":
                return self._tensors()
            case "argument":
                return [*self._arguments(behind), *(self._values() if self.slot.argument else ())]
            case "value":
                return self._values()
            case "setting":
                return self._settings()
            case "member":
                return self._members()
        return self._plain()

    def _plain(self) -> Iterable[Item]:
        """Slots that depend on nothing but themselves."""
        match self.slot.what:
            case "type":
                return items.types()
            case "dtype":
                return items.dtypes()
            case "search":
                return items.calls("search")
            case "quantity":
                return items.QUANTITIES
            case "word":
                return [items.word(text) for text in self.slot.words]
            case "path":
                return items.quoted(self._files())
        return ()

    def strings(self) -> Iterable[Item]:
        """Inside of quotes."""
        if self.slot.what == "path":
            return [Item(path, "file") for path in self._files()]
        if self.slot.what not in ("value", "argument"):
            return ()
        names = layer_names(self.analysis) if self._names_layers() else ()
        return [Item(text, "value") for text in (*names, *items.strings(self.slot.type))]

    # ------------------------------------------------------------ names

    def _tensors(self) -> list[Item]:
        """The tensors that may be read, the nearest first."""
        shapes = Shapes(self.analysis)
        found = [(binding.span.start, name, binding.value) for name, binding in self.names.items() if isinstance(binding.value, Tensor)]
        return [Item(name, "tensor", _shape(shapes, value)) for _, name, value in sorted(found, key=lambda part: -part[0])]

    def _of(self, kind: type, detail: str) -> list[Item]:
        return [Item(name, "layer", detail) for name, binding in self.names.items() if isinstance(binding.value, kind)]

    def _blocks(self) -> Iterator[Item]:
        """Blocks and extern layers, and the libraries that have some."""
        for name, binding in self.names.items():
            match binding.value:
                case BlockDefinition(definition=definition) | ExternDefinition(definition=definition):
                    yield items.call(of_block(definition))
                case Library(path=path):
                    yield Item(name, "library", path, insert=f"{name}.")

    def _members(self) -> Iterator[Item]:
        for name, binding in self.slot.scope.names.items() if self.slot.scope else ():
            match binding.value:
                case BlockDefinition(definition=definition) | ExternDefinition(definition=definition):
                    yield items.call(of_block(definition))
                case value:
                    yield Item(name, "value", _described(value))

    # ------------------------------------------------------------ values

    def _values(self) -> Iterator[Item]:
        if self._names_layers():
            yield from (Item(name, "layer", "a layer of the model") for name in layer_names(self.analysis))
        yield from items.values(self.slot.type)
        for name, binding in self.names.items():
            if isinstance(binding.value, Library):
                yield Item(name, "library", binding.value.path, insert=f"{name}.")
            elif not isinstance(binding.value, BlockDefinition | ExternDefinition | Instance | Tensor):
                yield Item(name, "value", _described(binding.value))
        if items.is_computed(self.slot.type):
            yield from items.functions(of_tensors=any(isinstance(binding.value, Tensor) for binding in self.names.values()))

    def _arguments(self, behind: set[str]) -> Iterator[Item]:
        signature = self.slot.signature
        if signature is not None and not signature.variadic:
            given = self.slot.given | behind
            yield from (items.argument(argument) for argument in signature.arguments if argument.name not in given)

    def _names_layers(self) -> bool:
        """Whether a layer of the model may be named here: in `freeze`, and as the base of `layers(...)`."""
        argument, signature = self.slot.argument, self.slot.signature
        if argument is None or signature is None:
            return False
        return argument.name == "freeze" or (signature.kind == "selection" and argument.name == "base")

    # ------------------------------------------------------------ sections

    def _settings(self) -> Iterator[Item]:
        signature = self.slot.signature
        assert signature is not None, "a setting stands in a section"
        given = settings_given(self.analysis.file, self.line)
        for argument in signature.arguments:
            if argument.name not in given or (argument.part is not None and argument.part.labelled):
                yield items.setting(argument)

    def _file(self) -> Iterator[Item]:
        statements = [s for s in self.analysis.file.statements if not s.span.start <= self.line < s.span.end]
        present = {statement.name.text for statement in statements if isinstance(statement, tree.Section)}
        if not any(isinstance(statement, tree.Version) for statement in statements):
            yield items.VERSION
        if "model" not in present:
            yield items.MODEL
        catalogue = load_catalogue()
        for name in catalogue.names("section"):
            entry = catalogue.entry("section", name)
            if entry is not None and name not in present and name not in _PARTS:
                yield items.section(of_entry(entry))
        yield from items.DEFINITIONS

    def _files(self) -> Iterator[str]:
        """The libraries that can be imported, as they are written."""
        here = Path(self.analysis.source.path)
        for base in (here.parent, specs_path() / "lib"):
            root = base if base == here.parent else specs_path()
            found = [*base.glob("*.cnn"), *(base.glob("*/*.cnn") if root == base else ())]
            yield from (path.relative_to(root).as_posix() for path in sorted(found)[:_MOST_FILES] if path != here)


def _described(value: Value) -> str:
    return "" if repr(value) == "POISON" else describe(value).strip("`")


def _shape(shapes: Shapes, tensor: Tensor) -> str:
    shape = shapes.of(tensor)
    return show(shape) if shape is not None else ""
