"""Images, embeddings and labels to import, as many as are asked for: cheap to make, each image another file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIDE, DRAWINGS, PER_CLASS, QUALITY = 128, 1_000, 20, 85
BLOCK = 10_000


@dataclass(frozen=True)
class Files:
    embeddings: Path
    images: Path
    labels: Path

    @property
    def gigabytes(self) -> float:
        return sum(path.stat().st_size for path in vars(self).values()) / 1e9


def generate(folder: Path, n: int, dim: int) -> Files:
    """N JPEGs of 128 pixels in a zip, float32 (n, dim) and a label for each; what is there already is taken."""
    files = Files(folder / "embeddings.npy", folder / "images.zip", folder / "labels.csv")
    if files.labels.exists():
        return files
    folder.mkdir(parents=True, exist_ok=True)
    _write_embeddings(files.embeddings, n, dim)
    names = [f"{i // BLOCK:03}/image_{i:07}.jpg" for i in range(n)]
    with zipfile.ZipFile(files.images, "w") as archive:
        for name, data in zip(names, _images(n), strict=True):
            archive.writestr(name, data)
    lines = [f"{name},{i // PER_CLASS}" for i, name in enumerate(names)]
    files.labels.write_text("\n".join(["id,label", *lines]) + "\n")
    return files


def _write_embeddings(path: Path, n: int, dim: int) -> None:
    rng = np.random.default_rng(0)
    x = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n, dim))
    for start in range(0, n, BLOCK):
        x[start : start + BLOCK] = rng.standard_normal((min(BLOCK, n - start), dim), np.float32)
    x.flush()


def _images(n: int) -> Iterator[bytes]:
    """A thousand drawings in turn, each time with another comment in the file."""
    rng = np.random.default_rng(1)
    drawings = [_drawing(rng) for _ in range(min(n, DRAWINGS))]
    for i in range(n):
        comment = f"image {i}".encode()
        jpeg = drawings[i % len(drawings)]
        yield jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _drawing(rng: np.random.Generator) -> bytes:
    """Soft colours and some grain, about as many bytes as a photograph of that size takes."""
    soft = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize(
        (SIDE, SIDE), Image.BICUBIC
    )
    grain = rng.normal(0, 9, (SIDE, SIDE, 1))
    picture = np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
