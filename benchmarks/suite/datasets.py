"""The labelled embeddings that benchmarks measure on, read from ../shared/data beside the checkout.

Knows nothing about methods or scores.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hilander.io.vectors import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MEASURED = ("omniglot dev", "grocery", "sign digits")


@dataclass(frozen=True)
class Dataset:
    """x : float32 (n, d), unit rows;  labels : int64 (n,), all known."""

    name: str
    x: NDArray[np.float32]
    labels: NDArray[np.int64]


def load(name: str) -> Dataset:
    """One of `MEASURED`, or "omniglot train"; the process ends with a message where the files are missing."""
    if name.startswith("omniglot "):
        return _omniglot(name.split()[1])
    stem = name.replace(" ", "_")
    x = np.load(shared_file(f"{stem}_embeddings.npy"))
    with shared_file(f"{stem}_labels.csv").open(encoding="utf-8") as lines:
        labels = np.array([int(row["label"]) for row in csv.DictReader(lines)])
    return Dataset(name, unit_vectors(x), labels)


def _omniglot(split: str) -> Dataset:
    with np.load(shared_file("omniglot.npz")) as file:
        inside = file["split"] == split
        return Dataset(
            f"omniglot {split}",
            unit_vectors(file["embeddings"][inside]),
            file["labels"][inside].astype(np.int64),
        )


def shared_file(name: str) -> Path:
    """One file of the shared data sets; the process ends with a message where it is missing."""
    path = DATA / name
    if not path.is_file():
        sys.exit(
            f"expected {name} in ../shared/data beside the checkout, and it is not there. "
            "The benchmarks measure on those data sets; put the folder there and run again."
        )
    return path
