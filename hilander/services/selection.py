"""Images that somebody took out of a run by hand: steps in the journal, so that each can be undone.

    excluded(run_id) -> rows;  exclude, include -> one more step

The run itself does not change: who exports or counts asks here which rows to flag.
"""

from __future__ import annotations

import numpy as np

from hilander.errors import InputError
from hilander.services import before_journal
from hilander.services.exclusions import IN, ITEM, OUT, Way, turn
from hilander.services.journal import EXCLUSION
from hilander.services.rows_text import rows_of
from hilander.services.store import open_store, required_run
from hilander.services.workspace import Workspace, default_workspace


def excluded(run_id: str, *, workspace: Workspace | None = None) -> np.ndarray:
    """int64, ascending: the rows that are excluded now; empty when there are none, or no such run."""
    store = open_store(workspace or default_workspace())
    before_journal.take_exclusions(store, run_id)
    found = store.annotations(run_id, EXCLUSION, item=ITEM)
    return rows_of(found[0].value or "") if found else np.empty(0, np.int64)


def exclude(run_id: str, rows: np.ndarray, *, who: str, workspace: Workspace | None = None) -> None:
    """Take these rows out, as one step."""
    _turn(run_id, rows, OUT, who, workspace)


def include(run_id: str, rows: np.ndarray, *, who: str, workspace: Workspace | None = None) -> None:
    """Take these rows in again, as one step."""
    _turn(run_id, rows, IN, who, workspace)


def _turn(run_id: str, rows: np.ndarray, way: Way, who: str, workspace: Workspace | None) -> None:
    store = open_store(workspace or default_workspace())
    dataset = store.dataset(required_run(store, run_id).dataset_id)
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if len(rows) == 0 or rows[0] < 0 or (dataset is not None and rows[-1] >= dataset.n):
        raise InputError(f"Expected rows of the run's images; got {len(rows)}. Select some first.")
    before_journal.take_exclusions(store, run_id)
    with store.annotating(run_id) as held:
        turn(held, rows, way, who=who)
