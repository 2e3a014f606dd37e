"""What the store hands out: one frozen dataclass a table. Knows nothing about databases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from hilander.services.people import LOCAL

JobKind = Literal["cluster", "add", "import", "demo", "projection", "map", "train", "checkpoint", "export"]
ShareKind = Literal["person", "email", "all"]
Level = Literal["view", "edit"]
JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "interrupted"})


@dataclass(frozen=True)
class DatasetRow:
    """One data set. `note` says in words what its import left out or assumed; `state` is "ready".

    The hashes stand for its content (see services.contents); "" in data sets that were imported without.
    `owner` is the id of the person whose it is.
    """

    id: str
    name: str
    n: int
    dim: int
    has_images: bool
    has_labels: bool
    created: datetime
    note: str
    state: str
    rows_hash: str = ""
    images_hash: str = ""
    owner: str = LOCAL.id


@dataclass(frozen=True)
class RunRow:
    """One finished hierarchy. `settings` are ClusterConfig's fields; `summary` see jobs.submit_cluster."""

    id: str
    dataset_id: str
    name: str
    settings: dict[str, Any]
    created: datetime
    state: str
    summary: dict[str, Any]


@dataclass(frozen=True)
class EntryRow:
    """One entry of the journal: who changed what about a run, from which value to which. Never changed itself.

    `kind` and `item` say what (journal.py); `version` counts the changes of that item; `undoes` is the entry that this
    one takes back. Values are what JSON can hold, None where there is none.
    """

    id: int
    moment: datetime
    who: str
    run_id: str
    kind: str
    item: str
    version: int
    before: Any
    after: Any
    undoes: int | None


@dataclass(frozen=True)
class AnnotationRow:
    """What the journal says of one item now; `who`, `moment` and `entry` are those of the newest change."""

    run_id: str
    kind: str
    item: str
    version: int
    value: Any
    who: str
    moment: datetime
    entry: int


@dataclass(frozen=True)
class CheckpointRow:
    """One checkpoint of the workspace's own: made by training (`dataset_id` says on what), or uploaded.

    `dataset` names what it was trained on, in words; `dims` are the dimensions it takes, empty for any;
    `summary` holds figures: n, classes, epochs, best_epoch, Fp, Fb, NMI, seconds, as far as they are known;
    `owner` is the id of the person who trained or uploaded it.
    """

    id: str
    name: str
    created: datetime
    dataset: str
    dataset_id: str | None
    kind: str
    dims: list[int]
    k: int
    tau: float
    summary: dict[str, Any]
    owner: str = LOCAL.id


@dataclass(frozen=True)
class ShareRow:
    """A data set shared with somebody: `kind` says what `who` is, a person's id, a verified e-mail, or "*" for all."""

    dataset_id: str
    kind: ShareKind
    who: str
    level: Level
    granted: datetime
    granted_by: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody who signed in; `seen` is when they were here last. `email` is verified, lower case, "" without."""

    id: str
    name: str
    email: str
    seen: datetime


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a data set, a run, a checkpoint or a job.

    owner : whose it is; of a run or a job on a data set: whose that is
    level : as what the data set is shared with them, the stronger one where it is twice; None: not shared
    away : whether it lies in the trash, or what it belongs to does
    starter : who asked for a job; "" of others
    dataset_id : the data set it is of, None without
    """

    owner: str
    level: Level | None
    away: bool
    starter: str = ""
    dataset_id: str | None = None


@dataclass(frozen=True)
class TrashRow:
    """Something in the trash, and when it was put there."""

    kind: Literal["dataset", "run", "checkpoint"]
    id: str
    name: str
    deleted: datetime


@dataclass(frozen=True)
class JobRow:
    """One job. `progress` is the newest record; `history` one a level (cluster jobs) or an epoch (train jobs).

    `error` is for people: what went wrong and what to do. `cancel` is true once somebody asked.
    Times are UTC. `owner` is the id of the person who asked for it.
    """

    id: str
    kind: JobKind
    state: JobState
    name: str
    dataset_id: str | None
    run_id: str | None
    settings: dict[str, Any]
    progress: dict[str, Any]
    history: list[dict[str, Any]]
    error: str
    cancel: bool
    host: str | None
    heartbeat: datetime | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    owner: str = LOCAL.id

    @property
    def is_over(self) -> bool:
        return self.state in ENDED

    @property
    def seconds(self) -> float | None:
        """How long it ran by the clock, or None while it runs and if it never did; 0 where the clock was set back."""
        if self.started is None or self.ended is None:
            return None
        return max(0.0, (self.ended - self.started).total_seconds())


@dataclass(frozen=True)
class HostRow:
    """A job process, as it last said: what keeps it from working (or nothing), and bytes of memory.

    `workers` are its own worker process or those of the cluster it joined: address, bytes.
    """

    name: str
    beat: datetime
    trouble: str
    memory: int
    workers: dict[str, int]


@dataclass(frozen=True)
class Total:
    """Jobs of a kind that ended in a state, since the store is there, and the seconds they ran together."""

    kind: str
    state: str
    count: int
    seconds: float
