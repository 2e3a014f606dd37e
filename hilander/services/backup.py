"""The whole workspace in one tar file, made while the app runs.

    datasets/ID/..., runs/ID/..., checkpoints/ID/..., training/ID/...    files, as they lie in the workspace
    hilander-backup.json                                                 last: what this is, and all rows of the store

The rows are of one moment; the files belong to them, since what a row names never changes. Not in it: caches, logs,
exports, and uploads that wait to be imported. A job that is not over is in it as interrupted. Reading one is
restore.py's affair.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.io.checksums import faults
from hilander.services.disk import bytes_of, free_bytes, readable
from hilander.services.leftovers import KINDS
from hilander.services.store import ENDED, INTERRUPTED, Rows, Store, now
from hilander.services.store.engine import HEAD as SCHEMA
from hilander.services.workspace import Workspace

FORMAT, HEAD = 1, "hilander-backup.json"
SUFFIX = ".tar"
TRAININGS = "training"


@dataclass
class Backup:
    """What is in a backup: how many of each, bytes of files, and what was damaged when it was made, in words."""

    counts: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)


def backup(path: Path, workspace: Workspace, store: Store) -> Backup:
    """Write the backup, whole or not at all. What is damaged is in it as it is, and named.

    Raises
    ------
    InputError   no .tar, no place for it, or too little space on its disk
    """
    if path.suffix != SUFFIX:
        raise InputError(f"A backup is a {SUFFIX} file; got {path.name!r}. Give a name that ends so.")
    rows = store.dump()
    folders = list(_folders(workspace, rows))
    _check_space(path, sum(map(bytes_of, folders)))
    made = Backup()
    with atomic_path(path) as temporary, tarfile.open(temporary, "w") as tar:
        gone = {folder for folder in folders if not _added(tar, folder, workspace.root, made)}
        made.damaged += [f"{folder} is missing, and not in the backup." for folder in _lost(store, gone)]
        rows = _settled(_without(rows, {(folder.parent.name, folder.name) for folder in gone}))
        made.counts = {table: len(rows[table]) for table in KINDS}
        _add_text(tar, HEAD, json.dumps(_head(workspace, made) | {"rows": rows}))
    return made


def _folders(workspace: Workspace, rows: Rows) -> Iterator[Path]:
    """Where the files of all rows are, and of trainings that can go on."""
    for table in KINDS:
        yield from (workspace.root / table / row["id"] for row in rows[table])
    for job in rows["jobs"]:
        if job["kind"] == "train" and job["state"] in ENDED - {"done"}:
            folder = workspace.training_dir(job["settings"]["checkpoint"])
            if folder.is_dir():
                yield folder


def _check_space(path: Path, size: int) -> None:
    free = free_bytes(path.resolve().parent)
    if size > free:
        raise InputError(
            f"The backup takes {readable(size)}, and {readable(free)} are free where {path} would be. Choose another "
            "disk, or free some: `hilander gc`."
        )


def _added(tar: tarfile.TarFile, folder: Path, root: Path, made: Backup) -> bool:
    """Add the files of a folder; False when it is gone, as when somebody empties the trash meanwhile."""
    wrong = faults(folder) if folder.is_dir() else []
    try:
        for path in _files(folder):
            with path.open("rb") as file:  # open first: it may be replaced by a newer one while it is read
                info = tar.gettarinfo(arcname=str(path.relative_to(root)), fileobj=file)
                info.uid, info.gid, info.uname, info.gname = 0, 0, "", ""
                tar.addfile(info, file)
                made.bytes += info.size
    except FileNotFoundError:
        if folder.is_dir():
            raise
    if folder.is_dir():
        made.damaged += wrong
    return folder.is_dir()


def _lost(store: Store, gone: set[Path]) -> list[Path]:
    """Folders that are missing though their rows are there: nobody purged them."""
    known = {(table, row_id) for table, kind in KINDS.items() for row_id in store.ids(kind)}
    return sorted(folder for folder in gone if (folder.parent.name, folder.name) in known)


def _files(folder: Path) -> list[Path]:
    """All that is whole: names that begin with a dot are being written."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(
        path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def _without(rows: Rows, gone: set[tuple[str, str]]) -> Rows:
    """The rows without those of folders that are gone, and without what belongs to these."""
    sets = {name for table, name in gone if table == "datasets"}
    runs = {name for table, name in gone if table == "runs"}
    runs |= {row["id"] for row in rows["runs"] if row["dataset_id"] in sets}

    def stays(table: str, row: dict[str, Any]) -> bool:
        if table in KINDS and (table, row["id"]) in gone:
            return False
        if table != "checkpoints" and row.get("dataset_id") in sets:  # a checkpoint outlives its data
            return False
        return table == "jobs" or row.get("run_id", row.get("id") if table == "runs" else None) not in runs

    return {table: [row for row in found if stays(table, row)] for table, found in rows.items()}


def _settled(rows: Rows) -> Rows:
    """Jobs that are not over are interrupted where the backup is restored: no process has them there."""
    ended = {"state": "interrupted", "error": INTERRUPTED, "ended": now().timestamp(), "host": None}
    jobs = [job if job["state"] in ENDED else job | ended for job in rows["jobs"]]
    return rows | {"jobs": jobs}


def _head(workspace: Workspace, made: Backup) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "hilander": version("hilander"),
        "made": now().isoformat(timespec="seconds"),
        "root": str(workspace.root),
        "counts": made.counts,
        "damaged": made.damaged,
    }


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
