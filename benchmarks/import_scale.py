"""`hilander import` as a whole process on 200,000 images of 128 pixels and 200,000 x 512 embeddings.

    python benchmarks/import_scale.py [--images 200000] [--dim 512] [--data FOLDER] [--no-kills]

Images a second, the peak of the memory of all its processes, and the same again killed twice by SIGKILL at 30 and at
60 in 100 of the images and started again with the same words: nothing may be seen meanwhile, and the data set must be
the same to the byte. Ends with 1 while a figure is short. `--data` keeps what is generated, for the next time.
"""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hilander.services.store import DatasetRow, Store
from hilander.services.workspace import Workspace
from suite.intake.command import Ran, run_import
from suite.intake.generated import Files, generate
from suite.report import Verdict, table

KILLS = (0.3, 0.6)
LEAST_IMAGES_S, MOST_MB = 400, 1_500


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--kills", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _data(args) as files:
        say(f"{args.images:,} images, {args.images:,} x {args.dim}: {files.gigabytes:.2f} GB")
        whole = run_import(Path(folder) / "whole", files)
        say(line("not killed", whole))
        found = speed(whole, args.images)
        if args.kills:
            found += killed(Path(folder), files, args.images)
    say(table(("what", "asked", "got", ""), (verdict.cells() for verdict in found)))
    return 0 if all(verdict.ok for verdict in found) else 1


@contextmanager
def _data(args: argparse.Namespace) -> Iterator[Files]:
    if args.data is not None:
        yield generate(args.data, args.images, args.dim)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield generate(Path(folder), args.images, args.dim)


def speed(ran: Ran, images: int) -> list[Verdict]:
    rate = images / ran.seconds
    return [
        Verdict("images a second", f"at least {LEAST_IMAGES_S}", f"{rate:.0f}", rate >= LEAST_IMAGES_S),
        Verdict("peak memory, MB", f"under {MOST_MB:,}", f"{ran.peak_mb:,.0f}", ran.peak_mb < MOST_MB),
        Verdict("exit code", "0", str(ran.code), ran.code == 0),
    ]


def killed(folder: Path, files: Files, images: int) -> list[Verdict]:
    """The import killed twice and gone on with, held against the one that was not."""
    home = Workspace(folder / "killed")
    seen, again, ended = [], 0, 0
    for kill_at in (*KILLS, None):
        ran = run_import(home.root, files, kill_at)
        say(line("to the end" if kill_at is None else f"killed at {kill_at:.0%}", ran))
        again += max(0, ended - ran.first)
        ended = ran.last
        if kill_at is not None:
            seen += [row.id for row in Store(home).datasets()]
            seen += [path.name for path in home.datasets_dir().iterdir() if not path.name.startswith(".")]
    return [
        Verdict("data sets seen before the end", "0", str(len(seen)), not seen),
        Verdict(
            "images made twice, of both kills", f"under {images // 20:,}", f"{again:,}", again < images // 20
        ),
        Verdict("the same data set as without a kill", "yes", *same(Workspace(folder / "whole"), home)),
    ]


def same(one: Workspace, other: Workspace) -> tuple[str, bool]:
    """Whether two workspaces hold one data set each, the same to the byte."""
    rows = [Store(home).datasets() for home in (one, other)]
    if [len(found) for found in rows] != [1, 1]:
        return f"{len(rows[0])} and {len(rows[1])} data sets", False
    folders = [home.dataset_dir(found[0].id) for home, found in zip((one, other), rows, strict=True)]
    names = sorted({path.name for folder in folders for path in folder.iterdir()})
    _, different, missing = filecmp.cmpfiles(*folders, names, shallow=False)
    unlike = [*different, *missing, *([] if nameless(rows[0][0]) == nameless(rows[1][0]) else ["row"])]
    left = [
        path.name for home in (one, other) for path in home.datasets_dir().iterdir() if path.name[0] == "."
    ]
    return ", ".join(unlike + left) or "yes", not unlike and not left


def nameless(row: DatasetRow) -> DatasetRow:
    """A row without what differs between two imports of one thing."""
    return replace(row, id="", created=datetime.fromtimestamp(0, UTC))


def line(what: str, ran: Ran) -> str:
    share = f"images {ran.first:,} to {ran.last:,}"
    rate = (ran.last - ran.first) / ran.seconds
    return (
        f"{what}: {share}, {ran.seconds:.1f} s, {rate:.0f} a second, {ran.processor_s:.1f} s of processor, "
        f"{ran.peak_mb:,.0f} MB, code {ran.code}"
    )


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
