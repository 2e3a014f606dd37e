"""`hilander train` makes a checkpoint that `hilander cluster` takes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from hilander.cli.main import main
from hilander.hierarchy.run import Run
from hilander.metrics import bcubed_f
from hilander.model.checkpoint import load_checkpoint
from hilander.train.state import saved_epoch

LONG = [
    "--labels",
    "labels.csv",
    "--out",
    "mine",
    "--epochs",
    "60",
    "--patience",
    "0",
    "--ks",
    "8",
    "4",
    "--hidden",
    "16",
    "--batch",
    "30",
]
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


def test_it_is_tuned_and_says_what_was_chosen(capsys):
    words = ["--labels", "labels.csv", "--out", "mine", "--epochs", "2", "--tune", *QUICK]
    assert main(["train", "blobs.npy", *words]) == 0
    out, err = capsys.readouterr()
    checkpoint = load_checkpoint("mine")
    chosen = f"tau {checkpoint.tau:g}, k {checkpoint.k}: Fp {checkpoint.making['tuned']['Fp']:.3f}"
    assert f"tuned on identities held out: {chosen}" in out
    assert f"tried {chosen}" in err
    assert main(["cluster", "blobs.npy", "--out", "run", "--checkpoint", "mine"]) == 0
    assert Run.load(Path("run")).meta["k"] == checkpoint.k


def test_the_best_epoch_by_what_is_held_out_is_told(capsys):
    words = ["--labels", "labels.csv", "--out", "mine", "--epochs", "9", "--validation", "0.3", *QUICK]
    assert main(["train", "blobs.npy", *words, "--patience", "1"]) == 0
    out, _ = capsys.readouterr()
    making = load_checkpoint("mine").making
    assert (
        f"on identities held out, after epoch {making['epoch']}: Fp {making['validation']['Fp']:.3f}" in out
    )
    assert (making["settings"]["patience"], making["settings"]["validation"]) == (1, 0.3)


def test_levels_for_each_k(capsys):
    words = ["--labels", "labels.csv", "--out", "mine", "--epochs", "1", *QUICK, "--levels", "1", "3"]
    assert main(["train", "blobs.npy", *words]) == 0
    assert load_checkpoint("mine").making["settings"]["levels"] == [1, 3]


def killed(epoch: int, *options: str) -> None:
    """Train in a process of its own, which is killed once so many epochs are kept."""
    words = [sys.executable, "-m", "hilander", "train", "blobs.npy", *LONG, *options]
    with subprocess.Popen(words) as running:
        until = time.monotonic() + 120
        while (saved_epoch(Path("mine.training")) or 0) < epoch and time.monotonic() < until:
            assert running.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL


def test_killed_and_resumed_it_is_the_checkpoint_of_an_undisturbed_one(capsys):
    killed(3)
    assert not Path("mine").exists()
    assert main(["train", "blobs.npy", *LONG]) == 2
    assert "--resume" in capsys.readouterr().err
    told = ["train", "blobs.npy", "--labels", "labels.csv", "--out", "mine", "--resume"]  # settings are kept
    assert main(told) == 0
    assert not Path("mine.training").exists()
    assert main(["train", "blobs.npy", *LONG, "--out", "other"]) == 0
    mine, other = load_checkpoint("mine"), load_checkpoint("other")
    assert mine.making["validation"] == other.making["validation"]
    weights = other.network.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in mine.network.state_dict().items())


def test_interrupted_it_says_how_to_go_on(monkeypatch, capsys):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hilander.cli.progress.Line.training", interrupt)
    assert main(["train", "blobs.npy", *LONG]) == 130
    told = "interrupted; what was learned until epoch 1 is kept in mine.training; give the same words and --resume"
    assert told in capsys.readouterr().err
    assert saved_epoch(Path("mine.training")) == 1


def test_a_training_that_diverges_leaves_nothing(capsys):
    words = ["--model", "lander", "--learning-rate", "1e6", "--labels", "labels.csv", "--out", "mine", *QUICK]
    assert main(["train", "blobs.npy", *words]) == 2
    assert "training diverged" in capsys.readouterr().err
    assert not list(Path().glob("mine*"))


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
