"""Answers given to "same or different?" about one run: kept in the run's folder, in the order they were given.

    runs/ID/answers.json      [{"a": row, "b": row, "same": true | false | null (skipped)}, ...]

Every change is written whole, under a lock, so that a reload or a second browser goes on where the last one was.
Deleting the run deletes them. Knows nothing about what follows from answers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from hilander.errors import InputError
from hilander.io.atomic import read_json, write_json
from hilander.services.workspace import Workspace, default_workspace

FILE, LOCK = "answers.json", "answers"


@dataclass(frozen=True)
class Judgement:
    """Two images by row; same: True, False, or None where the question was skipped."""

    a: int
    b: int
    same: bool | None


def given(run_id: str, workspace: Workspace | None = None) -> list[Judgement]:
    """The answers so far, oldest first. InputError when their file is damaged."""
    path = _path(run_id, workspace)
    return _read(path) if path.is_file() else []


def give(run_id: str, answer: Judgement, *, place: int, workspace: Workspace | None = None) -> None:
    """Add the answer to question number `place` (from 0); one that was answered meanwhile is left as it is.

    A press that comes twice, or from a page that shows an older question, so changes nothing.
    """
    workspace = workspace or default_workspace()
    with workspace.lock(LOCK):
        answers = given(run_id, workspace)
        if len(answers) == place:
            _write(run_id, [*answers, answer], workspace)


def take_back(run_id: str, *, place: int, workspace: Workspace | None = None) -> None:
    """Forget the newest answer, if there are still `place` of them."""
    workspace = workspace or default_workspace()
    with workspace.lock(LOCK):
        answers = given(run_id, workspace)
        if answers and len(answers) == place:
            _write(run_id, answers[:-1], workspace)


def _write(run_id: str, answers: list[Judgement], workspace: Workspace) -> None:
    path = _path(run_id, workspace)
    if path.parent.is_dir():  # not deleted meanwhile
        write_json([asdict(answer) for answer in answers], path)


def _read(path: Path) -> list[Judgement]:
    try:
        return [_judgement(entry["a"], entry["b"], entry["same"]) for entry in read_json(path)]
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} does not hold answers ({error}). Remove the file and answer again."
        ) from error


def _judgement(a: object, b: object, same: object) -> Judgement:
    if not isinstance(a, int) or not isinstance(b, int) or not (same is None or isinstance(same, bool)):
        raise ValueError("expected two rows and yes, no or nothing")
    return Judgement(a, b, same)


def _path(run_id: str, workspace: Workspace | None) -> Path:
    return (workspace or default_workspace()).run_dir(run_id) / FILE
