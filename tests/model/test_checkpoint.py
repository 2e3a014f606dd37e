"""What a checkpoint folder says of how it is to be used."""

import dataclasses
import json

import pytest
from safetensors.torch import load_file, save_file

from hilander import InputError
from hilander.io.checksums import FILE
from hilander.model.checkpoint import load_checkpoint, save_checkpoint


def test_the_feature_of_the_graph_comes_back(tmp_path):
    shipped = load_checkpoint("relational")
    save_checkpoint(dataclasses.replace(shipped, feature="mean"), tmp_path / "own")
    assert load_checkpoint(tmp_path / "own").feature == "mean"


def test_a_checkpoint_that_does_not_say_takes_the_peaks_and_a_wrong_word_is_damage(tmp_path):
    folder = tmp_path / "own"
    save_checkpoint(load_checkpoint("relational"), folder)
    (folder / FILE).unlink()  # it would be told as damaged
    head = json.loads((folder / "config.json").read_text())
    del head["feature"]
    (folder / "config.json").write_text(json.dumps(head))
    assert load_checkpoint(folder).feature == "peak"
    (folder / "config.json").write_text(json.dumps(head | {"feature": "both"}))
    with pytest.raises(
        InputError, match=r"is damaged: feature must be one of peak, mean; got .both.\. Train"
    ):
        load_checkpoint(folder)


def test_a_network_that_sees_other_things_is_of_another_version(tmp_path):
    folder = tmp_path / "own"
    save_checkpoint(load_checkpoint("relational"), folder)
    (folder / FILE).unlink()  # it would be told as damaged
    weights = load_file(folder / "model.safetensors")
    for name in ("members.0.edge_norm.mean", "members.0.edge_norm.spread"):
        weights[name] = weights[name][:35].clone()
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(
        InputError, match=r"another version of hilander: its network sees 35 relations of a link"
    ):
        load_checkpoint(folder)
