"""Checkpoints as a visitor may see them: those that ship, their own, and those trained on data sets they may see."""

from __future__ import annotations

from hilander.services import checkpoints as beneath
from hilander.services.access import SERVER, Action, Subject
from hilander.services.access import checkpoint as subject
from hilander.services.checkpoints import Choice
from hilander.services.door.visit import Visit, listed, on_checkpoint
from hilander.services.store import CheckpointRow


@listed
def list_checkpoints(visit: Visit) -> list[Choice]:
    """Those that ship, the default first; then the workspace's own, newest first."""
    return beneath.list_checkpoints(visit.workspace, visit.person)


@listed
def checkpoint(visit: Visit, checkpoint_id: str) -> CheckpointRow | None:
    """One of the workspace's own; None where there is none (any more) that the visitor may see."""
    return visit.store.checkpoint(checkpoint_id) if visit.may(Action.VIEW, subject(checkpoint_id)) else None


def _of(choice: Choice) -> Subject:
    return SERVER if choice.row is None else subject(choice.id)


@listed
def pack(visit: Visit, choice: Choice) -> bytes:
    """The checkpoint as a zip; one that ships is for everybody."""
    visit.check(Action.USE if choice.row is None else Action.EXPORT, _of(choice))
    return beneath.pack(choice, visit.workspace)


@on_checkpoint(Action.MANAGE)
def rename_checkpoint(visit: Visit, checkpoint_id: str, name: str) -> None:
    beneath.rename_checkpoint(checkpoint_id, name, visit.workspace)


@on_checkpoint(Action.DELETE)
def delete_checkpoint(visit: Visit, checkpoint_id: str) -> None:
    beneath.delete_checkpoint(checkpoint_id, visit.workspace)
