"""UMAP of some rows of a data set: asked for by pages, computed in the job process, cached on disk.

    key = request(dataset_id, rows, peak, ghosts);  result(key) -> Projection | None (not ready: ask again)

Where the rows come to lie is layout.py's work; a map of all images is asked for through image_map.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.services import job_process, jobs
from hilander.services.datasets import open_dataset
from hilander.services.layout import EPOCHS, EPOCHS_OF_MANY, FEW, NEIGHBORS, SEED, layout
from hilander.services.people import LOCAL
from hilander.services.store import JobKind, JobRow, open_store, required_dataset
from hilander.services.workspace import Workspace, checked_id, default_workspace, mark_of

MANY = 5_000
VERSION = "3"  # raise it when the same request would give another answer
TRY_AGAIN_AFTER = 10.0  # s; a page that asks at every rerun must not start the same failure over and over


@dataclass(frozen=True)
class Projection:
    """Where each row lies on the plane.

    rows : int64 (m,) row numbers, ascending; a sample, peak and ghosts in it, of more than 5,000 that were asked for
    xy : float32 (m, 2)
    method : "umap", or "pca" for fewer than 5 rows or rows that are all the same
    note : what a reader must know ("5,000 of 5,421 images, chosen at random."), or ""
    """

    rows: np.ndarray
    xy: np.ndarray
    method: str
    note: str


def request(
    dataset_id: str,
    rows: np.ndarray,
    peak: int | None = None,
    *,
    ghosts: Iterable[int] = (),
    noun: str = "images",
    owner: str = LOCAL.id,
    workspace: Workspace | None = None,
) -> str:
    """Ask for the UMAP of these rows and return its key at once. Asking again costs a file check.

    `ghosts` are rows laid out along with them, which a sample leaves in; `noun` says what the rows are. A request
    that failed, or whose file is gone, is computed again when it is asked for again ten seconds later.
    """
    workspace = workspace or default_workspace()
    row = required_dataset(open_store(workspace), dataset_id)
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    extra = np.unique(np.asarray(list(ghosts), dtype=np.int64))
    every = np.union1d(rows, extra)
    if len(rows) == 0 or every[0] < 0 or every[-1] >= row.n:
        raise InputError(
            f"Expected row numbers from 0 to {row.n - 1}; got {len(rows)} others. Choose a cluster."
        )
    key = _key(dataset_id, rows, peak, extra)
    if not path_of(workspace, key).is_file():
        chosen = np.union1d(sample(rows, peak), extra)
        settings = {"key": key, "dataset_id": dataset_id, "rows": chosen.tolist()}
        settings |= {"shown": min(len(rows), MANY), "asked": len(rows), "noun": noun}
        if len(chosen) < FEW:  # laid out here and now
            compute(workspace, settings)
        else:
            submit(workspace, "projection", key, settings, owner)
    return key


def result(key: str, *, workspace: Workspace | None = None) -> Projection | None:
    """The projection, or None while it is computed. InputError says why it failed."""
    workspace = workspace or default_workspace()
    path = path_of(workspace, key)
    if path.is_file():
        return _load(path)
    job = jobs.get(_job_id(key), workspace=workspace)
    if path.is_file():  # done since the first look
        return _load(path)
    if job is None or job.state == "done":
        raise InputError("This projection was not asked for, or its cache was emptied. Open it again.")
    if job.is_over and not _tried_again(workspace, job):
        why = job.error or f"it was {job.state}."
        raise InputError(f"The projection failed: {why} Open it again in a while, or another one.")
    return None


def _tried_again(workspace: Workspace, job: JobRow) -> bool:
    """Queue once more what died with its process, once; True when it is on its way."""
    store = open_store(workspace)
    if job.state != "interrupted" or job.progress.get("again"):
        return False
    store.report_progress(job.id, {"again": True})
    store.requeue_job(job.id)
    job_process.start(workspace)
    return True


def is_there(key: str, *, workspace: Workspace | None = None) -> bool:
    """Whether `result` has it: a file check."""
    return path_of(workspace or default_workspace(), key).is_file()


def progress(key: str, *, workspace: Workspace | None = None) -> dict[str, Any]:
    """The newest record {stage, fraction} of a projection that is computed; empty before it has begun, and after."""
    job = open_store(workspace or default_workspace()).job(_job_id(key))
    return {} if job is None else job.progress


def submit(
    workspace: Workspace, kind: JobKind, key: str, settings: dict[str, Any], owner: str = LOCAL.id
) -> None:
    """Queue the work under the key, so that two pages share it."""
    store, dataset_id = open_store(workspace), settings["dataset_id"]
    store.forget_ended(_job_id(key), older_than=TRY_AGAIN_AFTER)
    of_it = {"dataset_id": dataset_id, "run_id": settings.get("run_id"), "owner": owner}
    store.add_job(kind, settings, job_id=_job_id(key), **of_it)
    job_process.start(workspace)


def compute(workspace: Workspace, settings: dict[str, Any]) -> None:
    """Lay out the rows that `request` chose and keep the answer."""
    rows = np.array(settings["rows"], dtype=np.int64)
    xy, method, note = layout(np.asarray(open_dataset(settings["dataset_id"], workspace).x[rows]))
    if settings["shown"] < settings["asked"]:
        note = f"{settings['shown']:,} of {settings['asked']:,} {settings['noun']}, chosen at random. {note}".strip()
    keep(workspace, settings["key"], Projection(rows, xy, method, note))


def keep(workspace: Workspace, key: str, found: Projection) -> None:
    """Write a projection to where `result` finds it."""
    with atomic_path(path_of(workspace, key)) as temporary:
        np.savez(
            temporary,
            rows=found.rows,
            xy=found.xy,
            method=np.array(found.method),
            note=np.array(found.note),
        )


def sample(rows: np.ndarray, peak: int | None) -> np.ndarray:
    """At most 5,000 of the rows, ascending, always the same ones; the peak stays in."""
    if len(rows) <= MANY:
        return rows
    chosen = np.random.default_rng(SEED).choice(rows, size=MANY, replace=False)
    if peak is not None and peak in rows and peak not in chosen:
        chosen[0] = peak
    ordered: np.ndarray = np.sort(chosen)
    return ordered


def _key(dataset_id: str, rows: np.ndarray, peak: int | None, ghosts: np.ndarray) -> str:
    settings = str((FEW, MANY, NEIGHBORS, EPOCHS, EPOCHS_OF_MANY, SEED))
    return key_of(dataset_id, str(peak), settings, rows.tobytes(), ghosts.tobytes())


def key_of(dataset_id: str, *parts: str | bytes) -> str:
    """A key for what these parts tell apart; its file goes with the data set."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (VERSION, dataset_id, *parts):
        digest.update((part.encode() if isinstance(part, str) else part) + b"\0")
    return mark_of(dataset_id) + digest.hexdigest()


def _job_id(key: str) -> str:
    return f"umap-{checked_id(key)}"


def path_of(workspace: Workspace, key: str) -> Path:
    return workspace.projections_dir() / f"{checked_id(key)}.npz"


def _load(path: Path) -> Projection:
    with np.load(path, allow_pickle=False) as arrays:
        return Projection(arrays["rows"], arrays["xy"], str(arrays["method"]), str(arrays["note"]))
