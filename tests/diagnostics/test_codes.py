"""Every code that the front end can give is in the corpus, or is shown here."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.codes import CODES
from cnnspec.compiler import check_file, compile_source
from cnnspec.source import Source
from tests.diagnostics.corpus import expected, specs

ELSEWHERE = {
    "E0001": "tests/test_reading.py",
    "E0002": "tests/test_reading.py",
    "E0003": "tests/test_reading.py",
    "E0004": "below",
    "E0006": "tests/document/test_load.py",
    "E0109": "below",
    "E0906": "tests/runtime: only Keras loads weights",
}


def test_the_corpus_holds_every_code_of_the_front_end() -> None:
    front = {code for code in CODES if code[:3] in ("E00", "E01", "E02", "E03", "E04", "E05", "E06", "E09")}
    libraries = [f"lib/{name}.cnn" for name in ("bad", "cycle_b", "empty")]
    shown = {e.code for name in (*specs(), *libraries) for e in expected(name)}
    assert front - shown == set(ELSEWHERE)


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_an_empty_file(text: str) -> None:
    _, (found,) = compile_source(Source("spec.cnn", text))
    assert found.code == "E0004"
    assert found.help == "begin with `cnn 1`, then `model NAME { ... }`"


def test_an_empty_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "empty.cnn"
    path.touch()
    assert [d.code for d in check_file(str(path))[1]] == ["E0004"]


def test_too_many_syntax_errors() -> None:
    _, diagnostics = compile_source(Source("spec.cnn", "cnn 1\n" + "let a =\n" * 200))
    assert len(diagnostics) == 101
    assert diagnostics[-1].code == "E0109"


def test_a_file_of_comments_has_neither_version_nor_model() -> None:
    _, diagnostics = compile_source(Source("spec.cnn", "# nothing\n"))
    assert [d.code for d in diagnostics] == ["E0005", "E0503"]
