"""The places found against numpy's."""

import numpy as np
import pytest
import torch

from hilander.graph.sparse import true_places


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 8), (40, 33), (0, 4), (4, 0)])
def test_every_true_entry_once_row_by_row(shape, share, rng):
    table = rng.random(shape) < share
    found = true_places(torch.from_numpy(table))
    for one, wanted in zip(found, np.nonzero(table), strict=True):
        assert one.dtype == torch.int64
        assert one.tolist() == wanted.tolist()
