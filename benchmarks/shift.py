"""Is far from the training data also badly clustered? The shift warning's distances beside what they should tell.

python benchmarks/shift.py [--checkpoint NAME or FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hilander.config import DEFAULT_CHECKPOINT
from hilander.demo.sets import DemoSet, demo_sets
from hilander.hierarchy.first_level import FirstLevel
from hilander.io.embeddings import read_embeddings
from hilander.io.labels import align_labels, read_labels
from hilander.model.checkpoint import load_checkpoint
from hilander.model.profile import SHAPES, distance
from hilander.model.shift import compare
from hilander.train.generated import mixture
from hilander.views.shift import UNTOLD
from suite import datasets
from suite.datasets import Dataset
from suite.ours import cluster
from suite.report import circumstances, table, write_result

TAUS = (0.2, 0.05, 0.0)  # lower ones make the coarser levels that a user would find by eye
HEAD_LINE = (
    "data",
    "n",
    "natural",
    "best",
    "loss",
    "similarity",
    "best neighbour",
    "density",
    "pooled",
    "verdict",
)
# identities' dimension, spread, looks, images of each
DRAWN = (
    (24, 0.3, 1, (3, 60)),
    (24, 0.6, 1, (3, 60)),
    (64, 0.9, 3, (3, 60)),
    (200, 1.2, 1, (3, 60)),
    (200, 2.0, 1, (3, 60)),
    (512, 1.5, 1, (3, 60)),
    (64, 0.9, 3, (50, 300)),
    (16, 0.9, 3, (3, 60)),
    (64, 0.5, 1, (2, 3)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default=DEFAULT_CHECKPOINT)
    args = parser.parse_args()
    rows = []
    for data in measured():
        rows.append(row(data, args.checkpoint))
        print(" | ".join(rows[-1]), flush=True)
    text = table(HEAD_LINE, rows) + "\n" + circumstances(("torch", "numpy"), args.checkpoint)
    print(write_result("shift.md", f"# Distance from the training data, and accuracy\n\n{WHAT}\n\n{text}"))


WHAT = """`python benchmarks/shift.py`. natural, best: score = (Fp + Fb) / 2 at the natural level, and at the best of
all levels of runs at the checkpoint's tau, 0.2, 0.05 and 0; loss: what lies between. Distances are Wasserstein-1 to the
nearest training set, of each distribution alone; pooled: to the mixture of all sets, the larger of similarity and
density."""


def row(data: Dataset, checkpoint: str) -> list[str]:
    known = load_checkpoint(checkpoint).home
    if not known:
        sys.exit(f"{checkpoint}: {UNTOLD}, so that nothing can be compared with it.")
    first = FirstLevel.beside(known)
    usual = cluster(data, checkpoint=checkpoint, observe=first)
    runs = [usual, *(cluster(data, checkpoint=checkpoint, tau=tau) for tau in TAUS)]
    shift = compare(first.profile, known)
    natural, best = usual.natural.score, max(run.best.score for run in runs)
    figures = [f"{value:.3f}" for value in (natural, best, best - natural)]
    nearest = [min(distance(getattr(first.profile, it), getattr(one, it)) for one in known) for it in SHAPES]
    far = [f"{value:.3f}" for value in (*nearest, shift.distance_pooled)]
    return [data.name, str(len(data.x)), *figures, *far, f"{shift.verdict} ({shift.distance:.3f})"]


def measured() -> Iterator[Dataset]:
    """The sets themselves, the same bent in five ways, and generated ones."""
    rng = np.random.default_rng(5)
    real = [datasets.load(name) for name in (*datasets.MEASURED, "omniglot train")]
    real += [demo(one) for one in demo_sets()]
    yield from real
    for one in real:
        if one.name != "omniglot train":
            yield from bent(one, rng)
    for dim, spread, looks, sizes in DRAWN:
        made = mixture(rng, identities=80, dim=dim, spread=spread, sizes=sizes, looks=looks)
        name = f"{sizes[0]} to {sizes[1]} images, {dim} dimensions, spread {spread}, looks {looks}"
        yield Dataset(name, made.x, made.labels)


def demo(one: DemoSet) -> Dataset:
    read = read_embeddings(one.embeddings)
    labels = align_labels(read_labels(one.labels), read.ids, read.n).codes
    return Dataset(f"demo {one.name}", datasets.unit_vectors(read.x), labels)


def bent(one: Dataset, rng: np.random.Generator) -> Iterator[Dataset]:
    """Centred; all in one cone; with noise; projected to 16 dimensions; whitened in its first 64."""
    x, dim = one.x, one.x.shape[1]
    middle = x - x.mean(0)
    ways = {
        "centred": middle,
        "in a cone": x + np.eye(dim, dtype=np.float32)[0],
        "with noise": x + 0.7 / np.sqrt(dim) * rng.normal(size=x.shape),
        "projected to 16": x @ rng.normal(size=(dim, 16)),
        "whitened": np.linalg.svd(middle, full_matrices=False)[0][:, : min(64, dim)],
    }
    for name, changed in ways.items():
        yield replace(one, name=f"{one.name}, {name}", x=datasets.unit_vectors(changed))


if __name__ == "__main__":
    main()
