"""Whether hilander can work: its database, its folder and its job process, each with what is wrong.

    checks() -> [Check("database", True, "answers in 1 ms"), Check("workspace", ...), Check("jobs", ...)]

What is asked is what work needs: a row read, a file written, a job process that was heard lately.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hilander.errors import AwayError
from hilander.services import disk, job_list, logs
from hilander.services.store import Store, now, open_store
from hilander.services.workspace import Workspace, default_workspace

PATIENCE = 5.0  # s that a database may take; a load balancer asks every few
LONG_WAIT = 30.0  # s that a job may wait for a job process to start


@dataclass(frozen=True)
class Check:
    """One thing that work needs; `detail` is a sentence for people."""

    name: str
    ok: bool
    detail: str


def checks(workspace: Workspace | None = None) -> list[Check]:
    """Everything that is looked at; a workspace that is not there yet is not made."""
    workspace = workspace or default_workspace()
    if not workspace.root.is_dir():
        told = f"{workspace.root} does not exist: start hilander once, or correct HILANDER_HOME"
        return [Check("workspace", False, told)]
    database = _database(workspace)
    found = [database, _writable(workspace.root)]
    if database.ok:
        found.append(_jobs(open_store(workspace)))
    return found


def is_healthy(found: list[Check]) -> bool:
    return all(check.ok for check in found)


def _database(workspace: Workspace) -> Check:
    began = time.monotonic()
    try:
        ok = _within(lambda: open_store(workspace).answers(), PATIENCE)
    except TimeoutError:
        return Check("database", False, f"does not answer within {PATIENCE:.0f} s")
    except AwayError as error:
        return Check("database", False, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the answer is the same
        return Check("database", False, logs.redacted(f"{type(error).__name__}: {error}".splitlines()[0]))
    return Check("database", ok, f"answers in {1000 * (time.monotonic() - began):.0f} ms")


def _within(ask: Callable[[], bool], seconds: float) -> bool:
    """The answer; TimeoutError when it takes longer. The asking thread is left to itself then."""
    answer: list[bool | Exception] = []

    def run() -> None:
        try:
            answer.append(ask())
        except Exception as error:  # noqa: BLE001 - raised again below
            answer.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _writable(root: Path) -> Check:
    """Whether a file can be written: neither permissions nor free space alone tell that."""
    path = root / f".health.{secrets.token_hex(4)}.part"
    try:
        with path.open("wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Check("workspace", False, f"{root} cannot be written: {error.strerror or error}")
    finally:
        path.unlink(missing_ok=True)
    return Check("workspace", True, f"{root} can be written, {disk.readable(disk.free_bytes(root))} free")


def _jobs(store: Store) -> Check:
    living = job_list.living_hosts(store)
    working = [host for host in living if not host.trouble]
    if working:
        return Check("jobs", True, f"{len(working)} job process{'es' if len(working) > 1 else ''} alive")
    if living:
        return Check("jobs", False, living[0].trouble)
    waiting = [job for job in store.open_jobs() if job.state == "queued"]
    longest = max(((now() - job.created).total_seconds() for job in waiting), default=0.0)
    if longest > LONG_WAIT:
        told = f"no job process is alive; jobs that wait: {len(waiting)}, the oldest for {longest:.0f} s"
        return Check("jobs", False, told)
    if store.hosts():
        return Check(
            "jobs", False, "the job process ended without a word; the app starts another within seconds"
        )
    return Check("jobs", True, "no job process yet: the first visit starts it")
