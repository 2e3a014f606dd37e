"""Thumbnails: what was packed comes back, row by row, and missing ones are drawn."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image

from hilander.errors import Cancelled, InputError
from hilander.services import thumbs
from hilander.services.thumbs import PIXELS, ThumbStore, placeholder, write_thumbs
from tests.services.small_uploads import png


def pixel(webp: bytes) -> tuple[int, ...]:
    return Image.open(io.BytesIO(webp)).convert("RGB").getpixel((5, 5))


def test_rows_keep_their_order_whatever_thread_made_them(tmp_path):
    shades = list(range(0, 250, 2))
    assert write_thumbs(tmp_path, len(shades), (png((s, s, s), (30, 30)) for s in shades)) == []
    store = ThumbStore(tmp_path, len(shades))
    assert [pixel(store.get(row))[0] for row in range(len(shades))] == pytest.approx(shades, abs=3)


def test_missing_and_broken_images_are_placeholders(tmp_path):
    assert write_thumbs(tmp_path, 4, [None, png((9, 9, 9)), b"text"]) == [2]  # the fourth was never given
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


def test_only_so_many_images_are_held_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(thumbs, "AHEAD", 4)
    given, done, widest = 0, 0, 0

    def images():
        nonlocal given, widest
        for _ in range(30):
            given += 1
            widest = max(widest, given - done)
            yield png((9, 9, 9))

    def on_done(rows: int) -> None:
        nonlocal done
        done = rows

    write_thumbs(tmp_path, 30, images(), on_done)
    assert (given, done) == (30, 30)
    assert widest <= 5


def test_cancelling_ends_the_threads(tmp_path):
    def stop(rows: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_thumbs(tmp_path, 200, (png((9, 9, 9)) for _ in range(200)), stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("thumbs")]


@pytest.mark.parametrize("n", [1, 3])
def test_files_of_another_data_set_are_refused(tmp_path, n):
    write_thumbs(tmp_path, 2, [png((9, 9, 9))])
    with pytest.raises(InputError, match="does not belong"):
        ThumbStore(tmp_path, n)
