"""Small image files of every kind: the pixels that arrive, beside those that were written."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from cnnspec.runtime.data.images.decode import Reader, Unreadable, upright
from cnnspec.runtime.data.images.header import header

RED, GREEN, GREY = (200, 30, 10), (20, 160, 40), 90


def content(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pixels(data: bytes, channels: int = 3, **settings: Any) -> Any:
    return Reader(channels, **settings).decode(data)


def png(bits: int, colour: int, rows: list[list[Any]], width: int) -> bytes:
    """A PNG file of these big-endian numbers: `colour` is 0 grey, 2 colours, 4 grey with alpha, 6 colours with alpha."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    sign = ">u2" if bits == 16 else "u1"
    lines = b"".join(b"\0" + np.array(row).astype(sign).tobytes() for row in rows)
    size = struct.pack(">IIBBBBB", width, len(rows), bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def two(mode: str = "RGB") -> Image.Image:
    """Two pixels beside each other: red, green."""
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), GREEN)
    return image.convert(mode)


LUMA = [round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in (RED, GREEN)]
WHOLE = [[*RED, 255], [*GREEN, 255]]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize(
    ("channels", "expected"), [(1, [[n] for n in LUMA]), (3, [list(RED), list(GREEN)]), (4, WHOLE)], ids=["grey", "rgb", "rgba"]
)
def test_colours_lead_to_the_channels_asked_for(kind: str, channels: int, expected: list[Any]) -> None:
    assert pixels(content(two(), kind), channels).tolist() == [expected]


def test_webp_without_loss() -> None:
    assert pixels(content(two(), "WEBP", lossless=True)).tolist() == [[list(RED), list(GREEN)]]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_grey_leads_to_the_channels_asked_for(kind: str) -> None:
    data = content(Image.new("L", (1, 1), GREY), kind)
    assert pixels(data, 1).tolist() == [[[GREY]]]
    assert pixels(data, 3).tolist() == [[[GREY] * 3]]
    assert pixels(data, 4).tolist() == [[[GREY] * 3 + [255]]]


def test_black_and_white_are_0_and_255() -> None:
    image = Image.new("1", (2, 1), 1)
    image.putpixel((0, 0), 0)
    assert pixels(content(image, "PNG"), 1).tolist() == [[[0], [255]]]


def test_alpha_is_kept_where_it_is_asked_for_and_dropped_elsewhere() -> None:
    data = content(Image.new("RGBA", (1, 1), (*RED, 0)), "PNG")
    assert pixels(data, 4).tolist() == [[[*RED, 0]]]
    assert pixels(data, 3).tolist() == [[list(RED)]]
    assert pixels(data, 1).tolist() == [[[LUMA[0]]]]
    grey = content(Image.new("LA", (1, 1), (GREY, 7)), "PNG")
    assert (pixels(grey, 4).tolist(), pixels(grey, 1).tolist()) == ([[[GREY, GREY, GREY, 7]]], [[[GREY]]])


def test_a_palette_is_looked_up_with_its_transparency() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([*RED, *GREEN])
    image.putpixel((1, 0), 1)
    assert pixels(content(image, "PNG")).tolist() == [[list(RED), list(GREEN)]]
    data = content(image, "PNG", transparency=bytes([255, 9]))
    assert pixels(data, 4).tolist() == [[[*RED, 255], [*GREEN, 9]]]
    assert pixels(data, 3).tolist() == [[list(RED), list(GREEN)]]
    assert pixels(data, 1).tolist() == [[[n] for n in LUMA]]


@pytest.mark.parametrize(
    ("colour", "given", "channels", "expected"),
    [
        (0, [0, 255, 256, 65535], 1, [[0], [0], [1], [255]]),
        (0, [0x1234], 3, [[0x12] * 3]),
        (2, [0x1234, 0xFFFF, 0x00FF], 3, [[0x12, 0xFF, 0]]),
        (4, [0x8001, 0xFF00], 4, [[0x80, 0x80, 0x80, 0xFF]]),
        (6, [0x1234, 0x5678, 0x9ABC, 0xDEF0], 4, [[0x12, 0x56, 0x9A, 0xDE]]),
    ],
)
def test_sixteen_bits_give_their_upper_eight(colour: int, given: list[int], channels: int, expected: list[Any]) -> None:
    width = len(given) // {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    assert pixels(png(16, colour, [given], width), channels).tolist() == [expected]


def test_a_tiff_of_sixteen_bits() -> None:
    image = Image.fromarray(np.array([[0, 0x1234, 0xFFFF]], dtype=np.uint16))
    assert pixels(content(image, "TIFF"), 1).ravel().tolist() == [0, 0x12, 0xFF]


@pytest.mark.parametrize(("dtype", "words"), [(np.float32, "floating-point"), (np.int32, "whole")])
def test_pixels_of_32_bits_have_no_scale(dtype: Any, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(content(Image.fromarray(np.ones((2, 2), dtype)), "TIFF"))
    for read in (header, Reader(1).read):
        with pytest.raises(Unreadable, match=f"{words} numbers of 32 bits"):
            read(tmp_path / "x.tif")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_picture_of_several(kind: str) -> None:
    first, second = Image.new("RGB", (2, 2), RED), Image.new("RGB", (2, 2), GREEN)
    options = {"lossless": True} if kind == "WEBP" else {}
    assert pixels(content(first, kind, save_all=True, append_images=[second], **options))[0, 0].tolist() == list(RED)


# ---------------------------------------------------------------- JPEG


def photo(height: int = 24, width: int = 40) -> Image.Image:
    small = np.random.default_rng(0).integers(0, 255, (6, 10, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height))


@pytest.mark.parametrize("options", [{"subsampling": 0}, {"subsampling": 2}, {"progressive": True}, {"quality": 30}])
def test_a_jpeg_is_what_pillow_makes_of_it(options: dict[str, Any]) -> None:
    data = content(photo(), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(pixels(data), expected)
    np.testing.assert_array_equal(pixels(data, 4), np.dstack([expected, np.full((24, 40), 255)]))
    luma = np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(int)
    assert abs(pixels(data, 1)[..., 0] - luma).mean() < 1  # the brightness of the file itself, not that of its rounded colours


def test_a_grey_jpeg() -> None:
    data = content(Image.new("L", (3, 2), GREY), "JPEG")
    assert pixels(data, 1).tolist() == [[[GREY]] * 3] * 2
    assert pixels(data, 3).tolist() == [[[GREY] * 3] * 3] * 2


def test_a_jpeg_in_printing_colours() -> None:
    data = content(photo().convert("CMYK"), "JPEG", quality=95)
    assert abs(pixels(data).astype(int) - np.asarray(photo())).mean() < 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_photos_arrive_upright(kind: str, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = turn
    options = {"lossless": True} if kind == "WEBP" else {}
    data = content(photo(), kind, exif=exif, **options)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    np.testing.assert_array_equal(pixels(data), expected)
    (tmp_path / "x").write_bytes(data)
    found = header(tmp_path / "x")
    assert (found.height, found.width) == expected.shape[:2]
    assert pixels(data, size=(8, 4)).shape == (8, 4, 3)


def test_turning_is_not_only_for_squares() -> None:
    image = np.arange(6).reshape(2, 3, 1)
    assert upright(image, 6)[..., 0].tolist() == [[3, 0], [4, 1], [5, 2]]


@pytest.mark.parametrize("turn", [0, 9, 1000])
def test_an_orientation_that_is_none(turn: int) -> None:
    exif = Image.Exif()
    exif[0x112] = turn
    np.testing.assert_array_equal(pixels(content(photo(), "PNG", exif=exif)), np.asarray(photo()))


@pytest.mark.parametrize("method", ["stretch", "crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_a_large_photo_is_decoded_smaller_without_a_visible_difference(method: str) -> None:
    data = content(photo(480, 640), "JPEG", quality=95)
    whole = content(Image.open(io.BytesIO(data)), "PNG")
    small, exact = pixels(data, size=(50, 60), method=method), pixels(whole, size=(50, 60), method=method)
    assert abs(small.astype(int) - exact).mean() < 1
    assert abs(small.astype(int) - exact).max() < 16


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("cut", [2, 100, 400])
@pytest.mark.parametrize("ending", [b"", b"\xff\xd9"])
def test_a_jpeg_of_which_the_end_is_missing(cut: int, ending: bytes) -> None:
    data = content(photo(48, 80), "JPEG")
    if cut == 2 and ending:
        return
    with pytest.raises(Unreadable, match="it is truncated"):
        pixels(data[:-cut] + ending)


def test_what_stands_behind_a_jpeg_does_no_harm(tmp_path: Path) -> None:
    data = content(photo(), "JPEG")
    (tmp_path / "x.jpg").write_bytes(data + b"\n" + bytes(40))
    np.testing.assert_array_equal(Reader(3).read(tmp_path / "x.jpg"), pixels(data))
    assert header(tmp_path / "x.jpg").width == 40


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, which only the commands turn off
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_damage_is_unreadable_or_pixels_and_never_anything_else(kind: str, tmp_path: Path) -> None:
    data, rng = content(photo(), kind), np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(data[: rng.integers(1, len(data) + 1)])
        for place in rng.integers(0, len(damaged), 6):
            damaged[place] = rng.integers(256)
        (tmp_path / "x").write_bytes(damaged)
        for read in (header, Reader(3, (6, 5)).read):
            try:
                assert read(tmp_path / "x") is not None
            except Unreadable as wrong:
                assert str(wrong).startswith("it")


def test_equal_beginnings_of_equal_length_have_equal_fingerprints(tmp_path: Path) -> None:
    for name, image in (("a", photo()), ("b", photo()), ("c", photo().transpose(Image.Transpose.ROTATE_180))):
        (tmp_path / name).write_bytes(content(image, "PNG"))
    a, b, c = (header(tmp_path / name) for name in "abc")
    assert (a.fingerprint == b.fingerprint, a.fingerprint == c.fingerprint) == (True, False)
