"""Every wrong spec of `run/` is told what stands in it, no more and no less, in the words and the look of its golden text.

After a wanted change: `CNNSPEC_UPDATE_GOLDEN=1 pytest -m "" tests/diagnostics/test_run_corpus.py`, then read the difference.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnspec.cli.main import main
from tests.conftest import ROOT, run_python
from tests.diagnostics.corpus import MARK, RUN, Case, cases
from tests.diagnostics.scenes import OWN_PROCESS, SCENES, prepare

GOLDEN = RUN / "golden"
HEADLINE = re.compile(r"^(?:error|warning)\[([EW]\d{4})\]: ", re.MULTILINE)
PLACE = re.compile(r"^ *--> (.+)$", re.MULTILINE)


def found_in(shown: str) -> list[tuple[str, str, str]]:
    """The place, the code and the whole text of each diagnostic that was shown."""
    starts = [m.start() for m in HEADLINE.finditer(shown)]
    texts = [shown[start:end] for start, end in zip(starts, [*starts[1:], len(shown)], strict=True)]
    return [(place[1] if (place := PLACE.search(text)) else "", text[text.index("[") + 1 :][:5], text) for text in texts]


def parameters() -> list[Any]:
    return [pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.name in OWN_PROCESS else []) for case in cases()]


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Any:
    """Runs the command of a case where its scene is set, and returns the exit status and what a user reads of the diagnostics."""

    def run(case: Case) -> tuple[int, str]:
        for file in case.files:
            shutil.copy(file, tmp_path)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
        if case.name in OWN_PROCESS:
            prepare(case.name, tmp_path, monkeypatch)
            path = os.pathsep.join([str(tmp_path), str(ROOT)])
            end = run_python("-m", "cnnspec", *case.command, cwd=tmp_path, env={"PYTHONPATH": path, "KERAS_HOME": str(tmp_path)})
            return end.returncode, end.stderr
        if case.needs_keras:
            request.getfixturevalue("keras")
        prepare(case.name, tmp_path, monkeypatch)
        capfd.readouterr()
        status = main(case.command)
        out, err = capfd.readouterr()
        return status, out if case.command[0] == "check" else err

    return run


@pytest.mark.parametrize("case", parameters())
def test_says_what_the_file_expects_and_looks_as_it_did(case: Case, show: Callable[[Case], tuple[int, str]], tmp_path: Path) -> None:
    status, shown = show(case)
    complete = "error[E0810]" in shown  # a run that ended, and not as it should: the only one here
    assert status == (3 if complete else int("error[" in shown or "--strict" in case.command)), shown
    shown = MARK.sub("", shown).replace(str(tmp_path), "FOLDER")
    shown = "\n".join(line.rstrip() for line in shown.split("\n"))
    found, wanted = found_in(shown), list(case.expected())
    assert sorted((place, code) for place, code, _ in found) == sorted((place, code) for place, code, _ in wanted), shown
    for place, code, part in wanted:
        assert any((place, code) == f[:2] and part in f[2] for f in found), f"{place} {code}: {part}\n{shown}"
    file = GOLDEN / f"{case.name}.txt"
    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_no_golden_and_no_scene_is_left_over() -> None:
    names = {case.name for case in cases()}
    assert {file.stem for file in GOLDEN.glob("*.txt")} == names
    assert set(SCENES) <= names
    assert set(OWN_PROCESS) <= names
