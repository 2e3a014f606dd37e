"""The forest against a hand-drawn example, a slow oracle, and a round trip to disk."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.hierarchy.run import Run
from hilander.io.checksums import FILE


# Level 1 makes {0,1,2} (peak 1, 2 by way of 0) and {3,4} (peak 4); level 2 joins 1 to 3's peak 4; 5 stays alone.
@pytest.fixture
def six():
    return Hierarchy(
        parent=np.array([1, 4, 0, 4, 4, 5]),
        merge_level=np.array([1, 2, 1, 1, 3, 3], np.int16),
        link_prob=np.array([0.9, 0.6, 0.7, 0.8, 0, 0], np.float32),
        link_sim=np.array([0.5, 0.4, 0.3, 0.2, 0, 0], np.float32),
        density=np.arange(9, dtype=np.float32),
        levels=(LevelStats(6, 12, 3), LevelStats(3, 6, 1)),
        natural_level=2,
    )


@pytest.mark.parametrize(
    ("level", "labels"), [(0, [0, 1, 2, 3, 4, 5]), (1, [0, 0, 0, 1, 1, 2]), (2, [0, 0, 0, 0, 0, 1])]
)
def test_labels_at_each_level(six, level, labels):
    assert six.labels_at(level).tolist() == labels


def test_peaks_members_and_relations(six):
    assert six.peaks_at(1).tolist() == [1, 4, 5]
    assert six.peak_of(1).tolist() == [1, 1, 1, 4, 4, 5]
    assert six.members(1, 1).tolist() == [0, 1, 2]
    assert six.members(2, 1).tolist() == [0, 1, 2]
    assert six.lineage(2).tolist() == [2, 1, 4]
    assert six.parent_of(1, 1) == 4
    assert six.parent_of(4, 2) == 4
    assert six.children(4, 2).tolist() == [4, 1]
    assert six.children(1, 1).tolist() == [1, 0, 2]
    assert six.children(1, 0).tolist() == []


def test_merges_least_sure_first(six):
    merges = six.merges(1)
    assert merges.child.tolist() == [2, 3, 0]
    assert merges.into.tolist() == [0, 4, 1]
    assert merges.link_prob.tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert len(six.merges(0)) == 0


@pytest.mark.parametrize(
    ("least", "labels"),
    [
        (0.0, [0, 0, 0, 0, 0, 1]),
        (0.65, [0, 0, 0, 1, 1, 2]),
        (0.75, [0, 0, 1, 2, 2, 3]),
        (1, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_recut_by_link_probability(six, least, labels):
    assert six.recut(least).tolist() == labels


def test_densities_belong_to_the_nodes_of_a_level(six):
    assert six.density_at(1).tolist() == [6, 7, 8]
    with pytest.raises(InputError, match="levels 0 to 1"):
        six.density_at(2)


@pytest.mark.parametrize("level", [-1, 3, "first"])
def test_levels_that_are_not_there(six, level):
    with pytest.raises(InputError, match="from 0 to 2, natural or last"):
        six.labels_at(level)


def test_images_that_are_not_there(six):
    with pytest.raises(InputError, match="from 0 to 5; got 6"):
        six.lineage(6)


def test_round_trip(six, tmp_path):
    six.save(tmp_path / "h")
    back = Hierarchy.load(tmp_path / "h")
    assert isinstance(back.parent, np.memmap)
    for level in range(3):
        assert (back.labels_at(level) == six.labels_at(level)).all()
    assert back.levels == six.levels
    assert back.density_at(0).tolist() == six.density_at(0).tolist()


def test_one_image_makes_a_hierarchy_of_one_level(tmp_path):
    one = Hierarchy(
        np.zeros(1, int), np.ones(1, np.int16), *np.zeros((2, 1), np.float32), np.zeros(0, np.float32), (), 0
    )
    Run(one).save(tmp_path / "run")
    back = Run.load(tmp_path / "run")
    assert back.hierarchy.labels_at("last").tolist() == [0]
    assert back.id_list().tolist() == ["0"]


def damaged(name, value):
    return lambda folder: np.save(folder / f"{name}.npy", np.array(value))


def spoil_text(path):
    """A letter that is none: its number is too large."""
    data = bytearray(path.read_bytes())
    data[-1] = 0xFF
    path.write_bytes(data)


def head(**changes):
    def change(folder):
        path = folder / "hierarchy.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "parent.npy").write_bytes(b"\x93NUMPY"), "is damaged"),
        (lambda folder: (folder / "ids.npy").write_bytes(b"\x93NUMPY"), "ids.npy"),
        (damaged("ids", list("abc")), "should hold 6 ids"),
        (damaged("parent", [1, 4, 0, 4, 4, 9]), "numbers out of range"),
        (damaged("parent", [1, 4, 0, 4, 4]), r"parent should be int64 \(6,\)"),
        (damaged("link_prob", [0.5] * 6), "link_prob should be float32"),
        (damaged("merge_level", np.array([2, 1, 1, 1, 3, 3], np.int16)), "links that lead down a level"),
        (lambda folder: (folder / "hierarchy.json").write_text("[]"), "not of format 1"),
        (head(levels=[]), "is damaged"),
        (head(levels=[{}]), "is damaged"),
        (head(n=7), "is damaged"),
        (head(natural_level=9), "the natural level is none of its levels"),
        (head(natural_level=1.0), "the natural level is none of its levels"),
        (head(levels=[{"nodes": float("inf"), "edges": 0, "new_links": 0}]), "is damaged"),
        (damaged("parent", [2, 4, 0, 4, 4, 5]), "holds a cycle"),
        (damaged("merge_level", np.array([0, 1, 1, 1, 3, 2], np.int16)), "is damaged"),
        (damaged("link_prob", np.array([np.nan, *[0.5] * 5], np.float32)), "link_prob out of range"),
        (damaged("link_sim", np.full(6, 7, np.float32)), "link_sim out of range"),
        (lambda folder: (folder / "parent.npy").write_bytes(b"PK\x03\x04"), "not a .npy file"),
        (lambda folder: (folder / "run.json").write_text("[]"), "should hold named facts"),
        (lambda folder: (folder / "run.json").write_text("[" * 100_000), "cannot be read as JSON"),
        (lambda folder: spoil_text(folder / "ids.npy"), "should hold 6 ids"),
    ],
)
def test_a_damaged_run_is_refused(damage, told, six, tmp_path):
    Run(six, np.array(list("abcdef")), {"note": "x"}).save(tmp_path / "run")
    assert Run.load(tmp_path / "run").id_list().tolist() == list("abcdef")
    (tmp_path / "run" / FILE).unlink()  # as in runs made before there were checksums
    damage(tmp_path / "run")
    with pytest.raises(InputError, match=told):
        Run.load(tmp_path / "run")
    with pytest.raises(InputError, match="holds no hierarchy"):
        Run.load(tmp_path)


@st.composite
def forests(draw):
    """Random forests grown as the level loop grows them: each level links some peaks to later ones."""
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    parent, merge_level, prob = np.arange(n), np.zeros(n, np.int16), np.zeros(n, np.float32)
    peaks, levels = np.arange(n), []
    while len(peaks) > 1 and len(levels) < 4:
        child = peaks[:-1][rng.random(len(peaks) - 1) < 0.6]
        if not len(child):
            break
        for image in child:
            parent[image] = rng.choice(peaks[peaks > image])
        merge_level[child] = len(levels) + 1
        prob[child] = rng.random(len(child))
        levels.append(LevelStats(len(peaks), 0, len(child)))
        peaks = np.setdiff1d(peaks, child)
    merge_level[merge_level == 0] = len(levels) + 1
    nodes = sum(level.nodes for level in levels)
    return Hierarchy(parent, merge_level, prob, prob, np.zeros(nodes, np.float32), tuple(levels), len(levels))


def slow_peak(forest, image, holds):
    while forest.parent[image] != image and holds(image):
        image = int(forest.parent[image])
    return image


@given(forests())
@settings(max_examples=60, deadline=None)
def test_against_following_links_one_by_one(forest):
    for level in range(forest.n_levels + 1):
        slow = [
            slow_peak(forest, i, lambda j, top=level: forest.merge_level[j] <= top) for i in range(forest.n)
        ]
        assert forest.peak_of(level).tolist() == slow
        assert len(forest.peaks_at(level)) == forest.labels_at(level).max() + 1
        assert [forest.lineage(i)[level] for i in range(forest.n)] == slow
        for peak in forest.peaks_at(level):
            parts = (
                [forest.members(c, level - 1) for c in forest.children(peak, level)] if level else [[peak]]
            )
            assert sorted(np.concatenate(parts).tolist()) == forest.members(peak, level).tolist()
    slow = [slow_peak(forest, i, lambda j: forest.link_prob[j] >= 0.5) for i in range(forest.n)]
    assert forest.recut_peaks(0.5).tolist() == slow
