"""The level loop on a card: from the embeddings' upload to the parents of every level nothing goes back and forth.

    embeddings on the host  ->  (upload, unit rows, copies, levels: on the card)  ->  Hierarchy on the host

The loop is `build`'s; given tensors, every step of it stays where they are. To the host comes, in one copy a level,
what the forest keeps of it (about 40 bytes a node), and single numbers where a count makes a shape: rows that the
search has to look at again, pairs of clusters with links, nodes of the next level; at the first level the sizes of
blocks of walks too. The host waits for the card there and nowhere else, but to tell progress.
An observer is given numpy arrays, each of which is fetched when it is looked at.

On a large card (80 GB: 20 million images of 128 values) all of a level is there at once. On a small one the search goes
by shards (`graph.rounded`), walks by blocks or on the host (`walks_on_card`), and what is known of the edges, half of
all, is kept by the host and comes in blocks (`graph.host_rows`): by count 8 GB do for two million images. `fits` says
whether vectors and codes of the nodes find room; where they do not, the card searches and the host judges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.graph.blocks import free_bytes
from hilander.graph.either import Array
from hilander.graph.exact import exact_lists
from hilander.graph.knn import KnnGraph
from hilander.graph.upload import first_equal, unit_rows
from hilander.hierarchy.build import build_distinct
from hilander.hierarchy.coarsen import coarsen
from hilander.hierarchy.copies import sorted_out
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.grow import Level
from hilander.hierarchy.progress import ProgressCallback
from hilander.hierarchy.schedule import LevelSettings
from hilander.model.base import LevelNodes, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray


SHARE = 0.85  # of the free memory, for what `fits` counts


def fits(shape: tuple[int, int], settings: LevelSettings) -> bool:
    """Whether a first level of n rows of d values finds room on the settings' device, its edges left to the host.

    Four vectors of each node while edges are described (its own, made unit once more, its neighbourhood's, for a moment
    twice), or one and three codes of 96 values while they are judged; lists and probabilities of its links; what is
    known of it.
    """
    n, dim = shape
    each = max(16 * dim, 4 * dim + 1_200) + 40 * settings.k + 200
    return n * each < SHARE * free_bytes(settings.device)


@dataclass(frozen=True)
class Card:
    """`Work` of tensors on a device; "cpu" is a card that tests have at hand."""

    device: str

    def search(self, x: Array, settings: LevelSettings, progress: Callable[[float], None]) -> KnnGraph:
        """Exact, whatever `settings.knn` says."""
        n = len(x)
        found = exact_lists(x, min(settings.k, n) - 1, self.device, progress, as_on_card=True)
        neighbors, similarity = (one.to(self.device) for one in found)
        return KnnGraph(neighbors, similarity)

    def coarsen(self, nodes: LevelNodes, parent: Array) -> LevelNodes:
        return coarsen(nodes, parent)


def build_on_card(
    x: NDArray[np.generic],
    predictor: Predictor,
    settings: LevelSettings,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
) -> Hierarchy:
    """As `build.build`, of rows of any real dtype that need not be unit, on a card.

    Parameters
    ----------
    x : (n, d), checked as `io.vectors.unit_vectors` does
    predictor : one that takes tensors (`NetworkPredictor` does)
    settings : whose `device` is that of all levels, and the predictor's

    Raises
    ------
    InputError   as `unit_vectors`
    """
    unit = unit_rows(x, settings.device)
    distinct = sorted_out(unit, first_equal(unit))
    return build_distinct(distinct, predictor, settings, progress, observe, work=Card(settings.device))
