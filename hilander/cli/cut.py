"""`hilander cut RUN --out FILE`: the cluster of every image, as CSV, Parquet or JSON; `--folders`: as folders."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from hilander.cli import out
from hilander.cli.values import level, number
from hilander.errors import InputError
from hilander.hierarchy.recipe import Recipe
from hilander.hierarchy.run import Run
from hilander.io.atomic import atomic_path
from hilander.io.cut_file import read_cut
from hilander.io.images import open_images
from hilander.io.sinks import FolderSink
from hilander.io.tables import write_table
from hilander.services.sorting import find_images, sort_images
from hilander.views.cut import cut_table, table_of

if TYPE_CHECKING:
    from hilander.views.folders import Table

NAMED = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        metavar="RUN",
        type=Path,
        help="folder that `hilander cluster` made; with --folders also the CSV of a cut",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--level",
        metavar="N|natural|last",
        type=level,
        help="cut at this level; last is the coarsest (default: natural)",
    )
    where.add_argument(
        "--min-link",
        metavar="P",
        type=number,
        help="follow the links of at least this probability instead, of all levels, 0 to 1",
    )
    where.add_argument(
        "--recipe",
        metavar="FILE.json",
        type=Path,
        help="cut as a recipe says that the app saved, with branches at levels of their own",
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="FILE.csv, .parquet or .json; columns id, cluster, peak"
    )
    parser.add_argument(
        "--folders", metavar="DIR", type=Path, help="copy the images into DIR, a folder a cluster; DIR is new"
    )
    parser.add_argument(
        "--images",
        metavar="SOURCE",
        type=Path,
        help="the images for --folders: a folder, a zip or tar, a Parquet file, or a list of paths (.txt, .csv)",
    )


def run(args: argparse.Namespace) -> None:
    _check(args)
    table = _table(args)
    clusters = len(set(table["cluster"].tolist()))
    if args.out is not None:
        write_table(table, args.out)
        print(f"{args.out}: {len(table['id']):,} images in {clusters:,} clusters")
    if args.folders is not None:
        _sort(table, args.images, args.folders)


def _check(args: argparse.Namespace) -> None:
    if args.out is None and args.folders is None:
        raise InputError("expected --out FILE, or --folders DIR with --images SOURCE; got neither.")
    if (args.folders is None) != (args.images is None):
        raise InputError("--folders DIR and --images SOURCE go together; got one of them. Give both.")
    if args.out is not None:
        out.check_table(args.out)
    if args.folders is not None:
        out.check_new_folder(args.folders, overwrite=False, ours=lambda _: False, option="--folders")


def _table(args: argparse.Namespace) -> Table:
    if not args.run.is_file():
        run = Run.load(args.run)
        if args.recipe is not None:
            cut = Recipe.read(args.recipe).cut_of(run.hierarchy)
            return table_of(run.id_list(), cut.peak_of(run.hierarchy))
        return cut_table(run.hierarchy, run.id_list(), level=args.level, min_link=args.min_link)
    if args.level is not None or args.min_link is not None or args.recipe is not None:
        raise InputError(
            f"{args.run.name} is a cut already: --level, --min-link and --recipe need a run's folder. Leave them out."
        )
    return read_cut(args.run)


def _sort(table: Table, images: Path, folder: Path) -> None:
    """Copy the images that have an id; say on stderr which ids are left over."""
    anywhere = Path(Path.cwd().anchor)  # a list may name whatever its user may read
    with closing(open_images(images, inside=[anywhere])) as source, atomic_path(folder) as temporary:
        available = source.names()
        where = find_images(table["id"], available)
        found = {name: column[where >= 0] for name, column in table.items()}
        names = [available[i] for i in where[where >= 0].tolist()]
        temporary.mkdir()
        written, unread = sort_images(
            found, names, lambda row: source.open_bytes(names[row]), FolderSink(temporary)
        )
    without = table["id"][where < 0].tolist()
    _tell_left_out(without, "id(s) without an image")
    _tell_left_out(unread, "image(s) that could not be read")
    folders = len(set(written["folder"].tolist()))
    print(f"{folder}: {len(written['id']):,} images in {folders:,} folders")


def _tell_left_out(names: list[str], what: str) -> None:
    if names:
        more = ", ..." if len(names) > NAMED else ""
        print(f"hilander: {len(names):,} {what}: {', '.join(names[:NAMED])}{more}", file=sys.stderr)
