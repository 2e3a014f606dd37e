"""Rows of jobs, and the states they move through.

queued -> running -> done | failed | cancelled | interrupted;  interrupted -> queued, running
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hilander.services.people import LOCAL, Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.moments import heard_between, new_id, now
from hilander.services.store.rows import ENDED, JobKind, JobRow, JobState

INTERRUPTED = "The process that ran this job ended before the job did. Start the job again."
STALE_AFTER = 10.0  # s without a heartbeat; the job process beats every second


class Jobs(Tables):
    def add_job(
        self,
        kind: JobKind,
        settings: Mapping[str, Any],
        *,
        name: str = "",
        job_id: str | None = None,
        dataset_id: str | None = None,
        run_id: str | None = None,
        owner: str = LOCAL.id,
    ) -> str:
        """Queue a job, asked for by `owner`, and return its id. A job of that id already there stays as it is."""
        job_id = job_id or new_id()
        values: dict[str, Any] = {"id": job_id, "kind": kind, "state": "queued", "name": name}
        values |= {"dataset_id": dataset_id, "run_id": run_id, "settings": dict(settings), "owner": owner}
        values |= {"progress": {}, "history": [], "error": "", "cancel": False, "created": now()}
        try:
            self._write(sa.insert(schema.jobs).values(**values))
        except sa.exc.IntegrityError:
            if self.job(job_id) is None:
                raise
        return job_id

    def job(self, job_id: str) -> JobRow | None:
        return self._one(JobRow, schema.jobs, job_id)

    def jobs(
        self,
        dataset_id: str | None = None,
        kinds: Iterable[JobKind] = ("cluster", "add", "import", "demo"),
        seen_by: Person | None = None,
    ) -> list[JobRow]:
        """Jobs of these kinds, all or those that a person may see, newest first.

        Those of a data set in the trash are not seen.
        """
        jobs, sets = schema.jobs, schema.datasets
        of_it = [] if dataset_id is None else [jobs.c.dataset_id == dataset_id]
        away = sa.select(sets.c.id).where(sets.c.deleted.is_not(None), sets.c.id == jobs.c.dataset_id)
        wanted = jobs.c.kind.in_(list(kinds)), ~sa.exists(away), sight.jobs(seen_by)
        return self._newest_first(JobRow, jobs, *wanted, *of_it)

    def stale_jobs(self, *, stale_after: float = STALE_AFTER) -> list[JobRow]:
        """Jobs that say they run, and whose process has not been heard of."""
        never = schema.jobs.c.heartbeat.is_(None)
        return self._newest_first(
            JobRow, schema.jobs, schema.jobs.c.state == "running", never | _silent(stale_after)
        )

    def train_jobs_of(self, dataset_id: str | None = None) -> list[JobRow]:
        """Train jobs, of one data set or all, those of data sets in the trash among them."""
        of_it = [] if dataset_id is None else [schema.jobs.c.dataset_id == dataset_id]
        return self._newest_first(JobRow, schema.jobs, schema.jobs.c.kind == "train", *of_it)

    def remove_job(self, job_id: str) -> bool:
        """Forget the job; False when it was gone already. One that still runs stops at its next record."""
        return self._write(sa.delete(schema.jobs).where(schema.jobs.c.id == job_id)) == 1

    def forget_ended(self, job_id: str, *, older_than: float) -> None:
        """Remove the job if it ended more than `older_than` s ago, so that its id can be queued again."""
        jobs, before = schema.jobs, datetime.fromtimestamp(time.time() - older_than, UTC)
        over = (jobs.c.id == job_id) & jobs.c.state.in_(sorted(ENDED)) & (jobs.c.ended < before)
        self._write(sa.delete(jobs).where(over))

    def any_waiting(self) -> bool:
        """Whether a queued job has no host yet. Cheap: the job process asks ten times a second."""
        return bool(self._read(sa.select(schema.jobs.c.id).where(self._waits()).limit(1)))

    def open_jobs(self, seen_by: Person | None = None) -> list[JobRow]:
        """Queued and running jobs of every kind, oldest first, without their `progress` and `history`."""
        of_it = schema.jobs.c.state.in_(["queued", "running"]) & sight.jobs(seen_by)
        return self._oldest_first(of_it)

    def jobs_at_hand(self, ended_since: datetime) -> list[JobRow]:
        """Jobs that wait, run or were interrupted, and others that ended after that moment; as `open_jobs`."""
        jobs = schema.jobs
        unfinished = jobs.c.state.in_(["queued", "running", "interrupted"])
        return self._oldest_first(unfinished | (jobs.c.ended > ended_since))

    def _oldest_first(self, of_it: sa.ColumnElement[bool]) -> list[JobRow]:
        jobs = schema.jobs
        columns = [column for column in jobs.c if column.name not in ("progress", "history")]
        found = self._read(sa.select(*columns).where(of_it).order_by(jobs.c.created, jobs.c.id))
        return [JobRow(**row, progress={}, history=[]) for row in found]

    def claim_job(self, job_id: str, host: str) -> bool:
        """Take a queued job that no living host has; a job is given to one host only."""
        jobs = schema.jobs
        claim = sa.update(jobs).where(jobs.c.id == job_id, self._waits())
        return self._write(claim.values(host=host, heartbeat=now())) == 1

    def _waits(self) -> sa.ColumnElement[bool]:
        return (schema.jobs.c.state == "queued") & schema.jobs.c.host.is_(None)

    def recent_jobs(self, most: int, seen_by: Person | None = None) -> list[JobRow]:
        """The ended jobs of every kind, the one that ended last first, without `progress` and `history`."""
        jobs = schema.jobs
        columns = [column for column in jobs.c if column.name not in ("progress", "history")]
        over = sa.select(*columns).where(jobs.c.state.in_(sorted(ENDED)), sight.jobs(seen_by))
        found = self._read(over.order_by(jobs.c.ended.desc(), jobs.c.id).limit(most))
        return [JobRow(**row, progress={}, history=[]) for row in found]

    def job_ids(self) -> set[str]:
        return {row["id"] for row in self._read(sa.select(schema.jobs.c.id))}

    def count_jobs(self) -> dict[JobState, int]:
        """How many jobs are in each state; those that nobody lists any more are not counted."""
        jobs = schema.jobs
        found = self._read(sa.select(jobs.c.state, sa.func.count().label("n")).group_by(jobs.c.state))
        return {row["state"]: row["n"] for row in found}

    def start_job(self, job_id: str) -> bool:
        """From queued to running; False when it is no longer queued (cancelled, or somebody has it)."""
        return self._move(job_id, ("queued",), "running", started=now(), heartbeat=now())

    def end_job(self, job_id: str, state: JobState, error: str = "") -> bool:
        """Into an end state. From "interrupted" too: the process was slow, not dead.

        But a job that its leaving host interrupted is not "cancelled" when it then stops.
        """
        sources = ("queued", "running", *(() if state == "cancelled" else ("interrupted",)))
        return self._move(job_id, sources, state, error=error, ended=now())

    def requeue_job(self, job_id: str, sources: tuple[JobState, ...] = ("interrupted",)) -> bool:
        """Let a job that ended in one of these states run again; False when it is in none of them."""
        return self._move(job_id, sources, "queued", host=None, error="", ended=None, cancel=False)

    def cancel_job(self, job_id: str) -> None:
        """A queued job ends here; a running one sees the flag at its next progress record."""
        if not self._move(job_id, ("queued",), "cancelled", ended=now(), cancel=True):
            self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(cancel=True))

    def wants_cancel(self, job_id: str) -> bool:
        """Also true when the job is gone: nobody waits for it any more."""
        found = self._read(sa.select(schema.jobs.c.cancel).where(schema.jobs.c.id == job_id))
        return not found or bool(found[0]["cancel"])

    def report_progress(
        self, job_id: str, progress: dict[str, Any], history: list[dict[str, Any]] | None = None
    ) -> None:
        values = {"progress": progress} | ({} if history is None else {"history": history})
        self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(**values))

    def update_job(self, job_id: str, **values: Any) -> None:
        """Set `dataset_id`, `run_id` or `name` once they are known."""
        self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(**values))

    def beat(self, job_ids: Iterable[str]) -> None:
        """These jobs are alive; one that was thought interrupted is running again, unless it is to stop."""
        jobs = schema.jobs
        slow = (jobs.c.state == "interrupted") & ~jobs.c.cancel
        alive = jobs.c.id.in_(list(job_ids)) & ((jobs.c.state == "running") | slow)
        self._write(
            sa.update(jobs).where(alive).values(heartbeat=now(), state="running", error="", ended=None)
        )

    def beat_queued(self, job_ids: Iterable[str]) -> None:
        """These queued jobs still wait at the host that claimed them."""
        jobs = schema.jobs
        waiting = jobs.c.id.in_(list(job_ids)) & (jobs.c.state == "queued")
        self._write(sa.update(jobs).where(waiting).values(heartbeat=now()))

    def recover(self, *, stale_after: float = STALE_AFTER) -> None:
        """Running jobs without a heartbeat become "interrupted"; queued ones wait for another host.

        Not just after the clock was set or the database was away: then nobody could be heard.
        """
        if not self.silence_is_sure(stale_after):
            return
        jobs, stale = schema.jobs, _silent(stale_after)
        running = sa.update(jobs).where(stale, jobs.c.state == "running")
        queued = sa.update(jobs).where(stale, jobs.c.state == "queued", jobs.c.host.is_not(None))
        self._write(
            running.values(state="interrupted", error=INTERRUPTED, ended=now()), queued.values(host=None)
        )

    def fail_queued(self, error: str, *, stale_after: float = STALE_AFTER) -> None:
        """Nobody is there who could take the queued jobs: say why. Not where another job process lives, or may live."""
        if not self.silence_is_sure(stale_after):
            return
        self.recover(stale_after=stale_after)  # what a dead one had claimed waits again
        jobs, hosts, heard = schema.jobs, schema.hosts, heard_between(stale_after)
        living = sa.exists(sa.select(hosts.c.name).where(hosts.c.beat.between(*heard)))
        queued = sa.update(jobs).where(self._waits(), ~living)
        self._write(queued.values(state="failed", error=error, ended=now()))

    def release_host(self, host: str) -> None:
        """A host says goodbye: what it runs is interrupted and stops, what it had queued waits for another."""
        jobs = schema.jobs
        mine = jobs.c.host == host
        ended = {"state": "interrupted", "error": INTERRUPTED, "ended": now(), "cancel": True}
        self._write(
            sa.update(jobs).where(mine, jobs.c.state == "running").values(**ended),
            sa.update(jobs).where(mine, jobs.c.state == "queued").values(host=None),
        )

    def _move(self, job_id: str, sources: tuple[str, ...], state: JobState, **values: Any) -> bool:
        jobs = schema.jobs
        allowed = (jobs.c.id == job_id) & jobs.c.state.in_(sources)
        return self._write(sa.update(jobs).where(allowed).values(state=state, **values)) == 1


def _silent(seconds: float) -> sa.ColumnElement[bool]:
    """Jobs whose last heartbeat is so long ago, or lies in the future."""
    first, last = heard_between(seconds)
    return (schema.jobs.c.heartbeat < first) | (schema.jobs.c.heartbeat > last)
