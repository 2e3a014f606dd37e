"""The images of one data set added to a run of another: a data set and a run of both, and what people said."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.errors import Cancelled, InputError
from hilander.hierarchy.cuts import Cut
from hilander.io.checksums import write_checksums
from hilander.model.checkpoint import load_checkpoint, save_checkpoint
from hilander.services import answers, jobs, recipes, said
from hilander.services.add_order import AddOrder
from hilander.services.adding import add_images
from hilander.services.answers import Judgement
from hilander.services.clustering import cluster_dataset
from hilander.services.datasets import delete_dataset, import_dataset, inspect_upload, open_dataset
from hilander.services.exclusions import OUT, turn
from hilander.services.journal import NAME
from hilander.services.originals import open_originals
from hilander.services.runs import open_run
from hilander.services.said import item_of
from hilander.views.gallery import gallery_of
from tests.services.small_uploads import add_labelled, add_points, png

CONFIG = ClusterConfig(k=6)


def with_images(workspace, store, folder: Path, x: np.ndarray, names: list[str], labels: dict | None = None):
    """A data set of these rows, each with a picture of its own colour."""
    folder.mkdir()
    np.savez(folder / "x.npz", x=x, ids=np.array(names))
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for i, name in enumerate(names):
            archive.writestr(name, png((i, ord(name[0]), 90)))
    table = None
    if labels is not None:
        table = folder / "x.csv"
        table.write_text("id,label\n" + "".join(f"{name},{label}\n" for name, label in labels.items()))
    return import_dataset(
        workspace, store, inspect_upload(folder / "x.npz", folder / "x.zip", table), folder.name
    )


@pytest.fixture
def parts(blobs) -> tuple[np.ndarray, np.ndarray]:
    """A hundred of the blobs' rows, and the other twenty, in random order."""
    order = np.random.default_rng(0).permutation(120)
    return blobs[0][order[:100]], blobs[0][order[100:]]


@pytest.fixture
def old(workspace, store, parts) -> str:
    dataset = add_points(workspace, parts[0], "old")
    cluster_dataset(workspace, store, dataset, CONFIG, run_id="old")
    return dataset


@pytest.fixture
def new(workspace, parts) -> str:
    return add_points(workspace, parts[1], "new")


def folders(workspace) -> set[str]:
    return {path.name for home in (workspace.datasets_dir(), workspace.runs_dir()) for path in home.iterdir()}


def test_a_data_set_and_a_run_of_both_stand_beside_the_old_ones(workspace, store, old, new, parts):
    before = open_run("old", workspace)
    heard, written = [], []
    row = add_images(
        workspace,
        store,
        AddOrder("old", new, "both", "All points"),
        run_id="more",
        owner="ann",
        progress=heard.append,
        saving=lambda done, total: written.append((done, total)),
    )
    both, run = open_dataset("both", workspace), open_run("more", workspace)
    assert (both.row.name, both.n, both.row.owner) == ("All points", 120, "ann")
    assert both.row.note == "20 images of 'new', added to the 100 of 'old'."
    np.testing.assert_array_equal(both.x[:100], open_dataset(old, workspace).x)
    np.testing.assert_array_equal(both.x[100:], open_dataset(new, workspace).x)
    assert both.ids.tolist() == run.id_list().tolist() == [str(i) for i in range(120)]
    np.testing.assert_array_equal(run.hierarchy.parent[:100], before.hierarchy.parent)
    assert store.run("more") == row
    assert (row.dataset_id, row.name) == ("both", "relational, k 6, 20 images added")
    assert row.summary["added"] == {"new": 20, "joined": 20, "clusters": 0, "old": 100, "full": 100}
    assert row.summary["levels"][0]["clusters"] == 120
    assert [it.stage for it in heard[:2]] == ["knn", "links"]
    assert heard[0].nodes == 20
    assert written[-1][1] == 120
    assert open_run("old", workspace).hierarchy.n == 100
    assert store.announced() == {}


def test_what_was_added_to_can_be_added_to_and_counts_since_the_full_run(workspace, store, old, new, blobs):
    add_images(workspace, store, AddOrder("old", new, "both", "All"), run_id="more")
    again = add_points(workspace, blobs[0][:6] + 1e-3, "again")
    row = add_images(workspace, store, AddOrder("more", again, "most", "Most"), run_id="most")
    assert row.name == "relational, k 6, 26 images added"
    assert (row.summary["added"]["old"], row.summary["added"]["full"]) == (120, 100)


def test_images_names_and_labels_go_along(workspace, store, tmp_path, parts):
    names = [f"a{i}.png" for i in range(100)], [f"b{i}.png" for i in range(20)]
    labels = {name: f"class {i % 3}" for i, name in enumerate(names[0])}
    old = with_images(workspace, store, tmp_path / "old", parts[0], names[0], labels)
    new = with_images(
        workspace, store, tmp_path / "new", parts[1], names[1], {"b0.png": "other", "b1.png": "class 2"}
    )
    cluster_dataset(workspace, store, old, CONFIG, run_id="old")
    add_images(workspace, store, AddOrder("old", new, "both", "Both"), run_id="more")
    both, first, second = (open_dataset(it, workspace) for it in ("both", old, new))
    assert both.names.tolist() == both.ids.tolist() == [*names[0], *names[1]]
    for size in ("small", "large"):
        assert both.thumbs.get(99, size) == first.thumbs.get(99, size)
        assert both.thumbs.get(100, size) == second.thumbs.get(0, size)
    known = [both.labels.class_names[code] if code >= 0 else None for code in both.labels.codes]
    assert known == [*labels.values(), "other", "class 2", *[None] * 18]
    np.testing.assert_array_equal(both.labels.codes[:100], first.labels.codes)
    originals = open_originals(both, store)
    assert originals.names() == sorted(both.names)
    assert originals.open_bytes("b3.png") == png((3, ord("b"), 90))
    originals.close()
    (tmp_path / "new" / "x.zip").unlink()
    with pytest.raises(InputError, match="no longer on the server"):
        open_originals(both, store)


def test_labels_of_one_of_the_two_are_kept(workspace, store, blobs):
    old = add_labelled(workspace, blobs[0][:100], blobs[1][:100], "old")
    cluster_dataset(workspace, store, old, CONFIG, run_id="old")
    add_images(
        workspace,
        store,
        AddOrder("old", add_points(workspace, blobs[0][100:], "new"), "both", "Both"),
        run_id="m",
    )
    codes = open_dataset("both", workspace).labels.codes
    assert codes[100:].tolist() == [-1] * 20
    assert (codes[:100] >= 0).all()


def test_what_people_said_goes_along_where_the_images_are_the_same(workspace, store, old, new):
    gallery = gallery_of(Cut(1).peak_of(open_run("old", workspace).hierarchy))
    items = [item_of(gallery.rows(i), int(gallery.peaks[i])) for i in range(gallery.n_clusters)]
    for item in items:
        said.say(store, "old", NAME, item, f"Of {item[:12]}", seen=0, who="ann")
    recipes.save(store, "old", "Good", Cut(1), who="bob")
    answers.give("old", Judgement(0, 1, same=True), seen=0, who="bob", workspace=workspace)
    with store.annotating("old") as held:
        turn(held, np.array([3, 5]), OUT, who="ann")
    add_images(workspace, store, AddOrder("old", new, "both", "Both"), run_id="more")

    found = said.of(store, "more")
    after = gallery_of(Cut(1).peak_of(open_run("more", workspace).hierarchy))
    sizes = dict(zip(gallery.peaks.tolist(), gallery.sizes.tolist(), strict=True))
    for place, peak in enumerate(after.peaks.tolist()):
        if peak in sizes:
            same = after.sizes[place] == sizes[peak]
            assert (found.of_place(after, place) is not None) == same
            assert same or found.others(item_of(after.rows(place), peak))  # the page tells of it
    assert found.excluded.tolist() == [3, 5]
    assert [one.name for one in recipes.saved(store, "more")] == ["Good"]
    assert answers.given("more", workspace) == answers.given("old", workspace)
    assert {row.who for row in store.annotations("more")} == {"ann", "bob"}
    assert store.n_entries("old") == len(items) + 3  # nothing was written about the old one


def test_what_does_not_go_together_is_refused_before_anything_is_queued(
    workspace, store, old, tmp_path, blobs
):
    narrow = add_points(workspace, blobs[0][:9, :7], "narrow")
    pictures = with_images(workspace, store, tmp_path / "p", blobs[0][:3], ["a.png", "b.png", "c.png"])
    for other, words in (
        (narrow, "Expected embeddings of 16 dimensions, as the run's; got 7"),
        (pictures, "Expected embeddings alone, as in the data set of the run; got images"),
        (old, "It is the data set of this run"),
        ("nonsuch", "There is no data set 'nonsuch'"),
    ):
        with pytest.raises(InputError, match=words):
            jobs.submit_add("old", other, "x", workspace=workspace)
    assert store.jobs(kinds=["add"]) == []


def repeated(workspace, store, tmp_path, parts) -> tuple[str, str]:
    old = with_images(workspace, store, tmp_path / "o", parts[0], [f"a{i}.png" for i in range(100)])
    new = with_images(workspace, store, tmp_path / "n", parts[1], [f"a{i + 90}.png" for i in range(20)])
    return old, new


def numbered(workspace, store, tmp_path, parts) -> tuple[str, str]:
    np.savez(tmp_path / "named.npz", x=parts[0], ids=np.array([f"id {i}" for i in range(100)]))
    old = import_dataset(workspace, store, inspect_upload(tmp_path / "named.npz"), "named")
    return old, add_points(workspace, parts[1], "new")


def renamed(workspace, store, tmp_path, parts) -> tuple[str, str]:
    """Other ids, and pictures of the same names."""
    names = [f"a{i}.png" for i in range(20)]
    new = with_images(workspace, store, tmp_path / "n", parts[1], names)
    folder = workspace.dataset_dir(new)
    np.save(folder / "ids.npy", np.array([f"b{i}" for i in range(20)]))
    write_checksums(folder)
    return with_images(workspace, store, tmp_path / "o", parts[0], [f"a{i}.png" for i in range(100)]), new


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (renamed, "Expected image names that the run does not have yet; got 20 that it has: a0.png"),
        (
            repeated,
            "Expected ids that the run does not have yet; got 10 that it has: a90.png, a91.png",
        ),
        (numbered, "Expected an id for every new image, as the run's images have; got row numbers"),
    ],
)
def test_names_that_do_not_go_together_are_refused_and_nothing_is_left(
    made, words, workspace, store, tmp_path, parts
):
    old, new = made(workspace, store, tmp_path, parts)
    cluster_dataset(workspace, store, old, CONFIG, run_id="old")
    before = folders(workspace)
    with pytest.raises(InputError, match=words):
        add_images(workspace, store, AddOrder("old", new, "both", "x"), run_id="more")
    assert folders(workspace) == before
    assert store.dataset("both") is store.run("more") is None


@pytest.mark.parametrize("when", ["progress", "saving"])
def test_a_cancelled_one_leaves_nothing(when, workspace, store, old, new):
    def stop(*_: object) -> None:
        raise Cancelled

    before = folders(workspace)
    with pytest.raises(Cancelled):
        add_images(workspace, store, AddOrder("old", new, "both", "x"), run_id="more", **{when: stop})
    assert folders(workspace) == before
    assert store.dataset("both") is store.run("more") is None


def test_a_data_set_deleted_meanwhile_stops_it(workspace, store, old, new):
    with pytest.raises(Cancelled):
        add_images(
            workspace,
            store,
            AddOrder("old", new, "both", "x"),
            run_id="more",
            saving=lambda done, total: store.dataset(new) and delete_dataset(new, workspace),
        )
    assert store.run("more") is store.dataset("both") is None
    assert not workspace.dataset_dir("both").exists()


def test_a_byte_that_changed_is_not_taken_along(workspace, store, old, new):
    path = workspace.dataset_dir(new) / "embeddings.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"embeddings\.npy is damaged"):
        add_images(workspace, store, AddOrder("old", new, "both", "x"), run_id="more")
    assert store.dataset("both") is None


def test_embeddings_by_another_embedder_are_refused(workspace, store, old, new):
    for dataset, name in ((old, "default"), (new, "/models/clip.onnx")):
        folder = workspace.dataset_dir(dataset)
        meta = json.loads((folder / "meta.json").read_text())
        (folder / "meta.json").write_text(json.dumps(meta | {"embedder": name}))
        write_checksums(folder)
    with pytest.raises(InputError, match=r"got some by clip\.onnx"):
        add_images(workspace, store, AddOrder("old", new, "both", "x"), run_id="more")


def test_other_weights_than_those_that_made_the_run_are_refused(workspace, store, parts, new, tmp_path):
    save_checkpoint(load_checkpoint("relational"), tmp_path / "mine")
    config = ClusterConfig(str(tmp_path / "mine"), k=6)
    cluster_dataset(workspace, store, add_points(workspace, parts[0], "o"), config, run_id="old")
    path = workspace.run_dir("old")
    meta = json.loads((path / "run.json").read_text())
    run = open_run("old", workspace)
    run.meta.update(meta | {"weights_sha256": "0" * 64})
    run.save(path, overwrite=True)
    with pytest.raises(InputError, match="expected the checkpoint that made the run"):
        add_images(workspace, store, AddOrder("old", new, "both", "x"), run_id="more")
