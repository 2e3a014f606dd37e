"""Find and remove what killed processes left in the workspace.

    with announced(store, folder): ...    around the moments when a folder's files and its row disagree
    sweep(workspace, store)               removes what is a day old and belongs to nothing

A folder of a data set, a run or a checkpoint is removed only when this very store announced it: a store that does not
know a folder may be the wrong one, and the data would be gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hilander.io.atomic import remove
from hilander.services.store import Store
from hilander.services.workspace import Workspace, mark_of

UNFINISHED, PUT_ASIDE = ".*.part*", ".*.old"  # what hilander.io.atomic calls them
IMPORT_LOCK, WORK_SUFFIX = "import-", ".import"  # of imports that are not finished: datasets/.KEY.import
DAY = 86_400.0
TRAIN_LOCK = "train-"  # what the name of a training's lock begins with


@contextmanager
def announced(store: Store, *folders: Path) -> Iterator[None]:
    """Tell the store of data set, run or checkpoint folders that are about to be filled or removed.

    When the block raises, or its process dies, the announcement stays and `sweep` looks after the folder.
    """
    names = [f"{folder.parent.name}/{folder.name}" for folder in folders]
    for name in names:
        store.announce(name)
    yield
    for name in names:
        store.settle(name)


def sweep(workspace: Workspace, store: Store, older_than: float = DAY) -> None:
    """Remove what is older than `older_than` s: half-made files, uploads nobody imported, exports, lost folders."""
    before = time.time() - older_than
    homes = (
        workspace.datasets_dir(),
        workspace.runs_dir(),
        workspace.checkpoints_dir(),
        workspace.projections_dir(),
    )
    unfinished = [path for home in homes for path in home.glob(UNFINISHED)]
    unfinished += workspace.datasets_dir().glob(f".*{WORK_SUFFIX}")
    passing = [*workspace.staging_dir().iterdir(), *workspace.exports_dir().iterdir()]
    for path in [*unfinished, *_replaced(homes), *passing]:
        _remove_old(path, before)
    of_nothing = [*_projections_of_nothing(workspace, store), *_trainings_of_nobody(workspace, store)]
    for path in [*of_nothing, *_locks_of_no_import(workspace)]:
        _remove_old(path, before)
    for name, since in store.announced().items():
        if since < before:
            _settle(workspace, store, name)


def _replaced(homes: tuple[Path, ...]) -> list[Path]:
    """Folders that were put aside for others which are there; without the other it is the only copy."""
    aside = [path for home in homes for path in home.glob(PUT_ASIDE)]
    return [path for path in aside if path.with_name(path.name[1:].rsplit(".", 2)[0]).exists()]


def _projections_of_nothing(workspace: Workspace, store: Store) -> list[Path]:
    files = list(workspace.projections_dir().glob("[!.]*.npz"))
    known = tuple(mark_of(row.id) for row in store.datasets())
    return [path for path in files if not path.name.startswith(known)]


def _trainings_of_nobody(workspace: Workspace, store: Store) -> list[Path]:
    """What trainings kept to go on, and their locks, where no job is left that could."""
    known = {str(job.settings["checkpoint"]) for job in store.jobs(kinds=["train"])}
    kept = [path for path in workspace.trainings_dir().iterdir() if path.name not in known]
    locks = workspace.locks_dir().glob(f"{TRAIN_LOCK}*.lock")
    return kept + [path for path in locks if path.stem.removeprefix(TRAIN_LOCK) not in known]


def _locks_of_no_import(workspace: Workspace) -> list[Path]:
    """Locks of imports that have no folder: they ended. One that goes on for days has its folder."""
    work = {
        path.name[1:].removesuffix(WORK_SUFFIX) for path in workspace.datasets_dir().glob(f".*{WORK_SUFFIX}")
    }
    locks = workspace.locks_dir().glob(f"{IMPORT_LOCK}*.lock")
    return [path for path in locks if path.stem.removeprefix(IMPORT_LOCK) not in work]


def _remove_old(path: Path, before: float) -> None:
    with suppress(FileNotFoundError):  # finished, or staged, since it was listed
        if path.stat().st_mtime < before:
            remove(path)


def _settle(workspace: Workspace, store: Store, name: str) -> None:
    """Remove an announced folder that has no row, and forget the announcement once that is so."""
    folder = workspace.root / name
    find: dict[Path, Callable[[str], object]] = {
        workspace.datasets_dir(): store.dataset,
        workspace.runs_dir(): store.run,
        workspace.checkpoints_dir(): store.checkpoint,
    }
    row = find[folder.parent](folder.name)
    if row is None:
        remove(folder)
    if row is not None or not folder.exists():
        store.settle(name)
