"""What stands on stderr while a hierarchy is built."""

from __future__ import annotations

import io

from hilander.cli.progress import ERASE, ProgressLine
from hilander.hierarchy.build import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at(stage: str, fraction: float = 0.5) -> Progress:
    return Progress(
        level=2, stage=stage, nodes=1234, edges=11106, new_links=987, seconds=3.44, fraction=fraction
    )


def shown(stream: io.StringIO, *records: Progress) -> str:
    line = ProgressLine(stream)
    for record in records:
        line(record)
    line.close()
    return stream.getvalue()


def test_a_file_gets_one_line_a_level():
    text = shown(io.StringIO(), at("knn"), at("links"), at("merge", 1.0), at("done", 1.0))
    assert text == "level 2: 1,234 nodes, 11,106 edges, 987 new links, 3.4 s\n"


def test_a_terminal_gets_a_bar_that_the_level_line_replaces():
    drawn, last = (
        shown(Terminal(), at("knn", 0.25), at("merge", 1.0), at("done", 1.0)).removeprefix(ERASE).split(ERASE)
    )
    assert drawn == "level 2: 1,234 nodes, 11,106 edges, 3.4 s  [######..................] finding neighbours"
    assert last == "level 2: 1,234 nodes, 11,106 edges, 987 new links, 3.4 s\n"


def test_a_broken_off_run_leaves_a_clean_terminal_line():
    assert shown(Terminal(), at("links")).endswith(ERASE)
