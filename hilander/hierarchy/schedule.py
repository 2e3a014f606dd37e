"""Whether another level comes, and of which kind: up to the natural level as in the paper, then coarser ones.

Knows nothing about graphs, networks or links but their number.
Source: Xing et al., ICCV 2021, Algorithm 1; stopping rules as released. Coarser levels are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hilander.config import Feature, KnnMethod, Linking

MOST_COARSER = 64  # a bound that only odd graphs meet: one link a level; a million clusters take 34


@dataclass(frozen=True)
class LevelSettings:
    """What the loop needs to know: k, tau and levels as in `ClusterConfig`, the rest decided, device resolved.

    Attributes
    ----------
    levels : most levels up to the natural one
    coarser : go on past the natural level until nothing can merge (at most `MOST_COARSER` levels)
    feature : what the k-NN graph of a level is built on, up to the natural one: the embedding of each cluster's
        "peak" (the paper's identity feature), or the "mean" of its images, made unit. Coarser levels take the mean.
    linking : how links are chosen up to the natural level: each node's "surest" (the paper), or "agreed" with its
        other neighbours at the first level, and the closest of those allowed by tau at the next ones (`decode`)
    first_tau : with "agreed", how alike the surroundings of two images must be for a link at the first level, where
        of single images the least is known (`walks.shared_ends`), in [0, 1]
    """

    k: int = 10
    tau: float = 0.5
    levels: int = 10
    early_stop: bool = False
    knn: KnnMethod = "auto"
    device: str = "cpu"
    coarser: bool = False
    feature: Feature = "peak"
    linking: Linking = "surest"
    first_tau: float = 0.0


class Schedule:
    """The state of the level loop between two levels.

    The natural level is the last one before: `settings.levels` were made, a level has no new links (convergence),
    there are fewer nodes than the network wants, or, with early stop, after a level whose links are more than one
    (k - 1)-th of the level before. Coarser levels go on until one makes no link: one cluster is left, or the
    network gives P = 0 exactly to all pairs that could still be joined.
    """

    def __init__(self, settings: LevelSettings, least_nodes: Callable[[int], int]) -> None:
        self.settings = settings
        self.least_nodes = least_nodes
        self.number = 1
        self.coarser = self.over = False
        self.coarser_left = MOST_COARSER
        self.links_before = 0

    def goes_on(self, nodes: int) -> bool:
        """Whether a level `number` is to be tried on so many nodes; sets `coarser` where it is one of those."""
        least = 2 if self.number == 1 else self.least_nodes(self.settings.k)
        if self.number > self.settings.levels or nodes < least:
            self.coarser = True
        if self.over or nodes < 2:
            return False
        return not self.coarser or (self.settings.coarser and self.coarser_left > 0)

    def made(self, new_links: int) -> None:
        """Take in how many links the level tried last has made; without any it does not count."""
        if self.coarser:
            self.over = new_links == 0
            self.coarser_left -= 1
        elif new_links == 0 or self._stops_early(new_links):
            self.coarser = True
        self.number += new_links > 0
        self.links_before = new_links

    def _stops_early(self, new_links: int) -> bool:
        few = self.links_before < new_links * (self.settings.k - 1)
        return self.settings.early_stop and self.number > 1 and few
