"""Look at files that somebody wants to import, and say in words what would happen.

    inspect_upload(embeddings, images, labels)   UploadReport: what matches and what does not; never fails
    inspect_images(images, labels, embedder)     the same of images that are to be embedded

Nothing is imported here: see imports.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from hilander.embed.embedding import checked
from hilander.embed.order import Embedder, EmbedOrder
from hilander.errors import InputError
from hilander.io.images import ImageSource, check_image, open_images, thumbnail
from hilander.io.labels import align_labels, read_labels
from hilander.io.match import MatchBy
from hilander.services.import_order import ImportOrder
from hilander.services.server_paths import listable
from hilander.services.thumbs import as_data_url, placeholder
from hilander.services.upload_files import Upload, named, read_upload

FIRST, LISTED = 12, 1_000
PLACEHOLDER = "placeholder"
CHECK_SECONDS = 1.0  # opening images while somebody waits; the import opens them all


@dataclass(frozen=True)
class UploadReport:
    """What an upload holds and what matched. Lists are cut to the first 1,000; counts are whole.

    can_import : everything matches; import goes on without a question
    can_keep_matching : something does not match, but import can go on with what does (`matched` rows)
    problems : what stands in the way, each "expected, got, next step"; empty exactly when can_import
    notes : what an import will do that is worth knowing (how rows were matched, unlabelled rows, ...)
    label_count : rows with a known label
    has_ids : whether the embeddings name their rows, so that rows and images can be matched by id
    match : how that was asked for; None: by id where there are any, else by order
    broken_images : those found unreadable so far; an import shows them as placeholders
    embedder : what makes embeddings of the images, where none are given
    """

    embeddings: Path | None
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
    has_ids: bool = False
    match: MatchBy | None = None
    broken_images: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    can_import: bool = False
    can_keep_matching: bool = False
    embedder: Embedder | None = None


def order_of(
    report: UploadReport, name: str, *, keep_matching: bool = False, again: bool = False
) -> ImportOrder:
    """The import of what was looked at; an empty name is the usual one."""
    files = report.embeddings, report.images, report.labels
    by = {} if report.embedder is None else asdict(report.embedder)
    return ImportOrder(*files, name.strip() or report.name, keep_matching, report.match, again, **by)


def inspect_upload(
    embeddings: Path, images: Path | None = None, labels: Path | None = None, match: MatchBy | None = None
) -> UploadReport:
    """Look at the files; never raises InputError: what is wrong stands in `problems`."""
    with closing(read_upload(embeddings, images, labels, match)) as upload:
        broken: list[str] = []
        if upload.images is not None and upload.match is not None:
            broken = _check_images(upload, upload.images, upload.match.names)
        return _report(upload, (embeddings, images, labels), match, broken)


def inspect_images(images: Path, labels: Path | None, embedder: Embedder) -> UploadReport:
    """Look at images that are to be embedded, and at the embedder's files; as `inspect_upload`."""
    upload, broken = Upload(), []
    try:
        upload.images = open_images(images, inside=listable(images))
        upload.image_names = upload.images.names()
        broken = _check_images(upload, upload.images, upload.image_names, "left out")
        if labels is not None:
            ids = np.array(upload.image_names, dtype=str)
            upload.labels = align_labels(read_labels(labels), ids, len(ids))
            upload.notes += [upload.labels.note] if upload.labels.note else []
        checked(EmbedOrder(images, **asdict(embedder), inside=listable(images)))
    except InputError as error:
        upload.blocking.append(str(error))
    with closing(upload):
        report = _report(upload, (None, images, labels), None, broken)
    return replace(report, name=usual_name(images), embedder=embedder)


def _check_images(
    upload: Upload, source: ImageSource, names: Sequence[str], fate: str = PLACEHOLDER
) -> list[str]:
    """Open images for as long as somebody likes to wait; the names of the broken ones."""
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
        upload.notes.append(broken_note(broken, fate))
    if checked < len(names):
        upload.notes.append(f"The first {checked:,} images were opened; the import opens the rest.")
    return broken


def broken_note(names: Sequence[str], fate: str = PLACEHOLDER) -> str:
    """What a person is told of images that cannot be read, and their fate; they never stop an import."""
    told = (
        "1 image cannot be read and is"
        if len(names) == 1
        else f"{len(names):,} images cannot be read and are"
    )
    if fate == PLACEHOLDER:
        fate = "shown as a placeholder" if len(names) == 1 else "shown as placeholders"
    return f"{told} {fate}: {named(names, len(names))}."


def preview(report: UploadReport, size: int = 160) -> list[tuple[str, str]]:
    """(name, data URL) of the first twelve images that have a row; a placeholder for an unreadable one."""
    if report.images is None or not report.first_images:
        return []
    with closing(open_images(report.images, inside=listable(report.images))) as source:
        return [(name, as_data_url(_shrunk(source, name, size))) for name in report.first_images]


def _shrunk(source: ImageSource, name: str, size: int) -> bytes:
    try:
        return thumbnail(source.open_bytes(name), size, name=name)
    except InputError:
        return placeholder("large")


def _report(
    upload: Upload,
    files: tuple[Path | None, Path | None, Path | None],
    by: MatchBy | None,
    broken: Sequence[str],
) -> UploadReport:
    (embeddings, images, labels), match = files, upload.match
    codes = None if upload.labels is None else upload.labels.codes
    ids = upload.embeddings.id_list() if upload.embeddings is not None else np.array([], dtype=str)
    without = match.rows_without_image if match is not None else np.array([], dtype=np.int64)
    return UploadReport(
        embeddings=embeddings,
        images=images,
        labels=labels,
        name=usual_name(embeddings or images),
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
        has_ids=upload.embeddings is not None and upload.embeddings.ids is not None,
        match=by,
        broken_images=tuple(broken[:LISTED]),
        notes=tuple(upload.notes),
        problems=(*upload.blocking, *upload.partial),
        can_import=not upload.blocking and not upload.partial,
        can_keep_matching=not upload.blocking and bool(upload.partial),
    )


def usual_name(path: Path | None) -> str:
    """What a data set of this embeddings file, or of these images, is called where nobody gives it a name."""
    stem = "" if path is None else path.name if path.is_dir() else path.stem.removesuffix(".tar")
    return stem.removesuffix("_embeddings").removesuffix("_images")
