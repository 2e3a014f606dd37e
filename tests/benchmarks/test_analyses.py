"""The pieces of the paper's analyses that can be wrong: the early-stop rule, uneven parts, the figures' files."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.hierarchy.forest import Hierarchy, LevelStats
from suite.datasets import Dataset

figures = pytest.importorskip("suite.figures", reason="needs matplotlib (requirements-bench.txt)")


def hierarchy(links: list[int], natural: int) -> Hierarchy:
    """One that had so many new links at each level; no images."""
    none = np.zeros(0)
    stats = tuple(LevelStats(nodes=0, edges=0, new_links=one) for one in links)
    return Hierarchy(none, none, none, none, none, levels=stats, natural_level=natural)


# with k 10: a level ends it when its links are more than one in nine of the level before
@pytest.mark.parametrize(
    ("links", "natural", "level"),
    [([900, 99, 5], 3, 3), ([900, 101, 5], 3, 2), ([900, 99, 12, 9], 2, 2), ([900], 1, 1), ([], 0, 0)],
)
def test_early_stop_is_the_released_rule(links, natural, level):
    from suite.analyses.levels import early_stop_level

    assert early_stop_level(hierarchy(links, natural), k=10) == level


def test_a_part_of_even_or_uneven_sizes_keeps_every_class():
    from suite.analyses.sizes import EVEN, FEWEST, MOST, part_of

    labels = np.repeat(np.arange(50), 20)
    data = Dataset("d", np.arange(1000, dtype=np.float32)[:, None], labels)
    even, uneven = (part_of(data, kind) for kind in ("even", "uneven"))
    assert set(np.bincount(even.labels)) == {EVEN}
    counts = np.bincount(uneven.labels, minlength=50)
    assert FEWEST <= counts.min() < counts.max() <= MOST
    assert (labels[uneven.x[:, 0].astype(int)] == uneven.labels).all()
    assert (part_of(data, "uneven").x == uneven.x).all()


@pytest.mark.parametrize(
    "parts",
    [
        [figures.Panel("one", "k", {"a": ([1, 2], [0.1, 0.2])}, {"here": 1.5}, whole=True)] * 2,
        [figures.Bars("two", {"g": {"a": 0.3, "b": 0.4}, "h": {"a": 0.5, "b": 0.6}})],
    ],
)
def test_a_figure_is_the_same_file_each_time_and_says_its_names(parts, tmp_path):
    for name in ("one.svg", "two.svg"):
        figures.draw(parts, "score", tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    assert all(f">{word}</text>" in text for word in ("a", "score", parts[0].title))
