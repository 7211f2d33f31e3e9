"""Syntax errors that are Python: statements and expressions that a spec does not have, and what is written in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Span
from cnnspec.syntax.failure import Failure, printable

_IMPORT: Final = re.compile(r"import\s+([A-Za-z_]\w*)|from\s+([\w.]+)\s+import\b")
_FRAMEWORKS: Final = ("keras", "tensorflow", "torch", "torchvision", "numpy", "matplotlib", "jax", "os", "sys")
STATEMENT: Final = re.compile(
    r"(def|class|return|lambda|while|with|try|except|finally|pass|del|assert|raise|global|nonlocal|async|yield|break|continue|print"
    r"|if\s+__name__)\b(?!\s*[=.(:])|@\s*[A-Za-z_]|(?:except|finally|try)\s*:|(?:def|class|if\s+__name__)\b"
)
"""How a statement of Python begins that is none here."""
_INSTEAD: Final[Mapping[str, str]] = {
    "def": "reusable layers are a block: `block name(width: int) { input x ... }`",
    "class": "the layers of a model stand in `model NAME { }`, one a line; reusable ones in `block name() { }`",
    "return": "what a body gives is its last line, or `output name`",
    "while": "a loop has a fixed count: `repeat 3 { ... }`, or a list: `for n in [16, 32] { ... }`",
}
_OPERATORS: Final[Mapping[str, str]] = {"&": "and", "|": "or", "!": "not"}
_PREFIXES: Final = ("f", "r", "b", "u", "rb", "br", "fr", "rf")
_NO_CODE: Final = "a spec holds no code"


def _error(message: str, span: Span, label: str, help: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(code="E0100", message=message, span=span, label=label, help=help, fix=fix)


def python_import(failure: Failure) -> Diagnostic | None:
    """`import keras`, `from keras import layers`."""
    found = _IMPORT.match(failure.statement)
    if found is None:
        return None
    name = (found[1] or found[2]).split(".")[0]
    span, fix = failure.statement_span, None
    help = f'a library of blocks is imported by its path: `import "{name}.cnn" as {name}`'
    if name in _FRAMEWORKS:
        help, fix = "delete it: Keras is there by itself", Fix(_whole_line(span), "", safe=True)
    return _error("a Python import has no place in a spec", span, "not part of the language", help, fix)


def _whole_line(span: Span) -> Span:
    """A statement that has its line to itself, with the end of that line."""
    text = span.source.text
    alone = not text[text.rfind("\n", 0, span.start) + 1 : span.start].strip()
    end = span.end + 1 if alone and text.startswith("\n", span.end) else span.end
    return Span(span.source, span.start, end)


def python_statement(failure: Failure) -> Diagnostic | None:
    """`def`, `class`, `return`: there is no Python in a spec."""
    found = STATEMENT.match(failure.statement)
    if found is None or (failure.last is None and failure.at != failure.start):
        return None
    word = "a decorator" if found[0].startswith("@") else f"`{re.sub(r'[^a-z].*', '', found[0])}`"
    span = Span(failure.source, failure.start, failure.start + len(found[0].rstrip(" :")))
    return _error(f"{word} is Python", span, "not part of the language", _INSTEAD.get(word.strip("`"), f"delete it: {_NO_CODE}"))


def text_in_three_quotes(failure: Failure) -> Diagnostic | None:
    """A docstring."""
    at = failure.source.text.rfind("\n", 0, failure.at) + 1
    line = failure.source.text[at : failure.at + 3]
    quotes = next((quotes for quotes in ('"""', "'''") if quotes in line), None)
    if quotes is None:
        return None
    start = at + line.index(quotes)
    span = Span(failure.source, start, start + 3)
    return _error(
        "a text has one quote at each end", span, "three quotes are Python", "a comment begins with `#`; a string stands on one line"
    )


def lambda_(failure: Failure) -> Diagnostic | None:
    """`Lambda(lambda x: x / 2)`."""
    last = failure.last
    if last is None or str(last) != "lambda" or failure.token.type not in ("NAME", "COLON", "STAR"):
        return None
    span = Span(failure.source, last.start_pos or 0, last.end_pos or 0)
    help = f'{_NO_CODE}: `Rescaling(0.5)` scales, `Activation("relu")` applies a function; or declare a layer with `extern`'
    return _error("`lambda` is Python", span, "not part of the language", help)


def comprehension(failure: Failure) -> Diagnostic | None:
    """`[16 * i for i in range(3)]`."""
    if failure.token.type != "FOR" or not failure.open_brackets:
        return None
    help = "write the list: `[16, 32, 64]`; or a loop around the layers: `for i in range(3) { ... }`"
    return _error("a list is not built by `for`", failure.span, "a comprehension of Python", help)


def prefixed_string(failure: Failure) -> Diagnostic | None:
    """`f"conv{i}"`, `r"a"`."""
    last = failure.last
    if last is None or failure.token.type != "STRING" or last.end_pos != failure.at or str(last).lower() not in _PREFIXES:
        return None
    span = Span(failure.source, last.start_pos or 0, failure.at + len(failure.text))
    formatted = "f" in str(last).lower() and "{" in failure.text
    help = f"write `{printable(failure.text)}`" if not formatted else "write the text itself: strings are not put together"
    fix = None if formatted else Fix(Span(failure.source, last.start_pos or 0, failure.at), "", safe=True)
    return _error(f"a string has no `{last}` before it", span, "a prefix of Python", help, fix)


def operator(failure: Failure) -> Diagnostic | None:
    """`a && b`, `!a`."""
    sign = failure.text
    if failure.token.type != "CHARACTER" or sign not in _OPERATORS:
        return None
    text, end = failure.source.text, failure.at + 1
    while text[end : end + 1] == sign != "!":
        end += 1
    word, span = _OPERATORS[sign], Span(failure.source, failure.at, end)
    after = " " if text[end : end + 1] not in (" ", "\n", "") else ""
    before = " " if failure.at and text[failure.at - 1] not in " ([,=" else ""
    fix = Fix(span, f"{before}{word}{after}", safe=True)
    return _error(f"`{text[failure.at : end]}` is not an operator", span, "not part of the language", f"write `{word}`", fix)


def assignment_in_place(failure: Failure) -> Diagnostic | None:
    """`x += y`."""
    last = failure.last
    if failure.token.type != "EQUAL" or last is None or last.end_pos != failure.at or last.type not in ("PLUS", "MINUS", "STAR", "SLASH"):
        return None
    name, value = failure.source.text[failure.start : last.start_pos].strip(), failure.statement[failure.at - failure.start + 1 :].strip()
    layer = {"PLUS": "Add", "MINUS": "Subtract", "STAR": "Multiply"}.get(last.type)
    help = "a name means one thing: define another one with `let`"
    if layer is not None and name.isidentifier() and value.isidentifier():
        help = f"write `[{name}, {value}] -> {layer}()`"
    span = Span(failure.source, last.start_pos or 0, failure.at + 1)
    return _error(f"`{last}=` is not an operator", span, "not part of the language", help)


def walrus(failure: Failure) -> Diagnostic | None:
    """`loss := "mse"`."""
    last = failure.last
    if failure.token.type != "EQUAL" or last is None or last.type != "COLON" or last.end_pos != failure.at:
        return None
    span = Span(failure.source, last.start_pos or 0, failure.at + 1)
    return _error("`:=` is not an operator", span, "not part of the language", "write `=`", Fix(span, "=", safe=True))


def slice_(failure: Failure) -> Diagnostic | None:
    """`x[:, 0]`, `widths[1:]`."""
    brackets = failure.open_brackets
    if failure.token.type != "COLON" or not brackets or brackets[-1].type != "LSQB":
        return None
    help = "an item of a list is `widths[0]`; `Cropping2D` and `CenterCrop` cut a part out of an image"
    return _error("there are no slices", failure.span, "expected one index", help)


def percent(failure: Failure) -> Diagnostic | None:
    """`10%3`, where a percentage ends before the `3`."""
    last = failure.last
    if last is None or last.type != "NUM" or not str(last).endswith("%") or last.end_pos != failure.at:
        return None
    if failure.token.type not in ("NUM", "NAME"):
        return None
    written = f"{str(last)[:-1]} % {failure.text}"
    span = Span(failure.source, last.start_pos or 0, failure.at + len(failure.text))
    message, help = f"`{last}` is a percentage", f"write `{written}` for the remainder"
    return _error(message, span, "the `%` touches its number", help, Fix(span, written, safe=True))
