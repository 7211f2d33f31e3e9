"""`check_file` takes a library, `compile_file` does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import check_file, compile_file

LIBRARY = """cnn 1

let width = 3

block f(k: int = width) {
  input x
  Dense(k)
}
"""


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "spec.cnn"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_library_is_no_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, LIBRARY)
    assert check_file(path) == (None, [])
    compiled, diagnostics = compile_file(path)
    assert compiled is None
    assert [d.code for d in diagnostics] == ["E0503"]


@pytest.mark.parametrize("name", sorted(path.name for path in Path("specs/lib").glob("*.cnn")))
def test_our_libraries_are_right(name: str, root: Path) -> None:
    assert check_file(str(root / "specs" / "lib" / name)) == (None, [])


def test_a_file_of_sections_is_no_library(tmp_path: Path) -> None:
    _, diagnostics = check_file(write(tmp_path, LIBRARY + "\ntrain {\n  epochs = 3\n}\n"))
    assert [d.code for d in diagnostics] == ["E0503"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("Dnse(k)", "E0301"),
        ("Dense(kk)", "E0201"),
        ("Dense(k, unitss=3)", "E0302"),
        ("Dense(k, activation='rleu')", "E0306"),
        ("Dense(k, 3)", "E0303"),
        ("other = x -> Dense(3)", "E0504"),
        ("Dropout(150%)", "E0404"),
        ("Dense(k", "E0101"),
    ],
)
def test_its_blocks_are_looked_at(wrong: str, code: str, tmp_path: Path) -> None:
    _, diagnostics = check_file(write(tmp_path, LIBRARY.replace("Dense(k)", f"Dense(k)\n  {wrong}")))
    assert [d.code for d in diagnostics] == [code]


@pytest.mark.parametrize(
    "fine",
    [
        "Dense(channels(x) // 2)",
        "Conv2D(n, 3)\n  Dense(height(x))",
        "if n > 3 { Dense(n) }",
        "repeat n { Dense(n) }",
        "for a, b in s { Dense(a) }",
        "if n > 3 {\n a = x -> Dense(3)\n } else {\n a = x\n }\n  [a, x] -> Add()",
        "side = x -> Dense(3)\n  if n > 3 { [side, x] -> Add() }",
        "let half = n // 2\n  Dense(half)\n  Reshape(s)",
        "layer t = Dense(n)\n  x -> t -> t",
        "g(n)",
        "Conv2D(n, 3): (?, ?, n)",
        "Dropout(1 / n)",
    ],
)
def test_what_only_a_call_can_show_is_not_reported(fine: str, tmp_path: Path) -> None:
    text = f"cnn 1\n\nblock g(n: int) {{\n  input x\n  Dense(n)\n}}\n\nblock f(n: int, s: any) {{\n  input x\n  {fine}\n}}\n"
    assert check_file(write(tmp_path, text)) == (None, [])
