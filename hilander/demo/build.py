"""Write the demo sets: images as a zip, embeddings as .npy, labels as CSV. Same code and libraries, same files.

Row i of the embeddings is the i-th image name in sorted order.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hilander.demo.creatures import SEED, creatures, scene
from hilander.demo.draw import enlarged, picture, webp
from hilander.demo.features import embed, embed_strokes
from hilander.demo.sets import DemoSet, demo_sets, digits, shape_labels, shapes_rows
from hilander.io.atomic import atomic_path
from hilander.io.tables import write_table

SHAPES_DIM, SHAPES_QUALITY = 96, 80
DIGITS_DIM, DIGITS_QUALITY = 64, 70
DIGITS_SEEN, DIGITS_SIDE, DIGITS_MARGIN = 32, 64, 6  # pixels: side as embedded, side and margin as shown


def build(folder: Path) -> list[DemoSet]:
    """Write every demo set into `folder` (about two minutes); returns what was written."""
    sets = demo_sets(folder)
    for demo in sets:
        {"shapes": build_shapes, "digits": build_digits}[demo.name](demo)
    return sets


def build_shapes(demo: DemoSet) -> None:
    """Draw, embed and write the creatures."""
    pixels = np.stack(list(draw_shapes(shapes_rows())))
    labels, names = shape_labels()
    _write(demo, (webp(image, SHAPES_QUALITY) for image in pixels), embed(pixels, SHAPES_DIM), labels, names)


def draw_shapes(rows: np.ndarray, seed: int = SEED) -> Iterator[np.ndarray]:
    """Draw (creature, picture) rows, int64 (m, 2), each from its own two numbers alone: uint8 (96, 96, 3)."""
    all_creatures = creatures(seed)
    for creature, number in rows.tolist():
        noise = np.random.default_rng([seed, 3, creature, number])
        yield picture(all_creatures[creature], scene(seed, creature, number), noise)


def build_digits(demo: DemoSet) -> None:
    """Enlarge, embed and write scikit-learn's digits, in its own order."""
    small, truth = digits()
    labels = [str(digit) for digit in truth.tolist()]
    _write(demo, map(digit_image, small), embed_digits(small), labels, labels)


def digit_image(small: np.ndarray) -> bytes:
    """Encode one digit, uint8 (8, 8) from 0 to 16, enlarged, dark on white, with a margin."""
    ink = enlarged(_grey(small), DIGITS_SIDE - 2 * DIGITS_MARGIN)
    return webp(255 - np.pad(ink, DIGITS_MARGIN), DIGITS_QUALITY)


def embed_digits(small: np.ndarray) -> np.ndarray:
    """Embed digits, uint8 (n, 8, 8) from 0 to 16, as float32 (n, 64)."""
    return embed_strokes(np.stack([enlarged(_grey(image), DIGITS_SEEN) for image in small]), DIGITS_DIM)


def _grey(small: np.ndarray) -> np.ndarray:
    grey: np.ndarray = (small * 15.9).astype(np.uint8)
    return grey


def _write(
    demo: DemoSet, images: Iterable[bytes], x: np.ndarray, labels: list[str], names: list[str]
) -> None:
    ids = [f"{demo.name}_{row:04d}.webp" for row in range(len(labels))]
    with (
        atomic_path(demo.images) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, data in zip(ids, images, strict=True):
            archive.writestr(zipfile.ZipInfo(name, date_time=(2021, 10, 11, 0, 0, 0)), data)
    with atomic_path(demo.embeddings) as temporary:
        np.save(temporary, x.astype(np.float16))
    write_table({"id": ids, "label": labels, "label_name": names}, demo.labels)
