"""Bring a backup back into an empty workspace: files first, checked, then the rows; all of it or nothing.

The file is not trusted: only plain files in the folders that backup.py writes are unpacked, under checked names, and
no more than the disk holds.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hilander.errors import InputError
from hilander.io.atomic import remove
from hilander.io.checksums import faults
from hilander.services.backup import FORMAT, HEAD, TRAININGS, Backup
from hilander.services.disk import free_bytes, readable
from hilander.services.leftovers import KINDS, RESTORED, announced
from hilander.services.store import Rows, Store
from hilander.services.store.engine import HEAD as SCHEMA
from hilander.services.workspace import Workspace, checked_id

LARGEST_HEAD = 1 << 30  # bytes
BROKEN = (tarfile.TarError, EOFError, KeyError, ValueError, TypeError, AttributeError)


def restore(path: Path, workspace: Workspace, store: Store) -> Backup:
    """Bring back what `backup` wrote. What was damaged then is brought back as it is, and named.

    Raises
    ------
    InputError   not a whole backup, one of another version, damaged files in it, or the workspace holds something
    """
    _refuse_unless_empty(workspace, store)
    with _opened(path) as tar:
        head = _head(path, tar)
        members = [(info, _place(path, info)) for info in tar if info.name != HEAD]
        _check_space(path, workspace, sum(info.size for info, _ in members))
        unpacked = workspace.root / RESTORED.format(secrets.token_hex(4))
        try:
            unpacked.mkdir()
            for info, place in members:
                _unpack(path, tar, info, unpacked / place)
                os.utime(unpacked)  # a restore that takes days is not one that nobody goes on with
            made = Backup(head["counts"], sum(info.size for info, _ in members), list(head["damaged"]))
            _check(path, unpacked, head, workspace)
            _put(workspace, store, unpacked, _moved(head["rows"], head["root"], str(workspace.root)))
        finally:
            remove(unpacked)
    return made


def _refuse_unless_empty(workspace: Workspace, store: Store) -> None:
    for name in store.announced():  # a restore that was killed, or an import; the latter has a job
        if store.is_empty():
            remove(workspace.root / name)
            store.settle(name)
    homes = [workspace.root / table for table in (*KINDS, TRAININGS)]
    if not store.is_empty() or any(any(home.iterdir()) for home in homes if home.is_dir()):
        raise InputError(
            f"A backup is restored into an empty workspace; {workspace.root} or its database holds something. Set "
            "HILANDER_HOME to a new folder (and HILANDER_DATABASE_URL to a new database, where that is used)."
        )


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (FileNotFoundError, InputError):
        raise
    except BROKEN as error:
        raise _not_one(path, str(error)) from error


def _head(path: Path, tar: tarfile.TarFile) -> dict[str, Any]:
    info = tar.getmember(HEAD)
    file = tar.extractfile(info)
    if file is None or info.size > LARGEST_HEAD:
        raise _not_one(path, f"{HEAD} is no file of a sensible size")
    head: dict[str, Any] = json.loads(file.read())
    if head["format"] != FORMAT or head["schema"] != SCHEMA:
        raise InputError(
            f"{path.name} was made by hilander {head['hilander']} (schema {head['schema']}); this one has schema "
            f"{SCHEMA}. Restore it with that version, then start this one on the workspace."
        )
    return head


def _place(path: Path, info: tarfile.TarInfo) -> Path:
    """Where a file goes, below the workspace; InputError for anything that a backup does not have."""
    home, *rest = info.name.split("/")
    fine = home in (*KINDS, TRAININGS) and len(rest) >= 2 and info.isfile()
    if not fine or any(part.startswith(".") or "\\" in part or not part for part in rest):
        raise _not_one(path, f"it holds {info.name[:80]!r}")
    checked_id(rest[0])
    return Path(home, *rest)


def _check_space(path: Path, workspace: Workspace, size: int) -> None:
    free = free_bytes(workspace.root)
    if size > free:
        raise InputError(
            f"{path.name} unpacks to {readable(size)}; {readable(free)} are free for {workspace.root}. Set "
            "HILANDER_HOME to a folder on a larger disk."
        )


def _unpack(path: Path, tar: tarfile.TarFile, info: tarfile.TarInfo, place: Path) -> None:
    file = tar.extractfile(info)
    if file is None:
        raise _not_one(path, f"{info.name[:80]!r} is no file")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as out:
        shutil.copyfileobj(file, out, 1 << 20)
    if place.stat().st_size != info.size:
        raise _not_one(path, f"{info.name[:80]!r} is cut short")


def _check(path: Path, unpacked: Path, head: dict[str, Any], workspace: Workspace) -> None:
    """Every row has its folder and every byte is what was written, but for what was damaged in the backup already."""
    known = {str(line).replace(head["root"], str(workspace.root)) for line in head["damaged"]}
    for table in KINDS:
        for row in head["rows"][table]:
            folder = unpacked / table / checked_id(row["id"])
            wrong = faults(folder) if folder.is_dir() else [f"{table}/{row['id']} is missing."]
            os.utime(unpacked)
            told = [line.replace(str(unpacked), str(workspace.root)) for line in wrong]
            if new := [line for line in told if line not in known]:
                raise InputError(
                    f"{path.name} is damaged: {new[0]} Nothing was restored; use another backup, or copy it again."
                )


def _put(workspace: Workspace, store: Store, unpacked: Path, rows: Rows) -> None:
    """Move the folders in, then load the rows; on any failure the folders go again."""
    folders = sorted(path for home in (*KINDS, TRAININGS) for path in (unpacked / home).glob("*"))
    placed = {folder: workspace.root / folder.relative_to(unpacked) for folder in folders}
    with announced(store, *(place for place in placed.values() if place.parent.name in KINDS)):
        try:
            for folder, place in placed.items():
                place.parent.mkdir(parents=True, exist_ok=True)
                folder.rename(place)
            store.load(rows)
        except BaseException:
            for place in placed.values():
                remove(place)
            raise


def _moved(value: Any, old: str, new: str) -> Any:
    """Paths into the workspace that was backed up, wherever they stand in the rows, as paths into this one."""
    if isinstance(value, dict):
        return {name: _moved(inner, old, new) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, old, new) for inner in value]
    if isinstance(value, str) and value.startswith(f"{old}/"):
        return new + value[len(old) :]
    return value


def _not_one(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path.name} must be a whole file that `hilander backup` wrote; it is not ({' '.join(reason.split())[:200]}). "
        "Copy it again, or use another backup."
    )
