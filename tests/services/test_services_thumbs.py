"""Thumbnails: what was packed comes back, row by row, and missing ones are drawn."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image

from hilander.errors import Cancelled, InputError
from hilander.services import thumb_making
from hilander.services.thumbs import PIXELS, ThumbStore, ThumbWriter, placeholder, write_thumbs
from tests.services.small_uploads import png


def pixel(webp: bytes) -> tuple[int, ...]:
    return Image.open(io.BytesIO(webp)).convert("RGB").getpixel((5, 5))


def test_rows_keep_their_order_whatever_thread_made_them(tmp_path):
    shades = list(range(0, 250, 2))
    assert write_thumbs(tmp_path, len(shades), (png((s, s, s), (30, 30)) for s in shades)) == []
    store = ThumbStore(tmp_path, len(shades))
    assert [pixel(store.get(row))[0] for row in range(len(shades))] == pytest.approx(shades, abs=3)


def test_missing_and_broken_images_are_placeholders(tmp_path):
    assert write_thumbs(tmp_path, 4, [None, png((9, 9, 9)), b"text"]) == [0, 2]  # the fourth was never given
    store = ThumbStore(tmp_path, 4)
    assert [store.has(row) for row in range(4)] == [False, True, False, False]
    assert store.get(3, "large") == placeholder("large")


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_placeholder_is_a_picture_of_its_size(size):
    image = Image.open(io.BytesIO(placeholder(size)))
    assert (image.format, image.size) == ("WEBP", (PIXELS[size],) * 2)
    grey = np.asarray(image, dtype=float)
    assert np.ptp(grey, axis=2).max() < 5
    assert grey.mean() == pytest.approx(182, abs=4)


@pytest.mark.parametrize(("batch", "most"), [(1, 5), (3, 13)])
def test_only_so_many_images_are_held_at_once(tmp_path, monkeypatch, batch, most):
    monkeypatch.setattr(thumb_making, "AHEAD", 4)
    monkeypatch.setattr(thumb_making, "BATCH", batch)
    given, done, widest = 0, 0, 0

    def images():
        nonlocal given, widest
        for _ in range(30):
            given += 1
            widest = max(widest, given - done)
            yield png((9, 9, 9))

    def on_done(writer: ThumbWriter, digests: list[bytes]) -> None:
        nonlocal done
        done = writer.done

    write_thumbs(tmp_path, 30, images(), on_done)
    assert (given, done) == (30, 30)
    assert widest <= most


def test_large_images_are_held_by_their_bytes(monkeypatch):
    monkeypatch.setattr(thumb_making, "BATCH_BYTES", 1)  # each is a batch
    monkeypatch.setattr(thumb_making, "AHEAD_BYTES", 1)  # and two are too many
    given = iter([png((9, 9, 9))] * 5)
    made = thumb_making.made_in_order(given, (160, 56))
    next(made)
    assert len(list(given)) == 3


def test_cancelling_ends_the_threads(tmp_path):
    def stop(writer: ThumbWriter, digests: list[bytes]) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_thumbs(tmp_path, 200, (png((9, 9, 9)) for _ in range(200)), stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("thumbs")]


def test_what_was_packed_is_gone_on_with_after_the_rows_that_are_done(tmp_path, monkeypatch):
    monkeypatch.setattr(thumb_making, "BATCH", 1)
    shades = [png((s, s, s)) for s in (10, 80, 150, 220)]

    def stop_after_three(writer: ThumbWriter, digests: list[bytes]) -> None:
        if writer.done == 3:
            raise Cancelled

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    write_thumbs(whole, 5, shades)
    with pytest.raises(Cancelled):
        write_thumbs(parts, 5, shades, stop_after_three)
    assert write_thumbs(parts, 5, shades[2:], done=2) == []  # the third was written, but that was not kept
    assert {path.name: path.read_bytes() for path in parts.iterdir()} == {
        path.name: path.read_bytes() for path in whole.iterdir()
    }


@pytest.mark.parametrize("n", [1, 3])
def test_files_of_another_data_set_are_refused(tmp_path, n):
    write_thumbs(tmp_path, 2, [png((9, 9, 9))])
    with pytest.raises(InputError, match="does not belong"):
        ThumbStore(tmp_path, n)
