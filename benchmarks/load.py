"""Many sessions at once that step through the levels of three data sets, and one that steps a thousand times.

    python benchmarks/load.py [--minutes 5] [--sessions 50] [--think 6] [--soak 1000] [--sizes 5000,50000,200000]

Sessions speak Streamlit's messages over its socket (suite/sessions.py): the whole of what the server does, and nothing
of a browser, so that both cores are the server's but for what reading its answers takes. A step moves the level's
slider, and counts only when the page that comes back is finished, says the new level and shows no error; its time is
that of a press until the last message. People look before they step on: a session waits from half to one and a half
times `--think` seconds. After that half a minute without waiting tells how many steps a second there could be.

The soak is one session of an app of its own. Writes benchmarks/results/load.md; ends with 1 when anything went wrong,
the memory did not come to rest or the soak grew by 50 MB.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from hilander.services.store import DEMO_MADE, open_store
from hilander.services.workspace import Workspace
from suite.explorer.processes import used_ms
from suite.explorer.workspaces import add_generated
from suite.load.memory import LEAST, SHARE, Sample, Watch, growth
from suite.load.walkers import Tally, Walk, Walker, step, wrong
from suite.report import Verdict, circumstances, table, verdict_table, write_result
from suite.served import serving
from suite.sessions import Session

CEILING = 30.0  # s without waiting
MOST_SOAK_MB = 50.0


def main() -> int:
    args = _arguments()
    sizes = [int(word) for word in args.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        walks = _make(home, sizes)
        before = os.getloadavg()[0]
        parts, verdicts = [], []
        if args.sessions:
            told, judged = _crowd(home, walks, args)
            parts.append(told)
            verdicts += judged
        if args.soak:
            told, judged = _soak(home, walks[1 if len(walks) > 1 else 0], args.soak)
            parts.append(told)
            verdicts += judged
    load = f"Processes that wanted to run, a minute's mean: {before:.1f} before, {os.getloadavg()[0]:.1f} at the end."
    head = f"# Load\n\n{circumstances(['streamlit', 'numpy'], None).rstrip()} {load}\n"
    text = "\n".join([head, *parts, verdict_table(verdicts)])
    say(text)
    if args.keep:
        say(str(write_result("load.md", text)))
    return 0 if all(verdict.ok for verdict in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--sessions", type=int, default=50, help="0: the soak alone")
    parser.add_argument(
        "--think", type=float, default=6.0, help="mean seconds between two steps of a session"
    )
    parser.add_argument("--soak", type=int, default=1000, help="steps of one session; 0: none")
    parser.add_argument("--sizes", default="5000,50000,200000", help="images of each data set")
    parser.add_argument("--keep", action=argparse.BooleanOptionalAction, default=True, help="write load.md")
    return parser.parse_args()


def _make(home: Path, sizes: list[int]) -> list[tuple[str, int]]:
    """The workspace; the query and the number of levels of each run."""
    workspace = Workspace(home)
    open_store(workspace).set_fact(DEMO_MADE, "not wanted here")
    walks = []
    for number, n in enumerate(sizes):
        say(f"making {n:,} images")
        made = add_generated(workspace, n, number, dataset_id=f"set-{number}", run_id=f"run-{number}")
        walks.append((f"dataset=set-{number}&run=run-{number}&level=1", made.hierarchy.n_levels))
    return walks


def _crowd(home: Path, walks: list[tuple[str, int]], args: argparse.Namespace) -> tuple[str, list[Verdict]]:
    tally, over = Tally(), threading.Event()
    with serving(home) as app:
        walkers = [
            Walker(Walk(app.url, *walks[i % len(walks)], args.think), tally, over, seed=i, delay=0.2 * i)
            for i in range(args.sessions)
        ]
        for walker in walkers:
            walker.start()
        for walker in walkers:
            walker.is_there.wait()
        say(f"{args.sessions} sessions are there")
        watch, used = Watch(app.pid), used_ms(app.pid)
        watch.start()
        start = time.monotonic()
        time.sleep(60 * args.minutes)
        end, used = time.monotonic(), used_ms(app.pid) - used
        watch.stop()
        at_pace = tally.between(start, end)
        ceiling = _ceiling(walkers, tally)
        over.set()
        for walker in walkers:
            walker.join()
    cores = used / 1000 / (end - start)
    return _crowd_text(args, at_pace, ceiling, cores, watch.samples), _crowd_verdicts(
        args, tally, at_pace, watch.samples
    )


def _ceiling(walkers: list[Walker], tally: Tally) -> list[float]:
    """Seconds of the steps in the time without waiting, after as long as a waiting session may still take."""
    for walker in walkers:
        walker.think = 0.0
    time.sleep(10)
    start = time.monotonic()
    time.sleep(CEILING)
    return tally.between(start, time.monotonic())


def _crowd_text(
    args: argparse.Namespace, at_pace: list[float], ceiling: list[float], cores: float, samples: list[Sample]
) -> str:
    rows = [
        _step_cells(f"a step every {args.think:g} s each", at_pace, 60 * args.minutes),
        _step_cells("no waiting", ceiling, CEILING),
    ]
    memory = [(f"{it.seconds:.0f}", f"{it.mb:.0f}", f"{it.own:.0f}") for it in samples]
    return "\n".join(
        [
            f"{args.sessions} sessions, data sets of {args.sizes} images in turn, {args.minutes:g} minutes; the server "
            f"took {cores:.2f} cores.\n",
            table(("pace", "steps", "steps a second", "p50 ms", "p95 ms", "slowest ms"), rows),
            table(("s", "server's memory MB", "of it not files"), memory),
        ]
    )


def _step_cells(what: str, seconds: list[float], over: float) -> list[str]:
    ms = 1000 * np.array(seconds or [np.nan])
    figures = [f"{value:,.0f}" for value in (*np.percentile(ms, [50, 95]), ms.max())]
    return [what, f"{len(seconds):,}", f"{len(seconds) / over:.1f}", *figures]


def _crowd_verdicts(
    args: argparse.Namespace, tally: Tally, at_pace: list[float], samples: list[Sample]
) -> list[Verdict]:
    for error in sorted(set(tally.errors))[:10]:
        say(f"error: {error}")
    found = [Verdict(f"errors in {len(tally.steps):,} steps", "0", str(len(tally.errors)), not tally.errors)]
    if at_pace:
        p95 = 1000 * float(np.percentile(at_pace, 95))
        found.append(Verdict("p95 of a step", "stated", f"{p95:,.0f} ms", ok=True))
    if args.minutes >= 3:
        grown, allowed = growth(samples, 60, samples[-1].seconds)
        asked = f"<= {SHARE:.0%} or {LEAST:.0f} MB: {allowed:.0f} MB"
        what = "memory, mean of the last minute less that of the second"
        found.append(Verdict(what, asked, f"{grown:+.0f} MB", grown <= allowed))
    return found


def _soak(home: Path, walk: tuple[str, int], steps: int) -> tuple[str, list[Verdict]]:
    query, levels = walk
    tally = Tally()
    with serving(home) as app, Session(app.url, query=query) as session:
        for failure in wrong(session.first):
            tally.error(failure)
        watch, samples = Watch(app.pid), []
        for number in range(steps + 1):
            if number % max(1, steps // 10) == 0:
                samples.append((number, watch.look()))
            if number < steps:
                step(session, (1 + number) % (levels + 1), levels, tally)
        grown = samples[-1][1].mb - samples[0][1].mb
    rows = [(f"{number:,}", f"{it.seconds:.0f}", f"{it.mb:.0f}", f"{it.own:.0f}") for number, it in samples]
    for error in sorted(set(tally.errors))[:10]:
        say(f"error: {error}")
    text = (
        f"One session, {steps:,} steps without waiting, an app of its own: p50 and p95 of a step "
        f"{_p(tally, 50):,.0f} and {_p(tally, 95):,.0f} ms.\n\n"
        + table(("steps", "s", "server's memory MB", "of it not files"), rows)
    )
    return text, [
        Verdict("errors in the soak", "0", str(len(tally.errors)), not tally.errors),
        Verdict(
            "growth over the soak, from its first page on",
            "< 50 MB",
            f"{grown:+.0f} MB",
            grown < MOST_SOAK_MB,
        ),
    ]


def _p(tally: Tally, share: float) -> float:
    return 1000 * float(np.percentile([seconds for _, seconds in tally.steps] or [np.nan], share))


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
