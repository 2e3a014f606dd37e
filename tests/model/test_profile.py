"""What a first level looks like: figures that a reader can check, and what must not change them."""

import json

import numpy as np
import pytest

from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import LevelSettings, build
from hilander.hierarchy.first_level import FirstLevel
from hilander.io.vectors import unit_vectors
from hilander.model import profile as module
from hilander.model.base import LinkPrediction, pseudo_density
from hilander.model.profile import POINTS, Profile, distance, home_from_dict, home_to_dict, pooled
from tests.model.profiles import even, profile

# Three images in the plane, at 0, 60 and 180 degrees: cosines 1/2 (first two), -1/2 (last two), -1.
CORNERS = np.array([[1, 0], [0.5, 0.75**0.5], [-1, 0]], np.float32)


def of(x: np.ndarray, neighbors: int = 9, k: int = 10, seed: int = 0) -> Profile | None:
    graph = KnnGraph.from_unit(x, k=k, method="exact")
    link_prob = (graph.similarity.astype(float) + 1) / 2
    return Profile.of(graph, link_prob, x, np.random.default_rng(seed), neighbors=neighbors)


def test_three_corners_by_hand():
    got = of(CORNERS, neighbors=1, k=2)
    assert (got.n, got.neighbors) == (3, 1)
    assert got.similarity == got.best
    assert (got.best[0], got.median("best"), got.best[-1]) == pytest.approx((-0.5, 0.5, 0.5))
    assert got.mutual == pytest.approx(2 / 3, abs=1e-5)  # the first two have each other
    assert got.background == pytest.approx(-1 / 3, abs=1e-5)
    assert got.background_spread == pytest.approx(np.std([0.5, -0.5, -1]), abs=1e-5)
    assert got.density[0] == pytest.approx(0.25)  # similarity times itself: p = (1 + s) / 2


def test_only_the_nearest_are_looked_at():
    assert of(CORNERS, neighbors=1, k=3) == of(CORNERS, neighbors=1, k=2)
    both = of(CORNERS, neighbors=9, k=3)
    assert (both.neighbors, both.similarity[0], both.best[0]) == (2, -1.0, -0.5)


def test_fewer_images_than_k_have_fewer_neighbours(rng):
    assert of(unit_vectors(rng.normal(size=(4, 6)))).neighbors == 3


def test_one_image_has_no_profile():
    assert of(CORNERS[:1]) is None


def test_the_order_of_the_images_changes_nothing(rng):
    x = unit_vectors(rng.normal(size=(300, 8)))
    a, b = of(x), of(x[rng.permutation(300)])
    for name in (*module.SHAPES, *module.SHARES):
        assert getattr(a, name) == pytest.approx(getattr(b, name), abs=2e-5)


def test_many_images_are_looked_at_in_part_and_the_same_part_each_time(rng, monkeypatch):
    x = unit_vectors(rng.normal(size=(1500, 8)))
    whole = of(x)
    monkeypatch.setattr(module, "MOST_ROWS", 500)
    part = of(x)
    assert part == of(x)
    assert part != of(x, seed=1)
    assert part.n == 1500
    assert distance(part.similarity, whole.similarity) < 0.02
    assert distance(part.density, whole.density) < 0.02


def test_the_distance_of_two_distributions_by_hand():
    assert distance(even(0, 1), even(0, 1)) == 0
    assert distance(even(0, 1), even(0.25, 1.25)) == pytest.approx(0.25)  # moved as a whole
    assert distance(even(0, 1), even(0, 2)) == pytest.approx(0.5)  # p against 2p: the integral of p
    assert distance(even(0.5, 0.5), even(0, 1)) == pytest.approx(0.25)  # to the middle
    assert distance(even(0, 2), even(0, 1)) == distance(even(0, 1), even(0, 2))


def test_the_mixture_of_two_lies_between_them():
    two = (profile(density=even(0, 0.2)), profile(density=even(0.8, 1)))
    mixed = pooled(two, "density")
    assert (mixed[0], mixed[-1]) == (0, 1)
    assert mixed[POINTS // 2] == pytest.approx(0.5, abs=0.1)
    assert distance(mixed, even(0, 0.2)) == pytest.approx(0.4, abs=0.02)  # half of it moves by 0.8
    assert distance(pooled(two[:1], "density"), two[0].density) < 0.01


def test_json_and_back():
    there = json.loads(json.dumps(home_to_dict((profile(), profile(n=7)))))
    assert home_from_dict(there) == (profile(), profile(n=7))


@pytest.mark.parametrize("values", [None, [], {}, {"format": 99, "sets": "of a later version"}])
def test_a_home_that_is_absent_or_of_another_version_is_none(values):
    assert home_from_dict(values) == ()


@pytest.mark.parametrize(
    "changed",
    [
        *({"n": 0}, {"n": True}, {"neighbors": 2.5}, {"similarity": [0.1]}, {"similarity": "x" * POINTS}),
        *({"density": [float("nan")] * POINTS}, {"best": list(even(1, 0))}, {"mutual": None}),
        *({"background": float("inf")}, {"density": None}),
    ],
)
def test_a_damaged_profile_is_refused(changed):
    with pytest.raises(ValueError, match="profile"):
        home_from_dict({"format": 1, "sets": [profile().to_dict() | changed]})
    with pytest.raises(ValueError, match="profiles"):
        home_from_dict({"format": 1, "sets": "none"})


class Never:
    """Finds no two images alike."""

    def least_nodes(self, _k):
        return 2

    def predict(self, graph, _nodes, _tick=None):
        link_prob = np.zeros(graph.similarity.shape)
        return LinkPrediction(link_prob, pseudo_density(graph.similarity, link_prob))


def test_the_first_level_is_seen_even_where_nothing_merges(blobs):
    first = FirstLevel(9, np.random.default_rng(0))
    assert build(unit_vectors(blobs[0]), Never(), LevelSettings(), observe=first).n_levels == 0
    assert first.profile.n == 120
    assert first.profile.median("density") < 0  # every link denied


def test_copies_count_once(blobs):
    first = FirstLevel(9, np.random.default_rng(0))
    twice = unit_vectors(np.concatenate([blobs[0], blobs[0]]))
    build(twice, Never(), LevelSettings(), observe=first)
    assert first.profile.n == 120
    assert first.profile.best[-1] < 1


def test_nothing_is_looked_at_where_there_is_nothing_to_compare_with(blobs):
    first = FirstLevel.beside(())
    build(unit_vectors(blobs[0]), Never(), LevelSettings(), observe=first)
    assert first.profile is None
