"""The job process of this server: started, started again where it dies, ended with the server.

    start(workspace)   the process that takes queued jobs and runs them (host.py) is alive from here on
    stop(workspace)    it is gone

Knows nothing about jobs but that those of a process that never starts fail.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from hilander.config import ASSETS
from hilander.services import logs
from hilander.services.store import open_store
from hilander.services.workspace import HOME_VARIABLE, Workspace, default_workspace

QUICK_DEATH, TRIES, REST = 60.0, 3, 60.0  # s; after so many deaths in a row it is tried once a minute
KEEP = 5.0  # s between two looks at whether the job process is alive
WAIT_FOR_HOST = 10.0  # s, when this server ends
HOST_LOG = "host.log"


@dataclass
class _Host:
    """The job process of one workspace, as this server sees it."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    is_stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


_hosts: dict[Path, _Host] = {}
_hosts_lock = threading.Lock()


def start(workspace: Workspace | None = None) -> None:
    """Start the job process unless this server has a living one. Returns at once; cheap to call often."""
    workspace = workspace or default_workspace()
    with _hosts_lock:
        is_new = workspace.root not in _hosts
        host = _hosts.setdefault(workspace.root, _Host())
    _start(workspace, host)
    if is_new:
        threading.Thread(target=_keep, args=(workspace, host), name="keeper", daemon=True).start()


def _keep(workspace: Workspace, host: _Host) -> None:
    """Start the job process again where it died, also while nobody looks at a page."""
    while not host.is_stopped:
        time.sleep(KEEP)
        with contextlib.suppress(Exception):  # a full disk, a database that is away: the next time
            _start(workspace, host)


def _start(workspace: Workspace, host: _Host) -> None:
    with host.lock:
        if host.is_stopped or (host.process is not None and host.process.poll() is None):
            return
        ago = time.monotonic() - host.started
        if host.process is not None:
            host.quick_deaths = host.quick_deaths + 1 if ago < QUICK_DEATH else 0
            host.process = None
        if host.quick_deaths >= TRIES and ago < REST:
            log = "the server's log" if logs.is_json() else workspace.logs_dir() / HOST_LOG
            open_store(workspace).fail_queued(
                f"The job process does not start; {log} says why. Mend that; it is tried again every minute."
            )
            return
        host.process, host.started = _launch(workspace), time.monotonic()


def _launch(workspace: Workspace) -> subprocess.Popen[bytes]:
    """Start host.py. It ends when its standard input does, which is when this process ends, however it ends.

    What it writes goes to a file of the workspace; as JSON, which is for whoever collects it, to where ours goes.
    """
    code = str(ASSETS.parent)
    paths = [code, *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), HOME_VARIABLE: str(workspace.root)}
    with (workspace.logs_dir() / HOST_LOG).open("ab") as file:
        log = None if logs.is_json() else file
        return subprocess.Popen(
            [sys.executable, "-m", "hilander.services.host", str(workspace.root)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,  # Ctrl-C in the terminal is for the server; it then tells the host
        )


def stop(workspace: Workspace | None = None, *, wait: float = WAIT_FOR_HOST) -> None:
    """End this server's job process and wait for it; what it ran becomes "interrupted".

    A server that ends by itself does this on its way out; for one that is killed the end of its input tells the host.
    """
    workspace = workspace or default_workspace()
    with _hosts_lock:
        host = _hosts.pop(workspace.root, None)
    if host is None:
        return
    with host.lock:
        host.is_stopped = True
    if host.process is None:
        return
    assert host.process.stdin is not None
    host.process.stdin.close()
    try:
        host.process.wait(wait)
    except subprocess.TimeoutExpired:
        host.process.kill()
        host.process.wait()


@atexit.register
def _stop_all() -> None:
    """Ctrl-C and SIGTERM end Streamlit in order; the host must be gone before whoever waits for it says so."""
    for root in list(_hosts):
        stop(Workspace(root))
