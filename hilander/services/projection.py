"""UMAP of some rows of a data set: asked for by pages, computed in the job process, cached on disk.

    key = request(dataset_id, rows, peak);  result(key) -> Projection | None (not ready: ask again)

umap and numba are imported in the job process only, and used by one thread at a time: numba's threads
end the process when two callers meet.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.services import jobs
from hilander.services.datasets import open_dataset
from hilander.services.store import JobRow, open_store, required_dataset
from hilander.services.workspace import Workspace, checked_id, default_workspace, mark_of

FEW, MANY, NEIGHBORS, EPOCHS, SEED = 5, 2_000, 15, 300, 0
VERSION = "2"  # raise it when the same request would give another answer
SAME = 1e-6
TRY_AGAIN_AFTER = 10.0  # s; a page that asks at every rerun must not start the same failure over and over

_umap_lock = threading.Lock()


@dataclass(frozen=True)
class Projection:
    """Where each row lies on the plane.

    rows : int64 (m,) row numbers, ascending; a sample, the peak in it, when more than 2,000 were asked for
    xy : float32 (m, 2)
    method : "umap", or "pca" for fewer than 5 rows or rows that are all the same
    note : what a reader must know ("2,000 of 5,421 images, chosen at random."), or ""
    """

    rows: np.ndarray
    xy: np.ndarray
    method: str
    note: str


def request(
    dataset_id: str, rows: np.ndarray, peak: int | None = None, *, workspace: Workspace | None = None
) -> str:
    """Ask for the UMAP of these rows and return its key at once. Asking again costs a file check.

    One that failed, or whose file is gone, is computed again when it is asked for again ten seconds later.
    """
    workspace = workspace or default_workspace()
    row = required_dataset(open_store(workspace), dataset_id)
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if len(rows) == 0 or rows[0] < 0 or rows[-1] >= row.n:
        raise InputError(
            f"Expected row numbers from 0 to {row.n - 1}; got {len(rows)} others. Choose a cluster."
        )
    key = _key(dataset_id, rows, peak)
    if not _path(workspace, key).is_file():
        chosen = sample(rows, peak)
        settings = {"key": key, "dataset_id": dataset_id, "rows": chosen.tolist(), "asked": len(rows)}
        _submit(workspace, key, settings)
    return key


def result(key: str, *, workspace: Workspace | None = None) -> Projection | None:
    """The projection, or None while it is computed. InputError says why it failed."""
    workspace = workspace or default_workspace()
    path = _path(workspace, key)
    if path.is_file():
        return _load(path)
    job = jobs.get(_job_id(key), workspace=workspace)
    if path.is_file():  # done since the first look
        return _load(path)
    if job is None or job.state == "done":
        raise InputError(
            "This projection was not asked for, or its cache was emptied. Open the cluster again."
        )
    if job.is_over and not _tried_again(workspace, job):
        why = job.error or f"it was {job.state}."
        raise InputError(f"The projection failed: {why} Open the cluster again in a while, or another one.")
    return None


def _tried_again(workspace: Workspace, job: JobRow) -> bool:
    """Queue once more what died with its process, once; True when it is on its way."""
    store = open_store(workspace)
    if job.state != "interrupted" or job.progress.get("again"):
        return False
    store.report_progress(job.id, {"again": True})
    store.requeue_job(job.id)
    jobs.start(workspace)
    return True


def _submit(workspace: Workspace, key: str, settings: dict[str, Any]) -> None:
    """Few rows are laid out here and now; the rest is a job, kept under the key so that two pages share it."""
    if len(settings["rows"]) < FEW:
        compute(workspace, settings)
        return
    store, dataset_id = open_store(workspace), settings["dataset_id"]
    store.forget_ended(_job_id(key), older_than=TRY_AGAIN_AFTER)
    store.add_job("projection", settings, job_id=_job_id(key), dataset_id=dataset_id)
    jobs.start(workspace)


def compute(workspace: Workspace, settings: dict[str, Any]) -> None:
    """Lay out the rows that `request` chose and keep the answer."""
    rows = np.array(settings["rows"], dtype=np.int64)
    x = np.asarray(open_dataset(settings["dataset_id"], workspace).x[rows])
    xy, method, note = layout(x)
    if len(rows) < settings["asked"]:
        note = f"{len(rows):,} of {settings['asked']:,} images, chosen at random. {note}".strip()
    with atomic_path(_path(workspace, settings["key"])) as temporary:
        np.savez(temporary, rows=rows, xy=xy, method=np.array(method), note=np.array(note))


def sample(rows: np.ndarray, peak: int | None) -> np.ndarray:
    """At most 2,000 of the rows, ascending, always the same ones; the peak stays in."""
    if len(rows) <= MANY:
        return rows
    chosen = np.random.default_rng(SEED).choice(rows, size=MANY, replace=False)
    if peak is not None and peak in rows and peak not in chosen:
        chosen[0] = peak
    ordered: np.ndarray = np.sort(chosen)
    return ordered


def layout(x: np.ndarray) -> tuple[np.ndarray, str, str]:
    """(float32 (m, 2), method, note) of m >= 1 unit rows."""
    if len(x) < FEW:
        return _pca(x), "pca", f"Fewer than {FEW} images: laid out by PCA, not UMAP."
    if np.ptp(x, axis=0).max() < SAME:
        return _pca(x), "pca", "All these images have the same embedding."
    return _umap(x), "umap", ""


def _pca(x: np.ndarray) -> np.ndarray:
    """The first two principal components, each with its largest value positive; zeros where there is none."""
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    xy = np.zeros((len(x), 2))
    used = min(2, len(s))
    xy[:, :used] = u[:, :used] * np.where(s[:used] > SAME, s[:used], 0)
    signs = np.sign(xy[np.abs(xy).argmax(axis=0), [0, 1]])
    return (xy * np.where(signs == 0, 1, signs)).astype(np.float32)


def _umap(x: np.ndarray) -> np.ndarray:
    with _umap_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "n_jobs overridden by random_state": known and wanted
        k = min(NEIGHBORS, len(x) - 1)
        fitted = _compiled_umap().UMAP(
            n_neighbors=k,
            metric="cosine",
            init="pca",
            n_epochs=EPOCHS,
            random_state=SEED,
            precomputed_knn=_nearest(x, k),
        )
        wide = np.pad(x, ((0, 0), (0, max(0, 2 - x.shape[1]))))  # umap starts from two principal components
        xy: np.ndarray = np.asarray(fitted.fit_transform(wide), dtype=np.float32)
        return xy


def _nearest(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row's k nearest rows and their cosine distances, itself first. Spares umap compiling its own search."""
    similarity = x @ x.T
    np.fill_diagonal(similarity, 2.0)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    distances = np.maximum(1 - np.take_along_axis(similarity, nearest, axis=1), 0)
    return nearest, distances.astype(np.float32)


def _compiled_umap() -> Any:
    """The umap package, told to keep its compiled functions on disk: 0.2 s instead of 7 in the next process."""
    import umap
    from umap import layouts, umap_

    slow = [getattr(umap_, name) for name in ("smooth_knn_dist", "compute_membership_strengths")]
    for function in (*slow, layouts._nb_optimize_layout_euclidean_single_epoch):
        with contextlib.suppress(RuntimeError):  # no folder that numba may write to: compiled every time
            function.enable_caching()
    return umap


def warm_up() -> None:
    """Import umap and let numba compile, so that the first cluster opened need not wait."""
    _umap(np.random.default_rng(SEED).normal(size=(64, 8)).astype(np.float32))


def _key(dataset_id: str, rows: np.ndarray, peak: int | None) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in (VERSION, dataset_id, str(peak), str((FEW, MANY, NEIGHBORS, EPOCHS, SEED))):
        digest.update(part.encode() + b"\0")
    digest.update(rows.tobytes())
    return mark_of(dataset_id) + digest.hexdigest()


def _job_id(key: str) -> str:
    return f"umap-{checked_id(key)}"


def _path(workspace: Workspace, key: str) -> Path:
    return workspace.projections_dir() / f"{checked_id(key)}.npz"


def _load(path: Path) -> Projection:
    with np.load(path, allow_pickle=False) as arrays:
        return Projection(arrays["rows"], arrays["xy"], str(arrays["method"]), str(arrays["note"]))
