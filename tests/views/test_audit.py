"""Audit of a cut: a small one by hand, many by brute force."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from hilander.metrics import scores
from hilander.views.audit import Part, audit, level_counts, usual_first
from hilander.views.gallery import gallery_of
from tests.ui.conftest import forest

# Clusters {0 1 2 3} (peak 1), {4 5} (peak 4), {6} (peak 6); identity 0 is split, cluster of 1 mixes 0, 1 and 2.
PEAK = np.array([1, 1, 1, 1, 4, 4, 6])
CODES = np.array([0, 0, 1, 2, 0, -1, -1])


def test_by_hand():
    found = audit(CODES, gallery_of(PEAK))
    identities, clusters = found.identities, found.clusters
    assert found.labelled == 5
    assert (identities.n_broken, identities.n_whole) == (1, 2)
    assert (clusters.n_broken, clusters.n_whole) == (1, 1)  # the cluster of 6 has no label
    assert identities.worst().tolist() == [0]
    assert identities.cells(0, 9) == [Part(0, 2, 1), Part(1, 1, 4)]  # the peak stands for its cell
    assert clusters.cells(0, 2) == [Part(0, 2, 1), Part(1, 1, 2)]
    assert clusters.share(0) == 0.5
    assert clusters.group_of(1) == 1
    assert clusters.group_of(2) is None
    assert found.scores == scores(CODES, PEAK)


def test_worst_by_images_and_by_share():
    # Clusters: 8 of identity 0 with 2 astray; 2 of identity 1 with 1 astray.
    codes = np.array([0, 0, 0, 0, 0, 0, 2, 3, 1, 4])
    clusters = audit(codes, gallery_of(np.array([0] * 8 + [8] * 2))).clusters
    assert clusters.worst("images").tolist() == [0, 1]
    assert clusters.worst("share").tolist() == [1, 0]


def test_one_image():
    found = audit(np.array([5]), gallery_of(np.array([0])))
    assert (found.identities.n_broken, found.clusters.n_broken, found.labelled) == (0, 0, 1)
    assert found.identities.worst().tolist() == []


def brute(codes: np.ndarray, peak: np.ndarray) -> tuple[dict, dict]:
    """Identity to its clusters' counts, and cluster to its identities' counts."""
    identities: dict[int, Counter] = {}
    clusters: dict[int, Counter] = {}
    for code, top in zip(codes.tolist(), peak.tolist(), strict=True):
        if code >= 0:
            identities.setdefault(code, Counter())[top] += 1
            clusters.setdefault(top, Counter())[code] += 1
    return identities, clusters


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("known", [1.0, 0.5, 0.1])
def test_against_brute_force(seed, known):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    peak = rng.integers(0, n, n)
    peak = np.where(np.isin(np.arange(n), peak), np.arange(n), peak)  # whoever is a peak is its own
    codes = np.where(rng.random(n) < known, rng.integers(0, 8, n), -1)
    codes[0] = 3
    gallery = gallery_of(peak)
    found, (identities, clusters) = audit(codes, gallery), brute(codes, peak)
    assert found.identities.key.tolist() == sorted(identities)
    for group, code in enumerate(found.identities.key.tolist()):
        cells = found.identities.cells(group, n)
        assert {int(gallery.peaks[it.other]): it.count for it in cells} == identities[code]
        assert [it.count for it in cells] == sorted(identities[code].values(), reverse=True)
        assert all(codes[it.image] == code and gallery.place[it.image] == it.other for it in cells)
        assert found.identities.astray[group] == sum(identities[code].values()) - max(
            identities[code].values()
        )
    for group, place in enumerate(found.clusters.key.tolist()):
        top = int(gallery.peaks[place])
        assert {it.other: it.count for it in found.clusters.cells(group, n)} == clusters[top]
        usual, others = usual_first(codes, gallery.rows(place))
        assert clusters[top][usual] == max(clusters[top].values())
        assert len(others) == found.clusters.astray[group]
        assert all(codes[others] != usual)
    astray = found.clusters.astray[found.clusters.worst()]
    assert astray.tolist() == sorted(astray.tolist(), reverse=True)
    assert len(astray) == sum(len(it) > 1 for it in clusters.values())


def test_the_rarest_identity_comes_first_inside_a_cluster():
    codes = np.array([0, 0, 0, 1, 1, 2, -1])
    usual, others = usual_first(codes, np.arange(7))
    assert usual == 0
    assert others.tolist() == [5, 3, 4]
    usual, others = usual_first(codes, np.array([6]))
    assert (usual, others.tolist()) == (-1, [])


def test_counts_at_every_level_are_those_of_the_cuts():
    hierarchy, codes = forest(), np.array([0, 0, 1, 1, 1, 0, -1, 2])
    for counts in level_counts(hierarchy, codes):
        found = audit(codes, gallery_of(hierarchy.peak_of(counts.level)))
        assert (counts.split, counts.whole) == (found.identities.n_broken, found.identities.n_whole)
        assert (counts.mixed, counts.pure) == (found.clusters.n_broken, found.clusters.n_whole)
