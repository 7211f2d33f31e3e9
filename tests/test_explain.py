"""The pages of `cnnspec explain`: one a code, in one form, and their examples are true."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from cnnspec.cli.main import main
from cnnspec.codes import CODES
from cnnspec.compiler import compile_file
from cnnspec.resources import page_path
from tests.diagnostics.corpus import cases, expected, specs

FORM = re.compile(
    r"# (?P<code>[EW]\d{4}): (?P<title>.+)\n\n(?P<cause>.+?)\n\n"
    r"## Wrong\n\n```(?P<wrong_kind>\w+)\n(?P<wrong>.+?)\n```\n\n## Right\n\n```(?P<right_kind>\w+)\n(?P<right>.+?)\n```\n",
    re.DOTALL,
)

FRONT = {e.code for name in specs() for e in expected(name)}
KNOWN_LATER = {code for case in cases() for _, code, _ in case.expected()} - FRONT
"""What `check` cannot know, since the data, the training or the machine shows it: the wrong example is a spec without mistakes."""


def page(code: str) -> re.Match[str]:
    found = FORM.fullmatch(page_path(code).read_text(encoding="utf-8"))
    assert found, f"{page_path(code)} has not the form of a page"
    return found


def with_a_spec(part: str) -> list[Any]:
    """The codes whose page shows a spec there. That of E0406 takes seconds: it is expanded up to the limit."""
    found = [code for code in CODES if page_path(code).exists() and page(code)[part] == "cnn"]
    return [pytest.param(code, marks=[pytest.mark.slow] if (code, part) == ("E0406", "wrong_kind") else []) for code in found]


def codes_of(spec: str, folder: Path, root: Path) -> set[str]:
    shutil.copytree(root / "specs" / "lib", folder / "lib")
    file = folder / "example.cnn"
    file.write_text(spec + "\n", encoding="utf-8")
    return {d.code for d in compile_file(str(file))[1]}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in page_path("E0001").parent.iterdir()} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_the_form(code: str) -> None:
    found = page(code)
    assert (found["code"], found["title"]) == (code, CODES[code])
    assert len(found["cause"]) > 60
    assert max(map(len, found["cause"].splitlines())) <= 80


@pytest.mark.parametrize("code", with_a_spec("right_kind"))
def test_the_right_example_has_no_mistake(code: str, tmp_path: Path, root: Path) -> None:
    assert codes_of(page(code)["right"], tmp_path, root) == set()


@pytest.mark.parametrize("code", with_a_spec("wrong_kind"))
def test_the_wrong_example_has_this_mistake_and_no_other(code: str, tmp_path: Path, root: Path) -> None:
    assert codes_of(page(code)["wrong"], tmp_path, root) == (set() if code in KNOWN_LATER else {code})


def test_explain_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "e0601"]) == 0
    assert capsys.readouterr().out == page_path("E0601").read_text(encoding="utf-8")


def test_explain_lists_all_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{code}  {title}" for code, title in CODES.items()]


@pytest.mark.parametrize("words", [["E0601"], ["e0601"], ["[E0601]"], ["error[E0601]:"], ["E0601", "[E0601]"]])
def test_a_code_may_be_pasted(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *words]) == 0
    assert capsys.readouterr().out == page_path("E0601").read_text(encoding="utf-8")


def test_several_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E0601", "E0001"]) == 0
    pages = [page_path(code).read_text(encoding="utf-8") for code in ("E0601", "E0001")]
    assert capsys.readouterr().out == "\n".join(pages)


@pytest.mark.parametrize(("word", "hint"), [("E601", "did you mean `E0601`?"), ("banana", "`cnnspec explain` lists them all")])
def test_explain_suggests_a_code(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    assert capsys.readouterr().err == f"cnnspec explain: there is no code `{word}`: {hint}\n"


def test_one_wrong_code_among_several_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E0601", "E601", "banana"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[1].strip() for line in err.splitlines()] == ["there is no code `E601`", "there is no code `banana`"]
