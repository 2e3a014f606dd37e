"""The scikit-learn estimator: scikit-learn's own checks, and agreement with `hilander.cluster`."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from hilander import HiLander, InputError, cluster


def argued(_estimator):
    return {
        "check_estimators_dtypes": "casts random data to whole numbers, which makes rows of zeros; a zero vector has "
        "no direction, so its cosine is undefined and the row is refused by name rather than put anywhere"
    }


@parametrize_with_checks([HiLander(knn="exact")], expected_failed_checks=argued)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_labels_are_those_of_the_hierarchy(blobs):
    x, truth = blobs
    model = HiLander(k=6).fit(x)
    hierarchy = cluster(x, k=6)
    assert (model.labels_ == hierarchy.labels_at("natural")).all()
    assert model.n_clusters_ == len(hierarchy.peaks_at("natural"))
    assert adjusted_rand_score(truth, model.labels_) > 0.8
    assert (HiLander(k=6, level=0).fit_predict(x) == np.arange(len(x))).all()


def test_clone_keeps_parameters():
    model = HiLander(k=7, tau=0.3, level=1)
    assert clone(model).get_params() == model.get_params()


def test_bad_settings_are_refused_when_fitting(blobs):
    with pytest.raises(InputError, match="tau must be a number from 0 to 1; got 2"):
        HiLander(tau=2).fit(blobs[0])
