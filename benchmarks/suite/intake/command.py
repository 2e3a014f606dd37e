"""`hilander import` as a process of its own: watched, measured, and killed where that is asked for."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from suite.explorer.processes import tree_mb
from suite.intake.generated import Files

THUMBNAILS = re.compile(r"making thumbnails: ([\d,]+) of ([\d,]+)")
LOOK = 0.1  # s between two looks at the memory


@dataclass(frozen=True)
class Ran:
    """One process: how it ended, how long it took, its memory, and which images it told of first and last.

    peak_mb : the most that it and those under it had at a look; told : images done by its lines on stderr
    """

    code: int
    seconds: float
    processor_s: float
    peak_mb: float
    first: int
    last: int


def run_import(home: Path, files: Files, kill_at: float | None = None) -> Ran:
    """Run the import; with `kill_at` SIGKILL it once that share of the images is done."""
    words = ["import", str(files.embeddings), "--images", str(files.images), "--labels", str(files.labels)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "hilander", *words, "--name", "Generated"],
        env=os.environ | {"HILANDER_HOME": str(home)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    peak, over = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, over))
    watcher.start()
    told = _listen(process, kill_at)
    _, status, usage = os.wait4(process.pid, 0)
    over.set()
    watcher.join()
    return Ran(
        code=os.waitstatus_to_exitcode(status),
        seconds=time.perf_counter() - began,
        processor_s=usage.ru_utime + usage.ru_stime,
        peak_mb=max(peak[0], usage.ru_maxrss * 1024 / 1e6),
        first=told[0] if told else 0,
        last=told[-1] if told else 0,
    )


def _listen(process: subprocess.Popen[str], kill_at: float | None) -> list[int]:
    """Read what it says to the end; images done, by its lines."""
    assert process.stderr is not None
    told: list[int] = []
    for line in process.stderr:
        found = THUMBNAILS.search(line)
        if found is None:
            continue
        done, total = (int(group.replace(",", "")) for group in found.groups())
        told.append(done)
        if kill_at is not None and done >= kill_at * total:
            process.send_signal(signal.SIGKILL)
            break
    return told


def _watch(pid: int, peak: list[float], over: threading.Event) -> None:
    while not over.wait(LOOK):
        peak[0] = max(peak[0], tree_mb(pid))
