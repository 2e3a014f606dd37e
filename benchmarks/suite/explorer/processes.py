"""Memory and processor time of the server's process and of those under it, from /proc. Linux alone."""

from __future__ import annotations

import os
from pathlib import Path


def peak_mb(pid: int) -> float:
    """The most memory that a process has had, files that it maps included (VmHWM), in MB."""
    return _status(pid, "VmHWM")


def resident_mb(pid: int) -> float:
    """What a process has now, files that it maps included (VmRSS), in MB."""
    return _status(pid, "VmRSS")


def own_mb(pid: int) -> float:
    """What a process has now without files that it maps (RssAnon), in MB."""
    return _status(pid, "RssAnon")


def used_ms(pid: int) -> float:
    """Processor time that a process has taken, all its threads together, in ms."""
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def browser_ms(app: int) -> float:
    """Processor time of everything that this process has started, the app with all below it left out, in ms."""
    apart = {app, *_below(app)}
    return sum(used_ms(pid) for pid in _below(os.getpid()) if pid not in apart)


def job_peak_mb(pid: int) -> float:
    """The peak of the largest of all processes below this one, 0 where there is none."""
    return max((peak_mb(below) for below in _below(pid)), default=0.0)


def tree_mb(pid: int) -> float:
    """What a process and those under it have now, files that they map included (VmRSS of each), in MB."""
    return sum(_status(each, "VmRSS") for each in (pid, *_below(pid)))


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):  # it has just ended
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _status(pid: int, field: str) -> float:
    try:
        lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(f"{field}:")), f"{field}: 0 kB")
    return int(found.split()[1]) * 1024 / 1e6
