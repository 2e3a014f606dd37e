"""Import files as a data set, a part at a time, in a folder of its own that becomes the data set's when all is done.

    embed     where there are images and no embeddings: embeddings of them, batch by batch
    rows      embeddings block by block, ids, image names, labels; then a look whether the same is there already
    images    thumbnails, in steps: an import that was killed is gone on with after the last one
    publish   one rename, and the data set's row

Nothing is ever held whole but names, ids and labels. What fails or is cancelled leaves nothing; what is killed or
interrupted, or finds its database away, leaves its folder (see import_work), which the next import of the same files
goes on with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hilander.errors import AwayError, InputError, Interrupted
from hilander.io.atomic import remove
from hilander.io.images import ImageSource, open_images
from hilander.services import access
from hilander.services.access import Action
from hilander.services.contents import digests_of, images_hash
from hilander.services.embedded import embed_images, embedded_upload
from hilander.services.import_order import ImportOrder
from hilander.services.import_rows import write_rows
from hilander.services.import_work import RowsDone, Work, work_folder
from hilander.services.leftovers import IMPORT_LOCK, announced
from hilander.services.people import LOCAL, Person
from hilander.services.server_paths import listable
from hilander.services.store import DatasetRow, Store, now
from hilander.services.thumbs import ThumbWriter, write_thumbs
from hilander.services.upload_files import Upload, read_upload
from hilander.services.uploads import UploadReport, broken_note, order_of, usual_name
from hilander.services.workspace import Workspace

SAME = "same"  # the stage of an import job that found its content in a data set that is there
STEP_SECONDS = 2.0  # between two records of what is done: the most work that a kill costs


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is: done of total, seconds so far.

    stage : "waiting" (for another import of the same files) | "reading" | "embedding" (images are embedded) |
        "embeddings" | "comparing" | "thumbnails"
    """

    stage: str
    done: int
    total: int
    seconds: float

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 0.0


ProgressCallback = Callable[[ImportProgress], None]


@dataclass(frozen=True)
class Imported:
    """What came of an import: the data set, and whether it is new; else the same content was there as this one."""

    dataset_id: str
    is_new: bool


def import_dataset(
    workspace: Workspace,
    store: Store,
    report: UploadReport,
    name: str,
    *,
    keep_matching: bool = False,
    progress: ProgressCallback | None = None,
    dataset_id: str | None = None,
) -> str:
    """Make a data set of the files that `report` names, whatever is there already; its id."""
    order = order_of(report, name, keep_matching=keep_matching, again=True)
    return run_import(workspace, store, order, progress, dataset_id=dataset_id).dataset_id


def run_import(
    workspace: Workspace,
    store: Store,
    order: ImportOrder,
    progress: ProgressCallback | None = None,
    *,
    dataset_id: str | None = None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Imported:
    """Do what `order` says, going on with what an earlier attempt had done.

    `progress` may raise Cancelled, `on_note` hears how rows and images were matched before images are read.
    Rows without an image and images without a row are left out with `order.keep_matching` and refused without it;
    an image that cannot be read is shown as a placeholder. All of it is said in the data set's note.

    Raises
    ------
    InputError   the files cannot be imported, or not without leaving something out
    """
    tell = _Teller(progress, on_note)
    tell("reading")
    key = order.key(dataset_id)
    with workspace.lock(f"{IMPORT_LOCK}{key}", lambda: tell("waiting")):
        work = Work(work_folder(workspace.datasets_dir(), key), dataset_id)
        try:
            imported = _go_on(workspace, store, order, work, tell)
        except (Interrupted, AwayError):
            raise
        except Exception:
            work.discard()
            raise
        work.discard()
    return imported


class _Teller:
    """Turns what an import is doing into progress records, and hands on what it notes."""

    def __init__(self, callback: ProgressCallback | None, note: Callable[[str], None]) -> None:
        self._callback, self.note = callback, note
        self._began = time.monotonic()

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        if self._callback is not None:
            self._callback(ImportProgress(stage, done, total, time.monotonic() - self._began))


def _go_on(workspace: Workspace, store: Store, order: ImportOrder, work: Work, tell: _Teller) -> Imported:
    if work.state.rows is not None and store.dataset(work.state.dataset_id) is not None:
        return Imported(work.state.dataset_id, is_new=True)  # killed before the last tidying
    if work.state.rows is not None and not work.data.exists():
        _take_back(workspace, store, work)
    source = _rows(order, work, tell)
    with nullcontext() if source is None else closing(source):
        rows = work.state.rows
        assert rows is not None
        for note in rows.notes:
            tell.note(note)
        names = work.names()
        alike = [] if order.again else _alike(store, rows, order.owner)
        if alike and (same := _same(alike, rows, source, names, tell)):
            return Imported(same.id, is_new=False)
        broken = _images(work, source, names, tell)
    dataset_id = work.state.dataset_id
    row, folder = (
        _row(dataset_id, order, rows, images_hash(work.digests()), [names[i] for i in broken]),
        workspace.dataset_dir(dataset_id),
    )
    with announced(store, folder):
        work.publish(folder)
        _file(store, folder, row)
    return Imported(dataset_id, is_new=True)


def _take_back(workspace: Workspace, store: Store, work: Work) -> None:
    """The finished files, of an import killed before its row was there; begin where they are somebody's, or gone."""
    folder = workspace.dataset_dir(work.state.dataset_id)
    if folder.exists() and folder.name not in store.ids("dataset"):
        folder.rename(work.data)
    else:
        work.begin()


def _rows(order: ImportOrder, work: Work, tell: _Teller) -> ImageSource | None:
    """Write all but the images, unless that is done. The images, opened; None where there are none."""
    if work.state.rows is not None and work.data.exists():
        source = None if order.images is None else open_images(order.images, inside=listable(order.images))
        if source is None or set(work.names()) <= set(source.names()):
            return source
        source.close()  # a folder that has changed: images are missing
    work.begin(work.state.dataset_id)
    upload = _opened(order, work, tell)
    try:
        _refuse(upload.blocking + ([] if order.keep_matching else upload.partial))
        rows = write_rows(upload, order, work.data, lambda done, n: tell("embeddings", done, n))
        work.keep_rows(rows)
    except BaseException:
        upload.close()
        raise
    return upload.images


def _opened(order: ImportOrder, work: Work, tell: _Teller) -> Upload:
    """The files, matched; embeddings that are not there are made first."""
    embedding = order.embedding()
    if embedding is not None:
        embed_images(embedding, work, tell)
        return embedded_upload(embedding, work.embedded, order.labels)
    assert order.embeddings is not None
    return read_upload(order.embeddings, order.images, order.labels, order.match, lambda: tell("reading"))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InputError(" ".join(problems))


def _alike(store: Store, rows: RowsDone, owner: str) -> list[DatasetRow]:
    """The data sets with the same rows, of those that the owner may see: nobody hears of others' from an import."""
    known = store.person(owner)
    person = LOCAL if owner == LOCAL.id else Person(owner, owner, known.email if known else "")
    found = store.datasets_of(rows.rows_hash)
    return [row for row in found if access.allowed(store, person, Action.VIEW, access.dataset(row.id))]


def _same(
    alike: list[DatasetRow], rows: RowsDone, source: ImageSource | None, names: list[str], tell: _Teller
) -> DatasetRow | None:
    """The one that holds the same content already. Images are read only where all else is the same."""
    found = digests_of(_encoded(source, names), rows.n, lambda done: tell("comparing", done, len(names)))
    wanted = images_hash(found)
    return next((row for row in alike if row.images_hash == wanted), None)


def _images(work: Work, source: ImageSource | None, names: list[str], tell: _Teller) -> list[int]:
    """Make the thumbnails that are not made yet; the rows whose image cannot be read."""
    rows, digests = work.state.rows, work.digests()
    assert rows is not None
    kept_at = time.monotonic()

    def on_done(writer: ThumbWriter, new: list[bytes]) -> None:
        nonlocal kept_at
        first = writer.done - len(new)
        digests[first : writer.done] = np.frombuffer(b"".join(new), dtype=np.uint8).reshape(len(new), -1)
        if time.monotonic() - kept_at >= STEP_SECONDS:
            writer.sync()
            digests.flush()
            work.keep_images(writer.done)
            kept_at = time.monotonic()
        tell("thumbnails", writer.done, len(names))

    done = work.state.images_done
    return write_thumbs(work.data, rows.n, _encoded(source, names[done:]), on_done, done=done)


def _encoded(source: ImageSource | None, names: Sequence[str]) -> Iterator[bytes | None]:
    """The images as they are in the file, in row order; None for one that cannot be unpacked."""
    for name in names:
        try:
            yield source.open_bytes(name) if source is not None else None
        except InputError:
            yield None


def _row(
    dataset_id: str, order: ImportOrder, rows: RowsDone, images: str, broken: Sequence[str]
) -> DatasetRow:
    return DatasetRow(
        id=dataset_id,
        name=order.name.strip() or usual_name(order.embeddings or order.images),
        n=rows.n,
        dim=rows.dim,
        has_images=rows.has_images,
        has_labels=rows.has_labels,
        created=now(),
        note=" ".join([*rows.notes, *([broken_note(broken)] if broken else [])]),
        state="ready",
        rows_hash=rows.rows_hash,
        images_hash=images,
        owner=order.owner,
    )


def _file(store: Store, folder: Path, row: DatasetRow) -> None:
    try:
        store.add_dataset(row)
    except AwayError:
        raise  # the row may be there; the next import of the same files looks, and what was announced is looked after
    except BaseException:
        remove(folder)
        raise
