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
    np.testing.assert_allclose([compiled.exponential(one) for one in x], exact, rtol=5e-7)
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


LOOP = """
from hilander.graph import compiled as c
@c.compiled("float32(float32)")
def doubled(x):
    return x + x
print(doubled(2.0), c.folder())
"""


def run_loop(folder, before="", **environment):
    (folder / "of_mine.py").write_text(LOOP)
    code = f"{before}\nimport of_mine"
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_is_compiled_is_kept_in_the_folder_that_is_named(tmp_path):
    kept = tmp_path / "kept"
    for _ in range(2):
        result, folder = run_loop(tmp_path, NUMBA_CACHE_DIR=str(kept))
        assert result == "4.0"
        assert folder.startswith(str(kept))
    assert len(list(kept.rglob("of_mine.doubled*.nbi"))) == 1


def test_what_is_kept_is_not_used_after_this_project_changed_what_loops_are_made_of(tmp_path):
    other = (
        "import hashlib; h = hashlib.sha256; hashlib.sha256 = lambda text=b'', **k: h(b'other' + text, **k)"
    )
    folders = {run_loop(tmp_path, before, NUMBA_CACHE_DIR=str(tmp_path))[1] for before in ("", other)}
    assert len(folders) == 2


def test_without_a_folder_to_keep_them_in_they_are_compiled_every_time(tmp_path):
    (tmp_path / "a file").touch()
    assert run_loop(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "a file")) == ["4.0"]


@pytest.mark.parametrize("damage", [b"", b"what is this"])
def test_a_damaged_file_is_compiled_anew(tmp_path, damage):
    run_loop(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept"))
    for index in (tmp_path / "kept").rglob("of_mine*.nbi"):
        index.write_bytes(damage)
    assert run_loop(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept"))[0] == "4.0"


def test_a_numba_that_cannot_be_imported_is_told_once_and_done_without(monkeypatch, caplog):
    def refuse(_name):
        raise ImportError("Numba needs NumPy 2.0 or less")

    monkeypatch.setattr(loops, "import_module", refuse)
    loops.at_hand.cache_clear()
    try:
        assert not loops.wanted(loops.MANY)
        assert not loops.wanted(loops.MANY)
    finally:
        loops.at_hand.cache_clear()
    assert [one.message for one in caplog.records] == [
        "numba cannot be used, so clustering takes longer than it could: Numba needs NumPy 2.0 or less"
    ]
    loops.in_background(loops.MANY, "hilander.hierarchy.loops")  # the thread says nothing


def test_room_is_the_same_memory_again_and_grows():
    room = Room()
    first = room.of("a", (2, 3))
    assert first.shape == (2, 3)
    assert room.of("a", (5,)).data_ptr() == first.data_ptr()
    assert room.of("b", (2, 3)).data_ptr() != first.data_ptr()
    assert room.of("a", (9, 9), torch.float32).shape == (9, 9)
    assert room.of("c", (4,), torch.int32).tolist() == [0, 0, 0, 0]
