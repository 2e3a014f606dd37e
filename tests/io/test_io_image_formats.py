"""Each accepted format decodes to the colours that it says, the right way up; checked on pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from hilander.io import images
from hilander.io.images import thumbnail

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
# 32 x 48: red above on the left, green above on the right, blue below
PICTURE = np.zeros((48, 32, 3), np.uint8)
PICTURE[:24, :16], PICTURE[:24, 16:], PICTURE[24:] = RED, GREEN, BLUE
UPRIGHT = {(8, 12): RED, (24, 12): GREEN, (16, 36): BLUE}


def encoded(image, fmt, **options):
    buffer = io.BytesIO()
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def shown(data, size=48):
    return Image.open(io.BytesIO(thumbnail(data, size))).convert("RGB")


def check(data, expected=UPRIGHT, *, within=14):
    """WebP rounds colours a little; another colour or another corner is far away."""
    image = shown(data)
    for place, colour in expected.items():
        got = image.getpixel(place)
        assert np.abs(np.subtract(got, colour)).max() <= within, (place, got, colour)


@pytest.mark.parametrize(
    ("fmt", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("MPO", {"quality": 95}),
    ],
)
def test_every_format(fmt, options):
    check(encoded(Image.fromarray(PICTURE), fmt, **options))


def test_the_first_frame_is_shown():
    first, second = Image.fromarray(PICTURE), Image.new("RGB", (32, 48), "white")
    for fmt in ("GIF", "WEBP", "TIFF", "PNG"):
        check(encoded(first, fmt, save_all=True, append_images=[second]))


def test_palette_with_and_without_a_transparent_colour():
    image = Image.fromarray(PICTURE).convert("P", palette=Image.Palette.ADAPTIVE, colors=3)
    check(encoded(image, "PNG"))
    check(encoded(image, "GIF"))
    blue = image.getpixel((16, 36))
    check(encoded(image, "PNG", transparency=blue), UPRIGHT | {(16, 36): WHITE})
    check(encoded(image, "GIF", transparency=blue), UPRIGHT | {(16, 36): WHITE})


def test_alpha_lies_on_white():
    alpha = np.full((48, 32, 1), 255, np.uint8)
    alpha[24:], alpha[:24, 16:] = 0, 128
    image = Image.fromarray(np.concatenate([PICTURE, alpha], axis=2))
    half_green = (127, 191, 127)
    for fmt in ("PNG", "WEBP", "TIFF"):
        check(encoded(image, fmt), {(8, 12): RED, (24, 12): half_green, (16, 36): WHITE})
    grey = image.convert("LA")
    check(encoded(grey, "PNG"), {(16, 36): WHITE})


@pytest.mark.parametrize("fmt", ["JPEG", "TIFF"])
def test_cmyk(fmt):
    check(
        encoded(Image.fromarray(PICTURE).convert("CMYK"), fmt, **({"quality": 95} if fmt == "JPEG" else {})),
        within=24,
    )


@pytest.mark.parametrize("fmt", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey(fmt):
    """Stretched to what is there: twelve bits of a camera would be all but black."""
    grey = np.zeros((48, 32), np.uint16)
    grey[:24, :16], grey[:24, 16:] = 4095, 2048
    check(
        encoded(Image.fromarray(grey), fmt), {(8, 12): WHITE, (24, 12): (128, 128, 128), (16, 36): (0, 0, 0)}
    )


def test_sixteen_bits_of_colour():
    check(sixteen_bit_png(PICTURE))


def sixteen_bit_png(pixels):
    """An RGB PNG of 16 bits a channel, which Pillow reads and does not write."""
    import struct
    import zlib

    height, width, _ = pixels.shape
    deep = pixels.astype(">u2") * 257
    lines = b"".join(b"\0" + line.tobytes() for line in deep)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize("mode", ["L", "1", "F", "I", "YCbCr", "LAB"])
def test_other_modes(mode):
    half = np.zeros((48, 32), np.uint8)
    half[:24] = 255
    image = Image.fromarray(half)
    image = image.convert("RGB").convert(mode) if mode in ("YCbCr", "LAB") else image.convert(mode)
    if mode == "LAB":
        image = Image.merge("LAB", [Image.fromarray(half), *[Image.new("L", (32, 48), 128)] * 2])
    check(encoded(image, "TIFF"), {(16, 12): WHITE, (16, 36): (0, 0, 0)})


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "I;16", "F", "CMYK"])
def test_an_image_shown_by_strips_is_the_image_shown_at_once(monkeypatch, mode):
    pixels = np.random.default_rng(0).integers(0, 255, (157, 101, 3), np.uint8)
    image = (
        Image.fromarray(pixels[..., 0].astype(np.uint16) * 9)
        if mode == "I;16"
        else Image.fromarray(pixels).convert(mode)
    )
    data = encoded(image, "TIFF" if mode in ("F", "CMYK") else "PNG")
    for size in (8, 16, 200):
        monkeypatch.setattr(images, "STRIP_PIXELS", 10**9)
        whole = thumbnail(data, size)
        monkeypatch.setattr(images, "STRIP_PIXELS", 700)
        assert thumbnail(data, size) == whole
        assert max(shown(data, size).size) == min(157, size)


@pytest.mark.parametrize(("orientation", "turn"), [
    (1, None), (2, "FLIP_LEFT_RIGHT"), (3, "ROTATE_180"), (4, "FLIP_TOP_BOTTOM"), (5, "TRANSPOSE"),
    (6, "ROTATE_90"), (7, "TRANSVERSE"), (8, "ROTATE_270"),
])  # fmt: skip
@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_is_shown_upright(fmt, orientation, turn):
    """The camera's pixels are the picture turned the other way; the EXIF says how to turn them back."""
    image = Image.fromarray(PICTURE)
    as_taken = image if turn is None else image.transpose(Image.Transpose[turn])
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(as_taken, fmt, exif=exif, **({"quality": 95} if fmt == "JPEG" else {}))
    assert shown(data).size == (32, 48)
    check(data)
