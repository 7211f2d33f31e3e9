"""Syntax errors that are habits from YAML: bodies by indentation, `name: value` in place of `name = value`, lists with dashes."""

from __future__ import annotations

import re
from typing import Final

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Source, Span
from cnnspec.syntax.failure import Failure, outside_strings, strip_comment
from cnnspec.syntax.indented import PYTHON_BLOCK, body_end, has_body, indent_of, items_below, pairs_below

_HEADER: Final = re.compile(r"([A-Za-z_]\w*)(\s+[A-Za-z_]\w*)?\s*:$")
_BODY: Final = re.compile(r"(repeat|for|if|else|block|model)\b")
_PARTS: Final = ("split", "checkpoint")
"""Settings that are bodies; all others in a section have one value."""
_VERSION: Final = re.compile(r"cnn\s*[:=]\s*(\d+)$")
_ARGUMENT: Final = re.compile(r"(?<=[(,\s])([A-Za-z_]\w*)(\s*:\s*)")
_ITEM: Final = re.compile(r"(\w+)\s*:\s*(.+)")
CONSTANTS: Final = {"true": "True", "false": "False", "none": "None", "null": "None", "yes": "True", "no": "False"}
"""Words of YAML in small letters, and how they are written here."""
_LAYERS: Final = ("layers", "model", "network", "net", "architecture", "sequential")
_CLASS: Final = ("name", "type", "class_name", "class")
"""Under which key people write what an object is."""


def version(failure: Failure) -> Diagnostic | None:
    """`cnn: 1`."""
    found = _VERSION.match(failure.statement)
    if found is None:
        return None
    written = f"cnn {found[1]}"
    return _told(
        failure.span, f"the version is written `{written}`", "no sign stands here", written, Fix(failure.statement_span, written, True)
    )


def argument(failure: Failure) -> Diagnostic | None:
    """`Conv2D(filters: 32, kernel_size: 3)`."""
    brackets, last = failure.open_brackets, failure.last
    if failure.token.type != "COLON" or not brackets or brackets[-1].type != "LPAR" or last is None or last.type != "NAME":
        return None
    text, at = failure.source.text, brackets[-1].start_pos or 0
    line = strip_comment(text[at : _line_end(text, at)]).rstrip()
    if "{" in line:
        return None
    outside = {i for i, character in outside_strings(line) if character == ":"}
    written = _ARGUMENT.sub(lambda found: f"{found[1]}=" if line.index(":", found.start(2)) in outside else found[0], line)
    before = text[text.rfind("\n", 0, at) + 1 : at].strip()
    fix = Fix(Span(failure.source, at, at + len(line)), written, safe=True)
    return _told(failure.span, "an argument is written with `=`", "expected `=` here", before + written, fix)


def indented_body(source: Source, colon: int) -> Diagnostic | None:
    """`for i in range(3):` or `train:` with its body below it, deeper."""
    text = source.text
    start = text.rfind("\n", 0, colon) + 1
    line = strip_comment(text[start : _line_end(text, colon)]).rstrip()
    statement = line.strip()
    if not statement.endswith(":") or PYTHON_BLOCK.match(statement) or not has_body(text, colon) or not _holds_body(statement, line):
        return None
    end, closing = body_end(text, colon), f"\n{indent_of(text, colon)}}}"
    following = re.compile(r"\s*else\b").match(text, end)
    replacement = f" {{{text[colon + 1 : end]}{closing}"
    if following is not None:
        end, replacement = following.end() - len("else"), f"{replacement} "
    head = statement.removesuffix(":").rstrip()
    return Diagnostic(
        code="E0100",
        message="a body stands in `{ }`",
        span=Span(source, colon, colon + 1),
        label="expected `{` here",
        help=f"write `{head} {{`, and `}}` after its last line",
        fix=Fix(Span(source, colon, end), replacement, safe=True),
    )


def _holds_body(statement: str, line: str) -> bool:
    """Whether a line with a colon at its end begins a body: a section, one of its parts, a loop; not an input or a setting."""
    header = _HEADER.match(statement)
    if header is None:
        return _BODY.match(statement) is not None
    if header[1] == "input":
        return False
    return header[2] is not None or line == statement or header[1] in _PARTS or _BODY.match(statement) is not None


def colon_body(failure: Failure) -> Diagnostic | None:
    """`data:`, `optimizer:` with its arguments below, `metrics:` with a list of dashes below."""
    statement, text = failure.statement, failure.source.text
    if not statement.endswith(":") or failure.open_brackets or failure.before > failure.start + len(statement):
        return None
    header = _HEADER.match(statement)
    if header is None and _BODY.match(statement) is None:
        return None
    colon = Span(failure.source, at := failure.start + len(statement) - 1, at + 1)
    head = statement.removesuffix(":").rstrip()
    if header is not None and (listed := items_below(text, failure.start)) is not None:
        return _layers(failure, colon, *listed) if head in _LAYERS else _list(failure, colon, head, *listed)
    below = pairs_below(text, failure.start) if header is not None else None
    if head == "input" and below is not None:
        return _inputs(failure, colon, *below)
    if failure.column == 1 or header is None or header[2] is not None:
        help = f"write `{head} {{`, and `}}` after its last line"
        return Diagnostic(code="E0100", message="a body stands in `{ }`", span=colon, label="expected `{` here", help=help)
    if below is not None:
        return _object(failure, colon, head, *below)
    message, help = "a setting is written with `=`", f"write `{head} = ...`; a list is `{head} = [a, b]`"
    return Diagnostic(code="E0100", message=message, span=colon, label="expected `=` and a value", help=help)


def _list(failure: Failure, colon: Span, name: str, items: list[str], end: int) -> Diagnostic:
    """A list with dashes below its name."""
    written = f"{name} = [{', '.join(_quoted(item) for item in items)}]"
    fix = Fix(Span(failure.source, failure.start, end), written, safe=True)
    return _told(colon, "a list stands in square brackets", "expected `=` and the list", written, fix)


def _layers(failure: Failure, colon: Span, items: list[str], end: int) -> Diagnostic:
    """Layers as such a list: `- Conv2D: {filters: 32}`."""
    lines = [_layer(item) for item in items]
    if failure.column == 1:
        lines = ["model net {", "  input image: (height, width, channels)", *(f"  {line}" for line in lines), "}"]
    message, label = "layers are lines of the model", "a list of YAML"
    if failure.column == 1:
        return Diagnostic(code="E0100", message=message, span=colon, label=label, help="\n".join(["write", *lines]))
    written = f"\n{indent_of(failure.source.text, failure.start)}".join(lines)
    fix = Fix(Span(failure.source, failure.start, end), written, safe=True)
    return Diagnostic(code="E0100", message=message, span=colon, label=label, help="\n".join(["write", *lines]), fix=fix)


def _layer(item: str) -> str:
    """One layer of such a list as a call."""
    found = _ITEM.fullmatch(item)
    if found is None:
        return item if item.endswith(")") else f"{item}()"
    inside = found[2].strip()
    if inside.startswith("{") and inside.endswith("}"):
        inside = _ARGUMENT.sub(r"\1=", f" {inside[1:-1]}").strip()
    return f"{found[1]}({inside})"


def _inputs(failure: Failure, colon: Span, pairs: list[tuple[str, str]], end: int) -> Diagnostic:
    """`input:` with `image: [28, 28, 1]` below it."""
    lines = [f"input {name}: ({value.strip('[]()')})" for name, value in pairs]
    written = f"\n{indent_of(failure.source.text, failure.start)}".join(lines)
    help, fix = "\n".join(["write", *lines]), Fix(Span(failure.source, failure.start, end), written, safe=True)
    help = f"write `{lines[0]}`" if len(lines) == 1 else help
    return Diagnostic(code="E0507", message="an input is a line of the model", span=colon, label="a body of YAML", help=help, fix=fix)


def _object(failure: Failure, colon: Span, name: str, pairs: list[tuple[str, str]], end: int) -> Diagnostic:
    """`optimizer:` with `name: Adam` and its arguments below it."""
    callee = next((value.strip("\"'") for key, value in pairs if key in _CLASS), None)
    arguments = ", ".join(f"{key}={_quoted(value)}" for key, value in pairs if key not in _CLASS)
    written = f"{name} = {callee}({arguments})"
    if callee is None:
        items = [f'"{key}": {_quoted(value)}' for key, value in pairs]
        written = f"{name} = {{{', '.join(items)}}}"
    fix = Fix(Span(failure.source, failure.start, end), written, safe=True)
    return _told(colon, "a setting is written with `=`", "expected `=` and a value", written, fix)


def _told(span: Span, message: str, label: str, written: str, fix: Fix) -> Diagnostic:
    return Diagnostic(code="E0100", message=message, span=span, label=label, help=f"write `{written}`", fix=fix)


def _quoted(item: str) -> str:
    """A word of YAML as a string of ours; numbers, strings, constants and calls stay."""
    return CONSTANTS.get(item.lower()) or (f'"{item}"' if re.fullmatch(r"[A-Za-z_][\w ./-]*", item) else item)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
