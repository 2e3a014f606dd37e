"""`hilander cluster EMBEDDINGS --out RUN`: its words, and what is refused before torch is loaded."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
from pathlib import Path
from types import ModuleType

from hilander.cli import out
from hilander.cli.values import number, whole
from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig
from hilander.hierarchy.run import Run
from hilander.io.embeddings import read_embeddings
from hilander.io.shards import read_shards

FOR_TORCH = {
    "THP_MEM_ALLOC_ENABLE": "1",  # large tensors on pages of 2 MB: rows in random order are found sooner
    "OMP_WAIT_POLICY": "passive",  # its threads wait without a core, which others compute on meanwhile
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "embeddings",
        metavar="EMBEDDINGS",
        type=Path,
        help=".npy, .npz, .parquet, .csv, .safetensors or a published .pkl, one row an image; "
        "or a folder of .npy or .parquet shards, in the order of their names",
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
        help="neighbours of a node, itself counted (default: the checkpoint's)",
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
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="cluster on the workers of a Dask scheduler (tls:// too, with the certificates of dask's configuration); "
        "all must see EMBEDDINGS, .npy or .parquet, under the same path. The search is exact",
    )


def run(args: argparse.Namespace) -> None:
    config = config_from(args)
    out.check_new_folder(args.out, overwrite=args.overwrite, ours=is_run)
    if args.scheduler:
        importlib.import_module("hilander.cli.cluster_far").cluster_and_keep(args, config)
        return
    embeddings = (
        read_shards(args.embeddings) if args.embeddings.is_dir() else read_embeddings(args.embeddings)
    )
    # Torch takes seconds to load: only now that nothing can be refused without it.
    loaded("hilander.cli.clustering").cluster_and_keep(args, config, embeddings)


def loaded(module: str) -> ModuleType:
    """Imported, with torch told how it is to work, unless the user has (benchmarks/LOG.md).

    And with no search for garbage among what modules make and keep, then or later: a fifth of a second.
    """
    for name, value in FOR_TORCH.items():
        os.environ.setdefault(name, value)
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


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
