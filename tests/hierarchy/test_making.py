"""What a run says of its making, read back from runs of any version."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
import torch

from hilander import api
from hilander.config import ClusterConfig
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.making import Making
from hilander.hierarchy.progress import Stopwatch
from hilander.hierarchy.record import facts
from hilander.model.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def checkpoint():
    return load_checkpoint("relational")


@pytest.mark.parametrize(("knn", "recall"), [("auto", 1.0), ("approx", None)])
def test_what_was_used_is_said_and_read_back(knn, recall, checkpoint, blobs):
    config = ClusterConfig(k=6, knn=knn)
    first, watch = FirstLevel.beside(checkpoint.home), Stopwatch()
    api.cluster(blobs[0], config=config, progress=watch, observe=first)
    settings = api.level_settings(config, checkpoint, "cpu")
    made = Making.of(facts(checkpoint, settings, first, watch, blobs[0].shape[1]) | {"seconds": 2})
    assert made.search == ("exact" if knn == "auto" else "approx")
    assert made.recall == (recall or first.recall)
    assert (made.checkpoint, made.k, made.device, made.seconds) == ("relational", 6, "cpu", 2.0)
    assert made.weights == checkpoint.weights_sha256
    assert list(made.stages or ()) == ["knn", "links", "merge"]
    assert list(made.versions or ()) == ["hilander", "torch", "numpy"]


def test_a_run_of_an_older_version_says_what_it_can():
    assert astuple(Making.of({})) == (None,) * 10
    assert Making.of({"recall": 0.98, "seconds": 3.5}) == Making(search="approx", recall=0.98, seconds=3.5)
    assert Making.of({"recall": 1.0}).search is None  # whichever it was, it found all


@pytest.mark.parametrize(
    "meta",
    [
        {"recall": "all", "stages": [1], "versions": "1.0", "checkpoint": 3, "k": True, "tau": "0.5"},
        {"recall": 1.5, "stages": {"knn": "long", 3: 4}, "versions": {}, "seconds": -1, "search": ["exact"]},
    ],
)
def test_what_is_of_another_kind_is_as_if_it_were_not_there(meta):
    assert Making.of(meta) == Making()


def test_the_hash_is_of_the_weights_whatever_file_they_are_in(checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "again")
    again = load_checkpoint(tmp_path / "again")
    assert again.weights_sha256 == checkpoint.weights_sha256
    assert len(again.weights_sha256) == 64
    other = load_checkpoint(tmp_path / "again")
    with torch.no_grad():
        list(other.network.parameters())[-1].add_(np.float32(1e-3))
    assert other.weights_sha256 != checkpoint.weights_sha256
