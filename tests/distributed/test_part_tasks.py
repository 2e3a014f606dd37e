"""The first level judged part by part, in this process: what the whole at once gives, by loops and by torch."""

import itertools

import numpy as np
import pytest
import torch

from hilander.config import DEFAULT_CHECKPOINT
from hilander.distributed import part_tasks
from hilander.distributed.part_tasks import Facts, Lists
from hilander.graph import loops, threads
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.coarsen import first_nodes
from hilander.io.shards import Shards
from hilander.io.vectors import unit_vectors
from hilander.model.checkpoint import load_checkpoint
from hilander.model.predict import NetworkPredictor
from hilander.model.relations import relations

ENDS = (0, 70, 150, 300)


class Parted:
    """300 nodes in three parts; their lists lead to nodes that others' borders do not have."""

    def __init__(self, x, folder) -> None:
        np.save(folder / "x.npy", x)
        self.shards = Shards((folder / "x.npy",), (0, len(x)), x.shape[1])
        self.graph = KnnGraph.from_unit(x, k=6)
        self.nodes = first_nodes(x)
        self.lists = [
            Lists(a, self.graph.neighbors[a:b], self.graph.similarity[a:b], len(x))
            for a, b in itertools.pairwise(ENDS)
        ]
        in_degree = np.bincount(self.graph.neighbors.ravel(), minlength=len(x))
        self.facts = []
        for one in self.lists:
            rows = np.concatenate([np.arange(one.start, one.start + len(one)), one.border])
            self.facts.append(Facts(rows, np.ones(len(rows), np.int64), in_degree[rows]))

    def borders(self, made, task):
        """Of each part: what the others have made of its border, in the order of the parts."""
        for own in self.lists:
            places = [
                own.border[(own.border >= one.start) & (own.border < one.start + len(one))] - one.start
                for one in self.lists
            ]
            yield [task(j, made[j], at) for j, at in enumerate(places) if len(at)]

    def seen(self, *, short):
        pairs = zip(self.lists, self.facts, strict=True)
        near = [part_tasks.means_around(self.shards, one, facts.rows) for one, facts in pairs]
        borders = self.borders(near, lambda j, made, at: part_tasks.of_border(made, self.lists[j], at))
        behind = self.nodes.background()
        return [
            part_tasks.relations_of_part(self.shards, *given, behind, made, list(border), short)
            for *given, made, border in zip(self.lists, self.facts, near, borders, strict=True)
        ]

    def log_odds(self, network, seen, whole):
        codes = [part_tasks.first_codes(network, one, whole) for one in seen]

        def at_border():
            return self.borders(codes, lambda _j, made, at: part_tasks.at_places(made, at))

        for turn in range(network.config.rounds):
            parts = zip(self.lists, seen, codes, at_border(), strict=True)
            codes = [part_tasks.mixed_codes(network, turn, *part) for part in parts]
        parts = zip(self.lists, seen, codes, at_border(), strict=True)
        return np.concatenate([part_tasks.log_odds_of_part(network, *part) for part in parts])


@pytest.fixture(params=["compiled loops", "torch"])
def way(request, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 0)
    monkeypatch.setattr(loops, "at_hand", lambda: request.param == "compiled loops")
    monkeypatch.setitem(threads.BLOCK_VALUES, "cpu", 20_000)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("short", [True, False])
def test_parts_say_what_the_whole_says(rng, tmp_path, short):
    x = unit_vectors(rng.normal(size=(300, 12)).astype(np.float32))
    parted = Parted(x, tmp_path)
    assert all(len(one.border) for one in parted.lists)
    network = load_checkpoint(DEFAULT_CHECKPOINT).network.judges(10_000)
    graph = torch.from_numpy(parted.graph.neighbors), torch.from_numpy(parted.graph.similarity)
    with torch.inference_mode():
        whole = relations(*graph, parted.nodes, short=short)
    seen = parted.seen(short=short)
    for name in ("node", "edge"):
        of_parts = np.concatenate([getattr(one, name) for one in seen])
        np.testing.assert_allclose(of_parts, getattr(whole, name), atol=2e-6)
    odds = parted.log_odds(network, seen, whole.whole.numpy())
    said = NetworkPredictor(network).predict(parted.graph, parted.nodes)
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), said.link_prob, atol=1e-5)
