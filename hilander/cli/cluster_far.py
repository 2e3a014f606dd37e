"""The work of `hilander cluster --scheduler`: as `clustering`, on the workers of a Dask cluster."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from dataclasses import asdict

import numpy as np

from hilander.cli.clustering import describe, how, summary, warn
from hilander.cli.progress import Line
from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.progress import Stopwatch
from hilander.hierarchy.run import Run
from hilander.model.checkpoint import load_checkpoint
from hilander.model.shift import compare

if importlib.util.find_spec("distributed") is None:
    raise InputError("--scheduler needs Dask, which is not installed. Run: pip install dask distributed")

from hilander.distributed.cluster import Clustered, cluster_shards, exact_on_cpus


def cluster_and_keep(args: argparse.Namespace, config: ClusterConfig) -> None:
    config = exact_on_cpus(config)
    checkpoint = load_checkpoint(config.checkpoint)
    first = FirstLevel.beside(checkpoint.home)
    started = time.monotonic()
    with Line(sys.stderr) as line:
        watch = Stopwatch(line.clustering)
        found = cluster_shards(args.embeddings, args.scheduler, config, watch, first)
    seconds = time.monotonic() - started
    shift = compare(first.profile, checkpoint.home)
    warn(shift)
    shards = found.shards
    files = list(zip(shards.files, np.diff(shards.starts).tolist(), strict=True))
    meta = describe(args.embeddings, files, shards.dim, seconds)
    meta |= how(config, checkpoint, first, watch, shards.dim) | {"shift": shift.to_dict()}
    meta["distributed"] = {
        "shards": len(shards.files),
        "workers": found.workers,
        "workers_lost": found.lost,
        "bytes": asdict(found.moved),
        "tasks": found.tasks,
    }
    run = Run(found.hierarchy, found.ids, meta, first.graph_of(found.distinct), first.wholes)
    run.save(args.out, overwrite=args.overwrite)
    print(f"{summary(args.out, found.hierarchy, seconds, first.recall)}. {moved(found)}")


def moved(found: Clustered) -> str:
    """What went over the network, for a person."""
    to, back, between = (f"{size / 1e6:,.0f} MB" for size in asdict(found.moved).values())
    lost = f", {found.lost} of them lost" * bool(found.lost)
    return f"{found.workers} workers{lost}; moved {to} to them, {back} from them, {between} between them"
