"""`REVISION:PATH`: a file as git has it in a revision, with the files that it imports. `:PATH` is the file as it is staged.

The path is that of the file here, relative to the folder where the user is; the repository is the one in which it lies. Git is
asked with plumbing commands alone: they change nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.reading import DISK, MAX_BYTES, Files, source_of
from cnnspec.source import Source
from cnnspec.suggest import nearest

_REVISION: Final = re.compile(r"((?:[^:{]|\{[^}]*\})*):(.+)", re.DOTALL)
"""In braces a revision may have a colon: `HEAD@{10:00}`, `HEAD^{/fix: a bug}`."""

_OF_A_HOOK: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX")
"""What git tells a hook of the folder where it is called; the path says which repository is meant."""

_FILE: Final = "100"
"""How the mode of a file begins: a tree also holds links and other repositories."""


def split_revision(argument: str) -> tuple[str, str] | None:
    """Revision and path of an argument; None where it names a file, also one with a colon in its name."""
    found = _REVISION.fullmatch(argument)
    return None if found is None or os.path.lexists(argument) else (found[1], found[2])


def read_revision(revision: str, path: str) -> tuple[Source | None, list[Diagnostic], Files]:
    """The text of `path` in a revision, and the files of that revision. Refuses what git does not have (E0008)."""
    try:
        found = _open(revision, Path(path))
        return *found.read(path), found.files()
    except _Refused as refused:
        return None, [refused.diagnostic(f"{revision}:{path}")], DISK


class _Refused(OSError):
    """Why a revision, or a file of it, cannot be read; and what to write instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help

    def diagnostic(self, where: str) -> Diagnostic:
        return Diagnostic(code="E0008", message=str(self), where=where, help=self.help)


@dataclass(frozen=True, slots=True)
class _Revision:
    """The files of one revision: `objects` has the name of each one's content, by its path from the top of the repository."""

    name: str
    top: Path
    objects: dict[str, str]

    def files(self) -> Files:
        return Files(self.read, self.is_file, self.read_bytes, f"{self.name}:")

    def read(self, path: str) -> tuple[Source | None, list[Diagnostic]]:
        """What is not in the repository, as a library that came with the program, is read from the disk."""
        if self._inside(Path(path)) is None:
            return DISK.read(path)
        shown = f"{self.name}:{path}"
        try:
            return source_of(shown, self.read_bytes(Path(path)))
        except _Refused as refused:
            return None, [refused.diagnostic(shown)]

    def is_file(self, path: Path) -> bool:
        inside = self._inside(path)
        return path.is_file() if inside is None else inside in self.objects

    def read_bytes(self, path: Path) -> bytes:
        inside = self._inside(path)
        if inside is None:
            return path.read_bytes()
        if inside not in self.objects:
            raise self._no_file(path)
        if int(_git(self.top, "cat-file", "-s", self.objects[inside])) > MAX_BYTES:
            return bytes(MAX_BYTES + 1)  # whoever reads it refuses this many
        return _git(self.top, "cat-file", "blob", self.objects[inside])

    def _inside(self, path: Path) -> str | None:
        """The path from the top of the repository; None for what lies elsewhere."""
        real = _real(path)
        return real.relative_to(self.top).as_posix() if real.is_relative_to(self.top) else None

    def _no_file(self, path: Path) -> _Refused:
        here = {os.path.relpath(self.top / name): name for name in self.objects}
        near = next((word for word, name in here.items() if name == path.as_posix()), None) or nearest(str(path), here)
        help = f"did you mean `{self.name}:{near}`?" if near else "the path is relative to the folder where you are"
        where = f"in `{self.name}`" if self.name else "among the staged files"
        return _Refused(f"there is no file `{path}` {where}", help)


def _open(name: str, path: Path) -> _Revision:
    folder = _real(path).parent
    while not folder.is_dir():
        folder = folder.parent
    top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")))
    if not name:
        return _Revision(name, top, _objects(_git(top, "ls-files", "--stage", "-z"), 1))
    return _Revision(name, top, _objects(_git(top, "ls-tree", "-r", "-z", "--full-tree", _tree(name, top)), 2))


def _objects(listed: bytes, position: int) -> dict[str, str]:
    """The names of the files' contents by path, from lines of facts and path; the name is the fact at `position`."""
    found = {}
    for line in listed.split(b"\0")[:-1]:
        facts, path = line.decode(errors="surrogateescape").split("\t", 1)
        words = facts.split(" ")
        if words[0].startswith(_FILE):
            found[path] = words[position]
    return found


def _tree(name: str, top: Path) -> str:
    """The tree of a revision: a commit, a branch, a tag, `HEAD~3`, `main@{yesterday}`."""
    if not name.startswith("-"):
        try:
            return _git(top, "rev-parse", "--verify", "--quiet", f"{name}^{{tree}}").decode().strip()
        except _Refused:
            pass
    known = _git(top, "for-each-ref", "--format=%(refname:short)").decode(errors="replace").split("\n")
    near = nearest(name, known)
    help = f"did you mean `{near}`?" if near else "`git log --oneline` lists the revisions"
    if _git(top, "rev-parse", "--is-shallow-repository").strip() == b"true":
        help = "this clone has the newest revisions alone: `git fetch --unshallow` brings the others"
    raise _Refused(f"git knows no revision `{name}`", help)


def _real(path: Path) -> Path:
    """The absolute path without links in its folders. The file itself may be there or not."""
    whole = Path(os.path.normpath(path.absolute()))
    return whole.parent.resolve() / whole.name


def _git(folder: Path, *words: str) -> bytes:
    """What a git command prints. What it says on the way is not for the user, except why it fails."""
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *words]
    environ = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK} | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        end = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environ)
    except OSError:
        raise _Refused("git cannot be started", "install git, or give two files") from None
    if end.returncode == 0:
        return end.stdout
    reason = (end.stderr.decode(errors="replace").strip().split("\n")[0]).removeprefix("fatal: ")
    if "not a git repository" in reason:
        raise _Refused(f"the folder `{folder}` is in no git repository", "give the path of a file, or go into the repository")
    raise _Refused(f"git refuses: {reason}", "see what git says: `git status`")
