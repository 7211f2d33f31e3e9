"""The command `cnnspec lsp` where it cannot serve."""

from __future__ import annotations

import io
import sys

import pytest

from cnnspec.cli import lsp
from cnnspec.cli.main import main


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(lsp, "find_spec", lambda name: None)
    assert main(["lsp"]) == 1
    assert capsys.readouterr().err == (
        "cnnspec lsp: the language server needs the package `pygls`, which is not installed\n"
        'install it into the same environment: `pip install "cnnspec[lsp]"`\n'
    )


def test_a_person_at_a_terminal_is_told_what_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert main(["lsp"]) == 2
    assert "an editor starts it" in capsys.readouterr().err
