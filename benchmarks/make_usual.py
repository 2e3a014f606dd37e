"""Make assets/calibration/usual.json again: how P(same) falls with reach, in data sets unlike those measured on.

    python benchmarks/make_usual.py [--sets 180]

Draws data sets of many kinds (images of Omniglot's `train` and `embed` parts in three embedding spaces, the two demo
sets, mixtures; thinned out, with noise, by fine and by coarse identities), clusters each with the default
checkpoint, and fits one curve to its true labels. The three sets of `suite.datasets.MEASURED` are not among them.
"""

from __future__ import annotations

import argparse
import csv
import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import hilander
from hilander.calibrate.pairs import Chains, sample_pairs
from hilander.calibrate.usual import USUAL
from hilander.config import ASSETS
from hilander.demo.features import embed_strokes, reduce_dim
from hilander.io.atomic import write_json
from hilander.io.vectors import unit_vectors
from hilander.train.generated import mixture
from suite.datasets import DATA

if TYPE_CHECKING:
    from numpy.typing import NDArray

Set = tuple["NDArray[np.float32]", "NDArray[np.int64]"]
KINDS = {
    "train": 3,
    "embed": 2,
    "strokes train": 4,
    "strokes embed": 2,
    "pixels": 2,
    "shapes": 3,
    "digits": 2,
}
MIXTURE = 3  # as often as the others by the numbers above
MOST = 2000
SEED = 7


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=180)
    count = parser.parse_args().sets
    curves, reaches = [], []
    for number in range(count):
        x, labels = draw(np.random.default_rng([SEED, number]))
        chains = Chains.of(hilander.cluster(x))
        curves.append([round(float(value), 3) for value in curve_of(chains, labels)])
        reaches.append(round(chains.reach, 3))
        print(f"{number + 1} of {count}: {len(x)} images, {curves[-1]}", file=sys.stderr, flush=True)
    write_json(
        {"made_by": f"benchmarks/make_usual.py --sets {count}", "curves": curves, "reaches": reaches}, USUAL
    )
    return 0


def curve_of(chains: Chains, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logistic curve that fits a sample of its pairs best, held back a little (ridge 0.3)."""
    sample = sample_pairs(chains, np.random.default_rng(SEED))
    features, same = sample.features, labels[sample.a] == labels[sample.b]
    curve, ridge = np.zeros(features.shape[1]), 0.3 * np.eye(features.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-features @ curve))
        slope = features.T @ (same - p) - ridge @ curve
        step = np.linalg.solve((features * (p * (1 - p))[:, None]).T @ features + ridge, slope)
        curve += step * min(1, 3 / np.abs(step).max())
    return curve


def draw(rng: np.random.Generator) -> Set:
    """One data set, of a kind drawn at random: float32 (n, d) unit rows, n <= 2000, and labels."""
    share = np.array([*KINDS.values(), MIXTURE]) / (sum(KINDS.values()) + MIXTURE)
    kind = rng.choice([*KINDS, "mixture"], p=share)
    x, labels = drawn_mixture(rng) if kind == "mixture" else altered(*space(str(kind)), rng)
    some = rng.permutation(len(x))[:MOST]
    return unit_vectors(x[some]), labels[some]


def drawn_mixture(rng: np.random.Generator) -> Set:
    low = int(rng.integers(2, 60))
    one = mixture(
        rng,
        identities=int(np.exp(rng.uniform(np.log(8), np.log(300)))),
        dim=int(rng.choice([32, 64, 128])),
        sizes=(low, int(low * rng.uniform(1.5, 5))),
        spread=float(rng.uniform(0.8, 3.5)),
        looks=int(rng.integers(1, 7)),
    )
    return one.x, one.labels


def altered(
    x: NDArray[np.float32], fine: NDArray[np.int64], coarse: NDArray[np.int64], rng: np.random.Generator
) -> Set:
    """Some identities and images of a space, by fine identities, coarse ones, or groups of alike ones; with noise."""
    kept, names = np.ones(len(x), bool), np.unique(fine)
    if len(names) > 20 and rng.random() < 0.7:
        kept = np.isin(fine, rng.choice(names, max(10, int(len(names) * rng.uniform(0.1, 1))), replace=False))
    if rng.random() < 0.5:
        kept &= rng.random(len(x)) < rng.uniform(0.3, 1)
    x, fine, coarse = x[kept], fine[kept], coarse[kept]
    labels = coarse if rng.random() < 0.4 else fine
    if rng.random() < 0.25 and len(np.unique(fine)) > 30:
        labels = groups(x, fine, int(rng.integers(8, len(np.unique(fine)) // 2)), rng)
    if rng.random() < 0.4:
        x = x + rng.uniform(0.2, 1.2) * x.std(0) * rng.standard_normal(x.shape)
    return x.astype(np.float32), labels


def groups(
    x: NDArray[np.float32], fine: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Identities put together by k-means of their means."""
    names, code = np.unique(fine, return_inverse=True)
    mean = unit_vectors(np.stack([x[code == i].mean(0) for i in range(len(names))]))
    centre = mean[rng.choice(len(mean), count, replace=False)]
    for _ in range(10):
        group = (mean @ centre.T).argmax(1)
        centre = np.stack(
            [mean[group == i].mean(0) if (group == i).any() else centre[i] for i in range(count)]
        )
    return group[code]


@cache
def space(kind: str) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Embeddings, fine identities, coarse identities (the same where there are none)."""
    if kind in ("shapes", "digits"):
        x = np.load(ASSETS / "demo" / f"{kind}_embeddings.npy")
        with (ASSETS / "demo" / f"{kind}_labels.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        fine = np.array([int(row["label"]) for row in rows])
        families = [row["label_name"].split()[-1] for row in rows] if kind == "shapes" else fine
        return x, fine, np.unique(families, return_inverse=True)[1]
    with np.load(DATA / "omniglot.npz") as file:
        inside = file["split"] == ("embed" if kind.endswith("embed") else "train")
        fine, alphabet = file["labels"][inside].astype(np.int64), file["alphabet"][inside]
        x, images = file["embeddings"][inside].astype(np.float32), file["images"][inside]
    coarse = np.unique(alphabet, return_inverse=True)[1]
    if kind.startswith("strokes"):
        x = embed_strokes(np.pad(images, ((0, 0), (2, 2), (2, 2))), 96)
    if kind == "pixels":
        x = reduce_dim(images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(len(images), -1), 64)
    return x, fine, coarse


if __name__ == "__main__":
    sys.exit(main())
