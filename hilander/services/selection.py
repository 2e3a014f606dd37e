"""Images that somebody took out of a run by hand: kept as steps beside it, so that each can be undone.

    excluded(run_id) -> rows;  exclude, include -> one more step;  undo -> one fewer

The run itself does not change: who exports or counts asks here which rows to flag. The steps are files in the
run's folder and go with it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.services.store import open_store, required_run
from hilander.services.workspace import Workspace, default_workspace

FOLDER, OUT, IN = "excluded", "out", "in"


def excluded(run_id: str, *, workspace: Workspace | None = None) -> np.ndarray:
    """int64, ascending: the rows that are excluded now; empty when there are none, or no such run."""
    rows = np.empty(0, np.int64)
    for path in _steps(_folder(run_id, workspace)):
        step = np.load(path, allow_pickle=False)
        rows = np.union1d(rows, step) if path.stem.endswith(OUT) else np.setdiff1d(rows, step)
    return rows


def exclude(run_id: str, rows: np.ndarray, *, workspace: Workspace | None = None) -> None:
    """Take these rows out, as one step."""
    _add(run_id, rows, OUT, workspace)


def include(run_id: str, rows: np.ndarray, *, workspace: Workspace | None = None) -> None:
    """Take these rows in again, as one step."""
    _add(run_id, rows, IN, workspace)


def undo(run_id: str, *, workspace: Workspace | None = None) -> None:
    """Take the last step back; nothing where there is none."""
    for path in _steps(_folder(run_id, workspace))[-1:]:
        path.unlink(missing_ok=True)


def steps(run_id: str, *, workspace: Workspace | None = None) -> int:
    """How many steps can be undone."""
    return len(_steps(_folder(run_id, workspace)))


def _add(run_id: str, rows: np.ndarray, way: str, workspace: Workspace | None) -> None:
    workspace = workspace or default_workspace()
    run = required_run(open_store(workspace), run_id)
    dataset = open_store(workspace).dataset(run.dataset_id)
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if len(rows) == 0 or rows[0] < 0 or (dataset is not None and rows[-1] >= dataset.n):
        raise InputError(f"Expected rows of the run's images; got {len(rows)}. Select some first.")
    folder = _folder(run_id, workspace)
    with workspace.lock(f"excluded-{run_id}"[:64]):
        folder.mkdir(exist_ok=True)
        number = 1 + max((int(path.stem.split("-")[0]) for path in _steps(folder)), default=0)
        with atomic_path(folder / f"{number:06d}-{way}.npy") as temporary:
            np.save(temporary, rows)


def _folder(run_id: str, workspace: Workspace | None) -> Path:
    return (workspace or default_workspace()).run_dir(run_id) / FOLDER


def _steps(folder: Path) -> list[Path]:
    """The steps in order. One that is being written has another kind of name."""
    return sorted(folder.glob("[0-9]*-*.npy"))
