"""The kept graph names the images that a search by brute force finds, copies or not, and survives the disk."""

from __future__ import annotations

import numpy as np
import pytest

from hilander import cluster
from hilander.errors import InputError
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.image_graph import NEIGHBORS
from hilander.hierarchy.run import Run
from hilander.io import checksums
from hilander.io.vectors import unit_vectors


def made(x: np.ndarray) -> Run:
    first = FirstLevel(9, np.random.default_rng(0))
    hierarchy = cluster(x, k=6, knn="exact", observe=first)
    return Run(hierarchy, graph=first.image_graph(x))


@pytest.mark.parametrize("copies", [0, 7])
def test_near_are_the_nearest_other_images(copies, tmp_path):
    x = unit_vectors(np.random.default_rng(1).normal(size=(40, 5)))
    x = np.concatenate([x, x[:copies]])
    made(x).save(tmp_path / "run")
    graph = Run.load(tmp_path / "run").graph
    assert graph is not None
    for image in range(len(x)):
        rows, similarity = graph.near(image)
        cosine = x[:40] @ x[image]
        cosine[image % 40] = -2  # itself, or what it is a copy of
        assert rows.tolist() == np.argsort(-cosine)[:5].tolist()
        np.testing.assert_allclose(similarity, np.sort(cosine)[::-1][:5], atol=1e-5)


def test_a_run_without_a_graph_has_none(tmp_path):
    run = made(unit_vectors(np.random.default_rng(1).normal(size=(20, 5))))
    Run(run.hierarchy).save(tmp_path / "run")
    assert Run.load(tmp_path / "run").graph is None


def test_a_graph_of_other_images_is_told_in_words(tmp_path):
    made(unit_vectors(np.random.default_rng(1).normal(size=(20, 5)))).save(tmp_path / "run")
    np.save(tmp_path / "run" / NEIGHBORS, np.zeros((3, 2), np.int32))
    (tmp_path / "run" / checksums.FILE).unlink()  # as in a run from before there were any
    with pytest.raises(InputError, match="not a graph of 20 images"):
        Run.load(tmp_path / "run")
