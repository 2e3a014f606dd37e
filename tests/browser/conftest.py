"""A real server in a workspace of its own, and a headless Chromium to visit it with."""

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

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from hilander.services.store import Store
from hilander.services.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDE = {"width": 1280, "height": 800}
PATIENCE = 45_000  # ms: two cores run the server, its job process, the browser and other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A running app: where it is, and its workspace."""

    url: str
    workspace: Workspace

    @property
    def store(self) -> Store:
        return Store(self.workspace)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("browser-home")) as running:
        yield running


@contextmanager
def started(home: Path, streamlit: Path | None = None) -> Iterator[Server]:
    """A server on a free port whose workspace is `home`; `streamlit` is a script that stands in for the command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = ["-m", "streamlit"] if streamlit is None else [str(streamlit)]
    command = [sys.executable, *program, "run", "app.py", "--server.address", "127.0.0.1"]
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
            yield Server(url, Workspace(home))
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the app did not answer within 60 s: {log.read_text()}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=_chromium(playwright), args=FLAGS)
    yield opened
    opened.close()


def _chromium(playwright: Playwright) -> str:
    """The Chromium on PATH, else Playwright's own."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    reason = f"needs a browser: none of {', '.join(NAMES)} on PATH, and Playwright has not installed its own"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh visitor (own cookies and storage) who has opened nothing yet."""
    context = browser.new_context(viewport=WIDE, color_scheme="light", base_url=server.url)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
