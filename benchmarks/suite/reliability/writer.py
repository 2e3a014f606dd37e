"""Somebody who writes into the journal all the time, in a process of its own, and says what was acknowledged.

    python -m suite.reliability.writer RUN PREFIX

Prints a line for each answer: "kept ITEM" once the entry is acknowledged, "told MESSAGE" where it was refused; the
same item is then tried again, as a person does.
"""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Self

from hilander.errors import InputError
from hilander.services import full_disk, journal
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace
from suite.served import ROOT

PAUSE, AFTER_REFUSAL = 0.05, 0.5  # s


class Writer:
    """The process, as the benchmark sees it: items acknowledged so far, and what it was told otherwise."""

    def __init__(self, env: dict[str, str], run_id: str, prefix: str) -> None:
        words = [sys.executable, "-m", "suite.reliability.writer", run_id, prefix]
        self._process = subprocess.Popen(
            words, cwd=ROOT / "benchmarks", env=env, stdout=subprocess.PIPE, text=True
        )
        self._answered = threading.Event()
        self.kept: list[str] = []
        self.told: Counter[str] = Counter()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def begun(self, seconds: float) -> bool:
        """Whether it has had its first answer, within so many seconds."""
        return self._answered.wait(seconds)

    def kill(self) -> None:
        """SIGKILL; what it had said by then is read to the end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)
        self._reader.join(20)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "kept":
                self.kept.append(rest)
            elif word == "told":
                self.told[rest] += 1
            self._answered.set()


def main(run_id: str, prefix: str) -> None:
    number, store = 0, None
    while True:
        item = _item(f"{prefix}-{number}")
        try:
            store = store or open_store()
            seen = journal.version(store, run_id, journal.NOTE, item)
            journal.put(store, run_id, journal.NOTE, item, item, seen=seen, who="writer")
        except (InputError, OSError) as error:
            _refused(error)
        else:
            print(f"kept {item}", flush=True)
            number += 1
            time.sleep(PAUSE)


def _item(name: str) -> str:
    """A cluster that there is not, as the journal knows clusters: its peak, its size, a hash of its images."""
    return f"0.1.{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"


def _refused(error: Exception) -> None:
    """In the words that a page has for it."""
    full = full_disk.full(default_workspace().root) if full_disk.is_full(error) else str(error)
    print(f"told {full}", flush=True)
    time.sleep(AFTER_REFUSAL)


if __name__ == "__main__":
    main(*sys.argv[1:])
