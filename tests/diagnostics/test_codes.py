"""Every code has a bad file whose expected place stands beside it, and a text that shows how it looks. Its page: tests/test_explain.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnspec.codes import CODES
from cnnspec.compiler import check_file, compile_source
from cnnspec.resources import page_path
from cnnspec.source import Source
from tests.diagnostics.corpus import FOLDER, RUN, cases, expected, specs


def shown() -> set[str]:
    """The codes that have a golden text."""
    goldens = [*(FOLDER / "golden").glob("*.txt"), *(RUN / "golden").glob("*.txt")]
    return {code for file in goldens for code in re.findall(r"\[([EW]\d{4})\]:", file.read_text(encoding="utf-8"))}


def wanted() -> set[str]:
    """The codes that a bad file expects."""
    libraries = [f"lib/{path.name}" for path in (FOLDER / "lib").glob("*.cnn")]
    return {e.code for name in (*specs(), *libraries) for e in expected(name)} | {
        code for case in cases() for _, code, _ in case.expected()
    }


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_bad_file_a_golden_text_and_a_page(code: str, wanted: set[str] = wanted(), shown: set[str] = shown()) -> None:  # noqa: B008
    assert code in wanted, "no spec in tests/diagnostics/ or tests/diagnostics/run/ expects it"
    assert code in shown, "no golden text shows it"
    assert page_path(code).exists()


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_an_empty_file(text: str) -> None:
    _, (found,) = compile_source(Source("spec.cnn", text))
    assert found.code == "E0004"
    assert found.help == "begin with `cnn 1`, then `model NAME { ... }`"


def test_an_empty_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "empty.cnn"
    path.touch()
    assert [d.code for d in check_file(str(path))[1]] == ["E0004"]


def test_a_file_of_comments_is_empty_too() -> None:
    _, (found,) = compile_source(Source("spec.cnn", "# nothing\n"))
    assert (found.code, found.message) == ("E0004", "there are only comments in this file")
