"""The network of the built-in embedder: measured gradients and colours beside learned convolutions.

    RGB pictures (n, 3, 96, 96) in [0, 1]  ->  unit vectors (n, 256)

Half of the vector is a linear map of what was measured (histograms of oriented gradients and of colours), which holds
for pictures of any kind; the other half is a small convolutional network's, which knows what it was taught.
Everything is convolutions, so that it becomes one ONNX file. Knows nothing about data or training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

SIDE = 96  # pixels
BINS = 9  # orientations of half a turn
SOFT = 0.1  # added to a cell's norm, so that an empty cell stays empty
TONES = 3  # values of each of red, green and blue that a colour is compared with
NARROW = 12.0  # how sharply a pixel is given to its colours


@dataclass(frozen=True)
class NetworkConfig:
    """Widths of the parts; `measured` and `learned` are the two parts of the embedding."""

    measured: int = 128
    learned: int = 128
    widths: tuple[int, ...] = (24, 64, 96, 160)
    share: float = 0.5  # of the squared length that the learned part has


class Measured(nn.Module):
    """Gradients and colours, nothing in it is trained."""

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

    def gradients(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, BINS, 48, 48): how much of the gradient lies in each orientation, at every other pixel."""
        grey = functional.pad(pictures.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        slopes = functional.conv2d(grey, self.slopes, stride=2)
        length = ((slopes**2).sum(1, keepdim=True) + 1e-8).sqrt()
        along = functional.conv2d(slopes / length, self.turns)
        along = along * along  # three times: the eighth power of the cosine, as sharp as bins of 20 degrees
        along = along * along
        return length * (along * along)

    def colours(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, 27, 24, 24): how much of each spot is of each colour."""
        small = functional.avg_pool2d(pictures, 4)
        return functional.conv2d(small, self.colour_weight, self.colour_bias).softmax(1)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The descriptor (n, DESCRIPTOR), and the gradients for the network (n, BINS, 48, 48)."""
        gradients, colours = self.gradients(pictures), self.colours(pictures)
        cells = functional.avg_pool2d(gradients, 8, 4)
        coarse = functional.avg_pool2d(gradients, 16, 8)
        hues = functional.avg_pool2d(colours, 8, 4)
        whole = colours.mean((2, 3))
        parts = [_per_cell(cells), 0.7 * _per_cell(coarse), 0.6 * _root(hues), 0.9 * _root(whole)]
        return torch.cat(parts, 1), gradients


def _per_cell(cells: torch.Tensor) -> torch.Tensor:
    """Each cell divided by its norm, its root taken, the whole of unit length."""
    norm = (cells**2).sum(1, keepdim=True).sqrt()
    return functional.normalize((cells / (norm + SOFT) + 1e-6).sqrt().flatten(1), dim=1)


def _root(shares: torch.Tensor) -> torch.Tensor:
    return functional.normalize((shares + 1e-6).sqrt().flatten(1), dim=1)


DESCRIPTOR = BINS * (11 * 11 + 5 * 5) + TONES**3 * (5 * 5 + 1)


class SmallEmbedder(nn.Module):
    """What is trained: the map of the descriptor, which begins as its principal components, and the convolutions."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.measure = Measured()
        self.map = nn.Linear(DESCRIPTOR, config.measured)
        layers, before = [], 3 + BINS
        for i, width in enumerate(config.widths):
            layers += [
                nn.Conv2d(before, width, 3, padding=1, stride=2 if i == 0 else 1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                *([nn.MaxPool2d(2)] if i else []),
            ]
            before = width
        self.features = nn.Sequential(*layers)
        self.out = nn.Linear(before * 3 * 3, config.learned)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        measured, learned = self.parts(pictures)
        return self.joined(measured, learned)

    def parts(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit vectors of both halves."""
        descriptor, gradients = self.measure(pictures)
        seen = torch.cat([functional.avg_pool2d(pictures, 2) - 0.5, 4 * gradients], 1)
        learned = self.out(self.features(seen).flatten(1))
        return functional.normalize(self.map(descriptor), dim=1), functional.normalize(learned, dim=1)

    def joined(self, measured: torch.Tensor, learned: torch.Tensor) -> torch.Tensor:
        share = self.config.share
        return torch.cat([math.sqrt(1 - share) * measured, math.sqrt(share) * learned], 1)
