"""Progress on stderr: a bar that is redrawn on a terminal, one line a level anywhere else.

Progress records  ->  "level 2: 1,234 nodes, 11,106 edges, 1,100 new links, 3.4 s"
"""

from __future__ import annotations

from typing import TextIO

from hilander.hierarchy.build import Progress

STAGES = {"knn": "finding neighbours", "links": "judging links"}
BAR = 24
ERASE = "\r\x1b[K"


class ProgressLine:
    """Shows each record it is called with; `close()` leaves the terminal on a clean line."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.drawn = False

    def __call__(self, progress: Progress) -> None:
        if progress.stage in STAGES:
            self._draw(bar_line(progress))
            return
        self.close()
        if progress.stage == "merge":
            self.stream.write(level_line(progress) + "\n")
            self.stream.flush()

    def _draw(self, line: str) -> None:
        if self.live:
            self.stream.write(ERASE + line)
            self.stream.flush()
            self.drawn = True

    def close(self) -> None:
        if self.drawn:
            self.stream.write(ERASE)
            self.stream.flush()
        self.drawn = False


def level_line(progress: Progress) -> str:
    return f"{_counts(progress)}, {progress.new_links:,} new links, {progress.seconds:.1f} s"


def bar_line(progress: Progress) -> str:
    full = round(BAR * min(max(progress.fraction, 0.0), 1.0))
    bar = "#" * full + "." * (BAR - full)
    return f"{_counts(progress)}, {progress.seconds:.1f} s  [{bar}] {STAGES[progress.stage]}"


def _counts(progress: Progress) -> str:
    return f"level {progress.level}: {progress.nodes:,} nodes, {progress.edges:,} edges"
