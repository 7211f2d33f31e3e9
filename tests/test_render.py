"""What a user sees of a diagnostic: each expectation is the whole text."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.render import Look, render, report, tally, to_json, total
from cnnspec.source import Source, Span

PLAIN = Look()


def text_of(path: str, **lines: str) -> Source:
    """A source with the given lines, `_7="..."` is line 7, and empty lines elsewhere."""
    last = max(int(number[1:]) for number in lines)
    return Source(path, "\n".join(lines.get(f"_{i}", "") for i in range(1, last + 1)))


def part(source: Source, line: int, text: str) -> Span:
    """The place of `text` in a line; an empty text is the end of the line."""
    start = sum(len(source.line(i)) + 1 for i in range(1, line))
    at = start + (source.line(line).index(text) if text else len(source.line(line)))
    return Span(source, at, at + len(text))


def golden(text: str) -> str:
    return dedent(text).removeprefix("\n")


def test_a_suggestion() -> None:
    spec = text_of("bad/names.cnn", _7="  Conv2d(widht, 3)")
    d = Diagnostic(
        code="E0201",
        message="`widht` is not defined",
        span=part(spec, 7, "widht"),
        label="not found in this scope",
        help="did you mean `width`?",
    )
    assert render(d, PLAIN) == golden("""
        error[E0201]: `widht` is not defined
         --> bad/names.cnn:7:10
          |
        7 |   Conv2d(widht, 3)
          |          ^^^^^ not found in this scope
          |
          = help: did you mean `width`?
        """)


def test_an_empty_place_at_the_end_of_a_line_and_a_second_label_before_it() -> None:
    spec = text_of("bad/syntax.cnn", _10='  Conv2D(64, 3, activation="relu"')
    d = Diagnostic(
        code="E0101",
        message="`(` is not closed before the end of the statement",
        span=part(spec, 10, ""),
        label="expected `)` or `,` here",
        labels=(Label(part(spec, 10, "("), "opened here"),),
        help="add `)`",
    )
    assert render(d, PLAIN) == golden("""
        error[E0101]: `(` is not closed before the end of the statement
          --> bad/syntax.cnn:10:34
           |
        10 |   Conv2D(64, 3, activation="relu"
           |         - opened here
           |                                  ^ expected `)` or `,` here
           |
           = help: add `)`
        """)


def test_a_chain_of_shapes_with_a_line_between_a_gap_and_the_stack() -> None:
    spec = text_of(
        "bad/shapes.cnn",
        _5='  Conv2D(filters, 3, strides=stride, padding="same")',
        _6="  ReLU() as main",
        _7="  [main, x] -> Add()",
        _12='  Conv2D(16, 3, padding="same")',
    )
    d = Diagnostic(
        code="E0601",
        message="`Add` needs equal shapes, got (16, 16, 32) and (32, 32, 16)",
        span=part(spec, 7, "Add()"),
        label="these shapes do not match",
        labels=(
            Label(part(spec, 12, 'Conv2D(16, 3, padding="same")'), "(32, 32, 16) comes from here"),
            Label(part(spec, 5, 'Conv2D(filters, 3, strides=stride, padding="same")'), "(16, 16, 32) comes from here"),
        ),
        notes=("in block residual, from bad/shapes.cnn:14:5", "in for #2, from bad/shapes.cnn:13:7"),
        help="project the shortcut with a 1x1 Conv2D of the same filters and strides",
    )
    assert render(d, PLAIN) == golden("""
        error[E0601]: `Add` needs equal shapes, got (16, 16, 32) and (32, 32, 16)
          --> bad/shapes.cnn:7:16
           |
         5 |   Conv2D(filters, 3, strides=stride, padding="same")
           |   -------------------------------------------------- (16, 16, 32) comes from here
         6 |   ReLU() as main
         7 |   [main, x] -> Add()
           |                ^^^^^ these shapes do not match
        ...
        12 |   Conv2D(16, 3, padding="same")
           |   ----------------------------- (32, 32, 16) comes from here
           |
           = note: in block residual, from bad/shapes.cnn:14:5
           = note: in for #2, from bad/shapes.cnn:13:7
           = help: project the shortcut with a 1x1 Conv2D of the same filters and strides
        """)


def test_two_labels_on_one_line() -> None:
    spec = text_of("bad/assert.cnn", _4="  input image: (28, 28, 1)", _5="  Conv2D(6, 5): (28, 28, 6)")
    d = Diagnostic(
        code="E0602",
        message="this line says (28, 28, 6), the layer gives (24, 24, 6)",
        span=part(spec, 5, "(28, 28, 6)"),
        label="declared here",
        labels=(
            Label(part(spec, 5, "Conv2D(6, 5)"), "gives (24, 24, 6)"),
            Label(part(spec, 4, "input image: (28, 28, 1)"), "(28, 28, 1) comes from here"),
        ),
        help="write `(24, 24, 6)` or change the layer",
    )
    assert render(d, PLAIN) == golden("""
        error[E0602]: this line says (28, 28, 6), the layer gives (24, 24, 6)
         --> bad/assert.cnn:5:17
          |
        4 |   input image: (28, 28, 1)
          |   ------------------------ (28, 28, 1) comes from here
        5 |   Conv2D(6, 5): (28, 28, 6)
          |   ------------ gives (24, 24, 6)
          |                 ^^^^^^^^^^^ declared here
          |
          = help: write `(24, 24, 6)` or change the layer
        """)


def test_a_warning() -> None:
    spec = text_of("train.cnn", _16="tune { trials = 3 }")
    d = Diagnostic(code="W0890", message="`tune` is not executed yet", span=part(spec, 16, "tune"), notes=("it is checked all the same",))
    assert render(d, PLAIN) == golden("""
        warning[W0890]: `tune` is not executed yet
          --> train.cnn:16:1
           |
        16 | tune { trials = 3 }
           | ^^^^
           |
           = note: it is checked all the same
        """)


def test_an_argument_of_the_command_line() -> None:
    argument = Source("<command line>", "--set train.epoch=3")
    d = Diagnostic(
        code="E0902",
        message="`--set`: `train` has no `epoch`",
        span=part(argument, 1, "epoch"),
        label="unknown path",
        help="did you mean `train.epochs`?",
    )
    assert render(d, PLAIN) == golden("""
        error[E0902]: `--set`: `train` has no `epoch`
         --> <command line>:1:13
          |
        1 | --set train.epoch=3
          |             ^^^^^ unknown path
          |
          = help: did you mean `train.epochs`?
        """)


def test_a_label_in_another_file_has_its_own_header() -> None:
    spec = text_of("main.cnn", _5="  vision.residual(32)")
    library = text_of("lib/vision.cnn", _107="  [main, x] -> Add()")
    d = Diagnostic(
        code="E0601",
        message="shapes do not match",
        span=part(spec, 5, "vision.residual(32)"),
        label="called here",
        labels=(Label(part(library, 107, "Add()"), "refused here"),),
        notes=("first line\nsecond line",),
    )
    assert render(d, PLAIN) == golden("""
        error[E0601]: shapes do not match
           --> main.cnn:5:3
            |
          5 |   vision.residual(32)
            |   ^^^^^^^^^^^^^^^^^^^ called here
            |
           ::: lib/vision.cnn:107:16
            |
        107 |   [main, x] -> Add()
            |                ----- refused here
            |
            = note: first line
                    second line
        """)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (
            "specs",
            """
            error[E0001]: `specs` is a folder
             --> specs
              |
              = help: name a file in it
            """,
        ),
        (
            None,
            """
            error[E0001]: `specs` is a folder
              = help: name a file in it
            """,
        ),
    ],
)
def test_what_has_no_text_shows_its_place_alone(where: str | None, expected: str) -> None:
    d = Diagnostic(code="E0001", message="`specs` is a folder", where=where, help="name a file in it")
    assert render(d, PLAIN) == golden(expected)


def test_a_part_over_several_lines_is_marked_in_its_first() -> None:
    spec = Source("a.cnn", "model m {\n  Flatten()\n}\n")
    d = Diagnostic(code="E0505", message="no input", span=Span(spec, 8, 22), label="this body")
    assert render(d, PLAIN) == golden("""
        error[E0505]: no input
         --> a.cnn:1:9
          |
        1 | model m {
          |         ^ this body
        """)


def test_tabs_wide_and_combining_characters_keep_the_mark_under_its_part() -> None:
    spec = Source("a.cnn", '\tDense("猫猫e\u0301", oops)')
    d = Diagnostic(code="E0201", message="`oops` is not defined", span=part(spec, 1, "oops"))
    lines = render(d, PLAIN).splitlines()
    assert lines[3] == '1 |     Dense("猫猫e\u0301", oops)'
    assert lines[4] == "  |" + " " * (1 + 4 + len('Dense("') + 4 + 1 + len('", ')) + "^^^^"


def test_characters_that_act_on_the_terminal_or_hide_are_escaped_everywhere() -> None:
    spec = Source("a\x1b.cnn", "a\x1b[2Jb\u202ec\u00a0d\udc80")
    d = Diagnostic(code="E0100", message="unexpected \x1b", span=Span(spec, 1, 2), label="\x07", notes=("\u2028",), help="\x00")
    assert render(d, PLAIN) == golden(r"""
        error[E0100]: unexpected \x1b
         --> a\x1b.cnn:1:2
          |
        1 | a\x1b[2Jb\u202ec\xa0d\udc80
          |  ^^^^ \x07
          |
          = note: \u2028
          = help: \x00
        """)


def test_a_long_line_is_cut_around_its_marks_and_shown_again_for_those_far_off() -> None:
    spec = Source("a.cnn", "[" + "abcdefghi " * 500 + "]")
    d = Diagnostic(
        code="E0201",
        message="not defined",
        span=Span(spec, 3001, 3010),
        label="here",
        labels=(Label(Span(spec, 1, 10), "and here"), Label(Span(spec, 5001, 5002), "the end")),
    )
    text = render(d, Look(width=44))
    assert text == golden("""
        error[E0201]: not defined
         --> a.cnn:1:3002
          |
        1 | [abcdefghi abcdefghi abcdefghi abc...
          |  --------- and here
        1 | ... abcdefghi abcdefghi abcdefghi abc...
          |               ^^^^^^^^^ here
        1 | ... abcdefghi ]
          |               - the end
        """)


def test_a_mark_never_reaches_beyond_the_shown_part() -> None:
    spec = Source("a.cnn", "x" * 5000)
    d = Diagnostic(code="E0100", message="noise", span=Span(spec, 0, 5000))
    rows = render(d, Look(width=80)).splitlines()[3:]
    assert [len(row) for row in rows] == [77, 74]
    assert rows[0].endswith("x...")
    assert rows[1].endswith("^^^")


def test_a_very_long_line_with_many_mistakes_costs_little() -> None:
    spec = Source("a.cnn", "é" * 1_000_000)
    many = [Diagnostic(code="E0100", message="noise", span=Span(spec, i, i + 1)) for i in range(0, 1_000_000, 10_000)]
    assert all(len(render(d, PLAIN)) < 500 for d in many)


def test_colour_marks_headline_gutter_and_labels() -> None:
    spec = Source("a.cnn", "ab cd")
    d = Diagnostic(code="E0201", message="m", span=Span(spec, 0, 2), label="one", labels=(Label(Span(spec, 3, 5), "two"),))
    assert render(d, Look(colour=True)) == (
        "\x1b[1;31merror[E0201]\x1b[0m\x1b[1m: m\x1b[0m\n"
        " \x1b[1;34m-->\x1b[0m a.cnn:1:1\n"
        " \x1b[1;34m |\x1b[0m\n"
        "\x1b[1;34m1 |\x1b[0m ab cd\n"
        " \x1b[1;34m |\x1b[0m \x1b[1;31m^^ one\x1b[0m\n"
        " \x1b[1;34m |\x1b[0m    \x1b[1;34m-- two\x1b[0m\n"
    )


def test_the_report_ends_with_the_count_and_the_way_to_more() -> None:
    warning = Diagnostic(code="W0890", message="not yet")
    error = Diagnostic(code="E0001", message="no file")
    assert report("a.cnn", [], PLAIN) == ""
    assert report("a.cnn", [warning, error, error], PLAIN).endswith(
        "\n\n2 errors, 1 warning in a.cnn\nfor more about the first one: `cnnspec explain E0001`\n"
    )
    assert tally([warning]) == "1 warning"
    assert tally([]) == ""


def test_the_count_says_that_warnings_are_fatal_and_the_headline_does_not() -> None:
    warning, error = Diagnostic(code="W0890", message="not yet"), Diagnostic(code="E0001", message="no file")
    shown = report("a.cnn", [warning], PLAIN, strict=True)
    assert shown.startswith("warning[W0890]: not yet\n")
    assert "\n1 warning (warnings count as errors) in a.cnn\n" in shown
    assert tally([error], strict=True) == "1 error"


def test_the_total_of_several_files() -> None:
    warning, error = Diagnostic(code="W0890", message="not yet"), Diagnostic(code="E0001", message="no file")
    assert total([[error], [], [warning, error]]) == "2 of 3 files have problems: 2 errors, 1 warning"
    assert total([[error], [], []]) == ""
    assert total([[], []]) == ""


def test_json_is_one_line_with_everything_that_is_known() -> None:
    spec = Source("a.cnn", "x\nDense(é)\n")
    library = Source("lib.cnn", "y")
    found = to_json(
        "a.cnn",
        [
            Diagnostic(
                code="E0201",
                message="m",
                span=Span(spec, 8, 9),
                label="here",
                labels=(Label(Span(library, 0, 1), "there"),),
                notes=("n",),
                help="h",
                fix=Fix(Span(spec, 8, 9), "e", safe=True),
            ),
            Diagnostic(code="W0890", message="w", where="a.json#/tune"),
        ],
        fixes=3,
    )
    assert "\n" not in found
    here = {"path": "a.cnn", "line": 2, "column": 7, "end_line": 2, "end_column": 8}
    there = {"path": "lib.cnn", "line": 1, "column": 1, "end_line": 1, "end_column": 2}
    first = {
        "code": "E0201",
        "title": "a name is not defined",
        "severity": "error",
        "message": "m",
        **here,
        "where": None,
        "label": "here",
        "labels": [{"text": "there", **there}],
        "notes": ["n"],
        "help": "h",
        "fix": {"replacement": "e", "safe": True, **here},
    }
    second = {
        "code": "W0890",
        "title": "a section is not executed yet",
        "severity": "warning",
        "message": "w",
        **dict.fromkeys(here),
        "where": "a.json#/tune",
        "label": None,
        "labels": [],
        "notes": [],
        "help": None,
        "fix": None,
    }
    assert json.loads(found) == {"file": "a.cnn", "fixes": 3, "diagnostics": [first, second]}
