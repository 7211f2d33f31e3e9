"""Hover: what the thing under the cursor is, what it takes, and the shape or the value that it has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cnnspec.catalogue import load_catalogue
from cnnspec.compiler import Analysis
from cnnspec.document.words import noun
from cnnspec.elaborate.scope import Binding
from cnnspec.elaborate.values import POISON, BlockDefinition, ExternDefinition, Instance, Library, Tensor, describe
from cnnspec.server.expected import Expecting, Slot, callee_before, expecting
from cnnspec.server.names import meanings, names_of
from cnnspec.server.shapes import Shapes, together
from cnnspec.server.signature import Argument, Signature, of_block, of_entry
from cnnspec.server.visible import visible
from cnnspec.server.walk import statements
from cnnspec.server.where import Where, where, words
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.tokens import Token

_MOST_VALUES: Final = 6
_WIDEST: Final = 80


@dataclass(frozen=True, slots=True)
class Hover:
    """A text in Markdown about the text of `span`."""

    text: str
    span: Span


def hover(analysis: Analysis, offset: int) -> Hover | None:
    """What is under the cursor before the character `offset`."""
    source = analysis.source
    token = _word_at(source.text, offset)
    if token is None:
        return None
    place = where(source.text, token.end if token.kind == "word" else token.start + 1)
    span = Span(source, token.start, token.end)
    text = _call_or_setting(analysis, place, token) or _name(analysis, span) or _argument_of_value(analysis, place)
    return Hover(text, span) if text else None


def _word_at(text: str, offset: int) -> Token | None:
    """The word or string around an offset, or ending there."""
    for token in words(text):
        if token.start > offset:
            return None
        if token.kind in ("word", "string", "number") and token.start <= offset <= token.end:
            return token
    return None


# ---------------------------------------------------------------- what is called, and its arguments


def _expecting(analysis: Analysis, place: Where) -> tuple[Expecting, Slot]:
    return expecting(load_catalogue(), visible(analysis, place.offset, place.start), place)


def _call_or_setting(analysis: Analysis, place: Where, token: Token) -> str | None:
    """For what is written as `NAME(`, `NAME =` or `NAME {`."""
    following = next((word for word in words(analysis.source.text[token.end :].partition("\n")[0])), None)
    sign = following.text if following else ""
    expected, slot = _expecting(analysis, place)
    match slot.what, sign:
        case "argument", "=":
            return _argument(slot.signature, slot.signature.argument(token.text)) if slot.signature else None
        case "setting", _:
            return _argument(slot.signature, slot.signature.argument(token.text)) if slot.signature else None
        case "file", _ if sign == "{" or (following and following.kind == "word"):
            entry = load_catalogue().entry("section", token.text)
            return _signature(of_entry(entry)) if entry else None
    if sign != "(":
        return None
    before = place.before
    callee = callee_before((*before, token))
    signature = expected.signature(callee, expected.slot(before[: len(before) - len(callee) + 1]))
    return _with_shape(analysis, _signature(signature), place, token) if signature else None


def _signature(signature: Signature) -> str:
    """A callable or a section, with what it takes."""
    if signature.kind == "section":
        settings = "\n".join(f"- `{argument}`: {argument.words}" for argument in signature.arguments)
        return _paragraphs(f"**{signature.name}**", signature.doc, settings)
    written = str(signature)
    if len(written) > _WIDEST:
        written = f"{signature.name}(\n" + "".join(f"  {argument},\n" for argument in signature.arguments) + ")"
    return _paragraphs(_code(written), signature.doc, f"*{noun(signature.kind)}*")


def _argument(signature: Signature | None, argument: Argument | None) -> str | None:
    """One argument or setting: what it takes, its default, what it means."""
    if signature is None or argument is None:
        return None
    default = f", by default `{argument.default}`" if argument.default else ", required" if argument.required else ""
    owner = f"*{'setting' if signature.kind == 'section' else 'argument'} of* `{signature.name}`"
    about = f"{owner}: {signature.doc}" if signature.doc and not argument.doc else owner
    return _paragraphs(f"**{argument.name}**: {argument.words}{default}", argument.doc, about)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _code(text: str) -> str:
    return f"```cnn\n{text}\n```"


def _argument_of_value(analysis: Analysis, place: Where) -> str | None:
    """For a value, such as `"same"`: the argument that it is given to."""
    _, slot = _expecting(analysis, place)
    return _argument(slot.signature, slot.argument) if slot.what in ("value", "argument") else None


def _with_shape(analysis: Analysis, text: str, place: Where, token: Token) -> str:
    """A layer's text with the shape that it gives at this line."""
    chain = _chain_at(analysis.file, token.start)
    if chain is None:
        return text
    shapes = Shapes(analysis)
    last = chain.steps[-1] if chain.steps else chain.first
    calls = [part for part in (chain.first, *chain.steps) if isinstance(part, tree.Call) and _is_callee(part, token)]
    if not calls:
        return text
    shape = shapes.of_chain(chain.span) if calls[0] is last else None
    shape = shape or shapes.of_call(calls[0].span)
    return f"{text}\n\ngives `{shape}` here" if shape else text


def _is_callee(call: tree.Call, token: Token) -> bool:
    return call.callee.span.start <= token.start < call.callee.span.end


def _chain_at(file: tree.File, at: int) -> tree.Chain | None:
    """The chain of the line at an offset."""
    return next((line.chain for line in statements(file.statements, at, at) if isinstance(line, tree.Assign | tree.Apply)), None)


# ---------------------------------------------------------------- names of the spec


def _name(analysis: Analysis, span: Span) -> str | None:
    """A name of the spec: its value, or its shape."""
    found = names_of(analysis).at(span.start)
    if found is None:
        return None
    place, definition = found
    bindings = analysis.trace.uses.get(place) or [b for d in names_of(analysis).definitions_of(definition) for b in meanings(analysis, d)]
    if not bindings:
        return None
    return _described(analysis, definition.text, bindings)


def _described(analysis: Analysis, name: str, bindings: list[Binding]) -> str | None:
    match bindings[0].value:
        case Tensor():
            shapes = Shapes(analysis)
            shape = together([shapes.of(binding.value) for binding in bindings if isinstance(binding.value, Tensor)])
            return _paragraphs(
                _code(f"{name}: {shape}" if shape else name), "*tensor*" if shape else "*tensor* of a shape that is not known"
            )
        case BlockDefinition(definition=definition) | ExternDefinition(definition=definition):
            return _signature(of_block(definition))
        case Library(path=path, scope=scope):
            members = ", ".join(f"`{member}`" for member in scope.names)
            return _paragraphs(f"**{name}**: the library `{path}`", f"It defines {members or 'nothing'}.")
        case Instance(definition=definition):
            return _paragraphs(_code(definition.span.text), "*shared layer*")
    values = list(dict.fromkeys(describe(binding.value).strip("`") for binding in bindings if binding.value is not POISON))
    shown = ", ".join(f"`{value}`" for value in values[:_MOST_VALUES]) + (", ..." if len(values) > _MOST_VALUES else "")
    return f"**{name}** = {shown}" if values else None
