"""What compiled loops are made of, against numpy; and when they are used."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from hilander.graph import compiled, loops
from hilander.graph.room import Room


def test_exponential_and_sigmoid_are_numpys_up_to_rounding():
    x = np.linspace(-80, 80, 9_999, dtype=np.float32)
    exact = np.exp(x.astype(np.float64))
    np.testing.assert_allclose([compiled.exponential(one) for one in x], exact, rtol=2e-6)
    np.testing.assert_allclose([compiled.sigmoid(one) for one in x], exact / (1 + exact), atol=2e-7)


@pytest.mark.parametrize("x", [-1e4, -90.0, 90.0, 1e4])
def test_far_out_they_stay_finite(x):
    assert 0 <= compiled.exponential(np.float32(x)) < np.inf
    assert compiled.sigmoid(np.float32(x)) == pytest.approx(float(x > 0), abs=1e-30)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_fetching_changes_nothing(kind):
    values = np.arange(2 * 40, dtype=kind).reshape(2, 40)
    compiled.fetch(values, 1)
    assert values.ravel().tolist() == list(range(80))


def test_they_are_for_many_images_on_the_host_where_numba_is(monkeypatch):
    assert loops.wanted(loops.MANY)
    assert not loops.wanted(loops.MANY - 1)
    assert not loops.wanted(loops.MANY, "cuda")
    monkeypatch.setattr(loops, "at_hand", lambda: False)
    assert not loops.wanted(loops.MANY, torch.device("cpu"))


def test_without_a_folder_to_keep_them_in_they_are_compiled_every_time(tmp_path):
    """Neither beside the module nor in the user's cache: as in a read-only container without a home."""
    (tmp_path / "of_mine.py").write_text(
        "from hilander.graph.compiled import compiled\n"
        "@compiled('float32(float32)')\n"
        "def doubled(x):\n    return x + x\n"
        "print(doubled(2.0))\n"
    )
    nowhere = "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
    run = f"{nowhere}exec(compile(open('of_mine.py').read(), 'of_mine.py', 'exec'))"
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", run],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "4.0", done.stderr


def test_room_is_the_same_memory_again_and_grows():
    room = Room()
    first = room.of("a", (2, 3))
    assert first.shape == (2, 3)
    assert room.of("a", (5,)).data_ptr() == first.data_ptr()
    assert room.of("b", (2, 3)).data_ptr() != first.data_ptr()
    assert room.of("a", (9, 9), torch.float32).shape == (9, 9)
    assert room.of("c", (4,), torch.int32).tolist() == [0, 0, 0, 0]
