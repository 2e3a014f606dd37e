"""The shipped checkpoint with default settings, on embeddings and identities it has never seen."""

import numpy as np
import pytest

from hilander import cluster
from hilander.config import ASSETS
from hilander.io.labels import align_labels, read_labels
from hilander.metrics import scores


def natural(folder, name):
    x = np.load(folder / f"{name}_embeddings.npy")
    hierarchy = cluster(x)
    codes = align_labels(read_labels(folder / f"{name}_labels.csv"), None, len(x)).codes
    return hierarchy, scores(codes, hierarchy.labels_at("natural"))


def test_omniglot_dev(shared):
    assert natural(shared / "data", "omniglot_dev")[1].Fb >= 0.78


@pytest.mark.parametrize("name", ["sign_digits", "grocery"])
def test_other_dimensions_need_no_option(name, shared):
    hierarchy, got = natural(shared / "data", name)
    assert 1 < len(hierarchy.peaks_at("natural")) < hierarchy.n / 2
    assert got.NMI > 0.4


def test_the_demo_set_that_ships():
    assert natural(ASSETS / "demo", "shapes")[1].Fb > 0.65
