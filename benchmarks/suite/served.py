"""The app as a user starts it, on a free port and in a workspace of its own, and a browser to visit it with.

For the browser tests and the explorer's benchmark alike; knows nothing about either.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
UP_WITHIN = 60.0  # s


@dataclass(frozen=True)
class Serving:
    """A running app: where it is, and the process that serves it."""

    url: str
    pid: int


@contextmanager
def serving(home: Path, streamlit: Path | None = None, port: int | None = None) -> Iterator[Serving]:
    """The app in workspace `home` until the block ends; `streamlit` is a script that stands in for the command."""
    port = port or free_port()
    program = ["-m", "hilander.ui.server.start"] if streamlit is None else [str(streamlit), "run", "app.py"]
    command = [sys.executable, *program, "--server.address", "127.0.0.1"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | {"HILANDER_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_up(url, process, home / "server.log")
            yield Serving(url, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(int(UP_WITHIN * 10)):
        if process.poll() is not None:
            raise RuntimeError(f"the app ended: {log.read_text()}")
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the app did not answer within {UP_WITHIN:.0f} s: {log.read_text()}")


def chromium(own: str) -> str | None:
    """The Chromium on PATH, else the one at `own` (Playwright's), else None."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or (own if Path(own).exists() else None)
