"""Programs measured from outside: seconds on the clock and peak memory of a whole process. Linux alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Whole(NamedTuple):
    """seconds on the clock; peak : bytes of resident memory of the process at its largest."""

    seconds: float
    peak: int


def whole(words: Sequence[str | Path]) -> Whole:
    """Run a Python program to its end; RuntimeError with what it said where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{words} ended with {process.returncode}: {said.decode()[-2_000:]}")
    return Whole(seconds, usage.ru_maxrss << 10)


def told(words: Sequence[str | Path]) -> dict[str, Any]:
    """Run a Python program whose last line is JSON."""
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words} ended with {done.returncode}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
