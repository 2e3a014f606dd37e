"""Nearest images by embedding: of an image of a run, or of vectors that somebody brings.

    one vector or a few  ->  rows of a data set, most similar first, and their cosines

Vectors come as a .npy file or as numbers to read. A block of the memory-mapped embeddings is looked at at a time.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import BROKEN_NPY
from hilander.io.vectors import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.image_graph import ImageGraph

MOST_VECTORS = 8
MOST_BYTES = 8 << 20
BLOCK_ROWS = 65_536
_BETWEEN = re.compile(r"[\s,;|\[\](){}]+")


@dataclass(frozen=True, eq=False)
class Near:
    """rows : int64 (m,), most similar first; similarity : float32 (m,), cosines in [-1, 1]."""

    rows: NDArray[np.int64]
    similarity: NDArray[np.float32]


def near_image(x: NDArray[np.float32], row: int, most: int, graph: ImageGraph | None = None) -> Near:
    """The images most similar to one of the data set, itself left out; exact copies first.

    From the k-NN graph of a run where it keeps one (it may hold fewer than `most`), else by `near_vectors`.

    Parameters
    ----------
    x : float32 (n, d), unit rows
    """
    if graph is None:
        found = near_vectors(x, np.asarray(x[row : row + 1]), most + 1)[0]
        others = found.rows != row
        return Near(found.rows[others][:most], found.similarity[others][:most])
    rows, similarity = graph.near(row)
    if graph.node is None:
        return Near(rows[:most], similarity[:most])
    copies = np.flatnonzero(graph.node == graph.node[row])
    copies = copies[copies != row]
    rows, similarity = np.concatenate([copies, rows]), np.concatenate([np.ones(len(copies)), similarity])
    return Near(rows[:most], similarity[:most].astype(np.float32))


def near_vectors(x: NDArray[np.float32], vectors: NDArray[np.float32], most: int) -> list[Near]:
    """Of each vector the `most` nearest rows of x, exact; equal ones by row number.

    Parameters
    ----------
    x : float32 (n, d), unit rows, maybe memory-mapped
    vectors : float32 (q, d), unit rows
    """
    rows = np.empty((len(vectors), 0), np.int64)
    similarity = np.empty((len(vectors), 0), np.float32)
    for start in range(0, len(x), BLOCK_ROWS):
        block = vectors @ np.asarray(x[start : start + BLOCK_ROWS]).T
        best = _best(block, most)
        rows = np.concatenate([rows, best + start], axis=1)
        similarity = np.concatenate([similarity, np.take_along_axis(block, best, axis=1)], axis=1)
        kept = _best(similarity, most)
        rows, similarity = np.take_along_axis(rows, kept, 1), np.take_along_axis(similarity, kept, 1)
    order = np.argsort(-similarity, axis=1, kind="stable")
    return [Near(rows[i][order[i]], similarity[i][order[i]]) for i in range(len(vectors))]


def _best(value: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Columns of the `most` largest values of each row, ascending."""
    if value.shape[1] <= most:
        return np.broadcast_to(np.arange(value.shape[1]), value.shape)
    return np.sort(np.argpartition(-value, most - 1, axis=1)[:, :most], axis=1)


def vectors_of_file(data: bytes, dim: int) -> NDArray[np.float32]:
    """A .npy file of one vector, (d,), or a few, (q, d): float32 (q, d), unit rows.

    Raises
    ------
    InputError   no .npy file, another dimension, too many, zeros or NaN
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"The file should hold at most {MOST_VECTORS} vectors; got {len(data):,} bytes. Save fewer rows."
        )
    try:
        array = _array(data)
    except (*BROKEN_NPY, MemoryError) as error:
        raise InputError(
            f"The file should be a .npy array of numbers, as numpy.save writes it; reading it failed: "
            f"{str(error)[:120]}. Save one vector of {dim} numbers."
        ) from error
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] != dim:
        raise InputError(
            f"These images have embeddings of {dim} numbers; the file's shape is {array.shape}. "
            f"Save a vector ({dim},), or a few ({MOST_VECTORS} at most, {dim}), of the same network."
        )
    return _checked(array, "The file")


def _array(data: bytes) -> np.ndarray:
    """The array in a .npy file, without believing its header: no more is read than there is."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    count = 1
    for length in shape:
        count *= length
    if count * dtype.itemsize != len(data) - file.tell():
        raise ValueError(f"its header says {shape}, which its size does not fit")
    flat = np.frombuffer(data, dtype, count, file.tell())
    return flat.reshape(shape, order="F" if fortran else "C")


def vectors_of_text(text: str, dim: int) -> NDArray[np.float32]:
    """Numbers with spaces, commas or line ends between them, `dim` a vector: float32 (q, d), unit rows.

    Raises
    ------
    InputError   not numbers, not a whole number of vectors, too many, zeros or NaN
    """
    words = [word for word in _BETWEEN.split(text[:MOST_BYTES]) if word]
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        wrong = next(word for word in words if not _is_number(word))
        raise InputError(
            f"Expected numbers with spaces or commas between them; got {wrong[:40]!r}. Paste the vector alone."
        ) from None
    if not len(values) or len(values) % dim:
        raise InputError(
            f"These images have embeddings of {dim} numbers; got {len(values):,}. "
            "Paste a whole vector of the same network."
        )
    return _checked(values.reshape(-1, dim), "The pasted text")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _checked(array: np.ndarray, name: str) -> NDArray[np.float32]:
    if len(array) > MOST_VECTORS:
        raise InputError(
            f"{name} should hold at most {MOST_VECTORS} vectors; got {len(array):,}. Take a few of them."
        )
    return unit_vectors(array, name=name)
