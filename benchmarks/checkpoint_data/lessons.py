"""What a narrow network is taught on: levels of many sets of vectors, as its teacher judges them. No label is needed.

    vectors + teacher (+ who merges)  ->  a `Lesson` of each level: what is seen of it, and the teacher's log-odds

The sets are those that the committee was trained on, larger ones of the same sources, and mixtures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from checkpoint_data import omniglot
from checkpoint_data.packaged import fashion, letters, mnist
from checkpoint_data.recipes import hog, network, pixels
from checkpoint_data.repeatable import generator
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import LevelSettings, build
from hilander.io.vectors import unit_vectors
from hilander.model.base import LevelNodes
from hilander.model.ops import Tick
from hilander.model.predict import NetworkPredictor
from hilander.model.relational import RelationalLANDER
from hilander.model.relations import Relations, relations
from hilander.model.wide import Wide
from hilander.train.generated import mixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIXTURES = 40
DIMS = (6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 200, 256, 400, 512)
LOW_DIM = 24  # below it noise of the length of the identities' own vectors leaves nothing to find
SIZES = ((1, 10), (2, 30), (3, 60), (5, 120), (2, 300))  # least and most images of an identity
IMAGES = (2_500, 9_000)  # of a mixture, about
FEWEST = 3  # nodes of a level


@dataclass(frozen=True)
class Lesson:
    """One level of n nodes with m neighbours each.

    seen : its edges as float16;  neighbors : int32 (n, m);  similarity : float32 (n, m)
    log_odds : float32 (n, m), the teacher's of linked;  first : the images themselves are its nodes
    """

    name: str
    seen: Relations
    neighbors: Tensor
    similarity: Tensor
    log_odds: Tensor
    first: bool

    def __len__(self) -> int:
        return len(self.neighbors)


class Teacher(NetworkPredictor):
    """A predictor that keeps what it judges; levels are merged by what `merges` says, or as it says itself."""

    def __init__(self, network: RelationalLANDER, merges: RelationalLANDER | None = None) -> None:
        super().__init__(network)
        self.says, self.merges = Wide([network]), merges and Wide([merges.eval()])
        self.kept: list[Lesson] = []

    def _log_odds(
        self, graph: KnnGraph, nodes: LevelNodes, tick: Tick | None
    ) -> tuple[Tensor, Tensor | None]:
        neighbors, similarity = torch.from_numpy(graph.neighbors), torch.from_numpy(graph.similarity)
        seen = relations(neighbors, similarity, nodes, tick, self._crossed(nodes, neighbors))
        kept = replace(seen, edge=seen.edge.half())
        own = self.merges and self.merges.log_odds(replace(seen, edge=seen.edge.clone()), neighbors)
        said = self.says.log_odds(seen, neighbors)
        if len(neighbors) >= FEWEST:
            first = nodes.of is None
            self.kept.append(Lesson("", kept, neighbors.int(), similarity, said.float(), first))
        return said if own is None else own, seen.whole


def lessons(
    sets: Iterator[tuple[str, NDArray[np.float32]]],
    teacher: RelationalLANDER,
    how: LevelSettings,
    merges: RelationalLANDER | None = None,
) -> list[Lesson]:
    """Every level of every set. Where `merges` merges them, past the first level alone: the first is the teacher's."""
    found: list[Lesson] = []
    for name, x in sets:
        asked = Teacher(teacher, merges)
        build(unit_vectors(x), asked, how)
        found += [replace(one, name=name) for one in asked.kept if not (merges and one.first)]
    return found


def larger_sets(seed: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Sets of 5,000 to 12,000 vectors of the zoo's sources, then `MIXTURES` mixtures of all kinds."""
    clothes, figures, digits = fashion().x, omniglot.images().x, mnist().x
    measured, given = letters().x, omniglot.embeddings().x

    def some(x: NDArray[np.float32], count: int, name: str) -> NDArray[np.float32]:
        return x[generator(seed, f"some {name}").permutation(len(x))[:count]]

    def shaken(x: NDArray[np.float32], by: float, name: str) -> NDArray[np.float32]:
        noise = generator(seed, f"noise {name}").standard_normal(x.shape, np.float32)
        return unit_vectors(x) + np.float32(by / np.sqrt(x.shape[1])) * noise

    yield from ((f"fashion hog {dim}", hog(dim)(clothes)) for dim in (32, 96))
    yield from ((f"fashion pixels {dim}", pixels(dim)(clothes[:6_000])) for dim in (12, 32))
    yield "fashion mid", network("mid")(clothes[:6_000])
    yield "omniglot hog", hog(96)(some(figures, 9_000, "hog"))
    yield "omniglot pixels", pixels(64)(some(figures, 8_000, "pixels"))
    for strength in ("weak", "mid", "strong"):
        yield f"omniglot {strength}", network(strength)(some(figures, 9_000, strength))
        yield f"mnist {strength}", network(strength)(digits)
    yield from ((f"omniglot {count:,}", some(given, count, f"given {count}")) for count in (9_000, 12_000))
    for by in (0.3, 0.7):
        yield f"omniglot shaken {by}", shaken(some(given, 8_000, f"shaken {by}"), by, f"{by}")
    yield "mnist hog", hog(96)(digits)
    yield "mnist pixels", pixels(20)(digits)
    yield from (
        (f"letters {count:,}", some(measured, count, f"letters {count}")) for count in (7_000, 10_000)
    )
    yield "letters shaken", shaken(some(measured, 6_000, "letters"), 0.3, "letters")
    yield "letters of ten", some(measured, 7_000, "ten")[:, :10]
    yield "letters of eight", some(measured, 7_000, "eight")[:, 6:14]
    yield from (_mixture(number, generator(seed, f"mixture {number}")) for number in range(MIXTURES))


def _mixture(number: int, rng: np.random.Generator) -> tuple[str, NDArray[np.float32]]:
    dim, (least, most) = int(rng.choice(DIMS)), SIZES[rng.integers(len(SIZES))]
    spread = rng.uniform(0.3, 0.6) if dim < LOW_DIM else rng.uniform(0.4, 1.8)
    on_average = (most - least) / np.log(most / least)
    identities = 3 + int(rng.integers(*IMAGES) / on_average)
    looks = int(rng.integers(1, 7))
    made = mixture(
        rng, identities=identities, dim=dim, sizes=(least, most), spread=float(spread), looks=looks
    )
    return f"mixture {number}", made.x
