"""Match rows of embeddings to images, and say what did not match. Knows nothing about storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import EmbeddingSet
from hilander.io.names import match_names

MatchBy = Literal["id", "order"]


@dataclass(frozen=True)
class Match:
    """Which row is which image.

    Attributes
    ----------
    rows : int64 (m,), rows that have an image, ascending
    names : m image names, parallel to `rows`
    rows_without_image : int64, ascending
    images_without_row : sorted as given
    duplicate_rows : number of rows whose vector equals that of an earlier row exactly
    note : how the match was made and what is left over, for a person
    """

    rows: np.ndarray
    names: list[str]
    rows_without_image: np.ndarray
    images_without_row: list[str]
    duplicate_rows: int
    note: str

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.names):
            raise ValueError(f"rows and names are parallel; got {len(self.rows)} and {len(self.names)}.")

    @property
    def complete(self) -> bool:
        """Whether every row has an image and every image a row."""
        return len(self.rows_without_image) == 0 and not self.images_without_row


def match_images(embeddings: EmbeddingSet, names: list[str], by: MatchBy | None = None) -> Match:
    """Match by id where the file names ids, else row i to the i-th image in sorted order; or as `by` says.

    By id: the whole name, else without folders, else without suffix; a name that fits two images fits none.
    By order the counts must be equal: with different counts nothing is matched, because every pair after the
    first missing one would be wrong.
    """
    names = sorted(names)
    by = by or ("order" if embeddings.ids is None else "id")
    where, note = _by_id(embeddings, names) if by == "id" else _by_order(embeddings, names)
    rows = np.flatnonzero(where >= 0)
    used = np.zeros(len(names), dtype=bool)
    used[where[rows]] = True
    return Match(
        rows=rows.astype(np.int64),
        names=[names[i] for i in where[rows].tolist()],
        rows_without_image=np.flatnonzero(where < 0).astype(np.int64),
        images_without_row=[name for name, taken in zip(names, used.tolist(), strict=True) if not taken],
        duplicate_rows=count_duplicates(embeddings.x),
        note=note,
    )


def _by_id(embeddings: EmbeddingSet, names: list[str]) -> tuple[np.ndarray, str]:
    if embeddings.ids is None:
        note = f"{embeddings.name} names no ids. Match by file name order, or give an id column or array."
        return np.full(embeddings.n, -1, dtype=np.int64), note
    ids = embeddings.ids.tolist()
    where, way = match_names(ids, names)
    found = int((where >= 0).sum())
    if found == 0:
        first = (
            f"the first id is {ids[0]!r}, the first image {names[0]!r}" if names else "there are no images"
        )
        return where, f"No id fits an image name: {first}. Use the image file names as ids."
    rest = [
        f"{what}: {count:,}"
        for count, what in (
            (len(ids) - found, "rows without an image"),
            (len(names) - found, "images without a row"),
        )
        if count
    ]
    return (
        where,
        f"{found:,} of {len(ids):,} rows matched to images by id ({way}){'; ' + ', '.join(rest) if rest else ''}.",
    )


def _by_order(embeddings: EmbeddingSet, names: list[str]) -> tuple[np.ndarray, str]:
    if embeddings.n == len(names):
        ends = f"row 0 is {names[0]}, row {embeddings.n - 1:,} is {names[-1]}"
        return np.arange(embeddings.n), f"Rows matched to images by file name order: {ends}."
    note = (
        f"{embeddings.name} has {embeddings.n:,} rows but there are {len(names):,} images. "
        "Rows are matched to images by file name order; "
        "give an id column (CSV or Parquet) to match them by name."
    )
    return np.full(embeddings.n, -1, dtype=np.int64), note
