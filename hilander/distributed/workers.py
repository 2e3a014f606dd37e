"""The workers of somebody's Dask cluster: pure tasks handed out, results taken in, and the bytes of both counted.

A worker that is lost costs what it had done: Dask gives its tasks to the others. The only module here that knows dask;
what tasks do is not known here.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import dask
import numpy as np
from distributed import Client, Future, wait
from distributed.scheduler import KilledWorker

from hilander.distributed import checks
from hilander.errors import InputError

__all__ = ["Call", "Future", "Moved", "Workers", "connected"]

SCHEMES = ("tcp://", "tls://")
CONNECT, FIRST_WORKER = 10.0, 15.0  # s that a scheduler, and a first worker, have to show up
POLL, GONE = 1.0, 60.0  # s between looks at the workers, and without any of them
AHEAD = 2  # tasks in flight for each thread of the workers
LARGE = "1 GiB"  # of one task, before dask warns: arrays are sent with tasks, so that each can be run again

Call = tuple[Callable[..., Any], Sequence[Any]]


@dataclass(frozen=True)
class Moved:
    """Bytes: of what tasks were given; of what came back; between workers, those since lost not counted."""

    to_workers: int
    from_workers: int
    between_workers: int


class Workers:
    """A client of a scheduler, and its counts."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self.sent = self.received = 0
        self.stages: dict[str, int] = {}  # tasks of each kind
        self._told_before = self._sent_by_each()
        self._met = set(self._told_before)
        self._seen_at = time.monotonic()

    def __len__(self) -> int:
        return len(self._now())

    @property
    def room(self) -> int:
        """How many tasks are worth having in flight."""
        return AHEAD * max(1, sum(int(one["nthreads"]) for one in self._now().values()))

    @property
    def lost(self) -> int:
        """Workers that were there once and are not now."""
        return len(self._met - set(self._now()))

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Have a function of a module run once, or again where its worker is lost; results stay on the worker.

        Futures among the arguments stand for their results.
        """
        self.sent += nbytes(args)
        self.stages[function.__name__] = self.stages.get(function.__name__, 0) + 1
        key = f"{function.__name__}-{secrets.token_hex(8)}"
        return self.client.submit(function, *args, key=key, pure=False)

    def result(self, future: Future[Any]) -> Any:
        """What a finished task has made.

        Raises
        ------
        InputError   the task said so, or it could not be run
        """
        if future.status != "finished":
            raise _told(future)
        found = future.result()
        self.received += nbytes(found)
        return found

    def finished(self, futures: Iterable[Future[Any]]) -> Iterator[Future[Any]]:
        """The futures as they finish, in any order; InputError once the cluster is gone."""
        left = set(futures)
        while left:
            try:
                over = wait(left, timeout=POLL, return_when="FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
            except TimeoutError:
                self._look()
                continue
            left -= over
            yield from over

    def each(self, calls: Iterable[Call]) -> Iterator[tuple[int, Any]]:
        """(number of the call, result) as they come in. A call is made up when there is room for it, not before."""
        waiting, flying = enumerate(calls), dict[Future[Any], int]()
        while True:
            while len(flying) < self.room and (following := next(waiting, None)):
                number, (function, args) = following
                flying[self.submit(function, *args)] = number
            if not flying:
                return
            done = next(iter(self.finished(flying)))
            yield flying.pop(done), self.result(done)

    def moved(self) -> Moved:
        after = self._sent_by_each()
        every = sum(sent - self._told_before.get(one, 0) for one, sent in after.items())
        return Moved(self.sent, self.received, max(0, every - self.received))

    def _sent_by_each(self) -> dict[str, int]:
        found: dict[str, int] = self.client.run(checks.bytes_sent, on_error="ignore")
        return found

    def _now(self) -> dict[str, Any]:
        return dict(self.client.scheduler_info(n_workers=-1)["workers"])

    def _look(self) -> None:
        now, moment = self._now(), time.monotonic()
        self._met |= set(now)
        if now:
            self._seen_at = moment
        if moment - self._seen_at > GONE:
            raise InputError(
                f"expected workers at {self.address}, got none for {GONE:.0f} s. "
                "Start some, and cluster again."
            )


@contextmanager
def connected(address: str, files: Sequence[Path]) -> Iterator[Workers]:
    """The workers at a scheduler, all of which can read the files and have our versions.

    Certificates of a tls:// scheduler are those of dask's own configuration (`distributed.comm.tls`).

    Raises
    ------
    InputError   no scheduler, no workers, workers that see other files or have other versions
    """
    if not address.startswith(SCHEMES):
        raise InputError(f"--scheduler must be {' or '.join(SCHEMES)}HOST:PORT; got {address!r}.")
    before = logging.getLogger("distributed").level
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what happens is told in our words
    try:
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE}):
            client = _client(address)
            try:
                _wait_for_one(client, address)
                _check(client, files)
                yield Workers(client, address)
            finally:
                client.close(timeout=CONNECT)  # type: ignore[no-untyped-call]
    finally:
        logging.getLogger("distributed").setLevel(before)


def _client(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT, name="hilander")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise InputError(
            f"expected a Dask scheduler at {address}, got no answer ({str(error).splitlines()[0]}). "
            "Start one with `dask scheduler`, or check address, firewall and certificates."
        ) from error


def _wait_for_one(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError:
        raise InputError(
            f"expected workers at {address}, got none in {FIRST_WORKER:.0f} s. Start some: dask worker {address}"
        ) from None


def _check(client: Client, files: Sequence[Path]) -> None:
    """Ask all workers who they are and what they see."""
    ours = checks.look(files)
    for address, theirs in client.run(checks.look, list(files), on_error="return").items():
        where = f"the worker {address}"
        if isinstance(theirs, ImportError):
            raise InputError(
                f"{where} cannot load hilander ({theirs}). Install {ours.versions['hilander']} there."
            )
        if isinstance(theirs, BaseException):
            raise InputError(
                f"{where} could not be asked ({type(theirs).__name__}: {theirs}). Start it again."
            )
        checks.compare(ours, theirs, where, files)


def _told(future: Future[Any]) -> Exception:
    if future.status != "error":
        return InputError("the Dask scheduler is gone, and what it had with it. Start it, and cluster again.")
    error = future.exception()  # type: ignore[no-untyped-call]
    name = str(future.key).rsplit("-", 1)[0]
    if isinstance(error, KilledWorker):
        return InputError(
            f"expected a worker to finish {name}, got several lost one after the other while they ran it. "
            "Most often that is memory: give workers more, or fewer threads each."
        )
    if isinstance(error, MemoryError):
        return InputError(f"a worker had too little memory for {name}. Give it more, or fewer threads.")
    return error if isinstance(error, Exception) else RuntimeError(f"{name}: {error!r}")


def nbytes(value: Any) -> int:
    """Bytes of the arrays in a value: what counts of what is sent."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, list | tuple):
        return sum(map(nbytes, value))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(nbytes(getattr(value, one.name)) for one in fields(value))
    return 0
