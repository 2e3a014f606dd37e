"""How a job's progress gets to the store and to its log, and a cancel from there to the job."""

from __future__ import annotations

import logging
import time
from typing import Any

from hilander.errors import Cancelled, Interrupted
from hilander.services.store import Store

REPORT_EVERY = 0.2  # s

logger = logging.getLogger(__name__)


class Reporter:
    """Writes progress at most five times a second and when the stage changes; raises Cancelled when asked to."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store, self._job_id, self._last = store, job_id, 0.0
        self._stage: object = None
        self._logged: object = None
        self._checked = 0.0

    def tell(
        self, record: dict[str, Any], history: list[dict[str, Any]] | None = None, *, at_once: bool = False
    ) -> None:
        moment, stage = time.monotonic(), record.get("stage")
        if not at_once and stage == self._stage and moment - self._last < REPORT_EVERY:
            return
        if (step := (record.get("level"), record.get("epoch"), stage)) != self._logged:
            self._logged = step
            logger.info("%s", _words(record))
        self._last, self._stage = moment, stage
        self._checked = 0.0
        self.check()
        self._store.report_progress(self._job_id, record, history)

    def check(self) -> None:
        """Raise Cancelled when somebody asked for that, or the job is gone; asks at most five times a second."""
        if (moment := time.monotonic()) - self._checked < REPORT_EVERY:
            return
        self._checked = moment
        if self._store.wants_cancel(self._job_id):
            raise self._stopped()

    def _stopped(self) -> Cancelled:
        """A host that leaves marks its jobs as interrupted; what they have done may be gone on with."""
        job = self._store.job(self._job_id)
        return Interrupted() if job is not None and job.state == "interrupted" else Cancelled()


def _words(record: dict[str, Any]) -> str:
    """A record as its log has it: "stage knn, level 1, nodes 120"."""
    names = ("stage", "level", "nodes", "epoch", "epochs", "total", "tau", "k")
    return ", ".join(f"{name} {record[name]}" for name in names if record.get(name))
