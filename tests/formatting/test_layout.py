"""How a spec is laid out: in `cases/`, what is written stands above what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnspec.formatting import format_source
from cnnspec.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPECS = sorted(ROOT.glob("specs/**/*.cnn"))
CASE = re.compile(r"^======== (.+)\n((?s:.*?))^-------- becomes\n((?s:.*?))(?=^========|\Z)", re.MULTILINE)
FILES = {file.stem: file.read_text(encoding="utf-8") for file in sorted(HERE.glob("cases/*.txt"))}
CASES = {f"{name}: {case[1]}": (case[2], case[3]) for name, text in FILES.items() for case in CASE.finditer(text)}


def formatted(text: str) -> str:
    result, diagnostics = format_source(Source("spec.cnn", text))
    assert result is not None, [(d.code, d.message) for d in diagnostics]
    return result


@pytest.mark.parametrize(("written", "expected"), CASES.values(), ids=CASES)
def test_becomes(written: str, expected: str) -> None:
    assert formatted(written) == expected
    assert formatted(expected) == expected


def test_no_case_is_lost() -> None:
    assert len(CASES) == sum(text.count("======== ") for text in FILES.values()) > 40


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_of_the_project_are_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_nothing_stays_nothing(text: str) -> None:
    assert formatted(text) == ""


@pytest.mark.parametrize("text", ["cnn 1\r\nlet a = 1 # x\r\n# y\r\n", "cnn 1\nlet a = 1 # x\n# y"])
def test_a_file_ends_with_one_end_of_line(text: str) -> None:
    assert formatted(text) == "cnn 1\n\nlet a = 1  # x\n# y\n"


def test_what_does_not_parse_is_not_laid_out() -> None:
    result, diagnostics = format_source(Source("spec.cnn", "cnn 1\nlet a = (1\nlet b = )\n"))
    assert result is None
    assert {d.code for d in diagnostics} <= {"E0100", "E0101"}
    assert diagnostics
