"""A byte that changed is told: at once, from the thread, or where it is read; never passed on."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from hilander.errors import InputError
from hilander.io import checksums
from hilander.io.checksums import BLOCK, Blocks, faults, raise_found, read_checksums, verify, write_checksums

ADVICE = "Do this."


@pytest.fixture
def folder(tmp_path) -> Path:
    """Files of no byte, one byte, and two blocks and a half."""
    for name, size in (("empty", 0), ("one", 1), ("large", 5 * BLOCK // 2)):
        (tmp_path / name).write_bytes(bytes(i % 251 for i in range(size)))
    write_checksums(tmp_path)
    return tmp_path


def spoil(path: Path, at: int) -> None:
    """Change one byte, and the time of change with it."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + at + 1))


def test_what_is_whole_passes(folder):
    verify(folder, ADVICE)
    verify(folder, ADVICE)
    assert faults(folder) == []


def test_a_folder_from_before_is_taken_as_it_is(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    verify(tmp_path, ADVICE)
    assert read_checksums(tmp_path) is None


@pytest.mark.parametrize(("name", "at"), [("one", 0), ("large", 0), ("large", BLOCK + 7), ("large", -1)])
def test_any_changed_byte_is_found_though_the_file_was_sound_before(folder, name, at):
    verify(folder, ADVICE)
    spoil(folder / name, at)
    with pytest.raises(InputError, match=rf"{name} is damaged: it differs .* in 1 of . blocks\. Do this\."):
        verify(folder, ADVICE)
    assert len(faults(folder)) == 1


def test_a_file_that_is_missing_or_cut_short_is_named(folder):
    (folder / "large").write_bytes(b"short")
    with pytest.raises(InputError, match="large is damaged: it has 5 bytes instead of 655,360"):
        verify(folder, ADVICE, later={"large"})
    (folder / "large").unlink()
    with pytest.raises(InputError, match="large is damaged: it is missing"):
        verify(folder, ADVICE)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"format": 1, "block": 262144, "files": {"../x": {"bytes": 0, "crc32": ""}}}'],
)
def test_damaged_checksums_are_told(folder, content):
    (folder / checksums.FILE).write_text(content)
    with pytest.raises(InputError, match="nothing says whether the files beside it are whole"):
        verify(folder, ADVICE)
    assert len(faults(folder)) == 1


def test_whichever_bit_of_the_checksums_flips_it_is_told(folder):
    path = folder / checksums.FILE
    content = path.read_bytes()
    for at in range(len(content)):
        for bit in range(8):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            with pytest.raises(InputError, match="nothing says whether the files beside it are whole"):
                read_checksums(folder)


def test_checksums_from_before_they_had_one_of_their_own_are_read(folder):
    path = folder / checksums.FILE
    old = json.loads(path.read_text()) | {"format": 1}
    del old["crc32"]
    path.write_text(json.dumps(old))
    assert faults(folder) == []


def test_blocks_are_checked_where_they_are_read_and_only_there(folder):
    spoil(folder / "large", BLOCK + 7)
    verify(folder, ADVICE, later={"large"})
    sums = read_checksums(folder)["large"]
    with (folder / "large").open("rb") as file:
        blocks = Blocks(folder / "large", sums, ADVICE)
        blocks.check(file.fileno(), 0, BLOCK)
        blocks.check(file.fileno(), 2 * BLOCK, 2 * BLOCK + 1)
        for start, stop in ((BLOCK - 1, BLOCK + 1), (BLOCK + 100, BLOCK + 101), (0, 5 * BLOCK // 2)):
            with pytest.raises(InputError, match=r"large is damaged: it differs .* in block 1"):
                blocks.check(file.fileno(), start, stop)


def test_what_is_too_much_to_wait_for_is_told_soon(folder, monkeypatch):
    monkeypatch.setattr(checksums, "AT_ONCE", BLOCK)
    monkeypatch.setattr(checksums, "SAMPLE", 2)  # the first and the last block
    spoil(folder / "large", BLOCK + 7)
    verify(folder, ADVICE)
    for thread in threading.enumerate():
        if thread.name == "checksums":
            thread.join(10)
    with pytest.raises(InputError, match=r"large is damaged: .* in 1 of 3 blocks\. Do this"):
        raise_found(folder)
    spoil(folder / "large", BLOCK + 7)  # mended
    assert raise_found(folder)
    verify(folder, ADVICE)


def test_a_file_that_changes_later_is_told_at_the_next_look_and_one_put_back_once(folder):
    verify(folder, ADVICE, later=["one"])
    assert not raise_found(folder)
    spoil(folder / "large", BLOCK + 7)
    for _ in range(2):
        with pytest.raises(InputError, match=r"large is damaged: .* in 1 of 3 blocks\. Do this"):
            raise_found(folder)
    spoil(folder / "large", BLOCK + 7)  # mended
    assert raise_found(folder)
    assert not raise_found(folder)
    (folder / "empty").unlink()
    with pytest.raises(InputError, match="empty is damaged: it is missing"):
        raise_found(folder)


def test_the_sample_finds_a_file_that_is_all_wrong_at_once(folder, monkeypatch):
    monkeypatch.setattr(checksums, "AT_ONCE", BLOCK)
    path = folder / "large"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(InputError, match="large is damaged"):
        verify(folder, ADVICE)
