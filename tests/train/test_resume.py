"""A training that was killed goes on to the weights that it would have had."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from hilander.errors import Cancelled, InputError
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.loop import train
from hilander.train.state import load_state, saved_config, saved_epoch

SETTINGS = {"epochs": 12, "ks": (8, 4), "hidden": 12, "own_rounds": 2, "batch": 60}
MODELS = [{}, {"model": "lander"}]
SLOW = """
import sys, time, pathlib, numpy as np
from hilander.train.config import TrainConfig
from hilander.train.loop import train
from hilander.train.sets import TrainSet
data = np.load(sys.argv[1])
config = TrainConfig(epochs=12, ks=(8, 4), hidden=12, own_rounds=2, batch=60)
train([TrainSet(data["x"], data["labels"])], config, lambda _: time.sleep(0.3), state=pathlib.Path(sys.argv[2]))
"""


def stop_after(epoch):
    def hear(record):
        if record.epoch == epoch:
            raise Cancelled

    return hear


@pytest.fixture(scope="module")
def groups():
    return mixture(np.random.default_rng(0), identities=25, dim=8, sizes=(3, 12), spread=0.4)


def same_weights(first, second):
    one, other = first.network.state_dict(), second.network.state_dict()
    return all(torch.equal(one[name], other[name]) for name in one)


def stopped(groups, folder, epoch, **settings):
    config = TrainConfig(**SETTINGS | settings)
    with pytest.raises(Cancelled):
        train([groups], config, stop_after(epoch), state=folder)
    return config


@pytest.mark.parametrize("model", MODELS, ids=["relational", "lander"])
@pytest.mark.parametrize(
    "epoch", [1, 7, 12]
)  # before and after own levels; the last one done, nothing handed over
def test_stopped_after_any_epoch_it_ends_with_the_same_weights(model, epoch, groups, tmp_path):
    config = stopped(groups, tmp_path / "state", epoch, **model)
    assert saved_epoch(tmp_path / "state") == epoch
    undisturbed = train([groups], config)
    resumed = train([groups], config, state=tmp_path / "state", resume=True)
    assert same_weights(undisturbed, resumed)
    assert [r.validation for r in resumed.history] == [r.validation for r in undisturbed.history]


@pytest.mark.parametrize("model", MODELS, ids=["relational", "lander"])
def test_stopped_within_an_epoch_it_ends_with_the_same_weights(model, groups, tmp_path):
    """By its pulse, which comes in every step of an epoch, and while levels are built before the first."""
    config, state = TrainConfig(**SETTINGS | model), tmp_path / "state"
    done, steps = [], []

    def pulse():
        steps.append(len(done))
        if len(done) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        train([groups], config, done.append, state=state, pulse=pulse)
    assert saved_epoch(state) == 3
    assert {0, 1, 2, 3} == set(steps)
    resumed = train([groups], config, state=state, resume=True)
    assert same_weights(train([groups], config), resumed)


def test_killed_in_the_middle_it_ends_with_the_same_weights(groups, tmp_path):
    """A process of its own, killed by SIGKILL while it trains."""
    np.savez(tmp_path / "data.npz", x=groups.x, labels=groups.labels)
    words = [sys.executable, "-c", SLOW, str(tmp_path / "data.npz"), str(tmp_path / "state")]
    with subprocess.Popen(words) as running:
        wait_for_epoch(tmp_path / "state", 4, running)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    assert saved_epoch(tmp_path / "state") < 12
    config = TrainConfig(**SETTINGS)
    resumed = train([groups], config, state=tmp_path / "state", resume=True)
    undisturbed = train([groups], config)
    assert resumed.best.validation == undisturbed.best.validation
    assert same_weights(undisturbed, resumed)


def wait_for_epoch(folder: Path, epoch: int, running: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while (saved_epoch(folder) or 0) < epoch:
        assert running.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.02)


def test_the_state_holds_one_epoch_and_tells_its_settings(groups, tmp_path):
    config = stopped(groups, tmp_path / "state", 3)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["epoch-000003"]
    assert saved_config(tmp_path / "state") == config
    assert [record.epoch for record in load_state(tmp_path / "state").history] == [1, 2, 3]


def test_what_a_kill_while_writing_leaves_does_no_harm(groups, tmp_path):
    config = stopped(groups, tmp_path / "state", 3)
    (tmp_path / "state" / ".epoch-000004.1234.part").mkdir()
    assert len(train([groups], config, state=tmp_path / "state", resume=True).history) == 12


def test_other_settings_or_data_are_refused(groups, tmp_path):
    config = stopped(groups, tmp_path / "state", 2)
    again = {"state": tmp_path / "state", "resume": True}
    with pytest.raises(InputError, match="other settings: epochs 12, now 20"):
        train([groups], TrainConfig(**SETTINGS | {"epochs": 20}), **again)
    other = mixture(np.random.default_rng(1), identities=25, dim=8)
    with pytest.raises(InputError, match=r"on other data: .* x 8 of 25 identities \(\w{8}\), now"):
        train([other], config, **again)
    with pytest.raises(InputError, match="was not finished \\(epoch 2\\)"):
        train([groups], config, state=tmp_path / "state")


def test_nothing_to_go_on_with(groups, tmp_path):
    with pytest.raises(InputError, match="holds no training to go on with"):
        train([groups], TrainConfig(), state=tmp_path / "none", resume=True)
    with pytest.raises(InputError, match="needs the folder"):
        train([groups], TrainConfig(), resume=True)


def test_a_damaged_state_is_told(groups, tmp_path):
    config = stopped(groups, tmp_path / "state", 1)
    again = {"state": tmp_path / "state", "resume": True}
    (tmp_path / "state" / "epoch-000001" / "best.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="damaged"):
        train([groups], config, **again)
    head = tmp_path / "state" / "epoch-000001" / "state.json"
    head.write_text(json.dumps(json.loads(head.read_text()) | {"format": 99}))
    with pytest.raises(InputError, match="not of format 2"):
        train([groups], config, **again)
