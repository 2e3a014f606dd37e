"""Every reader fed with mutated and raw files for a given time: cases, errors by type, peak memory.

    python benchmarks/fuzz.py [--minutes 10] [--only npy zip] [--seed 0] [--keep FOLDER]

Each reader runs in a process of its own, which is given an equal part of the time; loading it does not count. Ends
with 1 when anything but InputError came out of one, it was killed, or took 1 GB of memory or more, its imports counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from suite.fuzz.attack import Tally, attack
from suite.fuzz.readers import READERS
from suite.report import table

HEAD = ("reader", "cases", "read", "InputError", "other errors", "slowest, s", "peak, MB", "")


def main() -> None:
    args = _arguments()
    keep = None if args.keep is None else Path(args.keep)
    if args.alone is not None:
        reader = next(it for it in READERS if it.name == args.alone)
        print(attack(reader, args.minutes * 60, first=args.seed, keep=keep).to_json())
        return
    names = args.only or [it.name for it in READERS]
    tallies = [_in_a_process(name, args.minutes / len(names), args) for name in names]
    print(table(HEAD, map(_cells, tallies)))
    print(f"{sum(it.cases for it in tallies):,} cases in {args.minutes:g} minutes.")
    sys.exit(0 if all(it.ok for it in tallies) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", nargs="+", choices=[it.name for it in READERS])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", help="where to put the cases that bring out another error")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(name: str, minutes: float, args: argparse.Namespace) -> Tally:
    words = ["--alone", name, "--minutes", str(minutes), "--seed", str(args.seed)]
    words += ["--keep", args.keep] if args.keep else []
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return Tally(name, errors=Counter({f"process ended with {done.returncode}": 1}))
    found = json.loads(done.stdout.splitlines()[-1])
    return Tally(**(found | {"errors": Counter(found["errors"])}))


def _cells(it: Tally) -> list[str]:
    errors = ", ".join(f"{count} {name}" for name, count in it.errors.items()) or "none"
    figures = [
        f"{it.cases:,}",
        f"{it.read:,}",
        f"{it.refused:,}",
        errors,
        f"{it.slowest:.2f}",
        f"{it.peak >> 20:,}",
    ]
    return [it.name, *figures, "ok" if it.ok else "NOT OK"]


if __name__ == "__main__":
    main()
