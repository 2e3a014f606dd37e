"""A trained committee as one wide network: the same probabilities up to rounding, in fewer and larger steps.

    relations of a level  ->  log-odds of the members' mean P(linked) of every edge

The members see the same relations, so these are standardised once, what the members make of an edge is one product,
and a neighbour's codes of all members are fetched together; nothing of one row an edge but the relations exists for
more than a block of nodes. Inference alone: nothing is recorded. Knows nothing about files, levels or training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, silu

from hilander.graph.host_rows import HostRows
from hilander.graph.loops import wanted
from hilander.graph.room import Room
from hilander.graph.threads import BLOCK_VALUES, each_block, row_blocks
from hilander.model.committee import Committee
from hilander.model.ops import Tick
from hilander.model.relational import Mix, RelationalLANDER
from hilander.model.relations import MUTUAL, Relations, links_at_first
from hilander.model.steps import CompiledSteps, Steps, TorchSteps

NORMS = ("node_norm", "edge_norm", "whole_norm")


class Wide:
    """RelationalLANDERs of the same sizes and standardisation, side by side.

    Codes of all K members of width H are rows of K * H floats: member i's are columns i * H to (i + 1) * H.

    loops : compiled loops are used, on the host
    short : AT_FIRST columns of edges are enough at the first level, where who is mutual is seen as it is
    """

    def __init__(self, members: Sequence[RelationalLANDER], *, loops: bool = False) -> None:
        self.members = list(members)
        self.room = Room(members[0].source.weight.device)
        self.steps: Steps = CompiledSteps() if loops else TorchSteps()
        self.hidden = self.members[0].config.hidden
        self.width = self.hidden * len(self.members)
        self.bounds = self.low, self.high = self.members[0].edge_norm.bounds()
        self.short = loops and bool(self.low[MUTUAL] <= 0) and bool(self.high[MUTUAL] >= 1)
        self.judge = self._of_edges([one.edge_mlp for one in self.members])
        rounds = range(self.members[0].config.rounds)
        self.mixes = [[cast(Mix, one.mix[r]) for one in self.members] for r in rounds]
        self.gates = [self._of_edges([mix.gate for mix in mixes]) for mixes in self.mixes]

    @classmethod
    def of(cls, network: nn.Module, images: int = 0) -> Wide | None:
        """For levels of so many images; None where it is not of relational members that standardise alike."""
        found = list(network.members) if isinstance(network, Committee) else [network]
        members = [one for one in found if isinstance(one, RelationalLANDER)]
        if len(members) < len(found) or not all(_alike(*pair) for pair in pairwise(members)):
            return None
        return cls(members, loops=wanted(images, members[0].source.weight.device))

    def log_odds(self, relations: Relations, neighbors: Tensor, tick: Tick | None = None) -> Tensor:
        """Log-odds of linked of every edge: float64 (n, m).

        Parameters
        ----------
        relations : of n nodes with m neighbours each, edges of AT_FIRST columns where it is `short`; edges that are a
            tensor are cut off in place
        neighbors : int64 (n, m)
        tick : called with the share done, 0 to 1, block by block; may raise to stop
        """
        done, edge = Share(tick, self.rounds + 2), relations.edge
        cut = isinstance(edge, Tensor)
        h = self.first_codes(relations, done, cut=cut)
        for turn in range(self.rounds):
            self.mix(h, turn, edge, neighbors, done, cut=cut)
        odds = self.judged(h, edge, neighbors, done, cut=cut)
        if self.room.device.type != "cpu":
            self.room = Room(self.room.device)  # blocks are large there, and others count what is free
        return odds

    @property
    def rounds(self) -> int:
        return len(self.mixes)

    def block_rows(self, m: int) -> int:
        """How many nodes with m neighbours go through a step at a time: parts of whole blocks round alike."""
        return max(1, BLOCK_VALUES["cpu"] // (m * self.width))

    def first_codes(self, relations: Relations, done: Share, *, cut: bool = False) -> Tensor:
        """float32 (n, K * H). `cut` : edges are cut off on the way, in place, for who reads them next."""
        h = relations.node.new_empty(len(relations.node), self.width)

        def codes(rows: slice) -> None:
            part = relations.rows(rows)
            for one, columns in self._columns():
                h[rows, columns] = one.node_mlp(one._first_codes(part))
            if cut and not part.cut:
                torch.clamp(part.edge, *self._bounds_of(part.edge), out=part.edge)

        self._each(codes, relations.edge, done)
        return h

    def mix(
        self, h: Tensor, turn: int, edge: Tensor, neighbors: Tensor, done: Share, *, cut: bool = False
    ) -> None:
        """One round, in place. Codes of nodes that are neighbours alone may follow those of the n, and stay.

        `cut` : edges are cut off already
        """
        mixes, gate = self.mixes[turn], self._for(edge, self.gates[turn])
        values = torch.empty_like(h)
        for mix, (_, columns) in zip(mixes, self._columns(), strict=True):
            _into(values[:, columns], mix.value, h[:, columns])

        def mixed(rows: slice) -> None:
            let = self._linear(edge[rows], gate[0], cut=cut)
            seen = self.steps.pooled(let, gate[1], values, neighbors[rows], self.room)
            seen[:, 0] = h[rows]
            for mix, (_, own) in zip(mixes, self._columns(), strict=True):
                h[rows, own] += silu(mix.blend(seen[:, :, own].flatten(1)), inplace=True)

        self._each(mixed, edge, done)

    def judged(self, h: Tensor, edge: Tensor, neighbors: Tensor, done: Share, *, cut: bool = False) -> Tensor:
        """Log-odds of the edges, float64 (n, m), of finished codes; others may follow those of the n."""
        source, target = torch.empty_like(h), torch.empty_like(h)
        for one, columns in self._columns():
            _into(source[:, columns], one.source, h[:, columns])
            _into(target[:, columns], one.target, h[:, columns])
        weight, bias = self._for(edge, self.judge)
        target += bias  # once a node, and not once an edge
        out = edge.new_empty(edge.shape[:2], dtype=torch.float64)

        def judged(rows: slice) -> None:
            codes = self._linear(edge[rows], weight, cut=cut)
            self.steps.meet(codes, source, target[rows], neighbors[rows])
            each = [self.steps.linked(one.head, codes[:, own], self.room) for one, own in self._columns()]
            out[rows] = _of_the_mean(torch.stack(each).double()).view(-1, edge.shape[1])

        self._each(judged, edge, done)
        return out

    def _of_edges(self, layers: Sequence[nn.Linear]) -> tuple[Tensor, Tensor]:
        """Weight (c, K * H) and bias (K * H,) of the layers side by side, for relations that are cut off only.

        W (v - mean) / spread + b = (W / spread) v + (b - W mean / spread): the standardisation is in the weights.
        """
        norm = self.members[0].edge_norm
        weight = torch.cat([one.weight for one in layers]).double() / norm.spread
        bias = torch.cat([cast(Tensor, one.bias) for one in layers]).double() - weight @ norm.mean.double()
        return weight.T.float().contiguous(), bias.float()

    def _bounds_of(self, edge: Tensor | HostRows) -> tuple[Tensor, Tensor]:
        width = edge.shape[-1]
        return self.low[:width], self.high[:width]

    def _for(self, edge: Tensor | HostRows, layer: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Weight and bias for the columns that there are; what the others say is said by the column MUTUAL."""
        (weight, bias), (m, width) = layer, edge.shape[1:]
        if width == len(weight):
            return layer
        alone, mutual = torch.clamp(links_at_first(m), self.low[width:], self.high[width:]).double()
        missing, own = weight[width:].double(), weight[:width].clone()
        own[MUTUAL] += ((mutual - alone) @ missing).float()
        return own, bias + (alone @ missing).float()

    def _linear(self, edge: Tensor, weight: Tensor, *, cut: bool) -> Tensor:
        """Of relations, float32 (b, m, c), cut off: (b * m, K * H)."""
        edges = edge.flatten(0, 1)
        if not cut:
            edges = torch.clamp(edges, *self._bounds_of(edges), out=self.room.of("cut", edges.shape))
        return torch.mm(edges, weight, out=self.room.of("codes", (len(edges), self.width)))

    def _columns(self) -> list[tuple[RelationalLANDER, slice]]:
        return [(one, slice(i * self.hidden, (i + 1) * self.hidden)) for i, one in enumerate(self.members)]

    def _each(self, function: Callable[[slice], None], edge: Tensor, done: Share) -> None:
        """Call `function` with all blocks of rows, each of which it changes alone."""
        n, m = edge.shape[:2]
        for stop in each_block(function, row_blocks(n, m * self.width, edge.device), edge.device):
            done.tell(stop / n)
        done.part += 1


class Share:
    """Tells `tick` the share of several passes, of which `part` are over."""

    def __init__(self, tick: Tick | None, parts: int) -> None:
        self.tick, self.parts, self.part = tick, parts, 0

    def tell(self, share: float) -> None:
        if self.tick:
            self.tick((self.part + share) / self.parts)


def _into(out: Tensor, layer: nn.Linear, values: Tensor) -> None:
    """The layer's output, written where it belongs."""
    torch.mm(values, layer.weight.T, out=out)
    if layer.bias is not None:
        out += layer.bias


def _of_the_mean(log_odds: Tensor) -> Tensor:
    """Log-odds of the mean over the first axis of the probabilities with these log-odds."""
    if len(log_odds) == 1:
        return log_odds[0]
    return torch.logsumexp(logsigmoid(log_odds), 0) - torch.logsumexp(logsigmoid(-log_odds), 0)


def _alike(one: RelationalLANDER, other: RelationalLANDER) -> bool:
    norms = [(getattr(one, name), getattr(other, name)) for name in NORMS]
    same = all(torch.equal(a.mean, b.mean) and torch.equal(a.spread, b.spread) for a, b in norms)
    return same and one.config == other.config
