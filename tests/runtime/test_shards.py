"""Images in files of records and in archives: what arrives, and what is told of those that are damaged."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images.columns import FileImages, MappedImages
from cnnspec.runtime.data.sources.tfrecord import crc32c

Open = Callable[..., tuple[Dataset | None, list[Diagnostic]]]


@pytest.fixture
def opened(planned: Any) -> Open:
    def make(name: str, data: dict[str, Any] | None = None, **arguments: Any) -> tuple[Dataset | None, list[Diagnostic]]:
        document, plan = planned({"source": name, "arguments": arguments}, (None, None, 3), data=data or {})
        return open_dataset(document, plan.data, {"x": (None, None, 3)}, {"y": (3,)})

    return make


def reds(dataset: Dataset | None) -> list[int]:
    """The red values of all training images: they say which is which."""
    assert dataset is not None
    column = dataset.train.inputs["x"]
    return [int(n) for n in column.take(np.arange(len(column)))[:, 0, 0, 0]]


def labels(dataset: Dataset | None) -> list[Any]:
    assert dataset is not None
    return dataset.train.targets["y"].take(np.arange(len(dataset.train))).tolist()  # type: ignore[no-any-return]


def picture(red: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (5, 6), (red, 0, 0)).save(file, kind)
    return file.getvalue()


# ---------------------------------------------------------------- records


def varint(number: int) -> bytes:
    found = b""
    number %= 2**64
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def example(**features: Any) -> bytes:
    """A `tf.train.Example`; `__` in a name stands for a slash."""
    entries = b""
    for name, value in features.items():
        if isinstance(value, bytes):
            feature = field(1, field(1, value))
        elif isinstance(value, float):
            feature = field(2, field(1, struct.pack("<f", value)))
        else:
            feature = field(3, field(1, varint(value)))
        entries += field(1, field(1, name.replace("__", "/").encode()) + field(2, feature))
    return field(1, entries)


def masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def write_records(path: Path, contents: list[bytes]) -> Path:
    sizes = [struct.pack("<Q", len(content)) for content in contents]
    path.write_bytes(b"".join(s + masked(s) + c + masked(c) for s, c in zip(sizes, contents, strict=True)))
    return path


def usual(path: Path, reds: list[int], first: int = 0) -> Path:
    made = [example(image__encoded=picture(red), image__class__label=(first + i) % 3, other=1.5) for i, red in enumerate(reds)]
    return write_records(path, made)


def test_the_check_sum_is_castagnoli_s() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_records_in_several_files(opened: Open, tmp_path: Path) -> None:
    usual(tmp_path / "train-0", [10, 11, 12])
    usual(tmp_path / "train-1", [13, 14])
    for path in ("train-*", "train-{0..1}"):
        dataset, found = opened("tfrecord", path=path)
        assert (reds(dataset), labels(dataset), found) == ([10, 11, 12, 13, 14], [0, 1, 2, 0, 1], [])
        assert dataset is not None and dataset.classes == {}


def test_names_of_features_and_words_as_labels(opened: Open, tmp_path: Path) -> None:
    made = [example(picture=picture(i, "JPEG"), kind=word) for i, word in enumerate((b"dog", b"cat", b"dog"))]
    write_records(tmp_path / "a", made)
    dataset, _ = opened("tfrecord", path="a", image="picture", label="kind")
    assert dataset is not None and (labels(dataset), dataset.classes) == ([1, 0, 1], {"y": ("cat", "dog")})
    dataset, _ = opened("tfrecord", path="a", image="picture", label="kind", class_names=["dog", "eel", "cat"])
    assert labels(dataset) == [0, 2, 0]
    _, (wrong,) = opened("tfrecord", path="a", image="picture", label="kind", class_names=["dog"])
    assert wrong.message == "`class_names` does not name `cat`"


def test_numbers_to_predict_and_negative_ones(opened: Open, tmp_path: Path) -> None:
    write_records(tmp_path / "a", [example(image__encoded=picture(1), image__class__label=value) for value in (0.5, -2.0)])
    assert labels(opened("tfrecord", path="a")[0]) == [0.5, -2.0]
    write_records(tmp_path / "a", [example(image__encoded=picture(1), image__class__label=value) for value in (3, -2)])
    assert labels(opened("tfrecord", path="a")[0]) == [3, -2]


def test_a_feature_that_is_not_there(opened: Open, tmp_path: Path) -> None:
    usual(tmp_path / "a", [1])
    _, (wrong,) = opened("tfrecord", path="a", image="image/encode")
    assert (wrong.code, wrong.help) == ("E0703", 'write `image="image/encoded"`')
    assert "`image/class/label`" in wrong.notes[0]


def test_records_are_read_where_they_lie(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.runtime.data.images.keep.KEPT_BYTES", 0)
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "cache"))
    usual(tmp_path / "a", list(range(20)))
    dataset, _ = opened("tfrecord", path="a")
    assert dataset is not None and isinstance(dataset.train.inputs["x"], FileImages)
    assert reds(dataset) == list(range(20))
    for _ in range(2):
        dataset, _ = opened("tfrecord", {"cache": "disk"}, path="a")
        assert dataset is not None and isinstance(dataset.train.inputs["x"], MappedImages)
        assert reds(dataset) == list(range(20))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:-3], "it is truncated: it ends within record 3"),
        (lambda content: content[: len(content) // 2], "it is truncated: it ends within record 2"),
        (lambda content: content[:5], "it is no file of records"),
        (lambda content: b"\x89PNG" + content, "it is no file of records"),
        (lambda content: content + b"more", "it is damaged behind record 3"),
        (gzip.compress, "it is compressed"),
    ],
)
def test_files_that_are_damaged(opened: Open, tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    path = usual(tmp_path / "a", [1, 2, 3])
    path.write_bytes(damage(path.read_bytes()))
    _, (wrong,) = opened("tfrecord", path="a")
    assert wrong.code == "E0703" and words in wrong.message


def test_records_that_are_something_else(opened: Open, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    content = example(image__encoded=picture(1), image__class__label=1)
    for _ in range(200):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content), 4):
            damaged[place] = rng.integers(256)
        write_records(tmp_path / "a", [bytes(damaged)])
        dataset, found = opened("tfrecord", path="a")
        assert dataset is not None or [wrong.code for wrong in found] == ["E0703"]


def test_an_image_in_a_record_that_cannot_be_read(opened: Open, tmp_path: Path) -> None:
    made = [example(image__encoded=content, image__class__label=0) for content in (picture(1), b"no image", picture(3))]
    write_records(tmp_path / "a", made)
    _, (wrong,) = opened("tfrecord", path="a")
    assert wrong.message == f"{tmp_path / 'a'}: record 2: it is not an image of a known format"
    dataset, _ = opened("tfrecord", {"on_error": "skip"}, path="a")
    assert reds(dataset) == [1, 3]


def test_files_that_are_not_there(opened: Open, tmp_path: Path) -> None:
    usual(tmp_path / "train-0", [1])
    _, (wrong,) = opened("tfrecord", path="trian-0")
    assert (wrong.code, wrong.help) == ("E0702", "did you mean `train-0`?")
    _, (wrong,) = opened("tfrecord", path="test-*")
    assert wrong.code == "E0702"
    _, (wrong,) = opened("tfrecord", path="train-{0..3}")
    assert (wrong.code, "train-1" in wrong.message) == ("E0702", True)
    (tmp_path / "empty").write_bytes(b"")
    _, (wrong,) = opened("tfrecord", path="empty")
    assert wrong.code == "E0706"


@pytest.mark.slow
def test_what_tensorflow_writes(opened: Open, tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")

    def feature(value: Any) -> Any:
        if isinstance(value, bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    with tf.io.TFRecordWriter(str(tmp_path / "a")) as writer:
        for i in range(5):
            given = {"image/encoded": feature(picture(i)), "image/class/label": feature(i % 3), "image/height": feature(6)}
            writer.write(tf.train.Example(features=tf.train.Features(feature=given)).SerializeToString())
    dataset, found = opened("tfrecord", path="a")
    assert (reds(dataset), labels(dataset), found) == ([0, 1, 2, 3, 4], [0, 1, 2, 0, 1], [])


@pytest.mark.slow
def test_tensorflow_is_not_asked(python: Any, tmp_path: Path) -> None:
    usual(tmp_path / "a", [1])
    program = "import sys; from pathlib import Path; from cnnspec.runtime.data.sources.tfrecord import records; "
    program += f"print(len(list(records(Path({str(tmp_path / 'a')!r}))))), print('tensorflow' in sys.modules)"
    done = python("-c", program)
    assert done.stdout.split() == ["1", "False"], done.stderr


# ---------------------------------------------------------------- archives


def write_tar(path: Path, members: dict[str, bytes], kind: str = "w") -> Path:
    with tarfile.open(path, kind) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def samples(count: int, first: int = 0) -> dict[str, bytes]:
    found = {}
    for i in range(first, first + count):
        found |= {f"{i:04}.png": picture(i), f"{i:04}.cls": str(i % 3).encode(), f"{i:04}.json": b"{}"}
    return found


def test_archives_in_their_order(opened: Open, tmp_path: Path) -> None:
    write_tar(tmp_path / "train-00.tar", samples(3))
    write_tar(tmp_path / "train-01.tar", samples(2, 3))
    dataset, found = opened("webdataset", path="train-{00..01}.tar")
    assert (reds(dataset), labels(dataset), found) == ([0, 1, 2, 3, 4], [0, 1, 2, 0, 1], [])


def test_words_and_endings(opened: Open, tmp_path: Path) -> None:
    members = {"a/1.JPG": picture(0, "JPEG"), "a/1.label.txt": b"dog\n", "b/1.jpg": picture(0, "JPEG"), "b/1.label.txt": b" cat"}
    write_tar(tmp_path / "a.tar", members)
    dataset, found = opened("webdataset", path="a.tar", label="label.txt")
    assert dataset is not None, found
    assert (labels(dataset), dataset.classes) == ([1, 0], {"y": ("cat", "dog")})


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../out.png": picture(1), "../out.cls": b"1"}, "leads out of it: ../out.png"),
        ({"/etc/out.png": picture(1), "/etc/out.cls": b"1"}, "leads out of it: /etc/out.png"),
        ({"1.png": picture(1)}, "1.png has no 1.cls"),
        ({"1.cls": b"1"}, "1.cls has no image"),
        ({"1.png": picture(1), "1.jpg": picture(1), "1.cls": b"1"}, "1 has two images"),
        ({"1.png": picture(1), "1.cls": b" "}, "1.cls holds no label"),
        ({"1.png": picture(1), "1.cls": b"\xff"}, "1.cls holds no label"),
        ({"1.png": picture(1), "1.cls": b"1", "2.png": picture(1), "2.cls": b"dog"}, "some labels are words and some are numbers"),
    ],
)
def test_archives_that_cannot_be_used(opened: Open, tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    write_tar(tmp_path / "a.tar", members)
    _, (wrong,) = opened("webdataset", path="a.tar")
    assert wrong.code == "E0703" and words in wrong.message


def test_links_in_an_archive(opened: Open, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("1.png")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    _, (wrong,) = opened("webdataset", path="a.tar")
    assert "1.png is a link" in wrong.message


def test_archives_that_are_damaged_or_compressed(opened: Open, tmp_path: Path) -> None:
    content = write_tar(tmp_path / "a.tar", samples(3)).read_bytes()
    for damaged, words in (
        (content[:700], "unexpected end of data"),
        (content[:1100], "truncated"),
        (content[:1024], "no end mark"),
        (content[:1024] + b"x" * 512 + content[1536:], "no end mark"),
        (b"no archive" * 100, "cannot be used"),
        (gzip.compress(content), "unpack it with `gunzip`"),
    ):
        (tmp_path / "a.tar").write_bytes(damaged)
        _, (wrong,) = opened("webdataset", path="a.tar")
        assert wrong.code == "E0703" and words in wrong.message


def test_images_in_two_parts_are_told_by_all_they_hold(opened: Open, tmp_path: Path) -> None:
    big = np.zeros((200, 200, 3), np.uint8)
    contents = []
    for i in range(3):
        big[0, 0] = i  # a BMP has its last row first, so that only its end tells these apart
        file = io.BytesIO()
        Image.fromarray(big).save(file, "BMP")
        contents.append(file.getvalue())
    write_tar(tmp_path / "a.tar", {"1.bmp": contents[0], "1.cls": b"0", "2.bmp": contents[1], "2.cls": b"1"})
    write_tar(tmp_path / "b.tar", {"3.bmp": contents[2], "3.cls": b"0", "4.bmp": contents[1], "4.cls": b"1"})
    dataset, _ = opened("webdataset", {"test": {"source": "webdataset", "arguments": {"path": "b.tar"}}}, path="a.tar")
    assert dataset is not None
    assert [warning.notes for warning in dataset.warnings] == [(f"{tmp_path / 'a.tar'}: 2.bmp and {tmp_path / 'b.tar'}: 4.bmp",)]


def test_an_empty_archive(opened: Open, tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {})
    _, (wrong,) = opened("webdataset", path="a.tar")
    assert wrong.code == "E0706"
