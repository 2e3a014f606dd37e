"""`hilander cluster EMBEDDINGS --out RUN`: the hierarchy of one embeddings file, kept in a folder."""

from __future__ import annotations

import argparse
import sys
import time
from importlib.metadata import version
from pathlib import Path

from hilander import api
from hilander.cli import out
from hilander.cli.progress import Line
from hilander.cli.values import number, whole
from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.run import Run
from hilander.io.embeddings import EmbeddingSet, read_embeddings
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.shift import Shift, compare
from hilander.views.shift import UNTOLD, told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "embeddings",
        metavar="EMBEDDINGS",
        type=Path,
        help=".npy, .npz, .parquet, .csv, .safetensors or a published .pkl, one row an image",
    )
    parser.add_argument(
        "--out", metavar="RUN", type=Path, required=True, help="folder to make for the result"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace RUN where it is an earlier result")
    parser.add_argument(
        "--checkpoint",
        metavar="NAME|DIR|FILE.pth",
        default=DEFAULT_CHECKPOINT,
        help="the network (default: %(default)s)",
    )
    parser.add_argument(
        "--k",
        metavar="K",
        type=whole,
        default=10,
        help="neighbours of a node, itself counted (default: %(default)s)",
    )
    parser.add_argument(
        "--tau",
        metavar="T",
        type=number,
        help="least linkage probability of an edge, 0 to 1 (default: the checkpoint's)",
    )
    parser.add_argument(
        "--levels",
        metavar="N",
        type=whole,
        default=10,
        help="most levels up to the natural one (default: %(default)s)",
    )
    parser.add_argument(
        "--early-stop",
        action=argparse.BooleanOptionalAction,
        help="stop when a level adds few links: that is the natural level (default: the checkpoint's)",
    )
    parser.add_argument(
        "--coarser",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on past the natural level, a third fewer clusters a level, until nothing can merge (default: do)",
    )
    parser.add_argument(
        "--knn",
        metavar="auto|exact|approx",
        default="auto",
        help="how neighbours are found (default: %(default)s)",
    )
    parser.add_argument(
        "--engine", metavar="torch|dgl", default="torch", help="what runs the network (default: %(default)s)"
    )
    parser.add_argument(
        "--device", metavar="auto|cpu|cuda", default="auto", help="where it runs (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> None:
    config = config_from(args)
    out.check_new_folder(args.out, overwrite=args.overwrite, ours=is_run)
    checkpoint = load_checkpoint(config.checkpoint)
    embeddings = read_embeddings(args.embeddings)
    started = time.monotonic()
    first = FirstLevel.beside(checkpoint.home)
    with Line(sys.stderr) as line:
        hierarchy = api.cluster(embeddings.x, config=config, progress=line.clustering, observe=first)
    seconds = time.monotonic() - started
    shift = compare(first.profile, checkpoint.home)
    warn(shift)
    meta = describe(args.embeddings, embeddings, seconds) | how(config, checkpoint)
    meta["shift"] = shift.to_dict()
    Run(hierarchy, embeddings.ids, meta).save(args.out, overwrite=args.overwrite)
    print(summary(args.out, hierarchy, seconds))


def config_from(args: argparse.Namespace) -> ClusterConfig:
    return ClusterConfig(
        checkpoint=args.checkpoint,
        k=args.k,
        tau=args.tau,
        levels=args.levels,
        early_stop=args.early_stop,
        coarser=args.coarser,
        knn=args.knn,
        engine=args.engine,
        device=args.device,
    )


def is_run(folder: Path) -> bool:
    try:
        Run.load(folder)
    except (ValueError, OSError):
        return False
    return True


def describe(source: Path, embeddings: EmbeddingSet, seconds: float) -> dict[str, object]:
    """What RUN was made from, and by what."""
    return {
        "source": source.name,
        "n": embeddings.n,
        "dim": embeddings.dim,
        "seconds": round(seconds, 3),
        "versions": {name: version(name) for name in ("hilander", "torch", "numpy")},
    }


def how(config: ClusterConfig, checkpoint: Checkpoint) -> dict[str, object]:
    """The settings as asked for, and what the checkpoint filled in for those left open."""
    settings = api.level_settings(config, checkpoint, config.device)
    return {
        "checkpoint": checkpoint.name,
        "config": config.to_dict(),
        "tau": settings.tau,
        "early_stop": settings.early_stop,
    }


def warn(shift: Shift) -> None:
    """One line on stderr where the checkpoint is far from home, or does not say where that is."""
    words = told(shift)
    if shift.verdict == "untold":
        print(f"hilander: {UNTOLD}", file=sys.stderr)
    elif shift.verdict == "far" and words:
        print(
            f"hilander: these embeddings are {words.headline}: {words.how}. "
            "Compare the levels by eye, or train on labels of your own (hilander train)",
            file=sys.stderr,
        )


def summary(folder: Path, h: Hierarchy, seconds: float) -> str:
    found, fewest = (f"{len(h.peaks_at(level)):,}" for level in ("natural", "last"))
    coarser = f", {fewest} at the last, {h.n_levels}" if h.n_levels > h.natural_level else ""
    return (
        f"{folder}: {h.n:,} images, {h.n_levels} levels in {seconds:.1f} s; "
        f"{found} clusters at the natural level, {h.natural_level}{coarser}. Next: hilander levels {folder}"
    )
