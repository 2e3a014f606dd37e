"""A map of all images of a run: asked for by pages, laid out once a run in a process of its own, cached on disk.

    key = request(run_id);  projection.result(key) -> Projection | None;  projection.progress(key)

Above 50,000 images it shows that many, chosen at random. The work itself is image_layout.py's.
"""

from __future__ import annotations

import numpy as np

from hilander.services import projection
from hilander.services.people import LOCAL
from hilander.services.store import open_store, required_dataset, required_run
from hilander.services.workspace import Workspace, default_workspace

LIMIT, SEED = 50_000, 0


def request(run_id: str, *, owner: str = LOCAL.id, workspace: Workspace | None = None) -> str:
    """Ask for the map and return its key at once. Asking again costs a file check.

    Raises
    ------
    InputError   there is no such run
    """
    workspace = workspace or default_workspace()
    run = required_run(open_store(workspace), run_id)
    dataset = required_dataset(open_store(workspace), run.dataset_id)
    key = projection.key_of(dataset.id, "images", run_id, str((LIMIT, SEED)))
    if not projection.path_of(workspace, key).is_file():
        settings = {"key": key, "dataset_id": dataset.id, "run_id": run_id}
        projection.submit(workspace, "map", key, settings, owner)
    return key


def chosen(n: int) -> np.ndarray:
    """int64, ascending: all of n rows, or 50,000 of them at random, always the same ones."""
    if n <= LIMIT:
        return np.arange(n)
    ordered: np.ndarray = np.sort(np.random.default_rng(SEED).choice(n, size=LIMIT, replace=False))
    return ordered


def shown(n: int) -> int:
    """How many of n images the map shows."""
    return min(n, LIMIT)
