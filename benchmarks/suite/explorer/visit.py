"""A visitor of the explorer: goes to a view, does something, and tells how long the screen took to show it.

A test of the page is a JavaScript expression that may use `stopwatch` (stopwatch.js).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page

from hilander.hierarchy.forest import Hierarchy
from suite.explorer.workspaces import DATASET, RUN

STOPWATCH = (Path(__file__).parent / "stopwatch.js").read_text(encoding="utf-8")
SIZE = {"width": 1280, "height": 800}
PATIENCE = 180_000  # ms
QUIET = 150  # ms that a page must have been still before something is timed


class NotThereError(Exception):
    """The page has nothing to do this with."""


class Visit:
    """One page of a browser, and the run that it looks at."""

    def __init__(self, page: Page, url: str, hierarchy: Hierarchy) -> None:
        self.page, self.url, self.hierarchy = page, url, hierarchy
        self.rng = np.random.default_rng(0)

    def address(self, **query: object) -> str:
        return f"{self.url}/?{urlencode({'dataset': DATASET, 'run': RUN} | query)}"

    def go(self, shown: str, **query: object) -> None:
        """To a view, until it is there and the page is still."""
        self.page.goto(self.address(**query))
        self.page.wait_for_function(f"window.stopwatch && ({shown})", timeout=PATIENCE)
        self.settle()

    def settle(self) -> None:
        """Until the page has stopped drawing for a while."""
        still = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
        for _ in range(2):
            self.page.wait_for_function(still, timeout=PATIENCE)
            self.page.wait_for_timeout(QUIET)

    def timed(self, on: str, shown: str, act: Callable[[], object]) -> float:
        """ms from the event `on` that `act` causes to the frame in which `shown` holds."""
        self.page.evaluate(f"stopwatch.start({on!r}, () => ({shown}))")
        act()
        return self.seen()

    def opened(self, shown: str, **query: object) -> float:
        """ms from the start of a navigation to the frame in which `shown` holds."""
        self.page.goto(self.address(**query), wait_until="commit")
        self.page.wait_for_function("window.stopwatch")
        self.page.evaluate(f"stopwatch.start(null, () => ({shown}))")
        return self.seen()

    def seen(self) -> float:
        self.page.wait_for_function("stopwatch.seen !== null", timeout=PATIENCE)
        return float(self.page.evaluate("stopwatch.seen - stopwatch.began"))


@contextmanager
def visit(browser: Browser, url: str, hierarchy: Hierarchy) -> Iterator[Visit]:
    """Somebody who has never been here: own cookies, storage and cache."""
    context = browser.new_context(viewport=SIZE, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(STOPWATCH)
    yield Visit(context.new_page(), url, hierarchy)
    context.close()
