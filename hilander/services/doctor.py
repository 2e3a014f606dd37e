"""Look at the whole workspace and say what is wrong with it, and what to do about each thing.

    examine(workspace, store) -> findings;  a finding that can be mended without losing anything has `mend`

Nothing is removed that another database may own: a folder that this one does not know is only named, unless
`remove_unknown` says that it may go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hilander.errors import InputError
from hilander.hierarchy.run import Run
from hilander.io.atomic import remove
from hilander.io.checksums import FILE, faults, write_checksums
from hilander.model.checkpoint_info import read_head
from hilander.services import before_journal, gc
from hilander.services.datasets import open_dataset
from hilander.services.disk import LITTLE, free_bytes, readable
from hilander.services.leftovers import KINDS, announced
from hilander.services.store import Kind, Store
from hilander.services.trash import NOUNS
from hilander.services.workspace import Workspace

LATER_FILES = (before_journal.ANSWERS,)  # they change, so that no checksum is kept of them


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    place : what it is about;  what, todo : in words
    is_problem : something is lost, damaged or stuck; else it is only worth knowing
    mend : does what `--repair` does about it, or None
    """

    place: str
    what: str
    todo: str
    is_problem: bool = True
    mend: Callable[[], object] | None = field(default=None, repr=False, compare=False)


def examine(workspace: Workspace, store: Store, *, remove_unknown: bool = False) -> list[Finding]:
    """Everything there is to say, the database first. Reads every byte of every data set, run and checkpoint."""
    return [
        *_database(store),
        *(finding for home, kind in KINDS.items() for finding in _folders(workspace, store, home, kind)),
        *_unknown(workspace, store, remove_unknown),
        *_runs_of_nothing(workspace, store),
        *_jobs(store),
        *_garbage(workspace, store),
        *_space(workspace),
    ]


def _database(store: Store) -> Iterator[Finding]:
    for fault in store.faults():
        yield Finding(
            "the database", fault, "Restore a backup (`hilander restore`) into a new HILANDER_HOME."
        )


def _folders(workspace: Workspace, store: Store, home: str, kind: Kind) -> Iterator[Finding]:
    """What is wrong with the files of what the database knows."""
    away = {row.id for row in store.trash() if row.kind == kind}
    for row_id in sorted(store.ids(kind)):
        folder = workspace.root / home / row_id
        if not folder.is_dir():
            yield Finding(
                f"{home}/{row_id}",
                f"the folder of this {NOUNS[kind]} is missing",
                f"Is its disk there? {_advice(folder, kind)}",
            )
            continue
        wrong = faults(folder)
        for fault in wrong:
            yield Finding(f"{home}/{row_id}", fault, _advice(folder, kind))
        if not wrong and not (folder / FILE).is_file():
            yield _without_checksums(workspace, home, kind, row_id, in_trash=row_id in away)


def _advice(folder: Path, kind: Kind) -> str:
    """What to do about lost files. A backup holds folders under their names in the workspace, so that tar will do."""
    again = {"dataset": "import it again", "run": "cluster again", "checkpoint": "train or upload it again"}
    name, root = f"{folder.parent.name}/{folder.name}", folder.parent.parent
    return (
        f"Bring it back from a backup (`tar -xf BACKUP.tar -C {root} {name}`), or delete the {NOUNS[kind]} in the app "
        f"and {again[kind]}."
    )


def _without_checksums(
    workspace: Workspace, home: str, kind: Kind, row_id: str, *, in_trash: bool
) -> Finding:
    folder = workspace.root / home / row_id
    try:
        if not in_trash:  # a data set there cannot be opened, and may be whole
            _open(workspace, kind, row_id, folder)
    except InputError as error:
        return Finding(f"{home}/{row_id}", str(error), _advice(folder, kind))
    return Finding(
        f"{home}/{row_id}",
        "no checksums (made before there were any): damage would not be noticed",
        "`hilander doctor --repair` takes the files as they are now and writes checksums of them.",
        is_problem=False,
        mend=partial(write_checksums, folder, without=LATER_FILES),
    )


def _open(workspace: Workspace, kind: Kind, row_id: str, folder: Path) -> None:
    if kind == "dataset":
        open_dataset(row_id, workspace)
    elif kind == "run":
        Run.load(folder)
    else:
        read_head(folder)


def _unknown(workspace: Workspace, store: Store, may_go: bool) -> Iterator[Finding]:
    """Folders without a row, those left out that an import or a restore is at."""
    at_work = set(store.announced())
    for home, kind in KINDS.items():
        known = store.ids(kind)
        for folder in sorted((workspace.root / home).glob("[!.]*")):
            name = f"{home}/{folder.name}"
            if folder.name not in known and name not in at_work:
                yield Finding(
                    name,
                    f"the database knows no {NOUNS[kind]} of that name",
                    "Another database may own it: look at HILANDER_DATABASE_URL. If none does, "
                    "`hilander doctor --repair --remove-unknown` removes it for good.",
                    mend=partial(remove, folder) if may_go else None,
                )


def _runs_of_nothing(workspace: Workspace, store: Store) -> Iterator[Finding]:
    for run_id in sorted(store.runs_of_nothing()):
        yield Finding(
            f"runs/{run_id}",
            "its data set is gone, so that nothing can be shown of it",
            "`hilander doctor --repair` removes it.",
            mend=partial(_remove_run, workspace, store, run_id),
        )


def _remove_run(workspace: Workspace, store: Store, run_id: str) -> None:
    folder: Path = workspace.run_dir(run_id)
    with announced(store, folder):
        store.remove_run(run_id)
        remove(folder)


def _jobs(store: Store) -> Iterator[Finding]:
    for job in store.stale_jobs():
        yield Finding(
            f"job {job.id} ({job.kind})",
            "it says that it runs, and no process has told so for ten seconds",
            "`hilander doctor --repair`, or the app when it looks next, marks it interrupted; then start it again.",
            mend=store.recover,
        )


def _garbage(workspace: Workspace, store: Store) -> Iterator[Finding]:
    for it in gc.found(workspace, store):
        yield Finding(
            it.name,
            f"{it.what}, {readable(it.bytes)}",
            "`hilander gc` or `hilander doctor --repair` removes it.",
            is_problem=False,
            mend=partial(gc.collect, workspace, store),
        )


def _space(workspace: Workspace) -> Iterator[Finding]:
    free = free_bytes(workspace.root)
    if free < LITTLE:
        yield Finding(
            str(workspace.root),
            f"only {readable(free)} are free on its disk",
            "Free some: `hilander gc`, the trash on the Data page, other files.",
            is_problem=False,
        )
