"""The source `webdataset`: tar files in which the parts of a sample have one name but for the ending, such as `7.jpg` and `7.cls`.

Only where things lie is read; nothing is unpacked to the disk, so that no name in an archive can lead anywhere.
"""

from __future__ import annotations

import math
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.decode import SUFFIXES
from cnnspec.runtime.data.images.stored import Piece
from cnnspec.runtime.data.offer import Opened, Want
from cnnspec.runtime.data.sources.shards import BadShard, Label, Sample, offered, shards_of

_BLOCK = 512


def open_webdataset(document: Document, source: Object, want: Want) -> Opened:
    """Images with the labels beside them. A sample that lacks one of the two is an error: nothing is passed over."""
    paths, found = shards_of(document, source)
    if not paths:
        return None, found
    want.told(f"reading where the images lie in {len(paths):,} archives")
    ending = str(source.arguments.get("label", "cls")).removeprefix(".")
    samples: list[Sample] = []
    for path in paths:
        try:
            samples += _samples(path, ending)
        except (BadShard, OSError, tarfile.TarError, EOFError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            help = "a sample is an image and a label under one name, such as `7.jpg` and `7.cls`"
            return None, [at(document, f"{source.pointer}/arguments/path", "E0703", f"{path} cannot be used: {reason}", help=help)]
    return offered(document, source, want, samples)


def _samples(path: Path, ending: str) -> Iterator[Sample]:
    """The samples of an archive, in its order."""
    images: dict[str, Piece] = {}
    labels: dict[str, Label] = {}
    for piece in _pieces(path):
        key, kind = _key(piece.name)
        if f".{kind}" in SUFFIXES:
            if key in images:
                raise BadShard(f"the sample {key} has two images")
            images[key] = piece
        elif kind == ending.lower():
            labels[key] = _label(piece)
    for key, piece in images.items():
        if key not in labels:
            raise BadShard(f"{piece.name} has no {PurePosixPath(key).name}.{ending}")
        yield Sample(piece, labels[key])
    if alone := next((key for key in labels if key not in images), None):
        raise BadShard(f"{alone}.{ending} has no image")


def _pieces(path: Path) -> Iterator[Piece]:
    """The files in an archive."""
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            raise BadShard("it is compressed, and images are read from where they lie: unpack it with `gunzip`")
    length = path.stat().st_size
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            if name.is_absolute() or ".." in name.parts:
                raise BadShard(f"it has a member that leads out of it: {member.name}")
            if member.islnk() or member.issym():
                raise BadShard(f"{member.name} is a link; a sample holds its files itself")
            if member.isfile() and not name.name.startswith("."):
                if member.offset_data + member.size > length:
                    raise BadShard(f"it is truncated: it ends within {member.name}")
                yield Piece(str(path), member.offset_data, member.size, member.name)
        end = archive.offset  # where the module found no further member, for whatever reason
    if Piece(str(path), end, _BLOCK, "").read() != bytes(_BLOCK):
        raise BadShard("it is damaged or truncated: there is no end mark behind the last file")


def _key(name: str) -> tuple[str, str]:
    """What the files of a sample have in common, and the ending. The name ends at its first dot; an ending may have several."""
    folder, file = PurePosixPath(name).parent, PurePosixPath(name).name
    key, _, kind = file.partition(".")
    return str(folder / key), kind.lower()


def _label(piece: Piece) -> Label:
    """A whole number, a number or a word."""
    try:
        text = piece.read().decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise BadShard(f"{piece.name} holds no label")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
