"""`hilander cut RUN --out FILE`: the cluster of every image, as CSV, Parquet or JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from hilander.cli import out
from hilander.cli.values import level, number
from hilander.hierarchy.recipe import Recipe
from hilander.hierarchy.run import Run
from hilander.io.tables import write_table
from hilander.views.cut import cut_table, table_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help="folder that `hilander cluster` made")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--level",
        metavar="N|natural|last",
        type=level,
        default="natural",
        help="cut at this level; last is the coarsest (default: %(default)s)",
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
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="FILE.csv, .parquet or .json; columns id, cluster, peak",
    )


def run(args: argparse.Namespace) -> None:
    out.check_table(args.out)
    run = Run.load(args.run)
    ids = run.id_list()
    if args.recipe is not None:
        cut = Recipe.read(args.recipe).cut_of(run.hierarchy)
        table = table_of(ids, cut.peak_of(run.hierarchy))
    elif args.min_link is None:
        table = cut_table(run.hierarchy, ids, level=args.level)
    else:
        table = cut_table(run.hierarchy, ids, min_link=args.min_link)
    write_table(table, args.out)
    clusters = int(table["cluster"].max()) + 1
    print(f"{args.out}: {len(ids):,} images in {clusters:,} clusters")
