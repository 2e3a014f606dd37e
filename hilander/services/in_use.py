"""What jobs still need of the workspace, however old it is: uploads, unfinished work, what they are packing.

    names = needed(store, ended_since);  is_needed(path, names)

Of jobs that wait, run or were interrupted, and of those that ended since: they can be tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from hilander.errors import InputError
from hilander.services.import_order import ImportOrder
from hilander.services.store import JobRow, Store


def needed(store: Store, ended_since: datetime) -> frozenset[str]:
    """Names of files and folders, and the keys that such names begin with."""
    return frozenset(name for job in store.jobs_at_hand(ended_since) for name in _names(job))


def is_needed(path: Path, names: Set[str]) -> bool:
    """Whether it is called so, or is the half-made `.KEY. ...` of one."""
    return path.name in names or path.name.lstrip(".").split(".")[0] in names


def _names(job: JobRow) -> Iterator[str]:
    """All parts of all paths that its settings name; the key of an import's unfinished work."""
    for value in job.settings.values():
        if isinstance(value, str):
            yield from Path(value).parts
    if job.kind == "import":
        with suppress(InputError):  # of settings that cannot be done: there is no work of it
            yield ImportOrder.from_dict(job.settings, job.owner).key()
