"""What stands on stderr while a hierarchy is built."""

from __future__ import annotations

import io

from hilander.cli.progress import ERASE, Line
from hilander.hierarchy.build import Progress
from hilander.services.imports import ImportProgress
from hilander.train.records import TrainProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at(stage: str, fraction: float = 0.5) -> Progress:
    return Progress(
        level=2, stage=stage, nodes=1234, edges=11106, new_links=987, seconds=3.44, fraction=fraction
    )


def shown(stream: io.StringIO, *records: Progress) -> str:
    with Line(stream) as line:
        for record in records:
            line.clustering(record)
    return stream.getvalue()


def test_a_file_gets_one_line_a_level():
    text = shown(io.StringIO(), at("knn"), at("links"), at("merge", 1.0), at("done", 1.0))
    assert text == "level 2: 1,234 nodes, 11,106 edges, 987 new links, 3.4 s\n"


def test_a_terminal_gets_a_bar_that_the_level_line_replaces():
    drawn, last = (
        shown(Terminal(), at("knn", 0.25), at("merge", 1.0), at("done", 1.0)).removeprefix(ERASE).split(ERASE)
    )
    assert drawn == "level 2: 1,234 nodes, 11,106 edges, 3.4 s  [###.........] finding neighbours"
    assert last == "level 2: 1,234 nodes, 11,106 edges, 987 new links, 3.4 s\n"


def test_a_line_never_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert shown(Terminal(), at("knn")).split(ERASE)[1] == "level 2: 1,234 nodes, 11,106 "


def test_a_broken_off_run_leaves_a_clean_terminal_line():
    assert shown(Terminal(), at("links")).endswith(ERASE)


def epochs(stream: io.StringIO, count: int) -> str:
    with Line(stream) as line:
        for epoch in range(1, count + 1):
            line.training(TrainProgress(epoch, count, 0.5, 0.4, 0.1, 1e-3, 2.0 * epoch, 100))
    return stream.getvalue()


def test_a_file_gets_ten_lines_of_a_training_and_the_last():
    lines = epochs(io.StringIO(), 35).splitlines()
    assert lines[0] == "epoch 3 of 35: loss 0.5000 (links 0.4000, density 0.1000), 6.0 s"
    assert [int(line.split()[1]) for line in lines] == [*range(3, 34, 3), 35]


def test_a_terminal_keeps_the_last_epoch_only():
    text = epochs(Terminal(), 4)
    assert text.split(ERASE)[-1].startswith("epoch 4 of 4")
    assert text.count("\n") == 1


def imported(stream: io.StringIO, *records: tuple[str, int, int]) -> str:
    with Line(stream) as line:
        for stage, done, total in records:
            line.importing(ImportProgress(stage, done, total, 1.25))
    return stream.getvalue()


def test_an_import_is_a_bar_on_a_terminal_and_a_line_each_tenth_part_in_a_file():
    records = [("reading", 0, 0), *(("thumbnails", done, 2000) for done in (100, 150, 210))]
    assert imported(io.StringIO(), *records).splitlines() == [
        "making thumbnails: 100 of 2,000, 1.2 s",
        "making thumbnails: 210 of 2,000, 1.2 s",
    ]
    drawn = imported(Terminal(), ("thumbnails", 500, 2000)).removeprefix(ERASE).split(ERASE)
    assert drawn == ["[###.........] making thumbnails: 500 of 2,000, 1.2 s", ""]
