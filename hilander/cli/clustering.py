"""The work of `hilander cluster`: the hierarchy of one set of embeddings, kept in a folder."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hilander import api
from hilander.cli.progress import Line
from hilander.config import ClusterConfig
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.image_graph import ImageGraph
from hilander.hierarchy.progress import Stopwatch
from hilander.hierarchy.record import facts
from hilander.hierarchy.run import Run
from hilander.io.embeddings import EmbeddingSet
from hilander.io.made_from import SOURCES, Source
from hilander.io.vectors import unit_vectors
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.predict import resolve_device
from hilander.model.shift import Shift, compare
from hilander.views.shift import UNTOLD, told


def cluster_and_keep(args: argparse.Namespace, config: ClusterConfig, embeddings: EmbeddingSet) -> None:
    checkpoint = load_checkpoint(config.checkpoint)
    first = FirstLevel.beside(checkpoint.home)
    started = time.monotonic()
    with Line(sys.stderr) as line:
        watch = Stopwatch(line.clustering)
        hierarchy = api.cluster(embeddings.x, config=config, progress=watch, observe=first)
    seconds = time.monotonic() - started
    shift = compare(first.profile, checkpoint.home)
    warn(shift)
    files = embeddings.files or [(args.embeddings, embeddings.n)]
    meta = describe(args.embeddings, files, embeddings.dim, seconds)
    meta |= how(config, checkpoint, first, watch, embeddings.dim) | {"shift": shift.to_dict()}
    Run(hierarchy, embeddings.ids, meta, image_graph(first, embeddings.x), first.wholes).save(
        args.out, overwrite=args.overwrite
    )
    print(summary(args.out, hierarchy, seconds, first.recall))


def image_graph(first: FirstLevel, x: np.ndarray) -> ImageGraph | None:
    """The images' k-NN graph. The unit vectors are needed, and made once more, only where there are copies."""
    copies = first.graph is not None and first.graph.n < len(x)
    return first.image_graph(unit_vectors(x) if copies else x)


def describe(source: Path, files: Sequence[tuple[Path, int]], dim: int, seconds: float) -> dict[str, object]:
    """What RUN was made from; the files with the rows of each."""
    return {
        "source": source.name,
        SOURCES: [Source.of(file, rows).to_dict() for file, rows in files],
        "n": sum(rows for _, rows in files),
        "dim": dim,
        "seconds": round(seconds, 3),
    }


def how(
    config: ClusterConfig, checkpoint: Checkpoint, first: FirstLevel, watch: Stopwatch, dim: int
) -> dict[str, object]:
    """The settings as asked for, and what came of them."""
    settings = api.level_settings(config, checkpoint, resolve_device(config.device))
    return {"config": config.to_dict()} | facts(checkpoint, settings, first, watch, dim)


def warn(shift: Shift) -> None:
    """One line on stderr where the checkpoint is far from home, or does not say where that is."""
    words = told(shift)
    if shift.verdict == "untold":
        print(f"hilander: {UNTOLD}", file=sys.stderr)
    elif shift.verdict == "far" and words:
        print(
            f"hilander: these embeddings are {words.headline}: {words.how}. "
            "Compare the levels by eye, answer some questions (hilander calibrate), "
            "or train on labels of your own (hilander train)",
            file=sys.stderr,
        )


def summary(folder: Path, h: Hierarchy, seconds: float, recall: float) -> str:
    found, fewest = (f"{len(h.peaks_at(level)):,}" for level in ("natural", "last"))
    approximate = f"; {recall:.1%} of the true neighbours found" if recall < 1 else ""
    coarser = f", {fewest} at the last, {h.n_levels}" if h.n_levels > h.natural_level else ""
    return (
        f"{folder}: {h.n:,} images, {h.n_levels} levels in {seconds:.1f} s; "
        f"{found} clusters at the natural level, {h.natural_level}{coarser}{approximate}. "
        f"Next: hilander levels {folder}"
    )
