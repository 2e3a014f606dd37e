"""Embed the images of one order into a folder, batch by batch, going on after the last batch that was kept.

    order + folder  ->  embeddings.npy, ids.npy, state.json (see kept)

Memory does not grow with the number of images. An image that cannot be read, or that the network gives no direction
(zeros, or what is no number), is left out and named; nothing else about it stops the others.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hilander.embed.kept import Kept
from hilander.embed.onnx_file import inspect, read_onnx
from hilander.embed.order import EmbedOrder, model_path, settings_path
from hilander.embed.preprocess import Preprocess
from hilander.embed.session import Network
from hilander.embed.settings import preprocess, read_settings
from hilander.errors import InputError
from hilander.io.in_order import grouped, made_in_order
from hilander.io.sources import ImageSource, open_images

STEP_SECONDS = 2.0  # between two records of what is done: the most work that a kill costs
TOGETHER, TOGETHER_BYTES = (
    16,
    1 << 20,
)  # images that a thread decodes at once, and how large they may be encoded
PIXEL_BYTES = 64 << 20  # of decoded images that wait
AHEAD, AHEAD_BYTES = 8, 64 << 20  # groups in flight, and their encoded bytes
NAMED = 5
Tell = Callable[[int, int], None]


class Encoded(NamedTuple):
    """An image as it is in its file; no data where it cannot be unpacked."""

    name: str
    data: bytes | None


class Decoded(NamedTuple):
    """An image as the network takes it; None where it cannot be read."""

    name: str
    pixels: np.ndarray | None


def embed_into(folder: Path, order: EmbedOrder, tell: Tell = lambda done, total: None) -> None:
    """Do what `order` says, in `folder`; nothing is done twice that an earlier call kept.

    `tell(images done, images)` is called for each batch, and may raise Cancelled: what is done stays.

    Raises
    ------
    InputError    images, network or settings cannot be used, or not one image can
    MemoryError   the network needs more than there is
    """
    with closing(open_images(order.images, inside=order.inside)) as source:
        names = source.names()
        data, how = checked(order)
        kept = Kept(folder, _key(order, data, how, names))
        with closing(kept):
            tell(kept.state.done, len(names))
            if not kept.state.is_whole:
                network = Network(data, model_path(order.model).name, how, order.device)
                del data
                _Work(kept, source, names, network, tell).run()


def checked(order: EmbedOrder) -> tuple[bytes, Preprocess]:
    """The order's network and its settings, looked at and not run; InputError where they cannot be used."""
    path, beside = model_path(order.model), settings_path(order)
    data = read_onnx(path)
    settings = {} if beside is None else read_settings(beside)
    return data, preprocess(inspect(data, path.name), settings, path.name, batch=order.batch)


class _Work:
    """What is left to do of one folder."""

    def __init__(
        self, kept: Kept, source: ImageSource, names: list[str], network: Network, tell: Tell
    ) -> None:
        self.kept, self.source, self.names, self.network, self.tell = kept, source, names, network, tell
        self.done, self.left_out = kept.state.done, list(kept.state.left_out)
        self._kept_at = time.monotonic()

    def run(self) -> None:
        waiting: list[Decoded] = []
        for image in self._decoded():
            waiting.append(image)
            if sum(it.pixels is not None for it in waiting) == self.network.how.batch:
                self._embed(waiting)
                waiting = []
        self._embed(waiting)
        if len(self.left_out) == len(self.names):
            raise InputError(_none(self.names))
        out = set(self.left_out)
        self.kept.finish([name for name in self.names if name not in out], self.left_out)

    def _embed(self, images: list[Decoded]) -> None:
        """The next images: their rows, and a record of it from time to time."""
        good = [it for it in images if it.pixels is not None]
        bad = {it.name for it in images if it.pixels is None}
        if good:
            rows = self.network.rows([it.pixels for it in good if it.pixels is not None])
            lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
            has_direction = np.isfinite(lengths) & (lengths > 0)
            if self.network.how.normalise:
                rows = rows / np.where(has_direction, lengths, 1)[:, None].astype(np.float32)
            if has_direction.any():
                self.kept.add(rows[has_direction])
            bad.update(it.name for it, is_good in zip(good, has_direction, strict=True) if not is_good)
        self.left_out += [it.name for it in images if it.name in bad]
        self.done += len(images)
        if time.monotonic() - self._kept_at >= STEP_SECONDS:
            self.kept.keep(self.done, self.left_out)
            self._kept_at = time.monotonic()
        self.tell(self.done, len(self.names))

    def _decoded(self) -> Iterator[Decoded]:
        together = max(1, min(TOGETHER, PIXEL_BYTES // (AHEAD * self.network.how.image_bytes)))
        batches = grouped(self._encoded(), _size, together, TOGETHER_BYTES)
        for group in made_in_order(batches, self._decode, _size, ahead=AHEAD, most=AHEAD_BYTES):
            yield from group

    def _encoded(self) -> Iterator[Encoded]:
        for name in self.names[self.kept.state.done :]:
            try:
                yield Encoded(name, self.source.open_bytes(name))
            except InputError:
                yield Encoded(name, None)

    def _decode(self, group: list[Encoded]) -> list[Decoded]:
        return [Decoded(it.name, self._pixels(it)) for it in group]

    def _pixels(self, image: Encoded) -> np.ndarray | None:
        try:
            return None if image.data is None else self.network.how.pixels(image.data, image.name)
        except InputError:
            return None


def _size(image: Encoded) -> int:
    return len(image.data or b"")


def _none(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    return (
        f"Expected images that can be read and embedded; none of the {len(names):,} can: {shown}. "
        "Are they whole, and is the preprocessing the network's?"
    )


def _key(order: EmbedOrder, data: bytes, how: Preprocess, names: list[str]) -> str:
    """The same for the same images by name, network, settings and device."""
    digest = hashlib.blake2b(data, digest_size=16)
    found = order.images.stat()
    stamp = [] if order.images.is_dir() else [found.st_size, found.st_mtime_ns]
    digest.update(json.dumps([str(order.images), stamp, repr(how), order.device, names]).encode())
    return digest.hexdigest()
