"""Maps as a visitor may see them. A key is good for the data set that it was made for, and for no other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.services import image_map
from hilander.services import projection as beneath
from hilander.services.access import Action
from hilander.services.door.visit import Visit, on_dataset, on_run
from hilander.services.projection import Projection
from hilander.services.workspace import mark_of


@on_dataset(Action.VIEW)
def request(
    visit: Visit,
    dataset_id: str,
    rows: np.ndarray,
    peak: int | None = None,
    *,
    ghosts: Iterable[int] = (),
    noun: str = "images",
) -> str:
    """Ask for the map of some rows; its key."""
    who, workspace = visit.person.id, visit.workspace
    return beneath.request(dataset_id, rows, peak, ghosts=ghosts, noun=noun, owner=who, workspace=workspace)


@on_run(Action.VIEW)
def request_all(visit: Visit, run_id: str) -> str:
    """Ask for the map of all images; its key."""
    return image_map.request(run_id, owner=visit.person.id, workspace=visit.workspace)


@on_dataset(Action.VIEW)
def result(visit: Visit, dataset_id: str, key: str) -> Projection | None:
    return beneath.result(_checked(dataset_id, key), workspace=visit.workspace)


@on_dataset(Action.VIEW)
def is_there(visit: Visit, dataset_id: str, key: str) -> bool:
    return beneath.is_there(_checked(dataset_id, key), workspace=visit.workspace)


@on_dataset(Action.VIEW)
def progress(visit: Visit, dataset_id: str, key: str) -> dict[str, Any]:
    return beneath.progress(_checked(dataset_id, key), workspace=visit.workspace)


def _checked(dataset_id: str, key: str) -> str:
    if not key.startswith(mark_of(dataset_id)):
        raise InputError("This map is of another data set. Open it again.")
    return key
