"""The paper's two losses on some nodes of a level. Knows nothing about networks or optimisers.

Source: Xing et al., ICCV 2021, Eq. 7-9; only links towards a denser neighbour count, since decoding uses no others.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def losses(
    logits: Tensor, similarity: Tensor, linked: Tensor, counted: Tensor, density: Tensor
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the counted links, and squared error of the density, both summed.

    Not balanced between linked and not linked: balancing makes upper levels merge everything
    (benchmarks/LOG.md).

    Parameters
    ----------
    logits : float32 (n, m, 2)   not linked, linked
    similarity : float32 (n, m);  linked, counted : bool (n, m);  density : float32 (n,), the true one
    """
    sure = logits[:, :, 1] - logits[:, :, 0]  # the logit of P(linked)
    each = binary_cross_entropy_with_logits(sure, linked.to(sure.dtype), reduction="none")
    found = (similarity * (2 * torch.sigmoid(sure) - 1)).mean(1)
    return (each * counted).sum(), (found - density).square().sum()
