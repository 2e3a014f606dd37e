"""A visitor of the explorer: goes to a view, does something, and tells how long the screen took to show it.

A test of the page is a JavaScript expression that may use `stopwatch` (stopwatch.js).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as LateError

from hilander.hierarchy.forest import Hierarchy
from suite.explorer.processes import browser_ms, used_ms
from suite.explorer.workspaces import DATASET, RUN
from suite.served import Serving

STOPWATCH = (Path(__file__).parent / "stopwatch.js").read_text(encoding="utf-8")
SIZE = {"width": 1280, "height": 800}
PATIENCE = 120_000  # ms
QUIET = 150  # ms that a page must have been still before something is timed


class NotThereError(Exception):
    """The page has nothing to do this with, or never showed what was asked for."""


class Visit:
    """One page of a browser, and the run that it looks at."""

    def __init__(self, page: Page, app: Serving, hierarchy: Hierarchy) -> None:
        self.page, self.app, self.hierarchy = page, app, hierarchy
        self.rng = np.random.default_rng(0)
        self.used = np.zeros(
            2
        )  # ms of processor time in all that was timed so far: the server's, the browser's

    def address(self, **query: object) -> str:
        return f"{self.app.url}/?{urlencode({'dataset': DATASET, 'run': RUN} | query)}"

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
        """Milliseconds from the event `on` that `act` causes to the frame in which `shown` holds."""
        self.start(on, shown)
        with self._counted():
            act()
            return self.took()

    def opened(self, shown: str, **query: object) -> float:
        """Milliseconds from the start of a navigation to the frame in which `shown` holds."""
        with self._counted():
            self.page.goto(self.address(**query), wait_until="commit")
            self.page.wait_for_function("window.stopwatch")
            self.start(None, shown)
            return self.took()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        before = self._used()
        yield
        self.used += self._used() - before

    def _used(self) -> np.ndarray:
        return np.array([used_ms(self.app.pid), browser_ms(self.app.pid)])

    def start(self, on: str | None, shown: str, name: str = "it") -> None:
        """Begin to watch for `shown`; the clock starts with the next event `on`, None: with the navigation."""
        self.page.evaluate(f"stopwatch.start({json.dumps(name)}, {json.dumps(on)}, () => ({shown}))")

    def took(self, name: str = "it") -> float:
        took = f"stopwatch.took({json.dumps(name)})"
        self.page.wait_for_function(f"{took} !== null", timeout=PATIENCE)
        return float(self.page.evaluate(took))

    def has(self, shown: str) -> bool:
        return bool(self.page.evaluate(f"Boolean({shown})"))


@contextmanager
def visit(browser: Browser, app: Serving, hierarchy: Hierarchy) -> Iterator[Visit]:
    """Somebody who has never been here: own cookies, storage and cache."""
    context = browser.new_context(viewport=SIZE, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(STOPWATCH)
    try:
        yield Visit(context.new_page(), app, hierarchy)
    except LateError as error:
        raise NotThereError(f"nothing within {PATIENCE // 1000} s") from error
    finally:
        context.close()
