"""The paper's two losses on one level. Knows nothing about networks or optimisers.

Source: Xing et al., ICCV 2021, Eq. 7-9; only links towards a denser neighbour count, since decoding uses no others.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hilander.train.samples import LevelSample


def losses(logits: Tensor, sample: LevelSample) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the counted links, and mean squared error of the density.

    Not balanced between linked and not linked: balancing makes upper levels merge everything
    (benchmarks/LOG.md).

    Parameters
    ----------
    logits : float32 (n, m, 2)   not linked, linked
    """
    chosen = logits[sample.counted]
    link = torch.nn.functional.cross_entropy(chosen, sample.linked[sample.counted].long(), reduction="sum")
    linked = torch.softmax(logits, dim=2)[:, :, 1]
    density = (sample.similarity * (2 * linked - 1)).mean(1)
    there = ~torch.isnan(sample.density)
    off = (density[there] - sample.density[there]).square().mean()
    return link / max(1, len(chosen)), off
