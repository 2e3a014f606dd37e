"""What compiled loops are made of, against numpy; how they are kept and called; and when they are used."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hilander.graph import compiled, compiling, loops, machine_code
from hilander.graph.compiled import Loop, fetch
from hilander.graph.room import Room
from hilander.graph.signature import Signature


def looked_at(values, row):
    fetch(values, row)


def copied(values, out):
    out[:] = values.copy()


def test_exponential_and_sigmoid_are_numpys_up_to_rounding():
    x = np.linspace(-80, 80, 9_999, dtype=np.float32)
    exact = np.exp(x.astype(np.float64))
    np.testing.assert_allclose([compiled.exponential(one) for one in x], exact, rtol=5e-7)
    np.testing.assert_allclose([compiled.sigmoid(one) for one in x], exact / (1 + exact), atol=2e-7)


@pytest.mark.parametrize("x", [-1e4, -90.0, 90.0, 1e4])
def test_far_out_they_stay_finite(x):
    assert 0 <= compiled.exponential(np.float32(x)) < np.inf
    assert compiled.sigmoid(np.float32(x)) == pytest.approx(float(x > 0), abs=1e-30)


@pytest.mark.parametrize("kind", ["float32", "int32"])
def test_fetching_changes_nothing(kind):
    values = np.arange(2 * 40, dtype=kind).reshape(2, 40)
    Loop(looked_at, f"void({kind}[:,::1], int64)")(values, 1)
    assert values.ravel().tolist() == list(range(80))


def test_what_loops_call_is_for_them_alone():
    with pytest.raises(TypeError, match="fetch is for compiled loops"):
        fetch(np.zeros((2, 2), np.float32), 1)


SUMS = "int64(float32[:,::1], int64[::1], float32)"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.zeros((2, 3)), np.zeros(2, np.int64), 0.5), "float32; got 2 axes, float64"),
        ((np.zeros(3, np.float32), np.zeros(2, np.int64), 0.5), "of 2 axes, float32; got 1 axes"),
        ((np.zeros((3, 2), np.float32).T, np.zeros(2, np.int64), 0.5), "float32, in pieces"),
        ((torch.zeros(2, 3), np.zeros(2, np.int64), 0.5), "got Tensor"),
        ((np.zeros((2, 3), np.float32), np.zeros(2, np.int64)), "expected 3 arguments; got 2"),
    ],
)
def test_other_arguments_than_the_signatures_are_refused(arguments, said):
    with pytest.raises(TypeError, match=said):
        Signature.of(SUMS).handed(arguments)


def test_arrays_that_are_only_read_or_empty_are_handed_over_too():
    read = np.arange(6, dtype=np.float32).reshape(2, 3)
    read.flags.writeable = False
    nothing = np.empty((0, 3), np.float32)
    for array in (read, nothing):
        handed = Signature.of("void(float32[:,::1])").handed((array,))
        assert handed == [None, None, array.size, 4, array.ctypes.data, *array.shape, *array.strides]


@pytest.mark.parametrize("text", ["void(uint8[::1])", "int32(int64)", "void(boolean)"])
def test_types_that_are_not_known_are_refused(text):
    with pytest.raises(ValueError, match="expected float32, float64, int64"):
        Signature.of(text)


def test_code_that_asks_for_more_than_c_brings_is_refused():
    signature = Signature.of("void(float32[::1], float32[::1])")
    with pytest.raises(RuntimeError, match=r"asks for .*NRT_.*, which a loop may not"):
        compiling.machine_code("copied", copied, signature, machine_code.target())


def test_code_for_other_arguments_than_are_handed_over_is_refused():
    signature = SimpleNamespace(text="void(float32[:,::1], int64)", in_c=Signature.of("void(int64)").in_c)
    with pytest.raises(RuntimeError, match="compiled looked_at for other arguments"):
        compiling.machine_code("looked_at", looked_at, signature, machine_code.target())


def test_they_are_for_many_images_on_the_host_where_numba_is(monkeypatch):
    assert loops.wanted(loops.MANY)
    assert not loops.wanted(loops.MANY - 1)
    assert not loops.wanted(loops.MANY, "cuda")
    monkeypatch.setattr(loops, "at_hand", lambda: False)
    assert not loops.wanted(loops.MANY, torch.device("cpu"))


LOOP = """
import sys
from hilander.graph.compiled import Inside, compiled
@Inside
def twice(x):
    return x + x
@compiled("float32(float32)")
def doubled(x):
    return twice(x)
print(doubled(2.0), "numba" in sys.modules)
"""


THEIRS = """
from hilander.graph.compiled import Inside
MORE, TIMES = 0.0, 2.0
@Inside
def add(x):
    return x + MORE
"""


def run_loop(folder, before="", loop=LOOP, **environment):
    (folder / "of_mine.py").write_text(loop)
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


def test_what_was_compiled_is_read_without_numba(tmp_path):
    kept = tmp_path / "kept"
    assert run_loop(tmp_path, HILANDER_LOOPS=str(kept)) == ["4.0", "True"]
    assert run_loop(tmp_path, HILANDER_LOOPS=str(kept)) == ["4.0", "False"]
    assert [one.name.partition("-")[0] for one in kept.iterdir()] == ["of_mine.doubled"]


@pytest.mark.parametrize(
    ("before", "loop"),
    [
        ("", LOOP.replace("x + x", "x + x + x - x")),
        ("from hilander.graph import machine_code as m; m.MADE_OF = m.MADE_OF[1:]", LOOP),
        ("from hilander.graph import machine_code as m; m.version = lambda name: name", LOOP),
    ],
)
def test_nothing_is_read_that_was_made_of_something_else(tmp_path, before, loop):
    """The loop's own file, those that loops are made of, versions of what compiles them."""
    run_loop(tmp_path, HILANDER_LOOPS=str(tmp_path / "kept"))
    assert run_loop(tmp_path, before, loop, HILANDER_LOOPS=str(tmp_path / "kept")) == ["4.0", "True"]


def test_nothing_is_read_that_was_made_of_another_modules_something_else(tmp_path):
    """A number, a function, and a number that only that function names."""
    loop = LOOP.replace("import sys", "import sys\nfrom theirs import TIMES, add")
    loop = loop.replace("return twice(x)", "return add(x) * TIMES")
    kept = str(tmp_path / "kept")
    for text, result in [
        (THEIRS, "4.0"),
        (THEIRS.replace("2.0", "3.0"), "6.0"),
        (THEIRS.replace("0.0", "1.0"), "6.0"),
        (THEIRS.replace("x + MORE", "x - x"), "0.0"),
    ]:
        (tmp_path / "theirs.py").write_text(text)
        assert run_loop(tmp_path, "", loop, HILANDER_LOOPS=kept, PYTHONDONTWRITEBYTECODE="1") == [
            result,
            "True",
        ]
        assert run_loop(tmp_path, "", loop, HILANDER_LOOPS=kept, PYTHONDONTWRITEBYTECODE="1") == [
            result,
            "False",
        ]


def test_without_a_folder_to_keep_them_in_they_are_compiled_every_time(tmp_path):
    (tmp_path / "a file").touch()
    for _ in range(2):
        assert run_loop(tmp_path, HILANDER_LOOPS=str(tmp_path / "a file")) == ["4.0", "True"]


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda _: b"what is this", lambda code: code[:-9] + b"x" * 9]
)
def test_a_damaged_file_is_compiled_anew(tmp_path, damage):
    kept = tmp_path / "kept"
    run_loop(tmp_path, HILANDER_LOOPS=str(kept))
    (file,) = kept.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert run_loop(tmp_path, HILANDER_LOOPS=str(kept)) == ["4.0", "True"]
    assert run_loop(tmp_path, HILANDER_LOOPS=str(kept)) == ["4.0", "False"]


def test_loops_that_cannot_be_compiled_are_told_once_and_done_without(monkeypatch, caplog):
    def refuse():
        raise ImportError("Numba needs NumPy 2.0 or less")

    monkeypatch.setattr(loops, "LOOPS", [SimpleNamespace(ready=refuse)])
    loops.at_hand.cache_clear()
    try:
        loops.in_background(loops.MANY)  # the thread says nothing more
        assert not loops.wanted(loops.MANY)
        assert not loops.wanted(loops.MANY)
    finally:
        loops.at_hand.cache_clear()
    assert {one.message for one in caplog.records} == {
        "compiled loops cannot be used, so clustering takes longer than it could: Numba needs NumPy 2.0 or less"
    }


def test_they_can_be_switched_off(monkeypatch):
    loops.at_hand.cache_clear()
    monkeypatch.setenv("HILANDER_LOOPS", "off")
    assert not loops.wanted(loops.MANY)
    loops.at_hand.cache_clear()
    monkeypatch.delenv("HILANDER_LOOPS")
    assert loops.wanted(loops.MANY)


def test_room_is_the_same_memory_again_and_grows():
    room = Room()
    first = room.of("a", (2, 3))
    assert first.shape == (2, 3)
    assert room.of("a", (5,)).data_ptr() == first.data_ptr()
    assert room.of("b", (2, 3)).data_ptr() != first.data_ptr()
    assert room.of("a", (9, 9), torch.float32).shape == (9, 9)
    assert room.of("c", (4,), torch.int32).tolist() == [0, 0, 0, 0]
