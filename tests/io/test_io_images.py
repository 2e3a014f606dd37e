"""Images come out of zips and folders under safe names, and only images do."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.images import check_image, open_images, thumbnail


def encoded(fmt="PNG", size=(8, 6), mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, options.pop("color", 0)).save(buffer, fmt, **options)
    return buffer.getvalue()


PNG = encoded()


def make_zip(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def test_a_zip_and_a_folder_give_the_same_names(tmp_path):
    files = [
        "set/b.PNG",
        "set/a/2.jpeg",
        "set/a/10.webp",
        "set/notes.txt",
        "set/.hidden.png",
        "set/Thumbs.db",
    ]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._b.PNG").write_bytes(b"")
    entries = [(name, name) for name in files] + [("__MACOSX/set/._b.PNG", ""), ("set/", "")]
    zipped = open_images(make_zip(tmp_path / "x.zip", entries))
    folder = open_images(tmp_path / "set")
    assert zipped.names() == folder.names() == ["a/10.webp", "a/2.jpeg", "b.PNG"]
    assert zipped.open_bytes("b.PNG") == folder.open_bytes("b.PNG") == b"set/b.PNG"
    with pytest.raises(KeyError):
        zipped.open_bytes("set/notes.txt")
    with pytest.raises(KeyError):
        folder.open_bytes("../x.zip")
    zipped.close()
    folder.close()


def test_top_folders_stay_when_there_are_two(tmp_path):
    found = open_images(make_zip(tmp_path / "x.zip", [("a/1.png", PNG), ("b/1.png", PNG)]))
    assert found.names() == ["a/1.png", "b/1.png"]


def test_only_one_top_folder_is_stripped(tmp_path):
    found = open_images(make_zip(tmp_path / "x.zip", [("a/b/1.png", PNG), ("a\\b\\2.png", PNG)]))
    assert found.names() == ["b/1.png", "b/2.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.png",
        "/a.png",
        "x/../../a.png",
        "C:/a.png",
        "..\\a.png",
        "\\\\host\\a.png",
        "c:a.png",
        "../notes.txt",
    ],
)
def test_paths_that_point_outside_are_refused(tmp_path, name):
    path = make_zip(tmp_path / "x.zip", [("good.png", PNG), (name, PNG)])
    with pytest.raises(InputError, match="which points outside"):
        open_images(path)


def test_dots_inside_a_name_are_no_path(tmp_path):
    assert open_images(make_zip(tmp_path / "x.zip", [("a..b.png", PNG)])).names() == ["a..b.png"]


def test_a_link_in_a_zip_is_refused(tmp_path):
    entry = zipfile.ZipInfo("a.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InputError, match=r"got the link 'a\.png'"):
        open_images(make_zip(tmp_path / "x.zip", [(entry, "/etc/passwd")]))


def test_a_device_in_a_zip_is_refused(tmp_path):
    entry = zipfile.ZipInfo("a.png")
    entry.external_attr = (stat.S_IFCHR | 0o777) << 16
    with pytest.raises(InputError, match=r"got the device or special file 'a\.png'"):
        open_images(make_zip(tmp_path / "x.zip", [(entry, "")]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_an_unusual_way_is_refused(tmp_path, method):
    """An LZMA header alone can ask for 4 GB."""
    with pytest.raises(InputError, match="must be stored or deflated"):
        open_images(make_zip(tmp_path / "x.zip", [("a.png", PNG)], method))


def test_a_zip_is_read_in_the_order_it_lies(tmp_path):
    source = open_images(make_zip(tmp_path / "x.zip", [(f"{name}.png", PNG) for name in "cab"]))
    assert source.in_order(source.names()) == ["c.png", "a.png", "b.png"]


NAMES = [
    "<script>alert(1)</script>.png",
    'a" onerror="x.png',
    "\u202egnp.exe.png",
    "'; DROP TABLE runs; --.png",
]


def test_odd_names_are_only_text(tmp_path):
    (tmp_path / "set").mkdir()
    for name in NAMES:
        (tmp_path / "set" / name.replace("/", "_")).write_bytes(PNG)
    zipped = open_images(make_zip(tmp_path / "x.zip", [(name, PNG) for name in NAMES]))
    assert {name.rsplit("/", 1)[-1] for name in zipped.names()} == {name.rsplit("/", 1)[-1] for name in NAMES}
    assert len(open_images(tmp_path / "set").names()) == len(NAMES)


def test_a_file_name_that_is_no_utf_8_gets_a_mark(tmp_path):
    (tmp_path / "b.png").write_bytes(b"2")
    with open(bytes(tmp_path) + b"/\xff.png", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"1")
    source = open_images(tmp_path)
    assert source.names() == ["b.png", "\ufffd.png"]
    assert source.open_bytes("\ufffd.png") == b"1"


def test_links_out_of_a_folder_are_refused(tmp_path):
    inside = tmp_path / "set"
    inside.mkdir()
    (inside / "a.png").write_bytes(PNG)
    (inside / "b.png").symlink_to(inside / "a.png")
    assert open_images(inside).names() == ["a.png", "b.png"]
    (tmp_path / "secret.png").write_bytes(PNG)
    (inside / "c.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match=r"c\.png is a link that leads outside"):
        open_images(inside)


def test_a_link_made_after_opening_is_refused_too(tmp_path):
    inside = tmp_path / "set"
    inside.mkdir()
    (inside / "a.png").write_bytes(PNG)
    source = open_images(inside)
    (inside / "a.png").unlink()
    (inside / "a.png").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="leads outside"):
        source.open_bytes("a.png")


def test_a_linked_folder_out_is_refused(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "more").symlink_to(tmp_path)
    with pytest.raises(InputError, match="more is a link"):
        open_images(tmp_path / "set")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = make_zip(tmp_path / "x.zip", [("a.png", PNG)])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"must not be encrypted; 'a\.png' is"):
        open_images(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = make_zip(tmp_path / "x.zip", [("a.bmp", bytes(40 << 20))], zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 50_000
    with pytest.raises(InputError, match="as in a zip bomb"):
        open_images(path)


def test_an_image_that_declares_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(image_names, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(InputError, match=r"'a\.png' unpacks to"):
        open_images(make_zip(tmp_path / "x.zip", [("a.png", PNG)]))
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.png").write_bytes(PNG)
    with pytest.raises(InputError, match=r"a\.png must be smaller"):
        open_images(folder).open_bytes("a.png")


def test_a_damaged_member_is_named(tmp_path):
    path = make_zip(tmp_path / "x.zip", [("a.png", PNG), ("b.png", PNG)])
    data = bytearray(path.read_bytes())
    data[data.index(PNG) + 20] ^= 255
    path.write_bytes(bytes(data))
    source = open_images(path)
    assert source.open_bytes("b.png") == PNG
    with pytest.raises(InputError, match=r"a\.png could not be unpacked \(Bad CRC"):
        source.open_bytes("a.png")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_a_zip_cut_short_is_refused(tmp_path, share):
    data = make_zip(tmp_path / "whole.zip", [(f"{i}.png", PNG) for i in range(9)]).read_bytes()
    (tmp_path / "x.zip").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(
        InputError, match=r"x\.zip must be a complete zip of images; got one that is cut short"
    ):
        open_images(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("entries", "message"),
    [([], "must hold images.*got none"), ([("a.txt", "hello")], "must hold images.*got none")],
)
def test_a_zip_without_images_is_refused(tmp_path, entries, message):
    with pytest.raises(InputError, match=message):
        open_images(make_zip(tmp_path / "x.zip", entries))


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "x.zip").write_text("hello")
    with pytest.raises(InputError, match=r"got something else \(5 bytes\)"):
        open_images(tmp_path / "x.zip")
    with pytest.raises(InputError, match="no such file"):
        open_images(tmp_path / "absent.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="must hold images"):
        open_images(tmp_path / "empty")


def test_two_members_of_one_name_are_refused(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = make_zip(tmp_path / "x.zip", [("a.png", PNG), ("a.png", PNG)])
    with pytest.raises(InputError, match=r"'a\.png' more than once"):
        open_images(path)


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_images_of_every_format_pass(fmt):
    check_image(encoded(fmt), "a")
    assert Image.open(io.BytesIO(thumbnail(encoded(fmt, (64, 32)), 16))).size == (16, 8)


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"just some text", r"14 bytes could not be read as one \(it holds text\)"),
        (b"", r"\(the file is empty\)"),
        (PNG[:40], "could not be read"),
        (encoded("JPEG", (200, 200), color="red", quality=95)[:-400], "could not be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "could not be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "could not be read"),
    ],
    ids=["text", "empty", "cut png", "cut jpeg", "postscript", "svg"],
)
def test_what_is_no_image_is_refused_by_name(data, got):
    with pytest.raises(InputError, match=rf"cat\.jpg must be an image.*{got}"):
        check_image(data, "cat.jpg")
    with pytest.raises(InputError, match=r"dog\.jpg must be an image"):
        thumbnail(data, 8, name="dog.jpg")


def png_header(width, height):
    """A PNG that declares a size and has no such pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize("side", [11_000, 60_000])
def test_a_decompression_bomb_is_refused(side):
    with pytest.raises(InputError, match=r"big\.png"):
        check_image(png_header(side, side), "big.png")


def test_thumbnails_are_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    assert Image.open(io.BytesIO(thumbnail(encoded("JPEG", (40, 20), exif=exif), 10))).size == (5, 10)


def test_small_images_are_not_enlarged():
    assert Image.open(io.BytesIO(thumbnail(PNG, 100))).size == (8, 6)


def centre(data):
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), 255),
        ("LA", (0, 0), 255),
        ("L", 128, 128),
        ("1", 1, 255),
        ("CMYK", (0, 0, 0, 255), 0),
    ],
)
def test_every_mode_becomes_rgb_on_white(mode, colour, expected):
    fmt = "TIFF" if mode == "CMYK" else "PNG"
    assert (
        np.abs(np.array(centre(thumbnail(encoded(fmt, (16, 16), mode, color=colour), 8))) - expected).max()
        < 8
    )


def test_deep_grey_images_are_stretched():
    ramp = np.repeat(np.linspace(1000, 30000, 16).astype(np.uint16)[:, None], 16, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(ramp).save(buffer, "PNG")
    column = np.asarray(Image.open(io.BytesIO(thumbnail(buffer.getvalue(), 16))).convert("L"))[:, 8]
    assert column[0] < 20
    assert column[-1] > 235


def test_an_image_that_went_away_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    source = open_images(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(InputError, match=r"a\.png could not be read: No such file"):
        source.open_bytes("a.png")
