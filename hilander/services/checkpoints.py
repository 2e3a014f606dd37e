"""The checkpoints that a clustering can use: those that ship, then the workspace's own.

    list, find, rename, delete, pack (a zip to take away)

How one comes into the workspace is checkpoint_intake.py's affair, which needs torch; pages need none of it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hilander.config import DEFAULT_CHECKPOINT
from hilander.errors import InputError
from hilander.model.checkpoint_info import HEAD, WEIGHTS, CheckpointInfo, read_head
from hilander.model.checkpoint_info import list_checkpoints as list_shipped
from hilander.services.people import Person
from hilander.services.store import CheckpointRow, Store, open_store
from hilander.services.workspace import Workspace, default_workspace

LONGEST_NAME = 80


@dataclass(frozen=True)
class Choice:
    """A checkpoint as lists and pickers show it.

    id : what links call it; source : what ClusterConfig.checkpoint takes
    dims : the embedding dimensions it takes, empty for any
    row : of the workspace's own; None for one that ships
    """

    id: str
    source: str
    name: str
    description: str
    kind: str
    dims: tuple[int, ...]
    k: int
    tau: float
    row: CheckpointRow | None = None

    def fits(self, dim: int) -> bool:
        return not self.dims or dim in self.dims


def list_checkpoints(workspace: Workspace | None = None, seen_by: Person | None = None) -> list[Choice]:
    """Those that ship, the default first; then the workspace's own, all or those a person may see, newest first."""
    workspace = workspace or default_workspace()
    shipped = sorted(list_shipped(), key=lambda info: info.name != DEFAULT_CHECKPOINT)
    own = open_store(workspace).checkpoints(seen_by)
    return [*map(_shipped, shipped), *(_own(workspace, row) for row in own)]


def find_checkpoint(checkpoint_id: str, workspace: Workspace | None = None) -> Choice:
    """The one of that id; InputError when there is none (any more)."""
    for choice in list_checkpoints(workspace):
        if choice.id == checkpoint_id:
            return choice
    raise InputError(
        f"There is no checkpoint {checkpoint_id[:40]!r} (deleted?). Choose one on the Train page."
    )


def title_of(source: str, workspace: Workspace) -> str:
    """What people call the checkpoint that a ClusterConfig names."""
    own = own_id(source, workspace)
    row = open_store(workspace).checkpoint(own) if own else None
    return row.name if row is not None else source


def own_id(source: str, workspace: Workspace) -> str | None:
    """The id of the workspace's own checkpoint that a ClusterConfig names; None when it names another."""
    return Path(source).name if Path(source).parent == workspace.checkpoints_dir() else None


def check_there(source: str, workspace: Workspace, store: Store) -> None:
    """InputError when `source` is a checkpoint of the workspace's own that was deleted."""
    if (own := own_id(source, workspace)) and store.checkpoint(own) is None:
        raise InputError(
            "The checkpoint that this clustering was to use has been deleted. Choose another one and start again."
        )


def rename_checkpoint(checkpoint_id: str, name: str, workspace: Workspace | None = None) -> None:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InputError(f"A name has 1 to {LONGEST_NAME} letters; got {len(name)}. Type another.")
    store = open_store(workspace or default_workspace())
    _required(store, checkpoint_id)
    store.rename_checkpoint(checkpoint_id, name)


def delete_checkpoint(checkpoint_id: str, workspace: Workspace | None = None) -> None:
    """Put it into the trash (trash.py). Runs made with it stay; a job that still waits for it will say so."""
    store = open_store(workspace or default_workspace())
    _required(store, checkpoint_id)
    store.trash_checkpoint(checkpoint_id)


def pack(choice: Choice, workspace: Workspace | None = None) -> bytes:
    """The checkpoint as a zip of its folder, under the name it has now; `upload` reads it back.

    The same bytes whenever it is packed: both files have the times they have in the folder.
    """
    folder = _folder(choice, workspace or default_workspace())
    head = read_head(folder) | {"title": choice.name}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        name = file_name(choice)
        told = zipfile.ZipInfo.from_file(folder / HEAD, f"{name}/{HEAD}")
        archive.writestr(told, json.dumps(head, indent=2, ensure_ascii=False) + "\n")
        archive.write(folder / WEIGHTS, f"{name}/{WEIGHTS}")
    return content.getvalue()


def file_name(choice: Choice) -> str:
    """The checkpoint's name as a file may be called, without a suffix."""
    return re.sub(r"[^\w.-]+", "_", choice.name).strip("._") or choice.id


def _folder(choice: Choice, workspace: Workspace) -> Path:
    if choice.row is not None:
        return workspace.checkpoint_dir(choice.id)
    return next(info.path for info in list_shipped() if info.name == choice.id)


def _required(store: Store, checkpoint_id: str) -> None:
    if store.checkpoint(checkpoint_id) is None:
        raise InputError(
            f"There is no checkpoint {checkpoint_id[:40]!r} of your own (deleted?). Choose one from the list."
        )


def _shipped(info: CheckpointInfo) -> Choice:
    return Choice(
        id=info.name,
        source=info.name,
        name=info.title or info.name,
        description=info.description,
        kind=info.kind,
        dims=() if info.dim is None else (info.dim,),
        k=info.k,
        tau=info.tau,
    )


def _own(workspace: Workspace, row: CheckpointRow) -> Choice:
    return Choice(
        id=row.id,
        source=str(workspace.checkpoint_dir(row.id)),
        name=row.name,
        description=f"Trained on {row.dataset}." if row.dataset else "Uploaded; it names no data.",
        kind=row.kind,
        dims=tuple(row.dims),
        k=row.k,
        tau=row.tau,
        row=row,
    )
