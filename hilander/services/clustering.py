"""Cluster a data set of the workspace and keep the result as a run.

The computation is hilander.api.cluster; this module only files what comes out of it. Heavy to import
(torch): pages read runs through runs.py.
"""

from __future__ import annotations

import time

import numpy as np

from hilander.api import cluster, level_settings
from hilander.config import ClusterConfig
from hilander.errors import AwayError, Cancelled
from hilander.hierarchy.build import ProgressCallback
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.progress import Stopwatch
from hilander.hierarchy.record import facts
from hilander.hierarchy.run import Run
from hilander.io.atomic import remove
from hilander.io.checksums import raise_found
from hilander.model.checkpoint import load_checkpoint
from hilander.model.predict import resolve_device
from hilander.model.shift import Shift, compare
from hilander.services.checkpoints import check_there, own_id, title_of
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.leftovers import announced
from hilander.services.runs import default_name
from hilander.services.store import RunRow, Store, now
from hilander.services.workspace import Workspace
from hilander.views.levels import level_table


def cluster_dataset(
    workspace: Workspace,
    store: Store,
    dataset_id: str,
    config: ClusterConfig,
    *,
    run_id: str,
    name: str = "",
    progress: ProgressCallback | None = None,
) -> RunRow:
    """Cluster a data set and keep the result as a run; nothing is left behind when it fails or is cancelled."""
    check_there(config.checkpoint, workspace, store)
    dataset = open_dataset(dataset_id, workspace)
    began = time.monotonic()
    checkpoint = load_checkpoint(config.checkpoint)
    settings = level_settings(config, checkpoint, resolve_device(config.device))
    first, watch = FirstLevel.beside(checkpoint.home), Stopwatch(progress)
    hierarchy = cluster(dataset.x, config=config, progress=watch, observe=first)
    raise_found(workspace.dataset_dir(dataset_id))  # read whole meanwhile
    seconds = round(time.monotonic() - began, 3)
    row = RunRow(
        id=run_id,
        dataset_id=dataset_id,
        name=name or default_name(config),
        settings=config.to_dict(),
        created=now(),
        state="ready",
        summary=summary(hierarchy, None if dataset.labels is None else dataset.labels.codes, seconds),
    )
    meta = _meta(row, dataset, compare(first.profile, checkpoint.home))
    meta |= facts(checkpoint, settings, first, watch, dataset.row.dim)
    if own_id(config.checkpoint, workspace):  # its folder is called by its id
        meta["checkpoint"] = title_of(config.checkpoint, workspace)
    run = Run(hierarchy, np.array(dataset.ids), meta, first.image_graph(dataset.x), first.wholes)
    _keep(workspace, store, row, run)
    return row


def summary(hierarchy: Hierarchy, codes: np.ndarray | None, seconds: float) -> dict[str, object]:
    """What lists of runs show: the level table, and the counts at the natural level; `codes` of known labels."""
    levels = [row.to_dict() for row in level_table(hierarchy, codes)]
    return {
        "levels": levels,
        "n_levels": hierarchy.n_levels,
        "natural_level": hierarchy.natural_level,
        "clusters": levels[hierarchy.natural_level]["clusters"],
        "seconds": seconds,
    }


def _meta(row: RunRow, dataset: Dataset, shift: Shift) -> dict[str, object]:
    return {
        "settings": row.settings,
        "name": row.name,
        "dataset": {"id": dataset.row.id, "name": dataset.row.name, "n": dataset.n, "dim": dataset.row.dim},
        "seconds": row.summary["seconds"],
        "created": row.created.isoformat(timespec="seconds"),
        "shift": shift.to_dict(),
    }


def _keep(workspace: Workspace, store: Store, row: RunRow, run: Run) -> None:
    """Files first, then the row; both go again when the data set was deleted meanwhile."""
    folder = workspace.run_dir(row.id)
    with announced(store, folder):
        try:
            run.save(folder)
            store.add_run(row)
            if store.dataset(row.dataset_id) is None:
                store.remove_run(row.id)
                raise Cancelled
        except AwayError:
            raise  # the row may be there; what was announced is looked after (leftovers.py)
        except BaseException:
            remove(folder)
            raise
