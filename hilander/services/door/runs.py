"""Runs as a visitor may see them; a run is of its data set, and so is who may do what with it."""

from __future__ import annotations

from hilander.hierarchy.run import Run
from hilander.io.checksums import raise_found
from hilander.services import joined
from hilander.services import runs as beneath
from hilander.services.access import Action
from hilander.services.datasets import Dataset
from hilander.services.door.visit import Visit, listed, on_run
from hilander.services.store import DatasetRow, RunRow, required_dataset, required_run


@listed
def runs(visit: Visit, dataset_id: str | None = None) -> list[RunRow]:
    """Those of one data set or of all that the visitor may see, newest first."""
    return visit.store.runs(dataset_id, visit.person)


@on_run(Action.VIEW)
def run(visit: Visit, run_id: str) -> RunRow:
    return required_run(visit.store, run_id)


@on_run(Action.VIEW)
def open_run(visit: Visit, run_id: str) -> Run:
    return beneath.open_run(run_id, visit.workspace)


@on_run(Action.COMPUTE)
def fitting(visit: Visit, run_id: str) -> list[DatasetRow]:
    """The data sets, of those that the visitor may see, whose images could be added to the run; newest first."""
    old = required_dataset(visit.store, required_run(visit.store, run_id).dataset_id)
    return [row for row in visit.store.datasets(visit.person) if not joined.misfit(old, row)]


@on_run(Action.COMPUTE)
def clash(visit: Visit, run_id: str, old: Dataset, new: Dataset) -> str:
    """Why the images of `new` cannot be added to those of the run's data set, by their names; else empty."""
    return joined.clash(old, new)


@on_run(Action.VIEW)
def check_whole(visit: Visit, run_id: str) -> bool:
    """InputError where the files of an opened one are damaged since; True where whole ones replaced them."""
    return raise_found(visit.workspace.run_dir(run_id))


@on_run(Action.DELETE)
def delete_run(visit: Visit, run_id: str) -> None:
    beneath.delete_run(run_id, visit.workspace)
