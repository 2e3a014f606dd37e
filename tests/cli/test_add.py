"""`hilander add` from files to a run, what it refuses, and what it leaves behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from hilander.cli.main import main
from hilander.hierarchy import storage
from hilander.hierarchy.run import Run
from hilander.model.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, blobs, capsys):
    """blobs.npy in two files, a hundred and twenty, and the run of the first."""
    monkeypatch.chdir(tmp_path)
    order = np.random.default_rng(0).permutation(120)
    np.save("old.npy", blobs[0][order[:100]])
    np.save("new.npy", blobs[0][order[100:]])
    assert main(["cluster", "old.npy", "--out", "run", "--k", "6"]) == 0
    capsys.readouterr()


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def told(capsys) -> str:
    """The one line on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


def test_new_images_join_and_the_summary_counts_them(capsys):
    assert main(["add", "run", "new.npy", "--out", "more"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("more: 20 images added to 100 in ")
    assert out.endswith(
        "; 20 joined clusters that were there, at the natural level. Next: hilander levels more\n"
    )
    assert err == ""
    run, old = Run.load(Path("more")), Run.load(Path("run"))
    assert (run.hierarchy.n, run.meta["n"], run.meta["full_n"]) == (120, 120, 100)
    np.testing.assert_array_equal(run.hierarchy.parent[:100], old.hierarchy.parent)
    assert [Path(one["path"]).name for one in run.meta["sources"]] == ["old.npy", "new.npy"]
    assert main(["levels", "more"]) == main(["cut", "more", "--out", "cut.csv"]) == 0


def test_adding_again_works_and_tells_when_a_full_run_is_due(capsys, blobs):
    np.save("again.npy", blobs[0][:6] + 1e-3)
    assert main(["add", "run", "new.npy", "--out", "more"]) == 0
    assert main(["add", "more", "again.npy", "--out", "most"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].startswith("most: 6 images added to 120 in ")
    assert err == (
        "hilander: a full run is due: 26 images were added to the 100 of the last one (26.0%; past 20% clusters begin "
        "to differ from what it would find). Cluster all 126 together (hilander cluster)\n"
    )
    assert Run.load(Path("most")).meta["full_n"] == 100


def test_a_group_of_new_images_is_a_new_cluster(capsys, blobs):
    x, labels = blobs
    np.save("eleven.npy", x[labels != 3])
    np.save("third.npy", x[labels == 3])
    assert main(["cluster", "eleven.npy", "--out", "run", "--overwrite", "--k", "6"]) == 0
    assert main(["add", "run", "third.npy", "--out", "more"]) == 0
    assert "; 0 joined clusters that were there, 10 make 1 new ones, at" in capsys.readouterr().out


def test_files_that_moved_are_named_and_remembered(capsys):
    Path("old.npy").rename("moved.npy")
    assert main(["add", "run", "new.npy", "--out", "more"]) == 2
    line = told(capsys)
    assert (
        "old.npy is not there; the run was made from it. Give the files where they lie now: --embeddings"
        in line
    )
    assert main(["add", "run", "new.npy", "--out", "more", "--embeddings", "moved.npy"]) == 0
    assert [Path(one["path"]).name for one in Run.load(Path("more")).meta["sources"]] == [
        "moved.npy",
        "new.npy",
    ]


def test_a_run_that_does_not_name_its_files_takes_those_given(capsys):
    run = Run.load(Path("run"))
    del run.meta["sources"]
    run.save(Path("app"))
    assert main(["add", "app", "new.npy", "--out", "more"]) == 2
    assert "the run does not say which files it was made from. Give the files" in told(capsys)
    assert main(["add", "app", "new.npy", "--out", "more", "--embeddings", "old.npy"]) == 0
    assert [one["rows"] for one in Run.load(Path("more")).meta["sources"]] == [100, 20]


@pytest.fixture
def mine() -> Path:
    """A checkpoint of our own, the shipped one under another name, and "run" made again with it."""
    save_checkpoint(load_checkpoint("relational"), Path("mine"))
    assert (
        main(["cluster", "old.npy", "--out", "run", "--overwrite", "--k", "6", "--checkpoint", "mine"]) == 0
    )
    return Path("mine")


def retrained(folder: Path) -> None:
    """Other weights in the folder of a checkpoint."""
    checkpoint = load_checkpoint(folder)
    with torch.no_grad():
        next(checkpoint.network.parameters()).add_(0.01)
    shutil.rmtree(folder)
    save_checkpoint(checkpoint, folder)


def test_the_run_says_which_weights_made_it_and_a_run_added_to_too(mine):
    said = Run.load(Path("run")).meta["weights_sha256"]
    assert said == load_checkpoint("relational").weights_sha256  # the same weights, whatever they are called
    assert main(["add", "run", "new.npy", "--out", "more"]) == 0
    assert Run.load(Path("more")).meta["weights_sha256"] == said


def test_a_checkpoint_that_has_changed_since_is_refused_and_nothing_is_written(mine, capsys):
    made = load_checkpoint(mine).weights_sha256
    retrained(mine)
    capsys.readouterr()
    before = names()
    assert main(["add", "run", "new.npy", "--out", "more"]) == 2
    line = told(capsys)
    assert (
        f"expected the checkpoint that made the run (mine, weights {made[:12]}); got mine with others" in line
    )
    assert "Give the one that made it (hilander add --checkpoint), or cluster all images together" in line
    assert names() == before


def test_a_checkpoint_that_moved_is_named_and_remembered(mine, capsys):
    mine.rename("moved")
    capsys.readouterr()
    assert main(["add", "run", "new.npy", "--out", "more"]) == 2
    assert "got 'mine', which is none of them" in told(capsys)
    assert main(["add", "run", "new.npy", "--out", "more", "--checkpoint", "moved"]) == 0
    assert Run.load(Path("more")).meta["config"]["checkpoint"] == "moved"


def test_a_run_of_before_weights_were_kept_takes_the_checkpoint_that_there_is(mine):
    run = Run.load(Path("run"))
    del run.meta["weights_sha256"]
    run.save(Path("run"), overwrite=True)
    retrained(mine)
    assert main(["add", "run", "new.npy", "--out", "more"]) == 0
    assert "weights_sha256" not in Run.load(Path("more")).meta  # nobody knows what made the old links


def changed(blobs) -> list[str]:
    np.save("old.npy", blobs[0][:100] + 1)
    return []


def another(_: object) -> list[str]:
    return ["--embeddings", "new.npy"]


def two(_: object) -> list[str]:
    return ["--embeddings", "old.npy", "new.npy"]


def narrow(blobs) -> list[str]:
    np.save("new.npy", blobs[0][:9, :7])
    return []


def with_nan(_: object) -> list[str]:
    np.save("new.npy", np.full((2, 16), np.nan))
    return []


def damaged(_: object) -> list[str]:
    run = Run.load(Path("run"))
    run.meta["sources"] = [{"path": 3}]
    run.save(Path("run"), overwrite=True)
    return []


def other_kind(_: object) -> list[str]:
    run = Run.load(Path("run"))
    run.meta["weights_sha256"] = 3
    run.save(Path("run"), overwrite=True)
    return []


def in_the_way(_: object) -> list[str]:
    Path("more").mkdir()
    Path("more", "mine.txt").touch()
    return ["--overwrite"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (changed, "old.npy: expected the file that the run was made from (100 rows, hash "),
        (another, "new.npy: expected the file that the run was made from (100 rows, hash "),
        (
            two,
            "expected 1 file(s), those that the run was made from, in their order; got 2. They were old.npy",
        ),
        (
            narrow,
            "expected new embeddings of 16 dimensions, as the run's; got 7. Compute them with the same model",
        ),
        (with_nan, "the new embeddings has 2 rows with NaN"),
        (damaged, "the run is damaged: sources should name its files"),
        (other_kind, "the run is damaged: weights_sha256 should be a hash; got 3"),
        (in_the_way, "--out more: expected a new folder, got one that holds other files"),
    ],
)
def test_what_cannot_be_added_is_one_line_and_nothing_is_written(how, words, capsys, blobs):
    options = how(blobs)
    before = names()
    assert main(["add", "run", "new.npy", "--out", "more", *options]) == 2
    assert words in told(capsys)
    assert names() == before


def test_ids_that_are_there_already_are_refused(capsys, blobs):
    ids = np.array([f"{i}.jpg" for i in range(100)])
    np.savez("named.npz", embeddings=blobs[0][:100], ids=ids)
    np.savez("new.npz", embeddings=blobs[0][100:103], ids=np.array(["a.jpg", "3.jpg", "7.jpg"]))
    np.savez("fresh.npz", embeddings=blobs[0][100:103], ids=np.array(["a.jpg", "b.jpg", "c.jpg"]))
    assert main(["cluster", "named.npz", "--out", "named", "--k", "6"]) == 0
    capsys.readouterr()
    assert main(["add", "named", "new.npz", "--out", "more"]) == 2
    assert "expected ids that the run does not have yet; got 2 that it has: 3.jpg, 7.jpg. Leave" in told(
        capsys
    )
    assert main(["add", "named", "new.npy", "--out", "more"]) == 2
    assert "expected an id for every new image" in told(capsys)
    assert main(["add", "named", "fresh.npz", "--out", "more"]) == 0
    assert Run.load(Path("more")).id_list()[-4:].tolist() == ["99.jpg", "a.jpg", "b.jpg", "c.jpg"]


def test_a_failed_write_leaves_what_was_there(monkeypatch, capsys):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "head")

    monkeypatch.setattr(storage, "write_json", full)
    before = names()
    assert main(["add", "run", "new.npy", "--out", "more"]) == 2
    assert "No space left on device" in told(capsys)
    assert names() == before


def test_the_hash_is_of_the_bytes():
    (source,) = json.loads(Path("run", "run.json").read_text())["sources"]
    assert (source["rows"], len(source["blake2b"])) == (100, 32)
    assert Path(source["path"]) == Path("old.npy").resolve()
