"""A workspace with the real processes on it: the app as `hilander app` starts it, its job process, and its worker.

The benchmark's own process never starts a job process: it writes jobs into the store as a page does, and watches.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from hilander.errors import AwayError
from hilander.services import job_list, job_process, jobs
from hilander.services.store import DEMO_MADE, URL_VARIABLE, JobRow, Store, now, open_store
from hilander.services.workspace import HOME_VARIABLE, Workspace
from suite.served import free_port
from suite.sessions import LostError, Session, Shown

UP, OVER = 300.0, 600.0  # s; the machine may be busy
HOST_MODULE = "hilander.services.host"


@dataclass
class App:
    """`hilander app` in a process group of its own; its output goes to a file of the place."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def host(self) -> psutil.Process:
        """The job process; its group is its own, as it is the server's child."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return next(it for it in below if HOST_MODULE in " ".join(_words(it)))

    def worker(self) -> psutil.Process:
        """The process that computes: the largest below the job process."""
        return max(self.host().children(recursive=True), key=lambda it: it.memory_info().rss)

    def kill(self) -> None:
        """SIGKILL to the command and to the server, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


@dataclass
class Place:
    """home : of the workspace;  url : of its database as this process reaches it, None for SQLite;  env : more for the
    app's processes, where they are to see another address, or another clock;  looks_after : whether this process, as
    a page does, sees to jobs whose process is silent, for which it needs the same clock."""

    home: Path
    url: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    looks_after: bool = True

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home)

    @property
    def store(self) -> Store:
        return open_store(self.workspace)

    def environment(self) -> dict[str, str]:
        own = {HOME_VARIABLE: str(self.home)} | ({URL_VARIABLE: self.url} if self.url else {})
        base = {name: value for name, value in os.environ.items() if name != URL_VARIABLE}
        return base | own | dict(self.env)

    @contextmanager
    def used(self) -> Iterator[None]:
        """The services that this very process calls look here, and start no job process."""
        own = {HOME_VARIABLE: str(self.home)} | ({URL_VARIABLE: self.url} if self.url else {})
        with patch.dict(os.environ, own), patch.object(job_process, "start", lambda workspace=None: None):
            if self.url is None:
                os.environ.pop(URL_VARIABLE, None)
            self.store.set_fact(DEMO_MADE, "not wanted here")
            yield

    @contextmanager
    def app(self) -> Iterator[App]:
        """The app, visited once, and its worker up. What is left of it at the end is killed."""
        port = free_port()
        with (self.home.parent / "app.log").open("ab") as log:
            words = [sys.executable, "-m", "hilander", "app", "--port", str(port)]
            process = subprocess.Popen(
                words, stdout=log, stderr=log, env=self.environment(), start_new_session=True
            )
        app, host = App(process, port), None
        try:
            until(lambda: _answers(app, Path(log.name)), UP, "the app to answer")
            self.shown(app)
            until(lambda: _living(self, app), UP, "the job process")
            host = app.host()
            yield app
        finally:
            with suppress(psutil.Error, StopIteration):
                host = app.host()
            _end(process, host)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A `hilander` command with the plain environment."""
        env = {name: value for name, value in self.environment().items() if name not in self.env}
        env |= {URL_VARIABLE: self.url} if self.url else {}
        return subprocess.run(
            [sys.executable, "-m", "hilander", *words], capture_output=True, text=True, env=env, check=False
        )

    def shown(self, app: App, page: str = "", query: str = "") -> Shown:
        """A page as somebody sees it who opens it now."""
        with Session(app.url, page=page, query=query) as session:
            return session.first

    def wait(self, job_id: str, test: Callable[[JobRow], bool], seconds: float = OVER) -> JobRow:
        """The job once it is so; what a page does that looks at it: see jobs.get. A row that goes was done."""
        found = [_gone(job_id)]

        def is_so() -> bool:
            try:
                job = (
                    jobs.get(job_id, workspace=self.workspace) if self.looks_after else self.store.job(job_id)
                )
            except (
                OSError,
                AwayError,
            ):  # the disk is full, the database away: a page says so, and looks again
                return False
            found.append(job or replace(found[-1], state="done", error=""))
            return test(found[-1])

        until(is_so, seconds, f"job {job_id}")
        return found[-1]


def _gone(job_id: str) -> JobRow:
    """An export that was done before it could be looked at."""
    nothing: dict[str, Any] = dict.fromkeys(JobRow.__dataclass_fields__)
    return JobRow(
        **(nothing | {"id": job_id, "kind": "export", "state": "done", "error": "", "created": now()})
    )


def until(test: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise LateError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)


class LateError(Exception):
    """What should have come within some time did not."""


def _answers(app: App, log: Path) -> bool:
    if app.process.poll() is not None:
        raise LateError(f"the app ended with {app.process.returncode}: {log.read_text()[-500:]}")
    try:
        Session(app.url, page="jobs").__exit__()
    except LostError:
        return False
    return True


def _living(place: Place, app: App) -> bool:
    with suppress(psutil.Error, StopIteration, ValueError):
        app.worker()
        return bool(job_list.living_hosts(place.store) if place.looks_after else place.store.hosts())
    return False


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _end(process: subprocess.Popen[bytes], host: psutil.Process | None) -> None:
    """All of it: what is asked to end may take its time, and is killed then."""
    below = _below(host)
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
    for one in psutil.wait_procs(below, timeout=20)[1]:
        with suppress(psutil.Error):
            one.kill()


def _below(host: psutil.Process | None) -> list[psutil.Process]:
    if host is None:
        return []
    try:
        return [host, *host.children(recursive=True)]
    except psutil.Error:
        return [host]
