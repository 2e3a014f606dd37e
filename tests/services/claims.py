"""Taking queued jobs as a job process does, for tests that do their work by hand."""

from __future__ import annotations

from hilander.services.store import JobRow, Store


def claim_queued(store: Store, host: str = "test") -> list[JobRow]:
    """Every queued job that no other host has, oldest first; this host has them now."""
    waiting = [job.id for job in store.open_jobs() if job.state == "queued"]
    taken = [store.job(job_id) for job_id in waiting if store.claim_job(job_id, host)]
    return [job for job in taken if job is not None]
