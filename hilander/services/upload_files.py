"""Open the files that somebody wants to import, and fit their rows together: by id or by order, labels too.

What is wrong with them is collected in words, not raised: a report shows it, an import refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import EmbeddingSet, read_embeddings
from hilander.io.images import ImageSource, open_images
from hilander.io.labels import AlignedLabels, align_labels, read_labels
from hilander.io.match import Match, MatchBy, match_images
from hilander.io.vectors import blocks, forget, unit_vectors
from hilander.services.server_paths import listable

NAMED = 5  # names in one sentence


@dataclass
class Upload:
    """The files of an upload, opened, and how their rows fit together. Close it.

    blocking : what makes an import impossible; partial : what an import could leave out
    """

    embeddings: EmbeddingSet | None = None
    images: ImageSource | None = None
    image_names: list[str] = field(default_factory=list)
    match: Match | None = None
    duplicate_rows: int = 0
    labels: AlignedLabels | None = None
    blocking: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> np.ndarray:
        """Embedding rows that an import would keep, ascending."""
        if self.match is not None:
            return self.match.rows
        return np.arange(self.embeddings.n if self.embeddings else 0)

    @property
    def ids(self) -> np.ndarray:
        """What each kept row is called: the file's id, else its image's name, else its number."""
        assert self.embeddings is not None
        if self.embeddings.ids is None and self.match is not None:
            return np.array(self.match.names, dtype=str)
        ids: np.ndarray = self.embeddings.id_list()[self.rows]
        return ids

    def close(self) -> None:
        if self.images is not None:
            self.images.close()


def read_upload(
    embeddings: Path,
    images: Path | None,
    labels: Path | None,
    match: MatchBy | None = None,
    pulse: Callable[[], None] = lambda: None,
) -> Upload:
    """Open the files and match them. What is wrong with them is in the answer, not raised.

    `pulse` is called between the steps and blocks of rows, and may raise Cancelled.
    """
    upload = Upload()
    try:
        _read_embeddings(upload, embeddings, pulse)
        pulse()
        if images is not None:
            _read_images(upload, images, match)
            pulse()
        complete(upload, labels, pulse)
    except BaseException:
        upload.close()
        raise
    return upload


def complete(upload: Upload, labels: Path | None, pulse: Callable[[], None] = lambda: None) -> None:
    """Labels, where there are any, and how many rows are repeated; `pulse` after each."""
    if labels is not None:
        _read_labels(upload, labels)
        pulse()
    _count_duplicates(upload)
    pulse()


def _count_duplicates(upload: Upload) -> None:
    if upload.match is not None:
        upload.duplicate_rows = upload.match.duplicate_rows
    elif upload.embeddings is not None:
        upload.duplicate_rows = count_duplicates(upload.embeddings.x)
    if upload.duplicate_rows:
        upload.notes.append(f"{upload.duplicate_rows:,} rows repeat an earlier row exactly; they are kept.")


def _read_embeddings(upload: Upload, path: Path, pulse: Callable[[], None]) -> None:
    try:
        embeddings = read_embeddings(path)
        _check_rows(embeddings.x, path.name, pulse)
    except InputError as error:
        upload.blocking.append(str(error))
        return
    upload.embeddings = embeddings


def _check_rows(x: np.ndarray, name: str, pulse: Callable[[], None]) -> None:
    """InputError for NaN, infinite or zero rows, block by block so that nothing is held whole."""
    for start, stop in blocks(*x.shape):
        pulse()
        try:
            unit_vectors(x[start:stop], name=name)
            forget(x)
        except InputError:
            unit_vectors(x, name=name)  # numbers the rows of the whole file
            raise


def _read_images(upload: Upload, path: Path, by: MatchBy | None) -> None:
    try:
        upload.images = open_images(path, inside=listable(path))
    except InputError as error:
        upload.blocking.append(str(error))
        return
    upload.image_names = upload.images.names()
    if upload.embeddings is None:
        return
    match = upload.match = match_images(upload.embeddings, upload.image_names, by)
    if len(match.rows) == 0:
        upload.blocking.append(match.note)
        return
    upload.notes.append(match.note)
    if count := len(match.rows_without_image):
        first = upload.embeddings.id_list()[match.rows_without_image[:NAMED]].tolist()
        upload.partial.append(
            f"Expected an image for each of {upload.embeddings.n:,} rows; {count:,} have none: "
            f"{named(first, count)}. Add these images, or import what matches."
        )
    if count := len(match.images_without_row):
        upload.partial.append(
            f"Expected a row for each of {len(upload.image_names):,} images; {count:,} have none: "
            f"{named(match.images_without_row, count)}. Add their embeddings, or import what matches."
        )


def _read_labels(upload: Upload, path: Path) -> None:
    try:
        labels = read_labels(path)
        if upload.embeddings is None or len(upload.rows) == 0:
            return
        ids = upload.ids if upload.match is not None or upload.embeddings.ids is not None else None
        try:
            upload.labels = align_labels(labels, ids, len(upload.rows))
        except InputError:
            if upload.embeddings.ids is not None or ids is None:
                raise
            upload.labels = align_labels(labels, None, len(upload.rows))
    except InputError as error:
        upload.blocking.append(str(error))
        return
    if upload.labels.note:
        upload.notes.append(upload.labels.note)


def named(names: Sequence[str], count: int) -> str:
    """The first of `count` names, for a sentence."""
    return ", ".join(names[:NAMED]) + (", ..." if count > NAMED else "")
