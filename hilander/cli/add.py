"""`hilander add RUN NEW_EMBEDDINGS --out NEWRUN`: its words, and what is refused before torch is loaded."""

from __future__ import annotations

import argparse
from pathlib import Path

from hilander.cli import out
from hilander.cli.cluster import is_run, loaded
from hilander.hierarchy.run import Run
from hilander.io.embeddings import read_embeddings
from hilander.io.made_from import read_sources, sources_in


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help="folder that `hilander cluster` or `add` made")
    parser.add_argument(
        "new",
        metavar="NEW_EMBEDDINGS",
        type=Path,
        help="the new images' embeddings, of the same model; a file as `hilander cluster` takes",
    )
    parser.add_argument(
        "--out", metavar="NEWRUN", type=Path, required=True, help="folder to make for the result"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace NEWRUN where it is an earlier result"
    )
    parser.add_argument(
        "--embeddings",
        metavar="FILE",
        type=Path,
        nargs="+",
        help="the files that RUN was made from, in their order (default: where they lay then)",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="NAME|DIR|FILE.pth",
        help="the checkpoint that made RUN, where it lies now (default: where it lay then); others are refused",
    )
    parser.add_argument(
        "--device",
        metavar="auto|cpu|cuda",
        default="auto",
        help="where the network runs (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    out.check_new_folder(args.out, overwrite=args.overwrite, ours=is_run)
    run = Run.load(args.run)
    new = read_embeddings(args.new)
    old, sources = read_sources(sources_in(run.meta), args.embeddings)
    # Torch takes seconds to load: only now that nothing can be refused without it.
    loaded("hilander.cli.adding").add_and_keep(args, run, old, new, sources)
