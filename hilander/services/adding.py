"""Add the images of a data set to a run of another: a new data set of both, and its run, beside the two.

The computation is hilander.api.add, the files are joined.py's; this module only files what comes out, and takes along
what people said of the old run: its rows, peaks and clusters stand. Heavy to import (torch).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hilander import api
from hilander.errors import AwayError, Cancelled, InputError
from hilander.hierarchy.addition import Addition
from hilander.hierarchy.making import ADDED
from hilander.hierarchy.progress import ProgressCallback
from hilander.hierarchy.run import Run
from hilander.io.atomic import remove
from hilander.io.checksums import raise_found
from hilander.services.add_order import AddOrder
from hilander.services.carried import carry
from hilander.services.checkpoints import check_there
from hilander.services.clustering import summary
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.joined import check_embedders, joined_ids, misfit, write_joined
from hilander.services.leftovers import announced
from hilander.services.originals import originals_paths
from hilander.services.people import LOCAL
from hilander.services.runs import open_run
from hilander.services.store import DatasetRow, RunRow, Store, now, required_run
from hilander.services.workspace import Workspace

_SAID = re.compile(r", [\d,]+ images? added$")


def add_images(
    workspace: Workspace,
    store: Store,
    order: AddOrder,
    *,
    run_id: str,
    owner: str = LOCAL.id,
    progress: ProgressCallback | None = None,
    saving: Callable[[int, int], None] = lambda done, total: None,
) -> RunRow:
    """Do what `order` says; `run_id` is the new run's. Nothing is left behind when it fails or is cancelled.

    `progress` hears of levels, `saving` of rows written and how many there are; both may raise Cancelled.

    Raises
    ------
    InputError   the images cannot stand beside those of the run, are there already, or were embedded by another
                 embedder; the checkpoint is gone or has other weights than those that made the run
    """
    row = required_run(store, order.run)
    check_there(str(row.settings.get("checkpoint", "")), workspace, store)
    both = open_dataset(row.dataset_id, workspace), open_dataset(order.new, workspace)
    check_embedders(workspace, *both)
    made, seconds = _added(row, both, open_run(order.run, workspace), progress)
    dataset_dir, run_dir = workspace.dataset_dir(order.dataset), workspace.run_dir(run_id)
    with announced(store, dataset_dir, run_dir):
        try:
            images = _originals(store, both)
            labels = write_joined(
                workspace, order.dataset, both, made.run.id_list(), images=images, tell=saving
            )
            _check_there_still(workspace, store, both)
            dataset = _dataset_row(order, both, owner, has_labels=labels is not None)
            shown = summary(made.run.hierarchy, None if labels is None else labels.codes, seconds)
            new = _run_row(run_id, row, dataset, made) | {"summary": shown | {ADDED: counts(made)}}
            added = RunRow(**new)
            replace(made.run, meta=_meta(made, added, dataset, seconds)).save(run_dir)
            store.add_run(added)
            carry(store, order.run, run_id)
            store.add_dataset(dataset)  # the last: until then nobody finds the run
        except AwayError:
            raise  # the rows may be there; what was announced is looked after (leftovers.py)
        except BaseException:
            store.remove_run(run_id)
            remove(run_dir)
            remove(dataset_dir)
            raise
    return added


def counts(made: Addition) -> dict[str, int]:
    """What became of the new images, at the natural level; of how many old ones, and of the last full run's."""
    joined = int(made.joined.sum())
    return {"new": made.new, "joined": joined, "clusters": made.clusters, "old": made.old, "full": made.full}


def _added(
    row: RunRow, both: tuple[Dataset, Dataset], run: Run, progress: ProgressCallback | None
) -> tuple[Addition, float]:
    """The run with the images in it, and the seconds that it took."""
    old, new = both
    if fault := misfit(old.row, new.row):
        raise InputError(fault)
    began = time.monotonic()
    ids, device = joined_ids(old, new), row.settings.get("device", "auto")
    made = api.add(run, old.x, new.x, ids=ids, progress=progress, device=device)
    return made, round(time.monotonic() - began, 3)


def _originals(store: Store, both: tuple[Dataset, Dataset]) -> list[str] | None:
    """Where the images of both lie, if they still do."""
    places = [originals_paths(part, store) for part in both]
    return [str(path.resolve()) for part in places for path in part] if all(places) else None


def _check_there_still(workspace: Workspace, store: Store, both: tuple[Dataset, Dataset]) -> None:
    """Neither data set was damaged or deleted meanwhile."""
    for part in both:
        raise_found(workspace.dataset_dir(part.row.id))
        if store.dataset(part.row.id) is None:
            raise Cancelled


def _dataset_row(
    order: AddOrder, both: tuple[Dataset, Dataset], owner: str, *, has_labels: bool
) -> DatasetRow:
    old, new = both
    return DatasetRow(
        id=order.dataset,
        name=order.name,
        n=old.n + new.n,
        dim=old.row.dim,
        has_images=old.row.has_images,
        has_labels=has_labels,
        created=now(),
        note=f"{new.n:,} images of {new.row.name!r}, added to the {old.n:,} of {old.row.name!r}.",
        state="ready",
        owner=owner,
    )


def _run_row(run_id: str, old: RunRow, dataset: DatasetRow, made: Addition) -> dict[str, Any]:
    """All of the new run's row but its summary; its name counts what was added since the last full run."""
    since = made.run.hierarchy.n - made.full
    return {
        "id": run_id,
        "dataset_id": dataset.id,
        "name": f"{_SAID.sub('', old.name)}, {since:,} image{'s' * (since != 1)} added",
        "settings": old.settings,
        "created": now(),
        "state": "ready",
    }


def _meta(made: Addition, row: RunRow, dataset: DatasetRow, seconds: float) -> dict[str, Any]:
    return made.run.meta | {
        "name": row.name,
        "dataset": {"id": dataset.id, "name": dataset.name, "n": dataset.n, "dim": dataset.dim},
        "created": row.created.isoformat(timespec="seconds"),
        "added_seconds": seconds,
    }
