"""Tells the store every second that the jobs of this process are alive, however busy the computation is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hilander.services.store import Store

BEAT_EVERY = 1.0  # s

logger = logging.getLogger(__name__)


class Heart:
    """Beats for the jobs that this process runs, from a thread of its own."""

    def __init__(self) -> None:
        self._running: dict[str, Store] = {}
        self._idle_since = time.monotonic()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def idle_for(self) -> float:
        """Seconds since the last job ended, 0 while one runs."""
        with self._lock:
            return 0.0 if self._running else time.monotonic() - self._idle_since

    @contextmanager
    def beating(self, store: Store, job_id: str) -> Iterator[None]:
        with self._lock:
            self._running[job_id] = store
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._running[job_id]
                self._idle_since = time.monotonic()

    def _beat(self) -> None:
        while True:
            with self._lock:
                running = dict(self._running)
            try:
                for store in set(running.values()):
                    store.beat([job_id for job_id, own in running.items() if own is store])
            except Exception:
                logger.exception("A heartbeat could not be written; trying again")
            time.sleep(BEAT_EVERY)
