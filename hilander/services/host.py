"""The job process: takes queued jobs from the store and runs them on dask.distributed.

    python -m hilander.services.host WORKSPACE

Starts a cluster with one worker process on this machine, or joins the one HILANDER_SCHEDULER names (whose
workers need the same workspace folder and the same HILANDER_DATABASE_URL), and joins it again when it was gone.
A process of its own, because dask's workers import the main module again, which under Streamlit is the app itself.
Ends when its standard input ends, that is with the server that started it, or on SIGTERM: it then takes no more
jobs, and what runs on this machine is interrupted and given a moment to tidy up.
With workers.py, the only modules that know dask.
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

import psutil
from distributed import Client, Future, fire_and_forget
from distributed.scheduler import KilledWorker

from hilander.errors import AwayError, InputError
from hilander.services import full_disk, logs, queue, tasks, workers
from hilander.services.gc import collect
from hilander.services.store import (
    INTERRUPTED,
    URL_VARIABLE,
    HostRow,
    JobRow,
    Store,
    clock_was_set,
    now,
    open_store,
)
from hilander.services.workspace import Workspace

SCHEDULER_VARIABLE = "HILANDER_SCHEDULER"
POLL, BEAT, LOOK, SWEEP, AFTER_FAILURE = 0.1, 1.0, 2.0, 3600.0, 1.0  # s
GIVE_UP = 60  # turns that failed one after the other: a minute
CONNECT, AGAIN = 5.0, 2.0  # s
TIDY = 4.0  # s that interrupted jobs have for removing what they had begun
ALONE = 180.0  # s without a worker of its own, after which the process makes room for another
HUNG = 60.0  # s without a turn, after which the process no longer calls itself alive

logger = logging.getLogger("hilander.services.host")  # its own name, as __main__ too


class Host:
    """One client of a cluster, and the loop that feeds it."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace, self.store = workspace, store
        self.machine = f"{socket.gethostname()}-"
        self.name = f"{self.machine}{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = threading.Event()
        self.address = os.environ.get(SCHEDULER_VARIABLE, "")
        self.is_local = not self.address
        self.limit = queue.limit()
        self.trouble = ""
        self._mark = tasks.mark(workspace, store)
        self._last: dict[str, float] = {}
        self._given: dict[str, str] = {}  # dask's key of what it has not finished: job id
        self._workers: dict[str, dict[str, Any]] = {}
        self._has_gpu: Future[Any] | None = None
        self._failures = 0
        self._turned_at = self._worked_at = time.monotonic()

    def run(self) -> None:
        """Until `stopping` is set or our own cluster is gone; somebody else's is waited for."""
        threading.Thread(target=self._keep_telling, name="telling", daemon=True).start()
        while not self.stopping.is_set():
            try:
                self._serve()
            except OSError as error:
                if self.is_local:
                    raise
                logger.warning("%s: %s", self.address, error)
            if self.is_local:
                return
            self._wait_for_scheduler()

    def _serve(self) -> None:
        with self._cluster() as cluster, Client(cluster, timeout=CONNECT) as client:  # type: ignore[no-untyped-call]
            logger.info("%s runs jobs of %s on %s", self.name, self.workspace.root, client.scheduler.address)
            self.trouble = ""
            try:
                pause = POLL
                while not self.stopping.wait(pause) and client.status == "running":
                    pause = POLL if self._turned(client) else AFTER_FAILURE
            finally:
                self._leave()

    def _cluster(self) -> AbstractContextManager[Any]:
        """Ours ends with this process; somebody else's stays."""
        return (
            workers.local_cluster(self.workspace, self.limit) if self.is_local else nullcontext(self.address)
        )

    def _wait_for_scheduler(self) -> None:
        """Meanwhile what ran on its workers is found out to be interrupted."""
        self.trouble = (
            f"The Dask scheduler {self.address} does not answer. Jobs wait until it does: start it, or correct "
            f"{SCHEDULER_VARIABLE} and start hilander again."
        )
        self._given.clear()
        self._workers = {}
        self._turned_at = time.monotonic()
        try:
            self.store.recover()
        except Exception:
            logger.exception("The store could not be asked; trying again")
        self.stopping.wait(AGAIN)

    def _turned(self, client: Client) -> bool:
        """One turn. A failure is logged and the next turn tries again: ending would take every job along.

        A database that is away and a full disk are waited for however long; of other failures so many are enough.
        """
        try:
            self._turn(client)
        except Exception as error:
            if isinstance(error, AwayError) or full_disk.is_full(error):
                logger.warning("%s Trying again.", error)
                return False
            self._failures += 1
            if self._failures >= GIVE_UP:
                raise
            logger.exception("A turn failed (%d in a row); trying again", self._failures)
            return False
        self._failures, self._turned_at = 0, time.monotonic()
        return True

    def _turn(self, client: Client) -> None:
        if self._is_time("look", LOOK):
            self._look(client)
        if self.store.any_waiting():
            self._give(client)
        if self._is_time("beat", BEAT):
            # Only what dask has: a job that was claimed in a turn that failed goes stale and is claimed again.
            self.store.beat_queued(list(self._given.values()))
            self.store.recover()
        if self._is_time("sweep", SWEEP) and not clock_was_set(SWEEP):
            collect(self.workspace, self.store)

    def _look(self, client: Client) -> None:
        """Which workers there are. Without its own this process is of no use: the app starts another."""
        self._workers = dict(client.scheduler_info(n_workers=-1)["workers"])
        self._worked_at = time.monotonic() if self._workers else self._worked_at
        if self.is_local and time.monotonic() - self._worked_at > ALONE:
            logger.error("The worker is gone and has not come back for %.0f s; ending", ALONE)
            self.stopping.set()
        if not self.is_local:
            self.trouble = (
                "" if self._workers else f"The Dask scheduler {self.address} has no workers. Start one."
            )

    def _give(self, client: Client) -> None:
        """Give dask the jobs whose turn it is; one job process of this workspace at a time decides that."""
        with self.workspace.lock("queue"):
            found = self.store.open_jobs()
            waiting = [job for job in found if job.state == "queued" and job.host is None]
            taken = [job for job in found if job.host is not None and self._shares(job.host)]
            chosen = queue.startable(waiting, taken, self._room(client))
            mine = [job for job in chosen if self.store.claim_job(job.id, self.name)]
        for job in mine:
            self._submit(client, job)

    def _shares(self, host: str) -> bool:
        """Whether what that job process has given takes the room of ours: the same machine, or the one cluster."""
        return not self.is_local or host.startswith(self.machine)

    def _room(self, client: Client) -> queue.Room:
        if self.is_local:
            return queue.Room(self.limit, self._gpus(client))
        return workers.room(self._workers, self.limit)

    def _gpus(self, client: Client) -> int | None:
        """One where the machine has a GPU that torch can use; until the worker has found out, as if it had."""
        if not workers.may_have_gpu():
            return None
        if self._has_gpu is None:
            self._has_gpu = client.submit(tasks.has_gpu, pure=False)
        return None if self._has_gpu.status == "finished" and not self._has_gpu.result() else 1

    def _submit(self, client: Client, job: JobRow) -> None:
        key = f"{job.id}-{secrets.token_hex(4)}"
        on_gpu = not self.is_local and queue.wants_gpu(job) and self._room(client).gpus
        future = client.submit(
            tasks.run_job,
            str(self.workspace.root),
            job.id,
            self._mark,
            key=key,
            pure=False,
            resources={workers.GPU: 1} if on_gpu else None,
        )
        self._given[key] = job.id
        future.add_done_callback(lambda done: self._ended(key, done))  # type: ignore[no-untyped-call]
        fire_and_forget(future)  # type: ignore[no-untyped-call]

    def _ended(self, key: str, future: Future[Any]) -> None:
        """Dask is done with a job. One that never came to run says why; otherwise the worker has told the store."""
        job_id = self._given.pop(key, None)
        if job_id is None or future.status != "error":
            return
        error = future.exception()  # type: ignore[no-untyped-call]
        logger.error("Job %s failed on its worker", job_id, exc_info=error)
        if isinstance(error, KilledWorker):
            self.store.end_job(job_id, "interrupted", INTERRUPTED)
            return
        self.store.end_job(job_id, "failed", self._told(error))

    def _told(self, error: BaseException | None) -> str:
        if full_disk.is_full(error):
            return full_disk.full(self.workspace.root)
        return logs.redacted(
            str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        )

    def _leave(self) -> None:
        """Local jobs are told to stop, so that they tidy up; those on somebody's cluster go on and keep beating."""
        if not self.is_local:
            return
        self.store.release_host(self.name)
        until = time.monotonic() + TIDY
        while self._given and time.monotonic() < until:
            time.sleep(POLL)

    def _keep_telling(self) -> None:
        """Tell the store that this process is alive, from a thread of its own; and that it is gone."""
        while not self.stopping.is_set():
            try:
                if time.monotonic() - self._turned_at < HUNG:
                    self.store.beat_host(self._row())
                    self.store.forget_hosts(older_than=SWEEP)
            except Exception:
                logger.exception("The store could not be told; trying again")
            self.stopping.wait(LOOK)

    def _row(self) -> HostRow:
        memory = {name: int(it.get("metrics", {}).get("memory", 0)) for name, it in self._workers.items()}
        return HostRow(self.name, now(), self.trouble, psutil.Process().memory_info().rss, memory)

    def _is_time(self, what: str, seconds: float) -> bool:
        moment = time.monotonic()
        if moment - self._last.get(what, float("-inf")) < seconds:
            return False
        self._last[what] = moment
        return True


def main(root: str) -> None:
    logs.set_up()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
    workspace = Workspace(Path(root))
    store = _opened(workspace, stopping)
    if store is None:
        return
    host = Host(workspace, store)
    host.stopping = stopping
    try:
        host.run()
    finally:
        store.forget_host(host.name)


def _opened(workspace: Workspace, stopping: threading.Event) -> Store | None:
    """The store; a server of databases that does not answer, a database that is held, and room on the disk are waited
    for. None when told to stop before."""
    while not stopping.is_set():
        try:
            return open_store(workspace)
        except (InputError, OSError) as error:
            passes = os.environ.get(URL_VARIABLE) or isinstance(error, AwayError) or full_disk.is_full(error)
            if not passes:
                raise
            logger.warning("%s", error)
        stopping.wait(AGAIN)
    return None


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not its buffer: Python could not end while it is read
        pass
    stopping.set()


if __name__ == "__main__":
    main(sys.argv[1])
