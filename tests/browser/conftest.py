"""A real server in a workspace of its own, and a headless Chromium to visit it with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from hilander.hierarchy.run import Run
from hilander.services.store import Store
from hilander.services.workspace import Workspace
from suite.served import BROWSERS, FLAGS, chromium, serving

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


@pytest.fixture
def clusters(server: Server) -> Callable[[int], int]:
    """How many clusters the demo shapes have at a level; once a page has shown them."""

    def at(level: int) -> int:
        hierarchy = Run.load(server.workspace.run_dir("demo-shapes")).hierarchy
        return len(np.unique(hierarchy.labels_at(level)))

    return at


@contextmanager
def started(home: Path, streamlit: Path | None = None) -> Iterator[Server]:
    """A server on a free port whose workspace is `home`; `streamlit` is a script that stands in for the command."""
    with serving(home, streamlit) as app:
        yield Server(app.url, Workspace(home))


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
    found = chromium(playwright.chromium.executable_path)
    if found:
        return found
    reason = (
        f"needs a browser: none of {', '.join(BROWSERS)} on PATH, and Playwright has not installed its own"
    )
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
