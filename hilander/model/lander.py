"""LANDER, the paper's network, computed as its authors' released code computes it.

    node features + k-NN graph  ->  P(linked) of every edge

Source: Xing et al., ICCV 2021 (arXiv 2107.01319), section 3.2. Where the release differs from the paper, the
release wins: a trained state dict must give its own outputs here (tests/model/test_parity.py).
Knows nothing about files, levels or training.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from hilander.model.linear import Linear, PReLU
from hilander.model.ops import MessagePassing

LEAKY_SLOPE = 0.2
Encoder = Literal["gat", "gcn"]


@dataclass(frozen=True)
class LanderConfig:
    """Sizes of a LANDER network.

    Attributes
    ----------
    dim : width of a node's input; the embedding's, or twice that with cluster features
    encoder : "gat" (attention) or "gcn" (graph convolution)
    hidden : width of the encoder's layers
    head : width of the edge head (the release uses half of `hidden`)
    layers : encoder layers, >= 1
    cluster_features : `dim` is twice the embedding's; None where a published state dict does not tell
    """

    dim: int
    encoder: Encoder = "gat"
    hidden: int = 512
    head: int = 256
    layers: int = 1
    cluster_features: bool | None = False

    @property
    def embedding_dims(self) -> tuple[int, ...]:
        """The dimensions of embeddings that the network can take: one, or two where it is not known which."""
        plain, doubled = (self.dim,), (self.dim // 2,) if self.dim % 2 == 0 else ()
        if self.cluster_features is None:
            return plain + doubled
        return doubled if self.cluster_features else plain

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class GatWeights(nn.Module):
    """Parameters of one attention head, under the names of the released checkpoints."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.fc = Linear(width_in, width, bias=False)
        self.attn_l = nn.Parameter(torch.empty(1, 1, width))
        self.attn_r = nn.Parameter(torch.empty(1, 1, width))
        self.bias = nn.Parameter(torch.zeros(width))
        for weight in (self.fc.weight, self.attn_l, self.attn_r):
            nn.init.xavier_normal_(weight, gain=nn.init.calculate_gain("relu"))


class GatLayer(nn.Module):
    """One attention head over the neighbours: fc, then softmax(leaky_relu(a_l h_j + a_r h_i)) sums; ReLU.

    fc comes after the sum, which changes nothing (both are linear) and spares it for nodes that only are neighbours.
    """

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.gcn_layer = GatWeights(width_in, width)
        self.bias = nn.Parameter(torch.zeros(1, width))

    def forward(self, h: Tensor, _affine: Tensor, ops: MessagePassing) -> Tensor:
        layer = self.gcn_layer
        source, target = h @ self._seen(layer.attn_l), ops.own(h) @ self._seen(layer.attn_r)
        weights = ops.attention(source, target, LEAKY_SLOPE)
        return torch.relu(layer.fc(ops.weighted_sum(h, weights)) + layer.bias + self.bias)

    def _seen(self, attn: Tensor) -> Tensor:
        """The vector that gives a_l W h, or a_r W h, of a node's input h: W^T a."""
        return self.gcn_layer.fc.weight.T @ attn[0, 0]


class GcnWeights(nn.Module):
    """Parameters of one graph convolution, under the names of the released checkpoints."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.mlp = Linear(2 * width_in, width)


class GcnLayer(nn.Module):
    """[h_i, sum over N(i) of affine_ij h_j] through one linear layer; ReLU."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.gcn_layer = GcnWeights(width_in, width)

    def forward(self, h: Tensor, affine: Tensor, ops: MessagePassing) -> Tensor:
        both = torch.cat([ops.own(h), ops.weighted_sum(h, ops.own(affine))], dim=1)
        return torch.relu(self.gcn_layer.mlp(both))


class LANDER(nn.Module):
    """Encoder and edge head. Parameter names are those of the released checkpoints.

    forward(features float32 (n, dim), similarity float32 (n, m), ops) -> logits float32 (n, m, 2):
    not linked, linked.
    """

    def __init__(self, config: LanderConfig) -> None:
        super().__init__()
        self.config = config
        layer = GatLayer if config.encoder == "gat" else GcnLayer
        widths = [config.dim] + [config.hidden] * config.layers
        self.conv = nn.ModuleList(layer(a, b) for a, b in itertools.pairwise(widths))
        self.src_mlp = Linear(config.hidden, config.head)
        self.dst_mlp = Linear(config.hidden, config.head)
        self.classifier_conn = nn.Sequential(
            PReLU(config.head),
            Linear(config.head, config.head),
            PReLU(config.head),
            Linear(config.head, 2),
        )

    def forward(self, features: Tensor, similarity: Tensor, ops: MessagePassing) -> Tensor:
        affine, h, last = row_normalized(similarity), features, self.config.layers - 1
        for done, layer in enumerate(itertools.islice(self.conv, last)):
            h = torch.cat([layer(h, affine, part) for part in ops.within(last + 1 - done).parts()])
        ends = [self._ends(h, affine, part, ops.within(0)) for part in ops.within(1).parts()]
        source, target = (torch.cat(pieces) for pieces in zip(*ends, strict=True))
        return ops.edges(source, target, similarity.unsqueeze(2), lambda a, b, _: self.classifier_conn(a + b))

    def _ends(
        self, h: Tensor, affine: Tensor, part: MessagePassing, judged: MessagePassing
    ) -> tuple[Tensor, Tensor]:
        """The last layer, and what it gives its nodes to be judged by: as neighbours, and as `judged` nodes."""
        h = self.conv[-1](h, affine, part)
        return self.src_mlp(h), self.dst_mlp(judged.own(h))


def row_normalized(similarity: Tensor) -> Tensor:
    """Similarities divided by the sum of their absolute values.

    The release divides by the plain sum, which is the same number while no cosine is negative, and can come near
    zero where some are.
    """
    total = similarity.abs().sum(1, keepdim=True).clamp_min(torch.finfo(similarity.dtype).tiny)
    return similarity / total


def config_of_state(state: dict[str, Tensor]) -> LanderConfig:
    """Read the sizes off a published state dict's shapes.

    Raises
    ------
    KeyError, ValueError   not a LANDER state dict
    """
    layers = len({name.split(".")[1] for name in state if name.startswith("conv.")})
    if layers < 1:
        raise ValueError("no conv.* entry")
    head, hidden = state["src_mlp.weight"].shape
    if "conv.0.gcn_layer.fc.weight" in state:
        return LanderConfig(state["conv.0.gcn_layer.fc.weight"].shape[1], "gat", hidden, head, layers, None)
    return LanderConfig(state["conv.0.gcn_layer.mlp.weight"].shape[1] // 2, "gcn", hidden, head, layers, None)
