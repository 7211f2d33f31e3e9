"""Quick fixes: what the diagnostics say to write."""

from __future__ import annotations

from cnnspec.server.fixes import fix_all, quick_fixes
from tests.server.marked import at_cursor, in_model, in_section


def test_a_fix_is_offered_where_its_mistake_is() -> None:
    analysis, offset = at_cursor(in_model("Conv2D|(8, 3, 2)"))
    assert [found.title for found in quick_fixes(analysis, offset, offset)] == []
    found = quick_fixes(analysis, offset, offset + 20)
    assert [(f.title, f.fix.replacement, f.fix.safe, f.diagnostic.code) for f in found] == [
        ("write `strides=2`", "strides=2", False, "E0303")
    ]


def test_a_fix_that_is_certain_says_so() -> None:
    analysis, offset = at_cursor(in_section("train {\n  epochs|: 3\n}"))
    (found,) = quick_fixes(analysis, offset, offset)
    assert (found.title, found.fix.safe) == ("write `epochs = 3`", True)


def test_all_that_is_certain_is_corrected_at_once() -> None:
    analysis, _ = at_cursor(in_section('train {\n  epochs: 3\n  loss: "mse"\n}|'))
    text = fix_all(analysis)
    assert text is not None
    assert text.endswith('train {\n  epochs = 3\n  loss = "mse"\n}')


def test_nothing_certain_nothing_to_correct() -> None:
    analysis, _ = at_cursor(in_model("Conv2D(8, 3, 2)|"))
    assert fix_all(analysis) is None
