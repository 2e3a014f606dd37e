"""The explorer's benchmark: what it generates is a hierarchy like any other, and what it says of figures."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.hierarchy import storage
from hilander.services.datasets import open_dataset
from hilander.services.runs import open_run
from hilander.services.workspace import Workspace
from suite.explorer.forests import generated
from suite.explorer.measured import Measured, Memory, Timing, UmapTiming
from suite.explorer.workspaces import DATASET, RUN, make_workspace

N = 2_000


def test_the_forest_is_one_that_the_library_opens(tmp_path):
    hierarchy = generated(N).hierarchy
    hierarchy.save(tmp_path)
    arrays, levels, natural = storage.load_hierarchy(tmp_path, mmap=False)  # it checks them
    assert np.array_equal(arrays["parent"], hierarchy.parent)
    assert len(levels) == hierarchy.n_levels >= 4
    assert natural == 3


def test_links_lead_to_denser_images_of_the_same_level_or_higher():
    h = generated(N).hierarchy
    for level in range(h.natural_level):
        density = np.full(N, np.nan)
        density[h.peaks_at(level)] = h.density_at(level)
        child = np.flatnonzero(h.merge_level == level + 1)
        assert (density[h.parent[child]] > density[child]).all()


def test_vectors_and_neighbours_agree_with_the_clusters():
    made = generated(N)
    top = made.hierarchy.peak_of(2)
    pairs = np.random.default_rng(1).integers(0, N, (5_000, 2))
    alike = np.einsum("ij,ij->i", made.x[pairs[:, 0]], made.x[pairs[:, 1]])
    same = top[pairs[:, 0]] == top[pairs[:, 1]]
    linked = made.hierarchy.link_sim[made.hierarchy.merge_level <= 2]
    assert linked.mean() > alike[~same].mean() + 0.3
    near = made.graph.neighbors[:, 0]
    assert (top[near] == top).mean() > 0.6
    assert np.allclose(made.graph.similarity[:, 0], np.einsum("ij,ij->i", made.x, made.x[near]), atol=1e-5)


def test_the_same_seed_gives_the_same():
    a, b = generated(300), generated(300)
    assert np.array_equal(a.hierarchy.parent, b.hierarchy.parent)
    assert np.array_equal(a.x, b.x)


def test_a_workspace_opens_like_any_other(tmp_path):
    made = make_workspace(tmp_path, N)
    dataset, run = open_dataset(DATASET, Workspace(tmp_path)), open_run(RUN, Workspace(tmp_path))
    assert np.array_equal(dataset.x, made.x)
    assert dataset.thumbs.get(N - 1, "large")[:4] == b"RIFF"
    assert np.array_equal(run.hierarchy.parent, made.hierarchy.parent)
    assert run.graph is not None
    assert run.graph.n == N


@pytest.mark.parametrize(
    ("images", "ms", "ok"), [(10_000, 401, False), (100_000, 399, True), (10**6, 900, True)]
)
def test_a_million_images_may_take_longer(images, ms, ok):
    (verdict,) = Measured([Timing(images, "step", "step", 400, [ms])]).verdicts()
    assert verdict.ok is ok


def test_what_is_not_there_is_never_fine():
    missing = Measured(
        [Timing(10_000, "lasso", "lasso", None, why="no lasso")],
        [UmapTiming(10_000, 1_000, 2_000, why="none")],
    )
    assert [it.ok for it in missing.verdicts()] == [False, False]
    assert "not there: no lasso" in missing.tables()


def test_a_map_comes_the_second_time_with_the_page():
    it = UmapTiming(
        100_000, 1_000, 2_000, size=990, first=1_900, second=700, late=151, members=500, turned=90
    )
    assert [(verdict.asked, verdict.ok) for verdict in Measured(umaps=[it]).verdicts()] == [
        ("<= 2000 ms", True),
        ("<= 150 ms", False),
    ]
    assert "| 100,000 | 990 | 1900 | 700 | 151 | 500 | 90 |" in Measured(umaps=[it]).tables()


def test_memory_is_asked_for_at_a_million_images():
    verdicts = Measured(memory=[Memory(10_000, 2_500, 0, 0), Memory(10**6, 1_999, 0, 0)]).verdicts()
    assert [it.ok for it in verdicts] == [True]
