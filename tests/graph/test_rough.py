"""Rough products against float64's: never further off than they say, and rows that they leave open are few."""

import numpy as np
import pytest
import torch

from hilander.graph import exact, once, rough
from hilander.graph.once import each_pair_once
from hilander.graph.rough import Rough, eight_bits
from hilander.io.vectors import unit_vectors

needs_eight_bits = pytest.mark.skipif(
    not eight_bits(), reason="this processor has no instructions for eight bits"
)


def quiet(_share):
    pass


@pytest.fixture
def few(monkeypatch):
    """Sets as small as these are taken as they are otherwise."""
    monkeypatch.setattr(rough, "LEAST_ROWS", 1)
    monkeypatch.setattr(rough, "LEAST_DIM", 1)
    monkeypatch.setattr(rough, "ROWS", 50)
    monkeypatch.setattr(rough, "TOGETHER", 128)


def kinds(rng, n, d):
    """Gaussian rows; sparse ones, of one large value; ones that all point nearly the same way."""
    gauss = rng.standard_normal((n, d))
    sparse = np.where(rng.random((n, d)) < 0.02, 5.0, 1e-3)
    return [unit_vectors(one) for one in (gauss, sparse, gauss + 20)]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("plain", [False, pytest.param(True)])
@pytest.mark.parametrize("d", [3, 64, 300])
def test_a_product_is_no_further_off_than_it_says(d, plain, rng):
    for x in kinds(rng, 130, d):
        points = torch.from_numpy(x)
        one = Rough.plain(points) if plain or not eight_bits() else Rough.of(points)
        other = one.alike(points[40:])
        cosine = points.double() @ points[40:].double().T
        product = one.times(other)
        assert product.dtype == one.kind
        bound = one.error + (1 + one.error) * other.error
        assert (product.double() * one.unit * other.unit - cosine).abs().max() <= bound
        for column in range(0, 90, 17):
            least = one.may_beat(other, cosine[:, column].float() - 1e-7)
            assert (product[:, column] > least).all()


@needs_eight_bits
def test_eight_bits_are_taken_for_large_sets_and_are_near(rng):
    x = torch.from_numpy(unit_vectors(rng.standard_normal((rough.LEAST_ROWS, 128))))
    found = Rough.of(x)
    assert found.kind == torch.int32
    assert 0.001 < found.error < 0.02
    assert Rough.of(x[:-1]).kind == torch.float32
    assert Rough.of(x[:, : rough.LEAST_DIM - 1]).kind == torch.float32


@needs_eight_bits
@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("most_open", [0.0, 0.01, 1.0])
def test_the_same_lists_to_the_bit_with_rough_products_or_plain_ones(most_open, rng, monkeypatch):
    monkeypatch.setattr(once, "MOST_OPEN", most_open)
    for x in kinds(rng, 700, 40):
        points, found = torch.from_numpy(x), []
        for taken in (Rough._rounded, Rough.plain):
            monkeypatch.setattr(Rough, "of", taken)
            found.append(each_pair_once(points, 8, 48, 80, quiet))
        assert torch.equal(found[0][0], found[1][0])
        assert torch.equal(found[0][1].sort(1).values, found[1][1].sort(1).values)


@needs_eight_bits
@pytest.mark.usefixtures("few")
def test_the_exact_search_is_exact_with_rough_products(rng):
    for x in kinds(rng, 900, 50):
        found, similarity = exact.exact_neighbors(x, 6, "cpu", quiet)
        cosine = x.astype(np.float64) @ x.T.astype(np.float64)
        np.fill_diagonal(cosine, -2)
        best = -np.sort(-cosine, 1)[:, :6]
        np.testing.assert_allclose(similarity, best, atol=2e-6)
        np.testing.assert_allclose(np.take_along_axis(cosine, found, 1), best, atol=2e-6)


def test_a_processor_without_them_is_told(monkeypatch, rng):
    eight_bits.cache_clear()
    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: False)
    try:
        assert not eight_bits()
        x = torch.from_numpy(unit_vectors(rng.standard_normal((rough.LEAST_ROWS, 64))))
        assert Rough.of(x).values is x
    finally:
        eight_bits.cache_clear()
