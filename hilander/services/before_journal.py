"""What was said about runs before there was a journal, read in once: exclusions and answers, files of the run.

    runs/ID/excluded/000001-out.npy, ...    rows taken out, or in again (-in), one file a step
    runs/ID/answers.json                    [{"a": row, "b": row, "same": true | false | null (skipped)}, ...]

The entries are in the database before the files go: a process that dies between leaves files that are known to have
been read. Who wrote them is not known: the one person of an app without sign-in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import read_json, remove
from hilander.services.exclusions import IN, OUT, Way, turn
from hilander.services.journal import ANSWER, EXCLUSION, LOCAL, Wish, write
from hilander.services.judgement import Judgement
from hilander.services.store import Store

STEPS, ANSWERS = "excluded", "answers.json"


def take_exclusions(store: Store, run_id: str) -> None:
    """Read a run's steps in, each an entry. InputError when one is damaged: then none is, and all files stay."""
    folder = store.workspace.run_dir(run_id) / STEPS
    if not folder.is_dir():
        return
    steps = [(path, _rows(path)) for path in sorted(folder.glob("[0-9]*-*.npy"))]
    with store.annotating(run_id) as held:
        for path, rows in [] if held.states(EXCLUSION) else steps:
            way: Way = OUT if path.stem.endswith(OUT) else IN
            turn(held, np.unique(rows.astype(np.int64)), way, who=LOCAL, moment=_moment(path))
    remove(folder)


def take_answers(store: Store, run_id: str) -> None:
    """Read a run's answers in, each an entry. InputError when their file is damaged: then none is, and it stays."""
    path = store.workspace.run_dir(run_id) / ANSWERS
    if not path.is_file():
        return
    given = _answers(path)
    with store.annotating(run_id) as held:
        for one in [] if held.states(ANSWER) else given:
            state = held.state(ANSWER, one.item)
            seen = 0 if state is None else state.version
            write(held, Wish(ANSWER, one.item, one.to_dict()), seen=seen, who=LOCAL, moment=_moment(path))
    remove(path)


def _answers(path: Path) -> list[Judgement]:
    try:
        return [Judgement.from_dict(entry) for entry in read_json(path)]
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} does not hold answers ({error}). Remove the file and answer again."
        ) from error


def _rows(path: Path) -> np.ndarray:
    try:
        rows: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"{path} does not hold rows of images ({error}). Remove the file to go on without that step."
        ) from error
    return rows


def _moment(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
