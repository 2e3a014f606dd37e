"""A database that another process holds for longer than a statement waits."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from suite.reliability.place import Place
from suite.reliability.trial import Fault, Scene
from suite.served import ROOT

SECONDS = 26.0  # a statement waits 20


def hold(address: str) -> None:
    """In a process of its own: hold the database until the end of the input."""
    if "://" in address:
        _hold_postgresql(address)
    else:
        _hold_sqlite(Path(address))


def _hold_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _until_end_of_input()
        connection.execute("ROLLBACK")


def _hold_postgresql(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        connection.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        _until_end_of_input()
        connection.rollback()


def _until_end_of_input() -> None:
    print("held", flush=True)
    sys.stdin.read()


class Holder:
    """That process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def strike(self, scene: Scene, rng: random.Random) -> None:
        place: Place = scene.place
        address = place.url or str(place.home / "hilander.db")
        words = [sys.executable, "-m", "suite.reliability.holding", address]
        self._process = subprocess.Popen(
            words, cwd=ROOT / "benchmarks", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "held\n"

    def lift(self, scene: Scene) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(120)  # on a busy machine
        time.sleep(1)


def held(name: str) -> Fault:
    holder = Holder()
    return Fault(
        f"{name} held for {SECONDS:.0f} s", holder.strike, holder.lift, hold=lambda rng: SECONDS, goes_on=True
    )


if __name__ == "__main__":
    hold(sys.argv[1])
