"""`hilander train` makes a checkpoint that `hilander cluster` takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.hierarchy.run import Run
from hilander.metrics import bcubed_f
from hilander.model.checkpoint import load_checkpoint

QUICK = ["--ks", "8", "4", "--levels", "2", "--own-rounds", "1", "--hidden", "16", "--seed", "3"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, blobs):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path, *blobs)


def write_files(folder: Path, x: np.ndarray, labels: np.ndarray) -> None:
    np.save(folder / "blobs.npy", x)
    rows = "".join(f"{i},{label}\n" for i, label in enumerate(labels))
    (folder / "labels.csv").write_text("id,label\n" + rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, blobs) -> Path:
    """A relational checkpoint, as the command makes it."""
    folder = tmp_path_factory.mktemp("trained")
    write_files(folder, *blobs)
    words = ["--labels", f"{folder}/labels.csv", "--out", f"{folder}/mine", "--epochs", "25", *QUICK]
    assert main(["train", f"{folder}/blobs.npy", *words]) == 0
    return folder / "mine"


def test_a_relational_one_learns_the_groups(blobs, trained):
    assert main(["cluster", "blobs.npy", "--out", "run", "--checkpoint", str(trained), "--k", "8"]) == 0
    found = Run.load(Path("run")).hierarchy.labels_at("natural")
    assert bcubed_f(blobs[1], found).f > 0.9


def test_the_checkpoint_says_how_it_was_made(trained):
    making = load_checkpoint(trained).making
    assert (making["source"], making["n"], making["dim"], making["classes"]) == ("blobs.npy", 120, 16, 12)
    assert making["settings"]["ks"] == [8, 4]
    assert making["settings"]["seed"] == 3


def test_a_lander_is_trained_shown_and_taken(capsys):
    words = ["--labels", "labels.csv", "--out", "mine", "--model", "lander", "--epochs", "3", *QUICK]
    assert main(["train", "blobs.npy", *words]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("mine: a lander checkpoint after 3 epochs")
    assert err.splitlines()[-1].startswith("epoch 3 of 3: loss ")
    assert main(["cluster", "blobs.npy", "--out", "run", "--checkpoint", "mine"]) == 0
    assert Run.load(Path("run")).meta["checkpoint"] == "mine"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--epochs 0", "epochs must be a whole number of at least 1; got 0"),
        ("--ks 1", "k must be a whole number of at least 2; got 1"),
        ("--model tree", "model must be one of relational, lander; got 'tree'"),
        ("--learning-rate 0", "learning_rate must be above 0"),
        ("--learning-rate nan", "learning_rate must be above 0"),
        ("--tau 3", "tau must be a number from 0 to 1"),
        ("--seed one", "expected a whole number, got 'one'"),
    ],
)
def test_bad_settings_are_told_and_leave_nothing(capsys, options, told):
    words = ["train", "blobs.npy", "--labels", "labels.csv", "--out", "mine", *options.split()]
    assert main(words) == 2
    assert told in capsys.readouterr().err
    assert not Path("mine").exists()


def test_labels_without_two_identities_are_refused(capsys):
    Path("labels.csv").write_text("id,label\n0,a\n1,a\n")
    assert main(["train", "blobs.npy", "--labels", "labels.csv", "--out", "mine"]) == 2
    assert "at least two identities" in capsys.readouterr().err
