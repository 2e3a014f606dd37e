"""Pictures with odd metadata are still pictures, and whatever a decoder raises names the image."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from hilander.errors import InputError
from hilander.io.images import check_image, thumbnail


def encoded(fmt, **options):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6)).save(buffer, fmt, **options)
    return buffer.getvalue()


def turned(**tags):
    """A JPEG 8 wide and 6 high whose EXIF says to turn it."""
    exif = Image.Exif()
    exif.update({0x0112: 6} | {int(tag[1:], 16): value for tag, value in tags.items()})
    return encoded("JPEG", exif=exif)


def size_of(thumb):
    return Image.open(io.BytesIO(thumb)).size


def test_an_odd_exif_does_not_cost_the_picture():
    entry = struct.pack(">HHLHH", 0x0112, 3, 1, 6, 0)
    little = struct.pack("<HHLHH", 0x0112, 3, 1, 6, 0)
    plain = turned()
    old = entry if entry in plain else little
    order = ">" if entry in plain else "<"
    assert size_of(thumbnail(plain, 8)) == (6, 8)
    # a text where Pillow expects a fraction, besides a good orientation
    data = turned(x010E="ten")
    text = struct.pack(order + "HH", 0x010E, 2)
    assert text in data
    odd = data.replace(text, struct.pack(order + "HH", 0x011A, 2))
    with pytest.raises(TypeError):
        ImageOps.exif_transpose(Image.open(io.BytesIO(odd)))
    check_image(odd, "odd.jpg")
    assert size_of(thumbnail(odd, 8)) == (6, 8)
    # an orientation that is no number, and an EXIF that is no TIFF: as it is
    for bad in (
        plain.replace(old, struct.pack(order + "HHL4s", 0x0112, 2, 4, b"abc")),
        plain.replace(b"Exif\0\0MM", b"Exif\0\0??").replace(b"Exif\0\0II", b"Exif\0\0??"),
    ):
        assert bad != plain
        assert size_of(thumbnail(bad, 8)) == (8, 6)


def test_whatever_a_decoder_raises_names_the_image(monkeypatch):
    def load(_image):
        raise ZeroDivisionError("of a decoder")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    with pytest.raises(InputError, match=r"x/a\.png must be an image"):
        check_image(encoded("PNG"), "x/a.png")
