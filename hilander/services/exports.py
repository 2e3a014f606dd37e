"""Take a cut away: as a table, or as zip archives of its images in a folder a cluster.

    table(dataset, run_id, hierarchy, cut)                     the rows of the cut, without the excluded ones
    key = request(asked);  result(key) -> Packed | None        None: being packed in the job process, ask again

What is packed lies in cache/exports/KEY/ for a day; asking for the same again finds it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy
from hilander.io.atomic import atomic_path, read_json, write_json
from hilander.io.sinks import ZipSink
from hilander.services import job_process, jobs, said, selection
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.originals import open_originals
from hilander.services.people import LOCAL
from hilander.services.report import left_out_words
from hilander.services.runs import open_run
from hilander.services.sorting import LIST, sort_images
from hilander.services.store import JobRow, open_store, required_run
from hilander.services.workspace import Workspace, checked_id, default_workspace, mark_of
from hilander.views.cut import table_of, without
from hilander.views.gallery import gallery_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Images = Literal["thumbnails", "originals"]
VERSION = "1"
README = "README.txt"
META = "packed.json"


@dataclass(frozen=True)
class Asked:
    """Which images of which cut."""

    run_id: str
    cut: Cut
    images: Images


@dataclass(frozen=True)
class Packed:
    """parts : the archives, in order;  rows : images in them;  note : what a person should know, or empty."""

    parts: tuple[Path, ...]
    rows: int
    note: str


def table(dataset: Dataset, run_id: str, hierarchy: Hierarchy, cut: Cut) -> dict[str, NDArray[Any]]:
    """id, cluster, peak of every image that is not excluded; clusters keep the numbers that they have on the page.

    With name, mark and note of its cluster where something is said of any.
    """
    peak = cut.peak_of(hierarchy)
    told = said.of(open_store(), run_id).columns(gallery_of(peak))
    return without(table_of(dataset.ids, peak) | told, selection.excluded(run_id))


def request(asked: Asked, *, owner: str = LOCAL.id, workspace: Workspace | None = None) -> str:
    """Ask for the archives and return their key at once; asking again costs a file check."""
    workspace = workspace or default_workspace()
    store = open_store(workspace)
    run = required_run(store, asked.run_id)
    key = key_of(asked, run.dataset_id, workspace)
    if not (_folder(workspace, key) / META).is_file():
        settings = {"key": key, "run_id": asked.run_id, "cut": asked.cut.to_dict(), "images": asked.images}
        store.forget_ended(job_id(key), older_than=0)
        of_it = {"job_id": job_id(key), "dataset_id": run.dataset_id, "run_id": run.id, "owner": owner}
        store.add_job("export", settings, **of_it)
        job_process.start(workspace)
    return key


def key_of(asked: Asked, dataset_id: str, workspace: Workspace | None = None) -> str:
    """What names these archives: the same for the same images of the same cut."""
    digest = hashlib.blake2b(digest_size=16)
    recipe = json.dumps(asked.cut.to_dict(), sort_keys=True)
    for part in (VERSION, dataset_id, asked.run_id, recipe, asked.images):
        digest.update(part.encode() + b"\0")
    digest.update(selection.excluded(asked.run_id, workspace=workspace).tobytes())
    return mark_of(dataset_id) + digest.hexdigest()


def result(key: str, *, workspace: Workspace | None = None) -> Packed | None:
    """The archives, or None while they are packed. InputError says why that failed."""
    workspace = workspace or default_workspace()
    if found := packed(key, workspace=workspace):
        return found
    job = waiting(key, workspace=workspace)
    if job is not None and not job.is_over:
        return None
    if found := packed(key, workspace=workspace):  # done since the first look
        return found
    why = "" if job is None or job.state == "cancelled" else job.error
    raise InputError(
        f"The zip is not there: {why or 'it was not finished, or is a day old'}. Prepare it again."
    )


def packed(key: str, *, workspace: Workspace | None = None) -> Packed | None:
    """The archives if they are there."""
    folder = _folder(workspace or default_workspace(), key)
    if not (folder / META).is_file():
        return None
    found = read_json(folder / META)
    return Packed(tuple(folder / name for name in found["parts"]), int(found["rows"]), str(found["note"]))


def waiting(key: str, *, workspace: Workspace | None = None) -> JobRow | None:
    """The job that packs it, None where there is none."""
    return jobs.get(job_id(key), workspace=workspace)


def cancel(key: str, *, who: str = LOCAL.id, workspace: Workspace | None = None) -> None:
    jobs.cancel(job_id(key), who=who, workspace=workspace)


def pack(workspace: Workspace, settings: dict[str, Any], on_done: Callable[[int, int], None]) -> None:
    """Pack what `request` asked for; `on_done(done, total)` may raise Cancelled."""
    asked = Asked(settings["run_id"], Cut.from_dict(settings["cut"]), settings["images"])
    run = required_run(open_store(workspace), asked.run_id)
    dataset = open_dataset(run.dataset_id, workspace)
    hierarchy = open_run(asked.run_id, workspace).hierarchy
    with atomic_path(_folder(workspace, settings["key"]), replace_folder=True) as temporary:
        temporary.mkdir()
        found = write_zips(temporary, dataset, hierarchy, asked, on_done, workspace=workspace)
        write_json(asdict(found) | {"parts": [path.name for path in found.parts]}, temporary / META)


def write_zips(
    folder: Path,
    dataset: Dataset,
    hierarchy: Hierarchy,
    asked: Asked,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    *,
    workspace: Workspace | None = None,
) -> Packed:
    """The archives cut-1.zip, cut-2.zip, ... in a folder that is there; the last holds the list of all images."""
    if dataset.names is None:
        raise InputError(
            "This data set has no images, so there is nothing to put into folders. Take the table."
        )
    out = selection.excluded(asked.run_id, workspace=workspace)
    rows = np.delete(np.arange(dataset.n), out)
    columns = without(table_of(dataset.ids, asked.cut.peak_of(hierarchy)), out)
    names = dataset.names[rows].tolist()
    source = open_originals(dataset, open_store(workspace)) if asked.images == "originals" else None

    def read(row: int) -> bytes:
        if source is not None:
            return source.open_bytes(names[row])
        return dataset.thumbs.get(int(rows[row]), "large")

    try:
        with ZipSink(folder, "cut") as sink:
            sink.add(README, _readme(dataset, asked, len(out)).encode())
            suffix = None if source is not None else ".webp"
            written, unread = sort_images(
                columns, names, read, sink, suffix=suffix, on_done=lambda done: on_done(done, len(names))
            )
    finally:
        if source is not None:
            source.close()
    note = (
        f"{len(unread):,} images could not be read and are missing: {', '.join(unread[:3])}."
        if unread
        else ""
    )
    return Packed(tuple(sink.paths), len(written["id"]), note)


def _readme(dataset: Dataset, asked: Asked, excluded: int) -> str:
    what = (
        "The images are thumbnails of at most 160 pixels a side (WebP): hilander keeps no originals.\n"
        "To sort your own originals the same way, take the list of this zip and run\n\n"
        f"    hilander cut {LIST} --folders sorted --images YOUR_FOLDER_OR_ZIP\n"
        if asked.images == "thumbnails"
        else "The images are the originals, as they were uploaded.\n"
    )
    left = f"{left_out_words(excluded)}\n" if excluded else ""
    return (
        f"{dataset.row.name}: one folder a cluster, named by the cluster's number (0 is the largest) and its peak.\n\n"
        f"{what}{left}\n{LIST} lists every image: id, cluster, peak, folder, file. "
        "Where the zip comes in several parts, it lies in the last one.\n"
    )


def job_id(key: str) -> str:
    """The id of the job that packs it."""
    return f"export-{checked_id(key)}"


def _folder(workspace: Workspace, key: str) -> Path:
    return workspace.exports_dir() / checked_id(key)
