"""Images that are no files of their own: parts of an archive, values in a record."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol, TypeAlias

StrPath: TypeAlias = str | os.PathLike[str]
"""Lists of files hold plain strings: to make a Path of each takes as long as to decode a small image."""


class Stored(Protocol):
    """Something that holds the content of an image file. `str` of it is what a message calls it."""

    def read(self) -> bytes:
        """The content. Raises OSError, or ValueError where what should hold it is damaged."""
        ...

    def stamp(self) -> str:
        """What is another text when the content is another one. Raises OSError."""
        ...


Place: TypeAlias = StrPath | Stored
"""Where the content of an image is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a larger file."""

    path: str
    start: int
    length: int
    name: str

    def __str__(self) -> str:
        return f"{self.path}: {self.name}"

    def read(self) -> bytes:
        with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123 - see StrPath
            return os.pread(file.fileno(), self.length, self.start)

    def stamp(self) -> str:
        return f"{stamp_of(self.path)} {self.start} {self.length}"


def content_of(place: Place) -> bytes:
    """The content of an image. Raises what reading it raises."""
    if isinstance(place, str | os.PathLike):
        with open(place, "rb", buffering=0) as file:  # noqa: PTH123 - see StrPath
            return file.read()
    return place.read()


def stamp_of(place: Place) -> str:
    """What is another text when the content is another one. A file is known by its place, length and time of change, as `make` knows it."""
    if isinstance(place, str | os.PathLike):
        seen = os.stat(place)  # noqa: PTH116 - see StrPath
        return f"{os.path.abspath(place)} {seen.st_size} {seen.st_mtime_ns}"  # noqa: PTH100
    return place.stamp()
