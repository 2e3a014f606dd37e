"""Faults injected into the real processes on a real workspace, and what a person sees, loses and finds half-made.

    python benchmarks/reliability.py [--rounds 20] [--only kill,full,held,clock,corrupt,cut] [--seed 0]

Faults: SIGKILL of the worker, of the job process and of the app at random moments of an import, a clustering and an
export; a disk that is full; a database that somebody holds; a clock that is set; a flipped byte in every stored file;
a network that is cut between app and PostgreSQL. Somebody writes into the journal all the while. After each fault
every entry that was acknowledged must be there, the job must say what became of it, a second try must end in the same
bytes, and once two days have passed nothing half-made may be left and `hilander doctor` must find nothing.

Writes benchmarks/results/reliability.json and .md, in which kinds of faults that were not asked for with `--only` stay
as they were found before; ends with 1 when anything was lost, half-made or wrong. `--rounds` are those of the kills of
worker and app; the other faults, of which some take a minute each, are injected a tenth as often.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from suite.reliability.kept import Part, as_text, keep
from suite.reliability.outcome import Outcome
from suite.reliability.place import LateError
from suite.reliability.scenes import FAULTS, Asked
from suite.report import circumstances

PACKAGES = ["streamlit", "distributed", "sqlalchemy", "psycopg"]


def main() -> int:
    args = _arguments()
    chosen = args.only.split(",") if args.only else list(FAULTS)
    parts = [_part(name, args) for name in chosen]
    say(as_text(parts))
    if args.keep:
        say(str(keep(parts, list(FAULTS))))
    return 0 if all(it.ok for part in parts for it in part.outcomes) else 1


def _part(name: str, args: argparse.Namespace) -> Part:
    """All faults of one kind."""
    before, began, found = os.getloadavg()[0], time.monotonic(), list[Outcome]()
    with tempfile.TemporaryDirectory(prefix=f"hilander-{name}-") as folder:
        asked = Asked(args.rounds, args.images, args.seed, say)
        for outcome in _as_far_as_it_comes(name, FAULTS[name](Path(folder), asked)):
            found.append(outcome)
            say(" | ".join(outcome.cells()))
    minutes, after = (time.monotonic() - began) / 60, os.getloadavg()[0]
    load = f"{minutes:.0f} minutes, load {before:.1f} before and {after:.1f} at the end, seed {args.seed}."
    return Part(name, f"{circumstances(PACKAGES, None).rstrip()} {load}", found)


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
        "--keep", action=argparse.BooleanOptionalAction, default=True, help="write the two files"
    )
    args = parser.parse_args()
    if unknown := set(args.only.split(",") if args.only else ()) - set(FAULTS):
        parser.error(f"--only takes {', '.join(FAULTS)}; got {', '.join(sorted(unknown))}")
    return args


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
