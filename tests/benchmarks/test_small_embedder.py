"""The map of the built-in embedder is found from classes, and its network takes what its file says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from small_embedder.changed import changed
from small_embedder.learning import LearningConfig, discriminant
from small_embedder.network import DESCRIPTOR, SIDE, SmallEmbedder


def test_the_first_direction_is_the_one_that_tells_classes_apart():
    """Two kinds of pictures, far apart along axis 2; classes differ along axis 0, pictures of a class along axis 1."""
    x = np.array([(c, n, 0.0) for c in (-1.0, 1.0) for n in (-9.0, 9.0)])
    kinds = [(x, np.array([0, 0, 1, 1])), (x + np.array([0, 0, 50]), np.array([0, 0, 1, 1]))]
    weight, bias = discriminant(kinds, LearningConfig(dim=1, round=0.01))
    assert np.abs(weight[0, 1:]).max() < 1e-6 * abs(weight[0, 0])
    # within classes 81 along axis 1, 0.01 of the mean of (0, 81, 0) everywhere: 0.27; between classes 1
    assert abs(weight[0, 0]) == pytest.approx((1 / 0.27 / (1 / 0.27 + 1) / 0.27) ** 0.5)
    assert bias.tolist() == [0]  # the mean of all is 0 along axis 0


def test_every_picture_has_a_unit_vector_whatever_is_in_it():
    pictures = torch.stack([torch.zeros(3, SIDE, SIDE), torch.ones(3, SIDE, SIDE), torch.rand(3, SIDE, SIDE)])
    network = SmallEmbedder()
    with torch.no_grad():
        assert network.describe(pictures).shape == (3, DESCRIPTOR)
        assert network(pictures).norm(dim=1).tolist() == pytest.approx([1, 1, 1])


def test_changed_pictures_are_pictures():
    torch.manual_seed(0)
    ink, photo = (torch.randint(0, 256, (4, channels, 28, 20), dtype=torch.uint8) for channels in (1, 3))
    for pixels, drawn in ((ink, True), (ink, False), (photo, False)):
        made = changed(pixels, drawn=drawn)
        assert (made.shape, made.isfinite().all().item()) == ((4, 3, SIDE, SIDE), True)
        assert 0 <= float(made.min()) <= float(made.max()) <= 1
