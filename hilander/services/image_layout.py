"""Lays out all images of a run: the work behind image_map.py, in a process of its own.

    run_apart(workspace, store, job)            what the job process calls: starts, watches and stops
    python -m hilander.services.image_layout WORKSPACE JOB_ID        what it starts

A process of its own, because numba holds the interpreter while it moves the points: a clustering or the map of one
cluster would wait for it. Neighbours come from the graph that the run keeps; they are searched among the images
shown where these are a sample, or an older run keeps none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import Cancelled, InputError
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.image_graph import ImageGraph
from hilander.services import image_map, projection
from hilander.services.datasets import open_dataset
from hilander.services.layout import FEW, NEIGHBORS, lay_out, layout, principal
from hilander.services.projection import Projection
from hilander.services.runs import open_run
from hilander.services.store import JobRow, Store, open_store
from hilander.services.workspace import Workspace

REPORT_EVERY, LOOK_EVERY = 0.4, 0.3  # s
MISTAKE = 3  # exit code of a failure whose message is for people
SEARCHED = "This run keeps no k-NN graph: the neighbours were searched for this map."
Tell = Callable[[str, float], None]


def run_apart(workspace: Workspace, store: Store, job: JobRow) -> None:
    """Have a new process do the job; Cancelled, InputError or RuntimeError as it ends."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(workspace.root), job.id],
            stdin=subprocess.PIPE,  # its end tells the process that this one is gone
            stderr=said,
        )
        try:
            while process.poll() is None:
                if store.wants_cancel(job.id):
                    raise Cancelled
                time.sleep(LOOK_EVERY)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        _check(process.returncode, said.read().decode(errors="replace").strip())


def _check(code: int, said: str) -> None:
    if code == MISTAKE:
        raise InputError(said.splitlines()[-1])
    if code < 0:
        raise MemoryError  # killed, and not by us: the system was short of memory
    if code:
        raise RuntimeError(said)


def compute(workspace: Workspace, settings: dict[str, Any], tell: Tell = lambda stage, share: None) -> None:
    """Lay out the run's images and keep the answer where `projection.result` finds it."""
    dataset, run = open_dataset(settings["dataset_id"], workspace), open_run(settings["run_id"], workspace)
    rows = image_map.chosen(dataset.n)
    tell("reading", 0.0)
    x = np.asarray(dataset.x[rows])
    notes = []
    if len(rows) < dataset.n:
        notes.append(f"{len(rows):,} of {dataset.n:,} images, chosen at random.")
    if len(rows) < FEW or (x == x[0]).all():
        xy, method, note = layout(x)
        notes.append(note)
    else:
        if run.graph is None:
            notes.append(SEARCHED)
        whole = run.graph if len(rows) == dataset.n else None
        near = searched(x, lambda share: tell("knn", share)) if whole is None else of_graph(whole)
        xy, method = lay_out(*near, principal(x), lambda share: tell("umap", share)), "umap"
    projection.keep(workspace, settings["key"], Projection(rows, xy, method, " ".join(filter(None, notes))))


def of_graph(graph: ImageGraph, k: int = NEIGHBORS) -> tuple[np.ndarray, np.ndarray]:
    """Each image's k nearest and their cosine distances, itself first: int64 and float32 (n, k).

    Of exact copies, each has the first of them next to itself.
    """
    own = np.arange(graph.n)
    node = own if graph.node is None else np.asarray(graph.node)
    near, distance = graph.neighbors[node][:, : k - 1], 1 - graph.similarity[node][:, : k - 1]
    near, distance = near.astype(np.int64), np.maximum(distance, 0).astype(np.float32)
    first = np.unique(node, return_index=True)[1][node]
    copies = np.flatnonzero(first != own)
    near[copies, 1:], distance[copies, 1:] = near[copies, :-1], distance[copies, :-1]
    near[copies, 0], distance[copies, 0] = first[copies], 0
    return _itself_first(own, near, distance)


def searched(
    x: np.ndarray, share: Callable[[float], None], k: int = NEIGHBORS
) -> tuple[np.ndarray, np.ndarray]:
    """The same, found among these rows."""
    graph = KnnGraph.from_unit(x, k=min(k, len(x)), progress=share)
    distance = np.maximum(1 - graph.similarity, 0).astype(np.float32)
    return _itself_first(np.arange(len(x)), graph.neighbors, distance)


def _itself_first(own: np.ndarray, near: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    zero = np.zeros((len(own), 1), np.float32)
    return np.concatenate([own[:, None], near], axis=1), np.concatenate([zero, distance], axis=1)


def _teller(store: Store, job: JobRow) -> Tell:
    last = 0.0

    def tell(stage: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last > REPORT_EVERY:
            last = time.monotonic()
            store.report_progress(job.id, job.progress | {"stage": stage, "fraction": round(share, 3)})

    return tell


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not its buffer: Python could not end while it is read
        pass
    os._exit(1)


def main(root: str, job_id: str) -> int:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    workspace = Workspace(Path(root))
    store = open_store(workspace)
    job = store.job(job_id)
    if job is None:
        return 0
    try:
        compute(workspace, job.settings, _teller(store, job))
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n".replace("\n", " "))
        return MISTAKE
    return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
