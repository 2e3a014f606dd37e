"""A network as a link predictor for the level loop, on the device and engine asked for: numpy in, numpy out.

Levels whose arrays are on a card already are judged there, and their predictions stay.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from hilander.config import Device, Engine
from hilander.errors import InputError
from hilander.graph.either import Array, as_float, library, on_card
from hilander.graph.loops import wanted
from hilander.graph.visits import Renumbered
from hilander.model.base import LevelNodes, LinkPrediction, Origin, pseudo_density
from hilander.model.committee import Committee
from hilander.model.crossing import Crossing, ImageLinks
from hilander.model.lander import LANDER
from hilander.model.ops import MessagePassing, Tick, TorchOps
from hilander.model.relational import RelationalLANDER
from hilander.model.relations import Relations, relations
from hilander.model.seen import count_links, on_device
from hilander.model.whole import images_of
from hilander.model.wide import Wide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import KnnGraph

Network = LANDER | RelationalLANDER | Committee


class NetworkPredictor:
    """Runs a trained network on one level after another.

    Parameters
    ----------
    network : kept in evaluation mode, moved to `device`
    engine : "torch", or "dgl" for the same operations through DGL
    device : torch device name
    as_trained : compute as training does, to the bit, and not in the faster order that `wide` is for
    """

    def __init__(
        self, network: Network, *, engine: Engine = "torch", device: str = "cpu", as_trained: bool = False
    ) -> None:
        self.network = network.to(device).eval()
        self.engine = engine
        self.device = device
        self.as_trained = as_trained
        self._wide: dict[tuple[int, bool], Wide | None] = {}
        self._merged: tuple[Origin, ImageLinks] | None = None

    def judges(self, images: int) -> Network:
        """The network that judges the levels of so many images: of a committee one where they are many."""
        if self.as_trained or not isinstance(self.network, Committee):
            return self.network
        return self.network.judges(images)

    def wide(self, images: int) -> Wide | None:
        """The same in the faster order; None where there is none, or another was asked for."""
        if self.as_trained or self.engine == "dgl":
            return None
        network = self.judges(images)
        key = id(network), wanted(images, self.device)
        if key not in self._wide:
            self._wide[key] = Wide.of(network, images)
        return self._wide[key]

    def least_nodes(self, k: int) -> int:
        """The release ends at a level of n <= k nodes; relations hold for any n >= 2."""
        return k + 1 if isinstance(self.network, LANDER) else 2

    def predict(self, graph: KnnGraph, nodes: LevelNodes, tick: Tick | None = None) -> LinkPrediction:
        """P(linked) of every edge of one level, and the density of every node (Eq. 4)."""
        if graph.n_edges == 0:
            empty = as_float(graph.similarity, 64)
            return LinkPrediction(empty, pseudo_density(graph.similarity, empty))
        with torch.inference_mode():
            return prediction(graph, *self._log_odds(graph, nodes, tick))

    def _log_odds(
        self, graph: KnnGraph, nodes: LevelNodes, tick: Tick | None
    ) -> tuple[Tensor, Tensor | None]:
        """Of linked, for every edge: float64 (n, m); and what was seen of the level as a whole."""
        neighbors, similarity = (on_device(one, self.device) for one in (graph.neighbors, graph.similarity))
        images = images_of(nodes)
        wide = self.wide(images)
        if wide is None:
            logits, whole = self._logits(self.judges(images), neighbors, similarity, nodes, tick)
            return (logits[:, :, 1] - logits[:, :, 0]).double(), whole
        crossed = self._crossed(nodes, neighbors)
        half, rest = _part_of(tick, 0.0, 0.5), _part_of(tick, 0.5, 1.0)
        order, near = None, neighbors
        if _gains_by_order(nodes, images, self.device):
            order, near, similarity, nodes = _nearby(neighbors, similarity, nodes)
        as_it_likes = partial(relations, by_blocks=True, bounds=wide.bounds, short=wide.short)
        seen = as_it_likes(near, similarity, nodes, half, crossed)
        del nodes  # of many images a copy
        odds = wide.log_odds(seen, near, rest)
        return odds if order is None else torch.empty_like(odds).index_copy_(0, order, odds), seen.whole

    def _crossed(self, nodes: LevelNodes, like: Tensor) -> Crossing | None:
        """The images' links between the nodes; from level to level there are fewer different ones to count."""
        origin = nodes.origin
        if origin is None or nodes.of is None:
            return None
        if self._merged is None or self._merged[0] is not origin:
            found = count_links(nodes, like)
        else:
            found = self._merged[1].between(on_device(nodes.of, like.device), len(nodes))
        self._merged = (origin, found.merged)
        return found

    def _logits(
        self,
        network: Network,
        neighbors: Tensor,
        similarity: Tensor,
        nodes: LevelNodes,
        tick: Tick | None,
    ) -> tuple[Tensor, Tensor | None]:
        passes = len(network.members) if isinstance(network, Committee) else 1
        ops = message_passing(neighbors, self.engine, _over(passes, _part_of(tick, 0.5, 1.0)))
        inputs = network_inputs(network, neighbors, similarity, nodes, _part_of(tick, 0.0, 0.5))
        logits: Tensor = network(inputs, similarity, ops)
        return logits, inputs.whole if isinstance(inputs, Relations) else None


def _gains_by_order(nodes: LevelNodes, images: int, device: str) -> bool:
    """The images' own level, where compiled loops read it; what is sampled of it must be known: `origin`."""
    first = nodes.of is None and nodes.origin is not None
    return first and not on_card(nodes.x) and wanted(images, device)


def _nearby(
    neighbors: Tensor, similarity: Tensor, nodes: LevelNodes
) -> tuple[Tensor, Tensor, Tensor, LevelNodes]:
    """The images' own level on the host with neighbours near each other: what an image's number was, int64 (n,); and
    the level. Of every edge the same is said; to the bit, but where the last nodes are a block of a few rows."""
    graph = Renumbered.of(neighbors.numpy())
    order = torch.from_numpy(graph.order).long()
    x = torch.from_numpy(nodes.x).index_select(0, order).numpy()
    moved = replace(nodes, image=nodes.image[graph.order], x=x, mean=x, size=nodes.size[graph.order])
    return order, torch.from_numpy(graph.neighbors), similarity.index_select(0, order), moved


def prediction(graph: KnnGraph, log_odds: Tensor, whole: Tensor | None) -> LinkPrediction:
    """What the level loop takes, of the log-odds of linked of every edge, float64 (n, m)."""
    link_prob: Array = torch.sigmoid(log_odds)
    seen: Array | None = whole
    if not on_card(graph.similarity):
        link_prob, seen = link_prob.cpu().numpy(), None if whole is None else whole.cpu().numpy()
    return LinkPrediction(link_prob, pseudo_density(graph.similarity, link_prob), seen)


def _part_of(tick: Tick | None, low: float, high: float) -> Tick | None:
    return tick and (lambda share: tick(low + share * (high - low)))


def _over(passes: int, tick: Tick | None) -> Tick | None:
    """The share of several passes, each of which ticks from 0 to 1."""
    done = 0

    def told(share: float) -> None:
        nonlocal done
        assert tick is not None
        tick(min(1.0, (done + share) / passes))
        done += share >= 1.0

    return told if tick and passes > 1 else tick


def message_passing(neighbors: Tensor, engine: Engine, tick: Tick | None = None) -> MessagePassing:
    """The engine's operations; DGL judges all edges in one go and so never ticks."""
    if engine == "torch":
        return TorchOps(neighbors, tick)
    from hilander.model.dgl_ops import DglOps

    return DglOps(neighbors)


def network_inputs(
    network: Network, neighbors: Tensor, similarity: Tensor, nodes: LevelNodes, tick: Tick | None = None
) -> Tensor | Relations:
    """What the network takes beside the graph: node features (n, dim), or relations; on the graph's device."""
    if not isinstance(network, LANDER):
        return relations(neighbors, similarity, nodes, tick)
    return on_device(lander_features(nodes, network.config.dim), neighbors.device)


def lander_features(nodes: LevelNodes, width: int) -> Array:
    """A LANDER's node input: the peak's embedding, or (`width` is twice as wide) peak and cluster mean."""
    if width == nodes.x.shape[1]:
        return nodes.x
    return library(nodes.x).concatenate([nodes.x, nodes.mean], axis=1)


def check_dimension(network: Network, x: NDArray[Any]) -> None:
    """InputError if the network was trained on embeddings of another dimension than x (n, d) has."""
    if not isinstance(network, LANDER) or np.ndim(x) != 2:
        return
    accepted, dim = network.config.embedding_dims, x.shape[1]
    if dim not in accepted:
        wanted = " or, with cluster features, ".join(f"{one} dimensions" for one in accepted)
        raise InputError(
            f"this checkpoint takes embeddings of {wanted}; these have {dim}. "
            "Use a checkpoint trained on such embeddings, or the default, which takes any."
        )


def resolve_device(device: Device) -> str:
    """ "auto" is cuda where torch has one; asking for cuda without one is an error."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device cuda was asked for, but torch sees no GPU here. Use device auto or cpu.")
    return device
