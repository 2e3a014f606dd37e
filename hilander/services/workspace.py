"""Where hilander keeps what it makes: one folder, and how files get into it whole.

    HILANDER_HOME/
      hilander.db            the store (SQLite; unless HILANDER_DATABASE_URL says otherwise)
      datasets/ID/           embeddings, ids, labels and thumbnails of one data set
      datasets/.KEY.import/  what an import that is not finished has done
      runs/ID/               one hierarchy
      checkpoints/ID/        one network that was trained here or uploaded
      training/ID/           what a training that is not finished needs to go on; ID is its checkpoint's
      staging/HASH/NAME      uploads that are not imported yet
      cache/                 whatever can be computed again (projections, exports)
      logs/                  what the job processes and failed jobs wrote

Knows nothing about what is in the files or about the database.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from hilander.errors import InputError

HOME_VARIABLE = "HILANDER_HOME"
STAGING = "staging"  # the folder of uploads
LOOK_AGAIN = 0.2  # s between two looks at a lock that somebody holds
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Workspace:
    """The folders under one root. Each is made when it is first asked for."""

    root: Path

    def dataset_dir(self, dataset_id: str) -> Path:
        return self.datasets_dir() / checked_id(dataset_id)

    def run_dir(self, run_id: str) -> Path:
        return self.runs_dir() / checked_id(run_id)

    def checkpoint_dir(self, checkpoint_id: str) -> Path:
        return self.checkpoints_dir() / checked_id(checkpoint_id)

    def training_dir(self, checkpoint_id: str) -> Path:
        return self.trainings_dir() / checked_id(checkpoint_id)

    def datasets_dir(self) -> Path:
        return self._folder("datasets")

    def runs_dir(self) -> Path:
        return self._folder("runs")

    def checkpoints_dir(self) -> Path:
        return self._folder("checkpoints")

    def trainings_dir(self) -> Path:
        return self._folder("training")

    def staging_dir(self) -> Path:
        return self._folder(STAGING)

    def cache_dir(self) -> Path:
        return self._folder("cache")

    def projections_dir(self) -> Path:
        return self._folder("cache/projections")

    def projections_of(self, mark: str) -> list[Path]:
        """The cached projections of the data set of that mark (`mark_of`)."""
        return list(self.projections_dir().glob(f"{mark}*.npz"))

    def exports_dir(self) -> Path:
        return self._folder("cache/exports")

    def locks_dir(self) -> Path:
        return self._folder("locks")

    def logs_dir(self) -> Path:
        return self._folder("logs")

    def log_path(self, job_id: str) -> Path:
        return self.logs_dir() / f"{checked_id(job_id)}.log"

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def lock(self, name: str, while_waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the workspace's lock of that name: one thread of one process on this machine at a time.

        `while_waiting` is called a few times a second until the lock is free, and may raise Cancelled.
        """
        with (self.locks_dir() / f"{checked_id(name)}.lock").open("w") as file:
            while while_waiting is not None and not _is_free(file):
                while_waiting()
                time.sleep(LOOK_AGAIN)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def default_workspace() -> Workspace:
    """The workspace that HILANDER_HOME names, or ~/.hilander."""
    home = os.environ.get(HOME_VARIABLE)
    return Workspace(_resolved(home) if home else Path.home() / ".hilander")


def _is_free(file: TextIO) -> bool:
    """Whether nobody else holds the lock of this file; it is ours then."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@lru_cache(maxsize=16)
def _resolved(home: str) -> Path:
    """Pages ask dozens of times a run, and every part of the path is a question to the file system."""
    return Path(home).expanduser().resolve()


def mark_of(dataset_id: str) -> str:
    """What the names of a data set's cached files begin with: 16 hexadecimal digits."""
    return hashlib.blake2b(dataset_id.encode(), digest_size=8).hexdigest()


def checked_id(value: str) -> str:
    """The id itself, when it can safely be part of a path; ids come from URLs too."""
    if not _ID.fullmatch(value):
        raise InputError(
            f"An id is up to 64 letters, digits, - and _; got {value[:80]!r}. Choose from the list."
        )
    return value
