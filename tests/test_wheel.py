"""The wheel: it carries all it needs, and works where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Built from a copy of the checkout, so that nothing is left in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(root, source, ignore=shutil.ignore_patterns(".git", ".venv", "venv", "runs", "dist", "__pycache__", ".*_cache"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    end = subprocess.run(command, capture_output=True, text=True, check=False)
    assert end.returncode == 0, end.stdout + end.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command `cnnspec` of a fresh environment that has the wheel, and sees the packages of this one behind it."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    end = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert end.returncode == 0, end.stderr
    [site] = home.rglob("site-packages")
    (site / "behind.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(python.with_name("cnnspec")), *arguments]
        return subprocess.run(command, cwd=elsewhere, env=clean, capture_output=True, text=True, timeout=300, check=False)

    return run


def test_it_carries_grammar_schema_catalogue_pages_and_specs(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    carried = [*(root / "grammar").iterdir(), *(root / "specs").rglob("*.cnn")]
    inside = [f"cnnspec/{file.relative_to(root).as_posix()}" for file in carried]
    inside += [
        file.relative_to(root).as_posix() for file in (root / "cnnspec").rglob("*") if file.suffix in (".py", ".json", ".md", ".typed")
    ]
    assert set(inside) - names == set()
    assert {"cnnspec/py.typed", "cnnspec/catalogue/catalogue.json", "cnnspec/grammar/cnn.schema.json", "cnnspec/specs/digits.cnn"} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_it_runs_outside_the_checkout(installed: Run, root: Path) -> None:
    where = installed("explain", "E0601")
    assert (where.returncode, where.stderr) == (0, "")
    for spec in sorted((*(root / "specs").glob("*.cnn"), *(root / "specs" / "zoo").glob("*.cnn"))):
        end = installed("check", str(spec))
        assert end.returncode == 0, end.stdout


def test_it_is_the_wheel_that_runs(installed: Run, root: Path) -> None:
    end = installed("check", "digits.cnn")
    assert end.returncode == 1
    assert f"{os.sep}site-packages{os.sep}cnnspec{os.sep}specs{os.sep}digits.cnn" in end.stdout
    assert str(root) not in end.stdout


def test_it_builds_a_model(installed: Run, root: Path) -> None:
    end = installed("compile", str(root / "specs" / "digits.cnn"), "--summary", "--json")
    assert end.returncode == 0, end.stderr
    assert '"totals"' in end.stdout
