"""Data sets as a visitor may see them: lists, opened ones, deletion, and what they take of the disk."""

from __future__ import annotations

from dataclasses import replace

from hilander.io.checksums import raise_found
from hilander.services import datasets as beneath
from hilander.services import disk as disks
from hilander.services.access import SERVER, Action
from hilander.services.datasets import Dataset
from hilander.services.disk import Usage
from hilander.services.door.visit import Visit, listed, on_dataset
from hilander.services.originals import originals_paths
from hilander.services.store import DatasetRow, required_dataset


@listed
def datasets(visit: Visit) -> list[DatasetRow]:
    """Those that the visitor may see, newest first."""
    return visit.store.datasets(visit.person)


@listed
def editable(visit: Visit) -> list[DatasetRow]:
    """Those that the visitor may cluster and train on, newest first."""
    return visit.store.datasets(visit.person, "edit")


@on_dataset(Action.VIEW)
def dataset(visit: Visit, dataset_id: str) -> DatasetRow:
    return required_dataset(visit.store, dataset_id)


@on_dataset(Action.VIEW)
def open_dataset(visit: Visit, dataset_id: str) -> Dataset:
    return beneath.open_dataset(dataset_id, visit.workspace)


@on_dataset(Action.VIEW)
def check_whole(visit: Visit, dataset_id: str) -> bool:
    """InputError where the files of an opened one are damaged since; True where whole ones replaced them."""
    return raise_found(visit.workspace.dataset_dir(dataset_id))


@on_dataset(Action.EXPORT)
def has_originals(visit: Visit, dataset_id: str, dataset: Dataset) -> bool:
    """Whether the images that it was made of are still on the server; looks inside nothing."""
    return bool(originals_paths(dataset, visit.store))


@on_dataset(Action.DELETE)
def delete_dataset(visit: Visit, dataset_id: str) -> None:
    beneath.delete_dataset(dataset_id, visit.workspace)


@listed
def disk(visit: Visit) -> Usage:
    """What the visitor's data sets take; `total` is the whole workspace for whoever may know that, else their sum."""
    found = disks.usage(visit.workspace, visit.store)
    seen = {row.id for row in visit.store.datasets(visit.person)}
    own = {dataset_id: size for dataset_id, size in found.datasets.items() if dataset_id in seen}
    total = found.total if visit.may(Action.SEE_DISK, SERVER) else sum(own.values())
    return replace(found, datasets=own, total=total)
