"""Find and remove what killed processes left in the workspace.

    with announced(store, folder): ...    around the moments when a folder's files and its row disagree
    leftovers(workspace, store)           what is a day old and belongs to nothing; sweep(workspace, store) removes it

A folder of a data set, a run or a checkpoint is removed only when this very store announced it: a store that does not
know a folder may be the wrong one, and the data would be gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hilander.io.atomic import remove
from hilander.services.in_use import is_needed, needed
from hilander.services.store import Kind, Store
from hilander.services.workspace import Workspace, mark_of

UNFINISHED, PUT_ASIDE = ".*.part*", ".*.old"  # what hilander.io.atomic calls them
IMPORT_LOCK, WORK_SUFFIX = "import-", ".import"  # of imports that are not finished: datasets/.KEY.import
RESTORED = ".restore.{}.part"  # what a backup is unpacked into
DAY = 86_400.0
TRAIN_LOCK = "train-"  # what the name of a training's lock begins with
KINDS: dict[str, Kind] = {
    "datasets": "dataset",
    "runs": "run",
    "checkpoints": "checkpoint",
}  # folders: their rows


@dataclass(frozen=True)
class Leftover:
    """A file or folder that belongs to nothing, and what it is in words."""

    path: Path
    what: str


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
    """Remove what `leftovers` finds, and forget the announcements of folders that are there or gone."""
    for left in leftovers(workspace, store, older_than):
        remove(left.path)
    for name in _announced(store, older_than):
        folder = workspace.root / name
        if _has_row(store, folder) or not folder.exists():
            store.settle(name)


def leftovers(workspace: Workspace, store: Store, older_than: float = DAY) -> list[Leftover]:
    """What is older than `older_than` s, and no job needs it: half-made files, uploads nobody imported, exports, logs,
    lost folders."""
    before = time.time() - older_than
    homes = (
        workspace.datasets_dir(),
        workspace.runs_dir(),
        workspace.checkpoints_dir(),
        workspace.projections_dir(),
    )
    kinds: list[tuple[str, Iterable[Path]]] = [
        ("half-made", (path for home in homes for path in home.glob(UNFINISHED))),
        ("of an import that nobody goes on with", workspace.datasets_dir().glob(f".*{WORK_SUFFIX}")),
        ("of an import that is over", _locks_of_no_import(workspace)),
        ("of a restore that nobody goes on with", workspace.root.glob(RESTORED.format("*"))),
        ("of a download", workspace.cache_dir().glob("tmp*")),  # what Python calls temporary folders
        ("replaced", _replaced(homes)),
        ("an upload that nobody imported", workspace.staging_dir().iterdir()),
        ("an export", workspace.exports_dir().iterdir()),
        ("a log of nothing", _logs_of_nothing(workspace, store)),
        ("a projection of nothing", _projections_of_nothing(workspace, store)),
        ("of a training of nobody", _trainings_of_nobody(workspace, store)),
    ]
    old = [Leftover(path, what) for what, paths in kinds for path in paths if _is_old(path, before)]
    names = needed(store, datetime.fromtimestamp(before, UTC))  # asked after: a job may be new
    found = [it for it in old if not is_needed(it.path, names)]
    folders = [workspace.root / name for name in _announced(store, older_than)]
    lost = [path for path in folders if path.exists() and not _has_row(store, path)]
    return found + [Leftover(path, "made or removed by half") for path in lost]


def _replaced(homes: tuple[Path, ...]) -> list[Path]:
    """Folders that were put aside for others which are there; without the other it is the only copy."""
    aside = [path for home in homes for path in home.glob(PUT_ASIDE)]
    return [path for path in aside if path.with_name(path.name[1:].rsplit(".", 2)[0]).exists()]


def _projections_of_nothing(workspace: Workspace, store: Store) -> list[Path]:
    files = list(workspace.projections_dir().glob("[!.]*.npz"))
    known = tuple(mark_of(dataset_id) for dataset_id in store.ids("dataset"))
    return [path for path in files if not path.name.startswith(known)]


def _logs_of_nothing(workspace: Workspace, store: Store) -> list[Path]:
    """Logs of jobs that nobody lists any more."""
    known = {*store.job_ids(), "host"}
    return [path for path in workspace.logs_dir().glob("*.log") if path.stem not in known]


def _trainings_of_nobody(workspace: Workspace, store: Store) -> list[Path]:
    """What trainings kept to go on, and their locks, where no job is left that could."""
    known = {str(job.settings["checkpoint"]) for job in store.train_jobs_of()}
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


def _is_old(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:  # finished, or staged, since it was listed
        return False


def _announced(store: Store, older_than: float) -> list[str]:
    before = time.time() - older_than
    return [name for name, since in store.announced().items() if since < before]


def _has_row(store: Store, folder: Path) -> bool:
    """Whether this store knows the folder of a data set, a run or a checkpoint, be it in the trash."""
    return folder.name in store.ids(KINDS[folder.parent.name])
