"""The three long works: an import, a clustering, an export. Each asked for as a page does, and its result compared.

job_id = IMPORT.ask(place, given);  IMPORT.differs(place, job, kept) -> [] when it is the same to the byte
"""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hilander.config import ClusterConfig
from hilander.hierarchy.cuts import Cut
from hilander.services import datasets, exports, jobs, runs, trash
from hilander.services.clustering import cluster_dataset
from hilander.services.import_order import ImportOrder
from hilander.services.imports import run_import
from hilander.services.store import JobRow, new_id
from suite.intake.generated import Files
from suite.reliability.place import Place, until

CONFIG = ClusterConfig(knn="exact", device="cpu")
BASE, MANY, DIM = "base", "many", 64
MORE = 6  # times as many rows to cluster as images to import: both take some seconds then
OF_ITS_MAKING = ("created", "seconds")  # that a run says of itself


@dataclass(frozen=True)
class Given:
    """files : to import. There already: a data set "base" with images and a run of it, and rows to cluster, "many"."""

    files: Files


@dataclass(frozen=True)
class Work:
    """name : in the table;  ask : queue it, its job's id;  again : what a person presses after it failed;
    folder : what it made;  differs : how that differs from what was kept;  forget : remove it again."""

    name: str
    ask: Callable[[Place, Given], str]
    again: Callable[[Place, Given, str], str]
    folder: Callable[[Place, JobRow], Path]
    differs: Callable[[Path, Path], list[str]]
    forget: Callable[[Place, JobRow], None]


def make_base(place: Place, files: Files) -> Given:
    """What there is already, made by the services themselves."""
    workspace, store = place.workspace, place.store
    many = files.embeddings.with_name("many.npy")
    rows = MORE * len(np.load(files.embeddings, mmap_mode="r"))
    np.save(many, np.random.default_rng(2).standard_normal((rows, DIM), np.float32))
    run_import(workspace, store, ImportOrder(many, name="Many"), dataset_id=MANY)
    order = ImportOrder(files.embeddings, files.images, files.labels, "Base")
    run_import(workspace, store, order, dataset_id=BASE)
    cluster_dataset(workspace, store, BASE, CONFIG, run_id=BASE, name="base")
    return Given(files)


def _ask_import(place: Place, given: Given) -> str:
    files = given.files
    order = ImportOrder(files.embeddings, files.images, files.labels, "Imported", again=True)
    return place.store.add_job("import", order.to_dict(), name=order.name)


def _ask_clustering(place: Place, given: Given) -> str:
    return place.store.add_job("cluster", CONFIG.to_dict(), name="again", dataset_id=MANY, run_id=new_id())


def _ask_export(place: Place, given: Given) -> str:
    return f"export-{exports.request(_asked(), workspace=place.workspace)}"


def _asked() -> exports.Asked:
    return exports.Asked(BASE, Cut(1), "originals")


def _retry(place: Place, given: Given, job_id: str) -> str:
    return jobs.retry(job_id, workspace=place.workspace)


def _alike(one: Path, other: Path, without: tuple[str, ...] = ()) -> list[str]:
    names = sorted({path.name for folder in (one, other) for path in folder.iterdir()} - set(without))
    _, unlike, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return unlike + missing


def _runs_differ(one: Path, other: Path) -> list[str]:
    metas = [json.loads((folder / "run.json").read_text()) for folder in (one, other)]
    for meta in metas:
        for name in (*OF_ITS_MAKING, "name"):
            del meta[name]
    unlike = _alike(one, other, ("run.json", "checksums.json"))
    return unlike if metas[0] == metas[1] else [*unlike, "run.json"]


def _forget_data_set(place: Place, job: JobRow) -> None:
    assert job.dataset_id is not None
    datasets.delete_dataset(job.dataset_id, place.workspace)
    trash.purge("dataset", job.dataset_id, place.workspace)
    place.store.remove_job(job.id)


def _forget_run(place: Place, job: JobRow) -> None:
    assert job.run_id is not None
    runs.delete_run(job.run_id, place.workspace)
    trash.purge("run", job.run_id, place.workspace)
    place.store.remove_job(job.id)


def _forget_export(place: Place, job: JobRow) -> None:
    """Its row goes a moment after its files are there, and would take one that is asked for before along."""
    until(lambda: place.store.job(job.id) is None, 60, "the row of an export that is done to go")
    shutil.rmtree(_export_folder(place, job))


def _export_folder(place: Place, job: JobRow) -> Path:
    return place.workspace.exports_dir() / job.id.removeprefix("export-")


IMPORT = Work(
    "import",
    _ask_import,
    _retry,
    lambda place, job: place.workspace.dataset_dir(job.dataset_id or ""),
    _alike,
    _forget_data_set,
)
CLUSTERING = Work(
    "clustering",
    _ask_clustering,
    _retry,
    lambda place, job: place.workspace.run_dir(job.run_id or ""),
    _runs_differ,
    _forget_run,
)
EXPORT = Work(
    "export",
    _ask_export,
    lambda place, given, job_id: _ask_export(place, given),
    _export_folder,
    _alike,
    _forget_export,
)
WORKS = (IMPORT, CLUSTERING, EXPORT)
