"""The network of the built-in embedder: measured gradients and colours, and a linear map that was taught.

    RGB pictures (n, 3, 96, 96) in [0, 1]  ->  descriptor (n, 2016)  ->  unit vectors (n, 128)

The descriptor is fixed: histograms of oriented gradients in cells of two sizes and of colours in cells and in the
whole, every part of unit length. All of it is convolutions and pooling, so that it becomes one ONNX file. Knows nothing
about data or about how the map is found.
Source of the gradients: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005; smooth
shares in place of bins.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

SIDE = 96  # pixels
DIM = 128  # of the embedding
BINS = 9  # orientations of half a turn
FLAT = 1e-4  # the length of a gradient that has no direction
SOFT = 0.1  # added to a cell's norm, so that an empty cell stays empty
TONES = 3  # values of each of red, green and blue that a colour is compared with
NARROW = 12.0  # how sharply a pixel is given to its colours
FINE, COARSE, PLACES, WHOLE = (
    1.0,
    0.7,
    0.6,
    0.9,
)  # lengths of the parts: gradients in cells, colours in cells, in all
DESCRIPTOR = BINS * (11 * 11 + 5 * 5) + TONES**3 * (5 * 5 + 1)


class Descriptor(nn.Module):
    """Gradients and colours; nothing in it is taught."""

    def __init__(self) -> None:
        super().__init__()
        slope = torch.tensor([-0.5, 0.0, 0.5])
        across = torch.zeros(2, 1, 3, 3)
        across[0, 0, 1], across[1, 0, :, 1] = slope, slope
        angle = torch.arange(BINS) * math.pi / BINS
        self.register_buffer("slopes", across)
        self.register_buffer("turns", torch.stack([angle.cos(), angle.sin()], 1)[:, :, None, None])
        tone = torch.linspace(0, 1, TONES)
        colours = torch.cartesian_prod(tone, tone, tone)
        self.register_buffer("colour_weight", (2 * NARROW * colours)[:, :, None, None])
        self.register_buffer("colour_bias", -NARROW * (colours**2).sum(1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, DESCRIPTOR): fine cells of 16 pixels, coarse ones of 32, each overlapping by half."""
        gradients, colours = self.gradients(pictures), self.colours(pictures)
        parts = [
            FINE * _per_cell(functional.avg_pool2d(gradients, 8, 4)),
            COARSE * _per_cell(functional.avg_pool2d(gradients, 16, 8)),
            PLACES * _root(functional.avg_pool2d(colours, 8, 4)),
            WHOLE * _root(colours.mean((2, 3))),
        ]
        return torch.cat(parts, 1)

    def gradients(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, BINS, 48, 48): how much of the gradient lies in each orientation, at every other pixel."""
        grey = functional.pad(pictures.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        slopes = functional.conv2d(grey, self.slopes, stride=2)
        length = (slopes**2).sum(1, keepdim=True).sqrt()
        along = functional.conv2d(
            slopes / length.clamp_min(FLAT), self.turns
        )  # an Add of so little is not exported
        along = along * along  # three times: the eighth power of the cosine, as sharp as bins of 20 degrees
        along = along * along
        return length * (along * along)

    def colours(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, 27, 24, 24): how much of each spot is of each colour."""
        small = functional.avg_pool2d(pictures, 4)
        return functional.conv2d(small, self.colour_weight, self.colour_bias).softmax(1)


def _per_cell(cells: torch.Tensor) -> torch.Tensor:
    """Each cell divided by its norm, its root taken, the whole of unit length."""
    norm = (cells**2).sum(1, keepdim=True).sqrt()
    return functional.normalize((cells / (norm + SOFT) + 1e-6).sqrt().flatten(1), dim=1)


def _root(shares: torch.Tensor) -> torch.Tensor:
    return functional.normalize((shares + 1e-6).sqrt().flatten(1), dim=1)


class SmallEmbedder(nn.Module):
    """The descriptor and its map."""

    def __init__(self, dim: int = DIM) -> None:
        super().__init__()
        self.describe = Descriptor()
        self.map = nn.Linear(DESCRIPTOR, dim)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.map(self.describe(pictures)), dim=1)
