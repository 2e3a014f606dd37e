"""A tar, gzipped or not, gives the images that a zip gives, and what is unsafe in one is refused unread."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest

from hilander.errors import InputError
from hilander.io import gzipped, image_names
from hilander.io.gzipped import GzipReader
from hilander.io.images import open_images

FILES = {f"./set/{folder}/{i}.png": random.Random(i).randbytes(700 * i) for i in range(9) for folder in "ba"}


def member(name, kind=tarfile.REGTYPE, size=0, **facts):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info


def make_tar(path, files=FILES, extra=(), mode="w", fmt=tarfile.PAX_FORMAT):
    with tarfile.open(path, mode, format=fmt) as out:
        for name, data in files.items():
            out.addfile(member(name, size=len(data)), io.BytesIO(data))
        for info in extra:
            out.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
    return path


@pytest.mark.parametrize("fmt", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize(
    ("name", "mode"), [("x.tar", "w"), ("x.tar.gz", "w:gz"), ("x.tgz", "w:gz"), ("x", "w")]
)
def test_images_come_out_of_a_tar(tmp_path, name, mode, fmt):
    extra = [member("./set/", tarfile.DIRTYPE), member("set/notes.txt", size=3), member("set/.b.png", size=3)]
    source = open_images(make_tar(tmp_path / name, extra=extra, mode=mode, fmt=fmt))
    known = {file.removeprefix("./set/"): data for file, data in FILES.items()}
    assert source.names() == sorted(known)
    assert source.in_order(source.names()) == list(known)  # as they lie in the file: b, a, b, a ...
    for image in reversed(source.names()):
        assert source.open_bytes(image) == known[image]
    with pytest.raises(KeyError):
        source.open_bytes("notes.txt")
    source.close()


def test_a_long_name_is_whole(tmp_path):
    name = "ü" * 200 + "/" + "x" * 90 + ".png"
    for fmt in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert open_images(make_tar(tmp_path / "x.tar", {name: b"1", "a.png": b"2"}, fmt=fmt)).names() == [
            "a.png",
            name,
        ]


def test_a_name_that_is_no_utf_8_gets_a_mark(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"xyz.png": b"1", "b.png": b"2"}, fmt=tarfile.GNU_FORMAT)
    data = bytearray(path.read_bytes())
    data[data.index(b"xyz.png")] = 0xFF
    data[148:154] = b"%06o" % (sum(data[:148]) + 8 * 32 + sum(data[156:512]))  # the header's checksum
    path.write_bytes(data)
    source = open_images(path)
    assert source.names() == ["b.png", "\ufffdyz.png"]
    assert source.open_bytes("\ufffdyz.png") == b"1"


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (member("../a.png", size=1), "points outside"),
        (member("/etc/a.png", size=1), "points outside"),
        (member("set/../../notes.txt", size=1), "points outside"),
        (member("C:\\a.png", size=1), "points outside"),
        (member("a.png", tarfile.SYMTYPE, linkname="/etc/passwd"), r"the link 'a\.png'"),
        (member("a.png", tarfile.LNKTYPE, linkname="set/a/1.png"), r"the link 'a\.png'"),
        (member("a.png", tarfile.CHRTYPE, devmajor=1, devminor=5), r"the device or special file 'a\.png'"),
        (member("pipe", tarfile.FIFOTYPE), "the device or special file 'pipe'"),
        (member("./set/a/1.png", size=1), r"'set/a/1\.png' more than once"),
    ],
)
def test_what_is_unsafe_is_refused(tmp_path, info, told):
    with pytest.raises(InputError, match=told):
        open_images(make_tar(tmp_path / "x.tar", extra=[info]))


def test_a_tar_of_no_images_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"must hold images.*got none"):
        open_images(make_tar(tmp_path / "x.tar", {"notes.txt": b"1"}))


def test_an_image_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(image_names, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(InputError, match="files of at most"):
        open_images(make_tar(tmp_path / "x.tar"))


@pytest.mark.parametrize(("name", "mode"), [("x.tar", "w"), ("x.tar.gz", "w:gz")])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7])
def test_a_tar_cut_short_is_refused(tmp_path, name, mode, share):
    path = make_tar(tmp_path / name, mode=mode)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="must be a complete tar of images"):
        open_images(path)


def test_a_tar_without_its_end_is_refused(tmp_path):
    """Cut between two files, it looks whole but for the mark at its end."""
    path = make_tar(tmp_path / "x.tar", {"a.png": b"1", "b.png": b"2"})
    path.write_bytes(path.read_bytes()[:1024])
    with pytest.raises(InputError, match="it has no end"):
        open_images(path)


def test_a_gzip_bomb_is_refused(tmp_path):
    path = make_tar(tmp_path / "x.tar.gz", {"a.png": bytes(60 << 20)}, mode="w:gz")
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"unpacks to more than 33,554,432 bytes, as in a zip bomb"):
        open_images(path)


def test_a_header_of_many_megabytes_is_refused(tmp_path):
    """A long name is read whole by tarfile: one of 3 MB is no name."""
    path = make_tar(tmp_path / "x.tar", {"a" * 3_000_000 + ".png": b"1"}, fmt=tarfile.GNU_FORMAT)
    with pytest.raises(InputError, match="a header of 3,000"):
        open_images(path)


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(gzipped, "CHUNK", 997)
    monkeypatch.setattr(gzipped, "PIECE", 1_009)
    monkeypatch.setattr(gzipped, "FIRST_STEP", 5_000)
    monkeypatch.setattr(gzipped, "MOST_STATES", 8)


@pytest.mark.parametrize("members", [1, 3])
def test_a_gzip_is_read_from_any_place(tmp_path, small_steps, members):
    parts = [random.Random(i).randbytes(40_000) + bytes(20_000) for i in range(members)]
    whole = b"".join(parts)
    (tmp_path / "x.gz").write_bytes(b"".join(map(gzip.compress, parts)) + bytes(100))
    reader = GzipReader(tmp_path / "x.gz")
    assert reader.read(len(whole) + 1) == whole
    places = random.Random(0)
    for _ in range(200):
        start, size = places.randrange(len(whole) + 10), places.randrange(9_000)
        assert reader.seek(start) == start
        assert reader.read(size) == whole[start : start + size]
        assert reader.tell() == min(start + size, max(start, len(whole)))
    assert len(reader._states) <= 8
    reader.close()


def test_a_damaged_gzip_is_told(tmp_path):
    path = make_tar(tmp_path / "x.tar.gz", mode="w:gz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(InputError, match="must be a complete tar of images"):
        open_images(path)
