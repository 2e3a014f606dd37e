"""The job process: takes queued jobs from the store and runs them on dask.distributed.

    python -m hilander.services.host WORKSPACE

Starts a cluster with one worker process on this machine, or joins the one HILANDER_SCHEDULER names (whose
workers need the same workspace folder and the same HILANDER_DATABASE_URL). A process of its own, because
dask's workers import the main module again, which under Streamlit is the app itself. Ends when its standard
input ends, that is with the server that started it. The one module that knows dask.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import dask
from distributed import Client, LocalCluster, fire_and_forget
from distributed.security import Security

from hilander.services import tasks
from hilander.services.gc import collect
from hilander.services.store import JobRow, Store, open_store
from hilander.services.workspace import Workspace

SCHEDULER_VARIABLE = "HILANDER_SCHEDULER"
# Slots: projections, imports, exports and clusterings never wait for a long training, nor two clusterings for memory.
SLOTS = {
    "cluster": "cluster",
    "demo": "cluster",
    "import": "import",
    "checkpoint": "import",
    "projection": "projection",
    "export": "export",
    "map": "map",
    "train": "train",
}
POLL, BEAT, SWEEP, AFTER_FAILURE = 0.1, 1.0, 3600.0, 1.0  # s
GIVE_UP = 60  # turns that failed one after the other: a minute

logger = logging.getLogger(__name__)


class Host:
    """One client of a cluster, and the loop that feeds it."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace, self.store = workspace, store
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = threading.Event()
        self.is_local = not os.environ.get(SCHEDULER_VARIABLE)
        self._last: dict[str, float] = {}
        self._given: dict[str, str] = {}  # dask's key of what it has not finished: job id
        self._failures = 0

    def run(self) -> None:
        """Until `stopping` is set or the cluster is gone."""
        self.store.recover()
        with self._cluster() as cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
            logger.info("%s runs jobs of %s on %s", self.name, self.workspace.root, client.scheduler.address)
            try:
                pause = POLL
                while not self.stopping.wait(pause) and client.status == "running":
                    pause = POLL if self._turned(client) else AFTER_FAILURE
            finally:
                self._leave()

    def _cluster(self) -> AbstractContextManager[Any]:
        """Ours ends with this process; somebody else's stays."""
        return local_cluster(self.workspace) if self.is_local else nullcontext(os.environ[SCHEDULER_VARIABLE])

    def _turned(self, client: Client) -> bool:
        """One turn. A failure is logged and the next turn tries again: ending would take every job along."""
        try:
            self._turn(client)
        except Exception:
            self._failures += 1
            if self._failures >= GIVE_UP:
                raise
            logger.exception("A turn failed (%d in a row); trying again", self._failures)
            return False
        self._failures = 0
        return True

    def _turn(self, client: Client) -> None:
        for job in self.store.claim_queued(self.name):
            self._submit(client, job)
        if self._is_time("beat", BEAT):
            # Only what dask has: a job that was claimed in a turn that failed goes stale and is claimed again.
            self.store.beat_queued(list(self._given.values()))
            self.store.recover()
        if self._is_time("sweep", SWEEP):
            collect(self.workspace, self.store)

    def _submit(self, client: Client, job: JobRow) -> None:
        key = f"{job.id}-{secrets.token_hex(4)}"
        future = client.submit(
            tasks.run_job,
            str(self.workspace.root),
            job.id,
            key=key,
            pure=False,
            resources={SLOTS[job.kind]: 1} if self.is_local else None,
        )
        self._given[key] = job.id
        future.add_done_callback(lambda _: self._given.pop(key, None))  # type: ignore[no-untyped-call]
        fire_and_forget(future)  # type: ignore[no-untyped-call]

    def _leave(self) -> None:
        """Local jobs are told to stop, so that they tidy up; those on somebody's cluster go on and keep beating."""
        if self.is_local:
            self.store.release_host(self.name)

    def _is_time(self, what: str, seconds: float) -> bool:
        moment = time.monotonic()
        if moment - self._last.get(what, float("-inf")) < seconds:
            return False
        self._last[what] = moment
        return True


def local_cluster(workspace: Workspace) -> LocalCluster:
    """One worker process on this machine, with as many threads as slots.

    Dask unpickles, that is runs, what it receives, so nobody else on the machine may connect: both ends show
    a certificate made for this cluster alone, and kept in memory.
    """
    # By default dask's workers get one computing thread each; ours is alone on the machine.
    dask.config.set({"distributed.nanny.pre-spawn-environ": {"PYTHONUNBUFFERED": "1"}})
    slots = set(SLOTS.values())
    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=len(slots),
        processes=True,
        host="127.0.0.1",
        security=Security.temporary(),  # type: ignore[no-untyped-call]
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        resources=dict.fromkeys(slots, 1),
        preload=tasks.__name__,
        local_directory=str(workspace.cache_dir() / "dask"),
        silence_logs=logging.WARNING,
    )


def main(root: str) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logger.setLevel(logging.INFO)
    workspace = Workspace(Path(root))
    host = Host(workspace, open_store(workspace))
    signal.signal(signal.SIGTERM, lambda *_: host.stopping.set())
    threading.Thread(target=_wait_for_end_of_input, args=(host.stopping,), daemon=True).start()
    host.run()


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    stopping.set()


if __name__ == "__main__":
    main(sys.argv[1])
