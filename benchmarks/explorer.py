"""How soon the explorer shows what was asked for, in a real browser, and how much memory its server takes.

    python benchmarks/explorer.py [--images 10000 100000 1000000] [--repeats 20] [--actions step page]

For every size a workspace is generated (hierarchy, embeddings, k-NN graph and thumbnails as the library saves them),
the app is started on it as a user starts it, and a headless Chromium does every action as a new visitor. A time is
from the input event to the frame in which the page shows the new thing, pictures decoded. The processor time says what
the server took of it, whatever else the machine does. A run of everything is kept under benchmarks/results.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from hilander.hierarchy.forest import Hierarchy
from suite.explorer import processes
from suite.explorer.actions import ACTIONS, Action
from suite.explorer.measured import Measured, Memory, Timing, UmapTiming, short
from suite.explorer.umaps import umap
from suite.explorer.visit import NotThereError, Visit, visit
from suite.explorer.workspaces import make_workspace
from suite.report import circumstances, verdict_table, write_result
from suite.served import FLAGS, Serving, chromium, serving

SIZES, REPEATS = (10_000, 100_000, 1_000_000), 20
UMAPS = ((1_000, 2_000.0), (5_000, 8_000.0))  # members, ms asked for
UMAPS_FROM = 100_000  # images: fewer have no such cluster
UMAP = "umap"
PACKAGES = ("streamlit", "numpy", "playwright")


def main() -> None:
    args = _arguments()
    began, measured = os.getloadavg()[0], Measured()
    for images in args.images:
        with tempfile.TemporaryDirectory(prefix="hilander-explorer-") as home:
            _say(f"making {images:,} images")
            hierarchy = make_workspace(Path(home), images).hierarchy
            with _browser() as browser, serving(Path(home)) as app:
                session = Session(browser, app, hierarchy)
                _measure(measured, session, args.actions, args.repeats)
    verdicts = measured.verdicts()
    head = _circumstances(began)
    text = f"# The explorer\n\n{head}\n{measured.tables()}\n{verdict_table(verdicts)}"
    print(text)
    if tuple(args.images) == SIZES and set(args.actions) == {*_names(), UMAP}:
        write_result("explorer.md", text)
        write_result("explorer.json", measured.to_json(circumstances=head.strip()))
    sys.exit(short(verdicts))


@dataclass(frozen=True)
class Session:
    """A browser, the app, and the run that is looked at."""

    browser: Browser
    app: Serving
    hierarchy: Hierarchy

    def visit(self) -> AbstractContextManager[Visit]:
        return visit(self.browser, self.app, self.hierarchy)


def _measure(measured: Measured, session: Session, names: Sequence[str], repeats: int) -> None:
    images, pid = session.hierarchy.n, session.app.pid
    for action in ACTIONS:
        if action.name in names:
            measured.timings.append(_timing(session, action, repeats))
            _say(" | ".join(measured.timings[-1].cells()))
    if UMAP in names and images >= UMAPS_FROM:
        for size, asked in UMAPS:
            measured.umaps.append(_umap(session, size, asked))
            _say(" | ".join(measured.umaps[-1].cells()))
    server, jobs = processes.peak_mb(pid), processes.job_peak_mb(pid)
    measured.memory.append(Memory(images, server, processes.own_mb(pid), jobs))


def _timing(session: Session, action: Action, repeats: int) -> Timing:
    about = (session.hierarchy.n, action.name, action.what, action.asked)
    try:
        with session.visit() as at:
            ms = action.time(at, repeats)
            return Timing(*about, ms, *(at.used / len(ms)).tolist())
    except NotThereError as why:
        return Timing(*about, why=str(why))


def _umap(session: Session, size: int, asked: float) -> UmapTiming:
    about = (session.hierarchy.n, size, asked)
    try:
        with session.visit() as at:
            it = umap(at, size)
            return UmapTiming(*about, it.size, it.first, it.second, it.late, it.members, it.turned)
    except NotThereError as why:
        return UmapTiming(*about, why=str(why))


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        if path is None:
            sys.exit("This needs a browser and found none. Run tools/chromium.sh, or put chromium on PATH.")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def _circumstances(began: float) -> str:
    """When and where, and how busy the machine was with other things."""
    busy = f"Processes that wanted to run, a minute's mean: {began:.1f} before, {os.getloadavg()[0]:.1f} at the end."
    return f"{circumstances(PACKAGES, None).strip()} {busy}\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--actions", nargs="+", choices=[*_names(), UMAP], default=[*_names(), UMAP])
    return parser.parse_args()


def _names() -> list[str]:
    return [action.name for action in ACTIONS]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
