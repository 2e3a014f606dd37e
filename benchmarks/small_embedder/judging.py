"""How good embeddings are on pictures that the embedder never saw: neighbours, and clusters at the natural level.

    recall@1   share of images whose nearest other image is of their class
    mAP        mean average precision of the ranking of all others, over all images
    score      (Fp + Fb) / 2 at the natural level of `hilander.cluster`

Knows nothing about how the embeddings are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch

import hilander
from checkpoint_data.descriptors import hog, pca
from hilander.io.images import fitted, open_images
from hilander.io.vectors import unit_vectors
from hilander.metrics import scores
from small_embedder.network import SIDE, SmallEmbedder
from small_embedder.pictures import Judged, judged
from suite.scoring import mean_f

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 256
PLAIN = 24  # pixels a side of the "raw pixels" that are compared with
Embed = Callable[["NDArray[np.uint8]"], "NDArray[np.float32]"]


@dataclass(frozen=True)
class Figures:
    """One method on one set."""

    data: str
    method: str
    recall: float
    precision: float
    score: float
    clusters: int
    classes: int


def judge(method: str, embed: Embed) -> list[Figures]:
    """Figures on every judged set; `embed` takes uint8 (n, 96, 96, 3)."""
    return [figures(one.name, method, embed(pixels(one.name)), one.labels) for one in judged()]


@cache
def pixels(name: str) -> NDArray[np.uint8]:
    """The images of a judged set as the network takes them: uint8 (n, 96, 96, 3)."""
    one = next(it for it in judged() if it.name == name)
    return framed(one)


def framed(one: Judged) -> NDArray[np.uint8]:
    source = open_images(one.images)
    return np.stack([fitted(source.open_bytes(it), (SIDE, SIDE), fit="letterbox") for it in one.names])


def figures(data: str, method: str, x: NDArray[np.float32], labels: NDArray[np.int64]) -> Figures:
    unit = unit_vectors(x)
    recall, precision = neighbours(unit, labels)
    found = hilander.cluster(unit).labels_at("natural")
    score = mean_f(scores(labels, found))
    return Figures(data, method, recall, precision, score, len(np.unique(found)), len(np.unique(labels)))


def neighbours(x: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[float, float]:
    """recall@1 and mAP; images that are alone in their class count for neither."""
    hits, precisions = [], []
    for start in range(0, len(x), BATCH):
        near = x[start : start + BATCH] @ x.T
        near[np.arange(len(near)), start + np.arange(len(near))] = -np.inf
        order = np.argsort(-near, axis=1, kind="stable")[:, :-1]
        same = labels[order] == labels[start : start + BATCH, None]
        same = same[same.any(axis=1)]
        hits.extend(same[:, 0].tolist())
        ranks = np.cumsum(same, axis=1) / np.arange(1, same.shape[1] + 1)
        precisions.extend(((ranks * same).sum(axis=1) / same.sum(axis=1)).tolist())
    return float(np.mean(hits)), float(np.mean(precisions))


def of_network(network: SmallEmbedder) -> Embed:
    """What a network in training gives."""

    @torch.no_grad()
    def embed(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        parts = [images[s : s + BATCH] for s in range(0, len(images), BATCH)]
        return np.concatenate([network(_tensor(part)).numpy() for part in parts])

    return embed


def _tensor(images: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))


def raw_pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RGB values at 24 x 24, less the set's mean."""
    side = SIDE // PLAIN
    small = images.reshape(len(images), PLAIN, side, PLAIN, side, 3).mean(axis=(2, 4), dtype=np.float32)
    flat = small.reshape(len(images), -1)
    return np.asarray(flat - flat.mean(axis=0), dtype=np.float32)


def gradients(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """HOG of the grey image, its 128 principal components."""
    return pca(hog(images.mean(axis=3, dtype=np.float32) / np.float32(255)), 128)


def table(rows: list[Figures]) -> str:
    head = "| set | embedding | recall@1 | mAP | score | clusters | classes |\n|---|---|---|---|---|---|---|"
    lines = [
        f"| {it.data} | {it.method} | {it.recall:.3f} | {it.precision:.3f} | {it.score:.3f} "
        f"| {it.clusters:,} | {it.classes:,} |"
        for it in sorted(rows, key=lambda it: it.data)
    ]
    return "\n".join([head, *lines])
