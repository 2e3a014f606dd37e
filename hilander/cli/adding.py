"""The work of `hilander add`: a run's hierarchy with new images in it, kept in a folder of its own."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from hilander import api
from hilander.cli.progress import Line
from hilander.hierarchy.addition import DUE, Addition
from hilander.hierarchy.run import Run
from hilander.io.embeddings import EmbeddingSet
from hilander.io.made_from import SOURCES, Source


def add_and_keep(
    args: argparse.Namespace, run: Run, old: np.ndarray, new: EmbeddingSet, sources: list[Source]
) -> None:
    started = time.monotonic()
    with Line(sys.stderr) as line:
        moved = {"checkpoint": args.checkpoint} if args.checkpoint else {}
        told = line.clustering
        made = api.add(run, old, new.x, ids=new.ids, device=args.device, progress=told, **moved)
    seconds = time.monotonic() - started
    files = [*sources, Source.of(args.new, new.n)]
    meta = made.run.meta | {SOURCES: [one.to_dict() for one in files], "added_seconds": round(seconds, 3)}
    meta |= {name: meta[name] | moved for name in ("config", "settings") if name in meta}
    replace(made.run, meta=meta).save(args.out, overwrite=args.overwrite)
    print(summary(args.out, made, seconds))
    if made.due:
        print(f"hilander: {due(made)}", file=sys.stderr)


def summary(folder: Path, made: Addition, seconds: float) -> str:
    joined = int(made.joined.sum())
    alone = f", {made.new - joined:,} make {made.clusters:,} new ones" if made.clusters else ""
    return (
        f"{folder}: {made.new:,} images added to {made.old:,} in {seconds:.1f} s; {joined:,} joined clusters that were "
        f"there{alone}, at the natural level. Next: hilander levels {folder}"
    )


def due(made: Addition) -> str:
    n = made.run.hierarchy.n
    return (
        f"a full run is due: {n - made.full:,} images were added to the {made.full:,} of the last one "
        f"({made.share:.1%}; past {DUE:.0%} clusters begin to differ from what it would find). "
        f"Cluster all {n:,} together (hilander cluster)"
    )
