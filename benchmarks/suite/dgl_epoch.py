"""An epoch of the paper's recipe through DGL: its own sampler, its own graph attention, every level in turn.

    level samples of the paper's network  ->  seconds of one epoch

The measure that `train_scale.py` holds training against on the machine it runs on: what one builds from DGL's parts by
the paper's text (full neighbourhoods of `batch` nodes, GAT, edge head, cross-entropy of the counted links, squared
error of the density, SGD), plain torch layers and no tricks. Knows nothing about our training.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import dgl
import torch
from torch import Tensor, nn
from torch.nn import functional

from hilander.graph.dgl import dgl_graph
from hilander.train.samples import LevelSample

HOPS = 2  # one convolution, and the edges that are judged


class Network(nn.Module):
    """Graph attention, then an edge head on the sum of both ends."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        head = hidden // 2
        self.conv = dgl.nn.GATConv(dim, hidden, num_heads=1)
        self.source, self.target = nn.Linear(hidden, head), nn.Linear(hidden, head)
        self.head = nn.Sequential(nn.PReLU(head), nn.Linear(head, head), nn.PReLU(head), nn.Linear(head, 2))

    def forward(self, blocks: Sequence[Any]) -> Tensor:
        """Logits (e, 2) of the last block's edges."""
        h = torch.relu(self.conv(blocks[0], blocks[0].srcdata["x"])).squeeze(1)
        last = blocks[-1]
        last.srcdata["source"], last.dstdata["target"] = (
            self.source(h),
            self.target(h[: last.num_dst_nodes()]),
        )
        last.apply_edges(dgl.function.u_add_v("source", "target", "ends"))
        logits: Tensor = self.head(last.edata["ends"])
        return logits


def epoch_seconds(samples: Sequence[LevelSample], hidden: int, batch: int, epochs: int = 2) -> float:
    """The fastest of `epochs`."""
    graphs = [_graph(sample) for sample in samples]
    network = Network(graphs[0].ndata["x"].shape[1], hidden)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-5)
    seconds = []
    for _ in range(epochs):
        began = time.perf_counter()
        for graph in graphs:
            for blocks in _batches(graph, batch):
                optimizer.zero_grad()
                _loss(network(blocks), blocks[-1]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _graph(sample: LevelSample) -> Any:
    """Edges neighbour -> node, row by row, with what the loss needs."""
    assert isinstance(sample.inputs, tuple)
    graph = dgl_graph(sample.neighbors.numpy())
    graph.ndata["x"], graph.ndata["density"] = torch.cat(sample.inputs, dim=1), sample.density
    for name in ("linked", "counted", "similarity"):
        graph.edata[name] = getattr(sample, name).flatten().float()
    return graph


def _batches(graph: Any, batch: int) -> Any:
    sampler = dgl.dataloading.MultiLayerFullNeighborSampler(HOPS)
    nodes = torch.arange(graph.num_nodes())
    loader = dgl.dataloading.DataLoader(graph, nodes, sampler, batch_size=batch, shuffle=True, num_workers=0)
    return (blocks for _inputs, _outputs, blocks in loader)


def _loss(logits: Tensor, block: Any) -> Tensor:
    each = functional.cross_entropy(logits, block.edata["linked"].long(), reduction="none")
    link = (each * block.edata["counted"]).sum() / block.edata["counted"].sum().clamp_min(1)
    sure = torch.softmax(logits, dim=1)
    block.edata["near"] = block.edata["similarity"] * (sure[:, 1] - sure[:, 0])
    block.update_all(dgl.function.copy_e("near", "m"), dgl.function.mean("m", "found"))
    density: Tensor = functional.mse_loss(block.dstdata["found"], block.dstdata["density"])
    return link + density
