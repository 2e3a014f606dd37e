"""Look at files that somebody wants to import, and say in words what would happen.

    read_upload(embeddings, images, labels)      Upload: the opened files and how their rows fit
    inspect_upload(embeddings, images, labels)   UploadReport: the same for people; never fails

Nothing is imported here: see datasets.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import EmbeddingSet, read_embeddings
from hilander.io.images import ImageSource, check_image, open_images, thumbnail
from hilander.io.labels import AlignedLabels, align_labels, read_labels
from hilander.io.match import Match, match_images
from hilander.io.vectors import blocks, unit_vectors
from hilander.services.thumbs import as_data_url, placeholder

__all__ = [
    "Upload",
    "UploadReport",
    "broken_images_message",
    "inspect_upload",
    "preview",
    "read_upload",
]

FIRST, LISTED, NAMED = 12, 1_000, 5
CHECK_SECONDS = 1.0  # opening images while somebody waits; the import opens them all


@dataclass(frozen=True)
class UploadReport:
    """What an upload holds and what matched. Lists are cut to the first 1,000; counts are whole.

    can_import : everything matches; import goes on without a question
    can_keep_matching : something does not match, but import can go on with what does (`matched` rows)
    problems : what stands in the way, each "expected, got, next step"; empty exactly when can_import
    notes : what an import will do that is worth knowing (how rows were matched, unlabelled rows, ...)
    label_count : rows with a known label
    """

    embeddings: Path
    images: Path | None
    labels: Path | None
    name: str = ""
    rows: int = 0
    dim: int = 0
    image_count: int = 0
    label_count: int = 0
    classes: int = 0
    matched: int = 0
    duplicate_rows: int = 0
    first_images: tuple[str, ...] = ()
    rows_without_image: tuple[str, ...] = ()
    rows_without_image_count: int = 0
    images_without_row: tuple[str, ...] = ()
    images_without_row_count: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    can_import: bool = False
    can_keep_matching: bool = False


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


def inspect_upload(embeddings: Path, images: Path | None = None, labels: Path | None = None) -> UploadReport:
    """Look at the files; never raises InputError: what is wrong stands in `problems`."""
    with closing(read_upload(embeddings, images, labels)) as upload:
        if upload.images is not None and upload.match is not None:
            _check_images(upload, upload.images, upload.match.names)
        return _report(upload, embeddings, images, labels)


def read_upload(
    embeddings: Path, images: Path | None, labels: Path | None, pulse: Callable[[], None] = lambda: None
) -> Upload:
    """Open the files and match them. What is wrong with them is in the answer, not raised.

    `pulse` is called between the steps and blocks of rows, and may raise Cancelled.
    """
    upload = Upload()
    try:
        _read_embeddings(upload, embeddings, pulse)
        pulse()
        if images is not None:
            _read_images(upload, images)
            pulse()
        if labels is not None:
            _read_labels(upload, labels)
            pulse()
        _count_duplicates(upload)
        pulse()
    except BaseException:
        upload.close()
        raise
    return upload


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
        except InputError:
            unit_vectors(x, name=name)  # numbers the rows of the whole file
            raise


def _read_images(upload: Upload, path: Path) -> None:
    try:
        upload.images = open_images(path)
    except InputError as error:
        upload.blocking.append(str(error))
        return
    upload.image_names = upload.images.names()
    if upload.embeddings is None:
        return
    match = upload.match = match_images(upload.embeddings, upload.image_names)
    if len(match.rows) == 0:
        upload.blocking.append(match.note)
        return
    upload.notes.append(match.note)
    if count := len(match.rows_without_image):
        first = upload.embeddings.id_list()[match.rows_without_image[:NAMED]].tolist()
        upload.partial.append(
            f"Expected an image for each of {upload.embeddings.n:,} rows; {count:,} have none: "
            f"{_named(first, count)}. Add these images, or import what matches."
        )
    if count := len(match.images_without_row):
        upload.partial.append(
            f"Expected a row for each of {len(upload.image_names):,} images; {count:,} have none: "
            f"{_named(match.images_without_row, count)}. Add their embeddings, or import what matches."
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


def _check_images(upload: Upload, source: ImageSource, names: Sequence[str]) -> None:
    """Open images for as long as somebody likes to wait, and name the broken ones."""
    broken, checked, until = [], 0, time.monotonic() + CHECK_SECONDS
    for name in names:
        try:
            check_image(source.open_bytes(name), name)
        except InputError:
            broken.append(name)
        checked += 1
        if time.monotonic() > until:
            break
    if broken:
        upload.partial.append(broken_images_message(broken))
    if checked < len(names):
        upload.notes.append(f"The first {checked:,} images were opened; the import opens the rest.")


def broken_images_message(names: Sequence[str]) -> str:
    return (
        f"Expected images; {len(names):,} cannot be read: {_named(names, len(names))}. "
        "Replace them, or import what matches: they are then shown as placeholders."
    )


def preview(report: UploadReport, size: int = 160) -> list[tuple[str, str]]:
    """(name, data URL) of the first twelve images that have a row; a placeholder for an unreadable one."""
    if report.images is None or not report.first_images:
        return []
    with closing(open_images(report.images)) as source:
        return [(name, as_data_url(_shrunk(source, name, size))) for name in report.first_images]


def _shrunk(source: ImageSource, name: str, size: int) -> bytes:
    try:
        return thumbnail(source.open_bytes(name), size, name=name)
    except InputError:
        return placeholder("large")


def _report(upload: Upload, embeddings: Path, images: Path | None, labels: Path | None) -> UploadReport:
    match, codes = upload.match, None if upload.labels is None else upload.labels.codes
    ids = upload.embeddings.id_list() if upload.embeddings is not None else np.array([], dtype=str)
    without = match.rows_without_image if match is not None else np.array([], dtype=np.int64)
    return UploadReport(
        embeddings=embeddings,
        images=images,
        labels=labels,
        name=embeddings.stem.removesuffix("_embeddings"),
        rows=upload.embeddings.n if upload.embeddings else 0,
        dim=upload.embeddings.dim if upload.embeddings else 0,
        image_count=len(upload.image_names),
        label_count=0 if codes is None else int((codes >= 0).sum()),
        classes=0 if codes is None else len(np.unique(codes[codes >= 0])),
        matched=len(upload.rows),
        duplicate_rows=upload.duplicate_rows,
        first_images=tuple((match.names if match is not None else upload.image_names)[:FIRST]),
        rows_without_image=tuple(ids[without[:LISTED]].tolist()),
        rows_without_image_count=len(without),
        images_without_row=tuple(match.images_without_row[:LISTED]) if match is not None else (),
        images_without_row_count=len(match.images_without_row) if match is not None else 0,
        notes=tuple(upload.notes),
        problems=(*upload.blocking, *upload.partial),
        can_import=not upload.blocking and not upload.partial,
        can_keep_matching=not upload.blocking and bool(upload.partial),
    )


def _named(names: Sequence[str], count: int) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if count > NAMED else "")
