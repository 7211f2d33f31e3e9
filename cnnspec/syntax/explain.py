"""What a syntax error means: from the automaton's failure to words that say what to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from lark import Token, Tree

from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.source import Source, Span
from cnnspec.syntax import habits, python, signs, yaml
from cnnspec.syntax.failure import CLOSING, Failure, printable, strip_comment

KEYWORDS: Final = frozenset(
    """
    cnn import extern from let search block input output layer repeat for in if else as or and not True False None
    """.split()  # noqa: SIM905 (one word a line would be longer, not clearer)
)
READABLE: Final = {
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "LBRACE": "`{`",
    "NAME": "a name",
    "_NL": "the end of the line",
    "_ARROW": "`->`",
    "EQUAL": "`=`",
    "COMMA": "`,`",
    "NUM": "a number",
    "STRING": "a string",
    "IN": "`in`",
    "AS": "`as`",
    "FROM": "`from`",
    "COLON": "`:`",
}
GOES_ON: Final = re.compile(
    r"(=|->|[-+*/<>:.]|(?<=\s)%|\b(?:as|in|search|from|or|and|not|import|let|repeat|if|for|output|input|layer|block|extern))$"
)
LATE_NAME: Final = re.compile(r"(.*\))\s*:\s*(\([^()]*\))\s+as\s+(\w+)", re.ASCII)
ENDS_VALUE: Final = frozenset({"NUM", "STRING", "NAME", "RPAR", "RSQB", "TRUE", "FALSE", "NONE", "UNKNOWN"})
STARTS_VALUE: Final = frozenset({"NUM", "STRING", "NAME", "TRUE", "FALSE", "NONE", "UNKNOWN", "LBRACE"})

Rule: TypeAlias = Callable[[Failure], Diagnostic | None]


def explain(failure: Failure) -> Diagnostic:
    """The diagnostic for a failure: the first rule that knows it, or what was expected."""
    for rule in RULES:
        found = rule(failure)
        if found is not None:
            return found
    return _unexpected(failure)


# ---------------------------------------------------------------- something is not closed


def _unclosed(failure: Failure) -> Diagnostic | None:
    brackets = failure.open_brackets
    arrow = failure.token.type == "_ARROW" and brackets and brackets[-1].type != "LBRACE"
    first, last = failure.popped[0] if failure.popped else None, failure.last
    body = failure.token.type == "LBRACE" and isinstance(first, Token) and first.type in ("BLOCK", "REPEAT", "FOR", "IF")
    alias = last is not None and last.type == "NAME" and str(last) == "as"
    if not brackets or not (failure.line_ended or arrow or body or alias):
        return None
    opened = brackets[-1]
    start = opened.start_pos or 0
    close = CLOSING[opened.type]
    span = Span(failure.source, start, start + 1)
    if close == "}":
        help = "add `}` on a line of its own"
        return Diagnostic(code="E0102", message="this `{` is never closed", span=span, label="opened here", help=help)
    end = _end_before(failure.source, last.start_pos or 0) if alias and last is not None else failure.before
    return Diagnostic(
        code="E0101",
        message=f"`{opened}` is not closed before the end of the statement",
        span=Span(failure.source, end, end + 1),
        label=f"expected `{close}` or `,` here",
        labels=(Label(span, "opened here"),),
        help=f"add `{close}`",
        fix=Fix(Span(failure.source, end, end), close),
    )


def _end_before(source: Source, at: int) -> int:
    """The offset after the last text before `at` on its line."""
    return len(source.text[:at].rstrip())


def _wrong_close(failure: Failure) -> Diagnostic | None:
    """`(3, 3]`."""
    brackets = failure.open_brackets
    if not brackets or failure.text not in (")", "]", "}") or CLOSING[brackets[-1].type] == failure.text:
        return None
    opened = brackets[-1]
    close = CLOSING[opened.type]
    if not {"RPAR", "RSQB", "RBRACE"} & failure.expected:
        return None
    start = opened.start_pos or 0
    return Diagnostic(
        code="E0101",
        message=f"`{opened}` is closed by `{failure.text}`",
        span=failure.span,
        label=f"expected `{close}` here",
        labels=(Label(Span(failure.source, start, start + 1), "opened here"),),
        help=f"write `{close}`",
        fix=Fix(failure.span, close),
    )


def _open_string(failure: Failure) -> Diagnostic | None:
    if failure.token.type != "CHARACTER" or str(failure.token) not in "\"'":
        return None
    line, column = failure.source.line_column(failure.at)
    end = failure.at + len(failure.source.line(line)) - column + 1
    return Diagnostic(
        code="E0106",
        message="this string does not end on its line",
        span=Span(failure.source, failure.at, end),
        label="the string starts here",
        help=f"close it with `{failure.token}`",
    )


def _stops_early(failure: Failure) -> Diagnostic | None:
    if not failure.line_ended or not failure.popped:
        return None
    end = failure.before
    found = GOES_ON.search(failure.source.text[max(0, end - 20) : end])
    if found is None:
        return None
    return Diagnostic(
        code="E0103",
        message=f"the line stops after `{found.group()}`",
        span=Span(failure.source, end, end + 1),
        label="something is missing here",
        help="a line goes on only after `(`, `[`, `{`, `,` or an operator; the next line may start with `->`",
    )


# ---------------------------------------------------------------- something is in the wrong place


def _size_as_product(failure: Failure) -> Diagnostic | None:
    last = failure.last
    if last is None or last.type != "NUM":
        return None
    start = last.start_pos or 0
    sizes = re.compile(r"\d+(?:x\d+)+").match(failure.source.text, start)
    if sizes is None or sizes.group().startswith("0"):
        return None
    numbers = sizes.group().split("x")
    written = f"({', '.join(numbers)})"
    square = len(set(numbers)) == 1
    return Diagnostic(
        code="E0104",
        message="a size is written as a tuple",
        span=Span(failure.source, start, sizes.end()),
        label="not a number",
        help=f"write `{written}`, or just `{numbers[0]}` for equal sides" if square else f"write `{written}`",
        fix=Fix(Span(failure.source, start, sizes.end()), written, safe=True),
    )


def _reserved(failure: Failure) -> Diagnostic | None:
    word, at = failure.text, failure.at
    if failure.token.type == "EQUAL" and failure.last is not None:
        word, at = str(failure.last), failure.last.start_pos or 0
    elif "NAME" not in failure.expected:
        return None
    if word not in KEYWORDS:
        return None
    span = Span(failure.source, at, at + len(word))
    if word in ("True", "False", "None"):
        return Diagnostic(code="E0105", message=f"`{word}` is a value, not a name", span=span, label="expected a name here")
    return Diagnostic(
        code="E0105",
        message=f"`{word}` is a word of the language",
        span=span,
        label="cannot be used as a name",
        help=f"use another name, for example `{word}_1`",
        fix=Fix(span, f"{word}_1"),
    )


def _late_name(failure: Failure) -> Diagnostic | None:
    if failure.token.type != "AS":
        return None
    found = LATE_NAME.fullmatch(failure.statement)
    return Diagnostic(
        code="E0107",
        message="`as name` comes before the shape",
        span=failure.span,
        label="move this before the `:`",
        help="write `Layer(...) as name: (height, width, channels)`",
        fix=Fix(failure.statement_span, "{0} as {2}: {1}".format(*found.groups()), safe=True) if found else None,
    )


def _missing_comma(failure: Failure) -> Diagnostic | None:
    """`Conv2D(32 3)`: two values side by side in brackets."""
    last = failure.last
    if last is None or last.type not in ENDS_VALUE or failure.token.type not in STARTS_VALUE or not failure.open_brackets:
        return None
    end = last.end_pos or failure.at
    text = failure.source.text[failure.at + len(failure.text) :]
    sure = last.type != "NAME" and (failure.token.type in ("NUM", "STRING") or re.match(r"[ ]*=(?!=)", text) is not None)
    return Diagnostic(
        code="E0100",
        message=f"a `,` is missing before `{printable(failure.text)}`",
        span=failure.span,
        label="expected `,` before this",
        help=f"write `{printable(str(last))}, {printable(failure.text)}`",
        fix=Fix(Span(failure.source, end, end), ",", safe=sure),
    )


def _spare_comma(failure: Failure) -> Diagnostic | None:
    """`Conv2D(32, , 3)`, `Dense(10),`."""
    last = failure.last
    if last is None or failure.at_end:
        return None
    doubled = failure.token.type == "COMMA" and last.type in ("COMMA", "LPAR", "LSQB")
    rest = strip_comment(failure.source.text[failure.at + 1 :].split("\n", 1)[0])
    trailing = failure.token.type == "COMMA" and not failure.open_brackets and not rest.strip()
    if not doubled and not trailing:
        return None
    fix = Fix(failure.span, "", safe=trailing)
    return Diagnostic(
        code="E0100", message="one `,` too many", span=failure.span, label="nothing to separate here", help="delete it", fix=fix
    )


def _two_statements(failure: Failure) -> Diagnostic | None:
    """`Flatten() Dense(10)`, `Flatten(); Dense(10)`."""
    if failure.open_brackets or failure.line_ended or failure.last is None:
        return None
    fix = None
    if failure.text == ";":
        help = "delete the `;`"
        if failure.statement.endswith(";") and failure.statement_span.end == failure.at + 1:
            fix = Fix(failure.span, "", safe=True)
    elif failure.token.type in ("NAME", "LET", "INPUT", "OUTPUT", "LAYER") and failure.last.type in ENDS_VALUE | {"RBRACE"}:
        chain = any(isinstance(value, Tree) for value in failure.popped) and failure.last.type == "RPAR"
        help = "write it on the next line" + (
            f", or join the two: `... -> {failure.text}(...)`" if chain and failure.token.type == "NAME" else ""
        )
    else:
        return None
    message, label = "a statement ends at the end of its line", "not the end of the line"
    return Diagnostic(code="E0100", message=message, span=failure.span, label=label, help=help, fix=fix)


# ---------------------------------------------------------------- anything else


def _unexpected(failure: Failure) -> Diagnostic:
    text = failure.text
    what = f"unexpected `{printable(text)}`" if text else "unexpected end of the file" if failure.at_end else "unexpected end of the line"
    expected = sorted(READABLE[name] for name in failure.expected if name in READABLE)
    label, hint = "cannot stand here", _hint(failure, text)
    if hint is not None:
        pass
    elif 1 < len(expected) <= 5:
        label = f"expected {', '.join(expected[:-1])} or {expected[-1]}"
    elif len(expected) == 1:
        label = f"expected {expected[0]}"
    spare = text in (")", "]", "}") and failure.statement_span.end == failure.at + 1  # nothing else follows on the line
    fix = Fix(failure.span, "", safe=True) if spare and hint is not None else None
    return Diagnostic(code="E0100", message=what, span=failure.span, label=label, help=hint, fix=fix)


def _hint(failure: Failure, text: str) -> str | None:
    if text == "}" and not failure.popped:
        return "no `{` is open here: delete it"
    if text in (")", "]", "}") and not failure.open_brackets:
        return f"nothing is open that `{text}` could close: delete it"
    if failure.token.type == "EQUAL" and failure.open_brackets:
        return "a name stands before `=`: `name=value`"
    if failure.token.type == "EQUAL":
        return "a name stands before `=`: `name = x -> Layer(...)`"
    return None


RULES: Final[tuple[Rule, ...]] = (
    python.python_import,
    python.text_in_three_quotes,
    python.python_statement,
    yaml.version,
    yaml.argument,
    yaml.colon_body,
    _size_as_product,
    signs.odd_number,
    python.percent,
    python.lambda_,
    python.comprehension,
    python.prefixed_string,
    python.assignment_in_place,
    python.walrus,
    python.slice_,
    signs.misplaced_word,
    habits.wrong_input,
    _unclosed,
    _wrong_close,
    _open_string,
    _stops_early,
    _reserved,
    signs.second_name,
    signs.shape_of_branch,
    _late_name,
    signs.no_type,
    signs.no_value,
    signs.arrow,
    signs.quoted_name,
    signs.statement_form,
    _missing_comma,
    _spare_comma,
    habits.section_without_braces,
    habits.missing_body,
    _two_statements,
    python.operator,
    habits.foreign_character,
)
