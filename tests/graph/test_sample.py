"""The sample's true neighbours against all cosines, and what it says of lists that are known to be right or wrong."""

from typing import get_args

import numpy as np
import pytest
import torch

from hilander.graph import rough, sample
from hilander.graph.rough import Rough, Way
from hilander.graph.sample import Sample
from hilander.io.vectors import unit_vectors


def quiet(_share):
    pass


def best(x, m):
    cosine = x.astype(np.float64) @ x.T.astype(np.float64)
    np.fill_diagonal(cosine, -2)
    return torch.from_numpy(-np.sort(-cosine, 1)[:, :m]).float()


def spread_out(n):
    """Rows of which each pair has the same cosine, and a negative one."""
    return unit_vectors(np.eye(n) - 1 / n)


@pytest.mark.parametrize("way", get_args(Way))
@pytest.mark.parametrize("kind", ["gauss", "all beyond a right angle", "all nearly the same"])
def test_the_last_true_neighbour_is_as_similar_as_it_says(way, kind, rng, monkeypatch):
    monkeypatch.setattr(sample, "SAMPLE", 100)
    monkeypatch.setattr(sample, "ROWS", 30)
    monkeypatch.setattr(sample, "COLUMNS", 70)
    monkeypatch.setattr(rough, "ROWS", 64)
    gauss = rng.standard_normal((400, 48))
    x = {"gauss": unit_vectors(gauss), "all nearly the same": unit_vectors(gauss + 30)}.get(
        kind, spread_out(400)
    )
    monkeypatch.setattr(sample, "SPARE", 16)
    points = torch.from_numpy(x)
    found = Sample(points, Rough.by(way, points), 7, quiet)
    assert len(found.rows) == len(found.rows.unique()) == 100
    np.testing.assert_allclose(found.least, best(x, 7)[found.rows, -1], atol=1e-6)


def test_it_tells_the_share_that_was_found(rng):
    x = unit_vectors(rng.standard_normal((600, 16)))
    points, true = torch.from_numpy(x), best(x, 10)
    found = Sample(points, Rough.of(points), 10, quiet)
    assert found.recall(true) == 1
    assert found.enough(true)
    some = true.clone()
    some[:, 7:] = -1
    assert found.recall(some) == pytest.approx(0.7)
    assert not found.enough(some)


@pytest.mark.parametrize(("rows", "size"), [(50, 50), (5_000, 1_024), (400_000, 1_562), (2_000_000, 4_096)])
def test_more_rows_more_are_sampled(rows, size, monkeypatch):
    monkeypatch.setattr(Sample, "_true_worst", lambda _, part: torch.zeros(len(part)))
    points = torch.zeros(rows, 1)
    assert len(Sample(points, Rough.by("float32", points), 3, quiet).rows) == size
