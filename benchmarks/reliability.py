"""Faults injected into the real processes on a real workspace, and what a person sees, loses and finds half-made.

    python benchmarks/reliability.py [--rounds 20] [--only kill,full,held,clock,corrupt,cut] [--seed 0]

Faults: SIGKILL of the worker, of the job process and of the app at random moments of an import, a clustering and an
export; a disk that is full; a database that somebody holds; a clock that is set; a flipped byte in every stored file;
a network that is cut between app and PostgreSQL. Somebody writes into the journal all the while. After each fault
every entry that was acknowledged must be there, the job must say what became of it, a second try must end in the same
bytes, and once two days have passed nothing half-made may be left and `hilander doctor` must find nothing.

Writes benchmarks/results/reliability.md; ends with 1 when anything was lost, half-made or wrong. `--rounds` are those
of the kills of worker and app; the other faults, of which some take a minute each, are injected a tenth as often.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from suite.reliability.outcome import HEAD, Outcome
from suite.reliability.place import LateError
from suite.reliability.scenes import FAULTS, Asked
from suite.report import circumstances, table, write_result

PACKAGES = ["streamlit", "distributed", "sqlalchemy", "psycopg"]


def main() -> int:
    args = _arguments()
    chosen = args.only.split(",") if args.only else list(FAULTS)
    before, began = os.getloadavg()[0], time.monotonic()
    found: list[Outcome] = []
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix=f"hilander-{name}-") as folder:
            asked = Asked(args.rounds, args.images, args.seed, say)
            for outcome in _as_far_as_it_comes(name, FAULTS[name](Path(folder), asked)):
                found.append(outcome)
                say(" | ".join(outcome.cells()))
    load = f"Processes that wanted to run, a minute's mean: {before:.1f} before, {os.getloadavg()[0]:.1f} at the end."
    minutes = (time.monotonic() - began) / 60
    where = circumstances(PACKAGES, None).rstrip()
    head = f"# Reliability\n\n{where} {load} {minutes:.0f} minutes, seed {args.seed}.\n"
    text = "\n".join([head, table(HEAD, (it.cells() for it in found)), _sum(found)])
    say(text)
    if args.keep:
        say(str(write_result("reliability.md", text)))
    return 0 if all(it.ok for it in found) else 1


def _as_far_as_it_comes(name: str, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """What never comes is wrong, and the other faults are tried all the same."""
    try:
        yield from outcomes
    except LateError as late:
        yield Outcome(name, "what comes before and after it", wrong=[str(late)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument(
        "--images", type=int, default=1500, help="of an import; six times as many rows are clustered"
    )
    parser.add_argument("--only", default="", help=f"some of {','.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", action=argparse.BooleanOptionalAction, default=True, help="write reliability.md"
    )
    args = parser.parse_args()
    if unknown := set(args.only.split(",") if args.only else ()) - set(FAULTS):
        parser.error(f"--only takes {', '.join(FAULTS)}; got {', '.join(sorted(unknown))}")
    return args


def _sum(found: list[Outcome]) -> str:
    times, kept = sum(it.times for it in found), sum(it.kept for it in found)
    lost, partial = sum(len(it.lost) for it in found), sum(len(it.partial) for it in found)
    wrong = sum(len(it.wrong) for it in found)
    return (
        f"{times:,} faults; {kept:,} acknowledged entries of the journal, {lost} lost; {partial} partial files; "
        f"{wrong} other things wrong.\n"
    )


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
