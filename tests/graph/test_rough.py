"""Rough products against float64's: never further off than they say, and rows that they leave open are few."""

from typing import get_args

import numpy as np
import pytest
import torch

from hilander.graph import exact, once, rough
from hilander.graph.once import each_pair_once
from hilander.graph.rough import Rough, Way, soonest
from hilander.io.vectors import unit_vectors

FEWER_BITS = [way for way in get_args(Way) if way != "float32"]


def quiet(_share):
    pass


@pytest.fixture
def few(monkeypatch):
    """Sets as small as these are taken as they are otherwise."""
    monkeypatch.setattr(rough, "LEAST_ROWS", dict.fromkeys(rough.LEAST_ROWS, 1))
    monkeypatch.setattr(rough, "LEAST_DIM", 1)
    monkeypatch.setattr(rough, "ROWS", 50)
    monkeypatch.setattr(rough, "TOGETHER", 128)


def kinds(rng, n, d):
    """Gaussian rows; sparse ones, of one large value; ones that all point nearly the same way."""
    gauss = rng.standard_normal((n, d))
    sparse = np.where(rng.random((n, d)) < 0.02, 5.0, 1e-3)
    return [unit_vectors(one) for one in (gauss, sparse, gauss + 20)]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("way", get_args(Way))
@pytest.mark.parametrize("d", [3, 64, 300])
def test_a_product_is_no_further_off_than_it_says(d, way, rng):
    for x in kinds(rng, 130, d):
        points = torch.from_numpy(x)
        one = Rough.by(way, points)
        other = one.alike(points[40:])
        cosine = points.double() @ points[40:].double().T
        product = one.times(other)
        assert product.dtype == one.kind
        assert (one.way, other.way) == (way, way)
        bound = one.error + (1 + one.error) * other.error
        assert (told(one, other, product) - cosine.clamp_min(floor(one))).abs().max() <= bound + half_step(
            one
        )
        for column in range(0, 90, 17):
            least = one.may_beat(other, cosine[:, column].float() - 1e-7)
            assert (product[:, column] > least).all()
            well_above = cosine[:, column].clamp_min(0).float() + 0.2
            assert not (product[:, column] > one.may_beat(other, well_above)).any()


def told(one, other, product):
    """The cosines that products stand for."""
    if one.way == "bfloat16":
        return product.view(torch.bfloat16).double()
    return product.double() * one.unit * other.unit


def floor(one):
    return 0 if one.way == "bfloat16" else -1


def half_step(one):
    return 2.0**-8 if one.way == "bfloat16" else 0


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("way", get_args(Way))
def test_products_are_in_the_order_of_cosines(way):
    """Of bfloat16 the bits are looked at, which run backwards below zero."""
    angle = torch.linspace(0, 3.1, 64)
    circle = torch.stack([angle.cos(), angle.sin()], 1)
    one = Rough.by(way, circle)
    product = one.times(one)[0]
    assert (product.diff() <= 0).all()
    assert (product > one.may_beat(one, torch.tensor([-1.0]))).all()


@pytest.mark.parametrize("way", FEWER_BITS)
def test_the_soonest_way_is_taken_for_large_sets_and_is_near(way, rng, monkeypatch):
    monkeypatch.setattr(rough, "soonest", lambda **_: way)
    x = torch.from_numpy(unit_vectors(rng.standard_normal((rough.LEAST_ROWS[way], 128))))
    found = Rough.of(x)
    assert found.way == way
    assert 0.0005 < found.error < 0.02
    assert Rough.of(x[:-1]).way == "float32"
    assert Rough.of(x[:, : rough.LEAST_DIM - 1]).way == "float32"


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("way", FEWER_BITS)
@pytest.mark.parametrize("most_open", [0.0, 0.01, 1.0])
def test_the_same_lists_to_the_bit_with_rough_products_or_plain_ones(most_open, way, rng, monkeypatch):
    monkeypatch.setattr(once, "MOST_OPEN", most_open)
    for x in kinds(rng, 700, 40):
        points, found = torch.from_numpy(x), []
        for taken in (way, "float32"):
            monkeypatch.setattr(rough, "soonest", lambda taken=taken, **_: taken)
            found.append(each_pair_once(points, 8, 48, 80, quiet))
        assert torch.equal(found[0][0], found[1][0])
        assert torch.equal(found[0][1].sort(1).values, found[1][1].sort(1).values)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("way", FEWER_BITS)
def test_the_exact_search_is_exact_with_rough_products(way, rng, monkeypatch):
    monkeypatch.setattr(rough, "soonest", lambda **_: way)
    monkeypatch.setattr(exact, "ROWS", 48)
    monkeypatch.setattr(exact, "COLUMNS", 80)
    for x in [*kinds(rng, 900, 50), opposite(rng, 900), unit_vectors(np.eye(300) - 1 / 300)]:
        found, similarity = exact.exact_neighbors(x, 6, "cpu", quiet)
        cosine = x.astype(np.float64) @ x.T.astype(np.float64)
        np.fill_diagonal(cosine, -2)
        best = -np.sort(-cosine, 1)[:, :6]
        np.testing.assert_allclose(similarity, best, atol=2e-6)
        np.testing.assert_allclose(np.take_along_axis(cosine, found, 1), best, atol=2e-6)


def opposite(rng, n):
    """A few rows whose best neighbours are all at a right angle or beyond, among many that are near each other."""
    few = -np.eye(60)[:5] + 1e-3 * rng.standard_normal((5, 60))
    many = np.abs(rng.standard_normal((n - 5, 60)))
    return unit_vectors(rng.permutation(np.concatenate([few, many])))


def test_a_processor_without_them_is_told(monkeypatch, rng):
    soonest.cache_clear()
    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: False, raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    try:
        assert soonest() == "float32"
        x = torch.from_numpy(unit_vectors(rng.standard_normal((rough.LEAST_ROWS["eight bits"], 64))))
        assert Rough.of(x).values is x
    finally:
        soonest.cache_clear()
