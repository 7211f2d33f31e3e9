"""Syntax errors of one sign that is missing, wrong, or one too many."""

from __future__ import annotations

import re
from typing import Final

from lark import Token

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Span
from cnnspec.syntax.failure import Failure, printable

FORMS: Final = (
    (re.compile(r"let\s+(\w+)\s*==\s*(.*)"), "a value is given by one `=`", "one `=` too many", "write `let {0} = {1}`"),
    (re.compile(r"let\s+(\w+)\s+([^=:\s].*)"), "an `=` is missing", "expected `=` before this", "write `let {0} = {1}`"),
    (re.compile(r"(block)\s+(\w+)\s*\{"), "the parameters of a block stand in brackets", "expected `(` here", "write `block {1}() {{`"),
    (re.compile(r'import\s+("[^"]*?(\w+)(\.\w+)?")$'), "a library gets a name", "expected `as`", "write `import {0} as {1}`"),
    (re.compile(r"(extern\s+\w+\(.*\))$"), "an extern layer says where it lies", "expected `from`", 'write `{0} from "my_module:MyLayer"`'),
    (re.compile(r"repeat\s*\{"), "`repeat` needs a count", "no count before this body", "write `repeat 3 {{ ... }}`"),
    (re.compile(r"if\s*\{"), "`if` needs a condition", "no condition before this body", "write `if n > 0 {{ ... }}`"),
    (re.compile(r"for\s*\{"), "`for` needs a name and a list", "nothing before this body", "write `for n in [16, 32] {{ ... }}`"),
)
"""Statements without one of their signs: how they begin, what to say, and how they are written."""

EXACT: Final = tuple(pattern for pattern, *_ in FORMS[:3])
"""Those whose help holds nothing invented: it may be written without asking."""


def statement_form(failure: Failure) -> Diagnostic | None:
    """`let n 3`, `block f {`, `import "x.cnn"`: a statement without one of its signs."""
    for pattern, message, label, help in FORMS:
        found = pattern.match(failure.statement)
        if found is not None and failure.at >= failure.start and failure.text != ";":
            text = help.format(*(group or "" for group in found.groups()))
            place = Span(failure.source, failure.start, failure.start + found.end())
            fix = Fix(place, text.removeprefix("write `").removesuffix("`"), safe=True) if pattern in EXACT else None
            return Diagnostic(code="E0100", message=message, span=failure.span, label=label, help=text, fix=fix)
    return None


def no_type(failure: Failure) -> Diagnostic | None:
    """`block f(n int)`."""
    first = failure.popped[0] if failure.popped else None
    if not (isinstance(first, Token) and first.type in ("BLOCK", "EXTERN")) or failure.token.type != "NAME" or failure.last is None:
        return None
    if failure.last.type != "NAME" or not failure.open_brackets:
        return None
    help, end = f"write `{failure.last}: {failure.text}`", failure.last.end_pos or failure.at
    message, label, fix = "a type stands after `:`", "expected `:` before this", Fix(Span(failure.source, end, end), ":", safe=True)
    return Diagnostic(code="E0100", message=message, span=failure.span, label=label, help=help, fix=fix)


def no_value(failure: Failure) -> Diagnostic | None:
    """`Dense(units=)`."""
    last = failure.last
    if last is None or last.type != "EQUAL" or failure.text not in (")", "]", ","):
        return None
    span = Span(failure.source, last.end_pos or failure.at, (last.end_pos or failure.at) + 1)
    return Diagnostic(
        code="E0100", message="a value is missing after `=`", span=span, label="expected a value here", help="write `name=value`"
    )


def arrow(failure: Failure) -> Diagnostic | None:
    """`x = -> ReLU()`, `x -> -> ReLU()`, `x -> as y`."""
    last = failure.last
    if last is not None and last.type == "NAME" and str(last) == "as":
        span = Span(failure.source, last.start_pos or 0, last.end_pos or 0)
        return Diagnostic(
            code="E0100",
            message="a layer is missing before `as`",
            span=span,
            label="expected a layer",
            help="write `-> Layer(...) as name`",
        )
    if failure.token.type != "_ARROW":
        return None
    arrow = failure.source.text.find("->", failure.at)
    span = Span(failure.source, arrow, arrow + 2)
    if last is not None and last.type == "_ARROW":
        return Diagnostic(
            code="E0100", message="a layer is missing between two `->`", span=span, label="expected a layer", help="delete one `->`"
        )
    return Diagnostic(
        code="E0100",
        message="a source is missing before `->`",
        span=span,
        label="expected a tensor before this",
        help="write `x -> Layer(...)`",
    )


def quoted_name(failure: Failure) -> Diagnostic | None:
    """`Dense(3) as "d"`, `"epochs" = 3`."""
    quoted, span = failure.token, failure.span
    if quoted.type == "EQUAL" and failure.last is not None:
        quoted, span = failure.last, Span(failure.source, failure.last.start_pos or 0, failure.last.end_pos or 0)
    elif "NAME" not in failure.expected or "STRING" in failure.expected:
        return None
    text = str(quoted)[1:-1]
    if quoted.type != "STRING" or not text.isidentifier():
        return None
    message, label, fix = "a name has no quotes", "expected a name here", Fix(span, text, safe=True)
    return Diagnostic(code="E0100", message=message, span=span, label=label, help=f"write `{text}`", fix=fix)


def odd_number(failure: Failure) -> Diagnostic | None:
    """`3.4.5`, `0x10`."""
    if failure.last is None:
        return None
    text = failure.source.text
    start = failure.last.start_pos or 0
    while start and (text[start - 1].isdigit() or text[start - 1] == "."):
        start -= 1
    found = re.compile(r"0[xXbBoO][0-9a-fA-F]+|\d+\.\d*(\.\d*)+").match(text, start)
    if found is None or found.end() < failure.at:
        return None
    span = Span(failure.source, start, found.end())
    message, help, fix = f"`{printable(found[0])}` is not a number", "write one `.` at most", None
    if found[0][1].isalpha() and _is_integer(found[0]):
        help, fix = f"write `{int(found[0], 0)}`", Fix(span, str(int(found[0], 0)), safe=True)
    return Diagnostic(code="E0110", message=message, span=span, label="cannot be read", help=help, fix=fix)


def _is_integer(text: str) -> bool:
    try:
        int(text, 0)
    except ValueError:
        return False
    return True


def misplaced_word(failure: Failure) -> Diagnostic | None:
    """`elif`, and `search` inside brackets."""
    if failure.text in ("elif", "elseif", "elsif"):
        fix = Fix(failure.span, "else if", safe=True)
        return Diagnostic(
            code="E0100",
            message=f"`{failure.text}` is not a word of the language",
            span=failure.span,
            label="expected `else`",
            help="write `else if`",
            fix=fix,
        )
    if failure.text == "search" or (failure.last is not None and str(failure.last) == "search" and failure.open_brackets):
        help = "give the hyperparameter a name at the top of the file and use that name here"
        last, span = failure.last, failure.span
        if failure.text != "search" and last is not None:
            span = Span(failure.source, last.start_pos or 0, last.end_pos or 0)
        return Diagnostic(
            code="E0205", message="`search` is only allowed on a top-level `let`", span=span, label="cannot stand here", help=help
        )
    return None


_BRANCH: Final = re.compile(r"([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)\s*", re.ASCII)


def second_name(failure: Failure) -> Diagnostic | None:
    """`a = x -> Conv2D(8, 3) as b`."""
    branch = _BRANCH.match(failure.statement)
    if failure.token.type != "AS" or branch is None:
        return None
    rest = failure.source.text[failure.start + branch.end() : failure.at].strip()
    name = failure.statement[failure.at - failure.start + 2 :].split(":")[0].strip()
    help = f"write `{branch[1]} = {rest}` for a branch, or `{rest} as {name}` to go on with the trunk"
    return Diagnostic(code="E0100", message="a line has one name", span=failure.span, label="it has one already", help=help)


def shape_of_branch(failure: Failure) -> Diagnostic | None:
    """`a = x -> Conv2D(8, 3): (26, 26, 8)`."""
    branch = _BRANCH.match(failure.statement)
    if failure.token.type != "COLON" or branch is None or failure.open_brackets:
        return None
    rest = failure.source.text[failure.start + branch.end() : failure.at].strip()
    shape = failure.statement[failure.at - failure.start + 1 :].strip()
    written = f"{branch[1]} = {rest}"
    return Diagnostic(
        code="E0100",
        message="a branch has no shape column",
        span=failure.span,
        label="cannot stand here",
        help=f"write `{written}`; a line of the trunk has a shape: `{rest} as {branch[1]}: {shape}`",
        fix=Fix(failure.statement_span, written),
    )
