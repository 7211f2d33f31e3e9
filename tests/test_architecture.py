"""The code is built as ARCHITECTURE.md says: who may import whom, and how long a module may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cnnspec"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_MODULE = 400

GENERATOR = {"catalogue/generate.py", "catalogue/introspect.py"}
"""The developer's tool that reads the catalogue from Keras."""

ALLOWED = {
    "keras": {"runtime"},
    "tensorflow": {"runtime"},
    "jax": {"runtime"},
    "torch": {"runtime"},
    "numpy": {"runtime"},
    "sklearn": {"runtime"},
    "PIL": {"runtime"},
    "lark": {"syntax"},
    "jsonschema": {"document"},
    "rich": {"report"},
    "pygments": {"highlight"},
    "pygls": {"server"},
    "lsprotocol": {"server"},
}
"""Which room may import which package."""


def rooms_in_order() -> list[str]:
    """Invariant 1, as it is written."""
    text = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    found = re.search(r"1\. Imports point up in this list only: ([^.]*)\.", text)
    assert found, "invariant 1 of ARCHITECTURE.md has no list"
    return [name.strip() for name in found[1].split(",")]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides the room"
            yield node.lineno, node.module or ""


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_the_list_names_every_room_and_no_other() -> None:
    rooms = {room(path) for path in MODULES} - {"__init__", "__main__"}
    assert sorted(rooms_in_order()) == sorted(rooms)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_up(path: Path) -> None:
    order = ["__init__", *rooms_in_order(), "__main__"]
    here = order.index(room(path))
    down = [
        f"{name(path)}:{line} imports {module}"
        for line, module in imported(path)
        if module.startswith("cnnspec.") and order.index(module.split(".")[1]) > here
    ]
    assert down == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_package_is_imported_only_in_its_room(path: Path) -> None:
    strays = [
        f"{name(path)}:{line} imports {module}"
        for line, module in imported(path)
        if room(path) not in ALLOWED.get(module.split(".")[0], {room(path)}) and name(path) not in GENERATOR
    ]
    assert strays == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_is_too_long(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE, f"{name(path)} has {lines} lines"


def test_the_check_of_imports_sees_them_all(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text("import keras.layers\ndef f():\n    from lark import Lark\n", encoding="utf-8")
    assert list(imported(module)) == [(1, "keras.layers"), (3, "lark")]


def test_no_file_holds_two_versions_of_a_line() -> None:
    """What a merge leaves where two people changed the same lines."""
    texts = (path for folder in ("cnnspec", "docs", "specs", "tests") for path in (PACKAGE.parent / folder).rglob("*.*"))
    marks = ("<" * 7 + " ", ">" * 7 + " ")
    found = [path.name for path in texts if path.suffix in (".md", ".py", ".cnn", ".txt", ".json") and _has(path, marks)]
    assert found == []


def _has(path: Path, marks: tuple[str, str]) -> bool:
    return any(line.startswith(marks) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
