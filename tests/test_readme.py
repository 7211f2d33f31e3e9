"""What README.md and the pages in docs/ show is true: every spec in them is checked, every command in them is run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import pytest

from cnnspec.compiler import compile_file

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("README.md"), *sorted((ROOT / "docs").glob("*.md"))]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    kind: str
    section: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    section, kind, start = "", None, 0
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r" *```(\w*)", line)
        if fence and kind is None:
            kind, start, lines = fence[1], number, []
        elif fence:
            yield Block(page.name, start, kind or "", section, "\n".join(lines) + "\n")
            kind = None
        elif kind is not None:
            lines.append(line)
        elif line.startswith("## "):
            section = line.removeprefix("## ")


BLOCKS = [block for page in PAGES for block in blocks(page)]
SPECS = [block for block in BLOCKS if block.kind == "cnn"]


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a ```sh block, without its comment."""

    block: Block
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.block} {' '.join(self.words)}"


def commands() -> Iterator[Command]:
    """The lines of all ```sh blocks that call cnnspec. The section "Two commands" is run as it stands, by .ci/run."""
    for block in BLOCKS:
        if block.kind == "sh" and block.section != "Two commands":
            for line in block.text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0] == "cnnspec":
                    yield Command(block, tuple(words[1:]))


COMMANDS = list(commands())


def test_the_readme_has_its_two_commands() -> None:
    two = [block.text for block in BLOCKS if block.page == "README.md" and block.section == "Two commands" and block.kind == "sh"]
    assert "cnnspec run specs/digits.cnn" in "".join(two)
    assert re.search(r"pip install .*&& pytest", "".join(two))


@pytest.mark.parametrize("block", SPECS, ids=str)
def test_a_spec_that_is_shown_has_no_mistake(block: Block, tmp_path: Path) -> None:
    """A part of a spec is completed: layer lines get a model around them, sections get a model beside them."""
    shutil.copytree(ROOT / "specs" / "lib", tmp_path / "lib")
    file = tmp_path / "shown.cnn"
    file.write_text(completed(block.text), encoding="utf-8")
    assert [f"{d.code} {d.message}" for d in compile_file(str(file))[1]] == []


def completed(text: str) -> str:
    if re.search(r"^cnn 1", text, re.MULTILINE):
        return text
    if re.search(r"^model ", text, re.MULTILINE):
        return f"cnn 1\n{text}"
    if re.match(r"\s*(data|augment|train|tune|run|export|expect|let|block|import)\b", text):
        return f"cnn 1\n{text}\n{fitting(text)}"
    start = "" if "input " in text else "  input image: (32, 32, 3)\n"
    return f"cnn 1\nmodel m {{\n{start}{text}}}\n"


def fitting(sections: str) -> str:
    """A model that fits sections which are shown alone: their images and their loss."""
    size = re.search(r"resize = \((\d+), (\d+)\)", sections)
    shape = "28, 28, 1" if "mnist()" in sections else f"{size[1]}, {size[2]}, 3" if size else "32, 32, 3"
    activation = "" if "from_logits=True" in sections else ', activation="softmax"'
    return f"model m {{\n  input image: ({shape})\n  Flatten()\n  Dense(10{activation}) as digit\n}}\n"


def test_every_command_is_known() -> None:
    shown = {words[0] for command in COMMANDS if (words := command.words)}
    assert shown <= {"check", "fmt", "compile", "diff", "preview", "run", "doctor", "explain", "--help", "--version"}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_that_is_shown_works(command: Command, cnnspec_command: Run, tmp_path: Path) -> None:
    """In a copy of the specs. A run lasts an epoch; one that would need the network is compiled with its settings instead."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    words = [name for word in command.words for name in expanded(word, tmp_path)]
    if "--backend" in words and not installed(words[words.index("--backend") + 1]):
        pytest.skip(f"the backend of `{command}` is not installed")
    if words[0] in ("run", "preview") and "specs/digits.cnn" not in words:
        settings = [part for i, word in enumerate(words) if word == "--set" for part in words[i : i + 2]]
        words = ["compile", words[1], *settings, "--emit", "document"]
    elif words[0] == "run" and "--set" not in words:
        words += ["--set", "train.epochs=1"]
    end = cnnspec_command(*words, cwd=tmp_path, timeout=600)
    different = words[0] == "diff" and end.returncode == 1 and not end.stderr
    assert end.returncode == 0 or different, end.stdout + end.stderr
    assert "Traceback" not in end.stderr


def expanded(word: str, folder: Path) -> list[str]:
    """A word as the shell passes it on: `specs/*.cnn` is every spec."""
    return [path.relative_to(folder).as_posix() for path in sorted(folder.glob(word))] if "*" in word else [word]


def installed(backend: str) -> bool:
    return util.find_spec(backend) is not None
