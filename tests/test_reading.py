"""What is refused before the first character is read, and in which words."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from cnnspec.diagnostics import Diagnostic
from cnnspec.reading import MAX_BYTES, read_source


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "digits.cnn").write_text("cnn 1\n")
    return tmp_path


def refusal(path: str) -> Diagnostic:
    source, diagnostics = read_source(path)
    assert source is None
    [diagnostic] = diagnostics
    return diagnostic


def put(name: str, data: bytes) -> str:
    Path(name).write_bytes(data)
    return name


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"cnn 1\n", "cnn 1\n"),
        (b"\xef\xbb\xbfcnn 1", "cnn 1"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        ("# é猫\n".encode(), "# é猫\n"),
        (b" " * MAX_BYTES, " " * MAX_BYTES),
    ],
    ids=["empty", "plain", "byte order mark", "ends of line", "unicode", "as large as may be"],
)
def test_text_is_read(data: bytes, text: str) -> None:
    source, diagnostics = read_source(put("a.cnn", data))
    assert source is not None
    assert source.text == text
    assert source.path == "a.cnn"
    assert diagnostics == []


def test_columns_do_not_depend_on_the_end_of_line() -> None:
    unix, _ = read_source(put("unix.cnn", "ab\ncd é!".encode()))
    windows, _ = read_source(put("windows.cnn", "ab\r\ncd é!".encode()))
    assert unix is not None
    assert windows is not None
    assert unix.line_column(unix.text.index("!")) == windows.line_column(windows.text.index("!")) == (2, 5)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"cnn 1")))
    source, _ = read_source("-")
    assert source is not None
    assert (source.path, source.text) == ("<stdin>", "cnn 1")


def test_a_pipe_is_read_to_its_end(folder: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"cnn 1")
    os.close(writer)
    source, _ = read_source(f"/dev/fd/{reader}")
    os.close(reader)
    assert source is not None
    assert source.text == "cnn 1"


@pytest.mark.parametrize(
    ("path", "message", "help"),
    [
        ("specs/digit.cnn", "there is no file `specs/digit.cnn`", "did you mean `specs/digits.cnn`?"),
        ("spec/digits.cnn", "there is no file `spec/digits.cnn`", "did you mean `specs/digits.cnn`?"),
        ("spec/other.cnn", "there is no file `spec/other.cnn`", "did you mean the folder `specs`?"),
        ("nowhere.cnn", "there is no file `nowhere.cnn`", "check the path; it is relative to the folder where you are"),
        ("specs", "`specs` is a folder, not a file", "name a file in it: `specs/digits.cnn`"),
        ("", "the path is empty", "give the path of a `.cnn` file"),
        ("a\0b", "'a\\x00b' is not a path: it holds a NUL character", "give the path of a `.cnn` file"),
    ],
)
def test_what_cannot_be_opened(path: str, message: str, help: str) -> None:
    d = refusal(path)
    assert (d.code, d.message, d.help) == ("E0001", message, help)


@pytest.mark.parametrize("name", ["lenet5.cnn", "zoo/unet.cnn"])
def test_an_example_that_came_along_is_named(name: str, root: Path) -> None:
    assert refusal(name.rpartition("/")[2]).help == f"an example of that name came with cnnspec: `{root / 'specs' / name}`"


def test_a_missing_folder_is_named() -> None:
    assert refusal("spec/digits.cnn").notes == ("there is no folder `spec`",)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="only a user other than root can be refused a file")
def test_a_file_that_may_not_be_read() -> None:
    Path(put("secret.cnn", b"cnn 1")).chmod(0)
    assert refusal("secret.cnn").message == "`secret.cnn` cannot be read: permission denied"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"cnn 1\nab\0", "line 2 has a NUL byte, its byte 3"),
        (b"PK\x03\x04...", "it begins like a zip archive: a `.keras` model or `.npz` data, perhaps"),
        ("cnn 1".encode("utf-16"), "it is text in UTF-16"),
    ],
)
def test_what_is_not_text(data: bytes, note: str) -> None:
    d = refusal(put("a.cnn", data))
    assert (d.code, d.message, d.notes) == ("E0002", "`a.cnn` is not a text file", (note,))


def test_another_encoding_is_shown_at_its_place() -> None:
    d = refusal(put("a.cnn", "cnn 1\r\n# dé\n".encode("latin-1")))
    assert (d.code, d.message, d.label) == ("E0002", "`a.cnn` is not UTF-8 text", "the byte 0xe9 does not fit here")
    assert d.span is not None
    assert (d.span.line, d.span.column, d.span.text) == (2, 4, "\ufffd")


@pytest.mark.parametrize("path", ["large.cnn", "/dev/zero"])
def test_a_file_that_is_too_large(path: str) -> None:
    put("large.cnn", b"#" * (MAX_BYTES + 1))
    d = refusal(path)
    assert (d.code, d.message) == ("E0003", f"`{path}` is larger than 4 MiB")
