"""What a person can get wrong, and what they are told: tables of bad inputs with their messages.

Commands run as a person runs them: exit code 2, one line on stderr, none on stdout, no file made or changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.errors import Cancelled, InputError
from hilander.io.images import check_image, open_images
from hilander.model.checkpoint import save_checkpoint
from hilander.services.uploads import inspect_upload
from hilander.train.config import TrainConfig
from hilander.train.loop import train
from hilander.train.sets import TrainSet
from tests import bad_files as bad

Refused = Callable[..., str]


def tree(folder: Path) -> dict[str, bytes | None]:
    found = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in found}


@pytest.fixture
def here(tmp_path, monkeypatch, small_run) -> Path:
    """A working folder with a good file, a good run and good labels."""
    monkeypatch.chdir(tmp_path)
    np.save("good.npy", bad.GOOD)
    small_run.save(tmp_path / "run")
    Path("labels.csv").write_text("id,label\n" + "".join(f"{i},{i % 3}\n" for i in range(4)))
    Path("photos").mkdir()
    Path("photos/mine.txt").write_text("precious")
    return tmp_path


@pytest.fixture
def refused(here, capsys) -> Refused:
    """Run a command that must be refused; gives the one line."""

    def run(*words: str) -> str:
        before = tree(here)
        code = main(words)
        out, err = capsys.readouterr()
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert "Traceback" not in err
        assert tree(here) == before
        return err

    return run


EMBEDDINGS: dict[str, tuple[str, bad.Writer | None, str]] = {
    "missing file": ("none.npy", None, "no such file"),
    "folder": ("photos", None, "got a folder"),
    "unknown suffix": ("x.xlsx", bad.data(b"PK"), "one of .npy, .npz"),
    "no suffix": ("embeddings", bad.data(b"PK"), "got no suffix"),
    "empty npy": ("x.npy", bad.data(b""), "empty file (0 bytes)"),
    "text called npy": ("x.npy", bad.text("hello there"), "complete .npy file"),
    "truncated npy": ("x.npy", bad.first_bytes(0.5, bad.array(bad.GOOD)), "ends before its array does"),
    "truncated npz": ("x.npz", bad.first_bytes(0.5, bad.arrays(x=bad.GOOD)), "complete .npz file"),
    "npz of several arrays": (
        "x.npz",
        bad.arrays(a=bad.GOOD, b=bad.GOOD),
        "exactly one 2-d array; got a (40, 8)",
    ),
    "npz of objects": ("x.npz", bad.arrays(x=np.array([bad.GOOD, None], object)), "Python objects"),
    "npy of objects": ("x.npy", bad.array(np.array([[1, "a"]], object)), "Python objects"),
    "npz with too few ids": ("x.npz", bad.arrays(x=bad.GOOD, ids=np.arange(5)), "ids must be 40"),
    "npz with an id twice": ("x.npz", bad.arrays(x=bad.GOOD[:3], ids=["a", "b", "b"]), "ids must be unique"),
    "1-d array": ("x.npy", bad.array(bad.GOOD[0]), "must be a 2-d array, one row per image; got shape (8,)"),
    "3-d array": ("x.npy", bad.array(bad.GOOD[None]), "got shape (1, 40, 8)"),
    "strings": ("x.npy", bad.array(np.array([["a", "b"]])), "real numbers; got dtype <U1"),
    "complex numbers": ("x.npy", bad.array(bad.GOOD.astype(complex)), "got dtype complex128"),
    "enormous dimension": ("x.npy", bad.array(np.zeros((1, 1_000_001), bool)), "Is it transposed?"),
    "no rows": ("x.npy", bad.array(bad.GOOD[:0]), "at least one row"),
    "no columns": ("x.npy", bad.array(bad.GOOD[:, :0]), "at least one row and one column"),
    "NaN row": ("x.npy", bad.with_row(3, np.nan), "1 row with NaN or infinite values (counted from 0: 3)"),
    "infinite row": ("x.npy", bad.with_row(5, -np.inf), "(counted from 0: 5)"),
    "zero row": ("x.npy", bad.with_row(7, 0), "1 row with nothing but zeros (counted from 0: 7)"),
    "pickle of a dict": ("x.pkl", bad.data(b"\x80\x04}\x94."), "lists and tuples only"),
    "truncated pickle": ("x.pkl", bad.data(b"\x80\x04]\x94"), "complete .pkl file"),
    "csv with a header alone": ("x.csv", bad.text("id,a,b\n"), "a header and no rows"),
    "csv with a short line": ("x.csv", bad.text("id,a,b\nx,1,2\ny,3\n"), "Expected 3 columns, got 2"),
    "csv with words": ("x.csv", bad.text("id,a,b\nx,1,2\ny,3,four\n"), "columns of numbers"),
    "csv with an id twice": ("x.csv", bad.text("id,a,b\nx,1,2\nx,3,4\n"), "2 times"),
    "csv with a gap": ("x.csv", bad.text("id,a,b\nx,1,2\ny,,4\n"), "1 empty value(s)"),
    "broken parquet": ("x.parquet", bad.data(b"PAR1 nonsense"), "complete .parquet file"),
    "broken safetensors": ("x.safetensors", bad.data(b"\x10" + bytes(20)), "complete .safetensors file"),
}


@pytest.mark.parametrize(("name", "write", "told"), EMBEDDINGS.values(), ids=EMBEDDINGS)
def test_bad_embeddings(refused, name, write, told):
    if write:
        write(Path(name))
    assert told in refused("cluster", name, "--out", "new")


@pytest.mark.parametrize("words", [["cluster", "x.pkl"], ["cluster", "good.npy", "--checkpoint", "x.pth"]])
def test_code_in_a_pickle_is_refused_and_never_runs(refused, here, words):
    bad.pickle_with_code(here / "x.pkl")
    bad.torch_file_with_code(here / "x.pth")
    refused(*words, "--out", "new")
    assert not bad.marker_of(here / "x").exists()
    assert not bad.marker_of(here / "x.pth").exists()


CHECKPOINTS: dict[str, tuple[str, bad.Writer | None, str]] = {
    "unknown name": ("banana", None, "checkpoint must be a shipped name (relational"),
    "folder that is none": ("photos", None, "not a checkpoint"),
    "another dimension": ("x.pth", bad.state_dict(32), "32 dimensions"),
    "not a state dict": ("x.pth", bad.saved([1, 2]), "not a LANDER state dict"),
    "another network": ("x.pth", bad.saved({"w": bad.torch.zeros(2)}), "not a LANDER state dict"),
    "text": ("x.pth", bad.text("weights"), "not a LANDER state dict"),
    "empty": ("x.pth", bad.data(b""), "not a LANDER state dict"),
    "truncated": ("x.pth", bad.first_bytes(0.5, bad.state_dict(8)), "not a LANDER state dict"),
}


@pytest.mark.parametrize(("name", "write", "told"), CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_bad_checkpoint(refused, name, write, told):
    if write:
        write(Path(name))
    assert told in refused("cluster", "good.npy", "--out", "new", "--checkpoint", name)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--k 1", "k must be a whole number of at least 2; got 1"),
        ("--k 0", "at least 2; got 0"),
        ("--k 10001", "k must be at most 10,000; got 10,001"),
        ("--k 99999999999999999999", "k must be at most 10,000"),
        ("--k ten", "expected a whole number, got 'ten'"),
        ("--k 2.5", "expected a whole number, got '2.5'"),
        ("--tau 2", "tau must be a number from 0 to 1; got 2.0"),
        ("--tau -0.1", "got -0.1"),
        ("--tau nan", "got nan"),
        ("--tau high", "expected a number, got 'high'"),
        ("--levels 0", "levels must be a whole number of at least 1; got 0"),
        ("--coarser=2", "--coarser/--no-coarser"),
        ("--knn fast", "knn must be one of auto, exact, approx; got 'fast'"),
        ("--engine jax", "engine must be one of torch, dgl; got 'jax'"),
        ("--device tpu", "device must be one of auto, cpu, cuda; got 'tpu'"),
        ("--colour red", "unrecognized arguments: --colour red"),
        ("--out run", "give --overwrite"),
        ("--out photos", "holds other files"),
        ("--out photos --overwrite", "holds other files"),
        ("--out good.npy", "got a file that is there"),
        ("--out good.npy/new", "is a file"),
    ],
)
def test_bad_options_of_cluster(refused, options, told):
    assert told in refused("cluster", "good.npy", "--out", "new", *options.split())


@pytest.mark.skipif(bad.torch.cuda.is_available(), reason="there is a GPU here")
def test_cuda_without_a_gpu(refused):
    assert "sees no GPU" in refused("cluster", "good.npy", "--out", "new", "--device", "cuda")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(refused, here):
    (here / "photos").chmod(0o500)
    assert "may be written to" in refused("cluster", "good.npy", "--out", "photos/new")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "expected more words, got no COMMAND"),
        ("clster", "clster"),
        ("cluster good.npy", "--out"),
        ("cluster --out new", "EMBEDDINGS"),
        ("levels none", "holds no hierarchy"),
        ("levels photos", "holds no hierarchy"),
        ("levels run --labels none.csv", "no such file"),
        ("cut photos --out new.csv", "holds no hierarchy"),
        ("add photos good.npy --out new", "holds no hierarchy"),
        ("add run none.npy --out new", "there is no such file"),
        ("add run good.npy --out new", "does not say which files it was made from"),
        ("add run good.npy --out new --embeddings none.npy", "there is no such file"),
        ("add run good.npy --out run", "got one that is there already"),
        ("add run good.npy", "--out"),
        (
            "cut run --out new.csv --level 99",
            "level must be a whole number from 0 to 2, natural or last; got 99",
        ),
        ("cut run --out new.csv --level -1", "got -1"),
        ("cut run --out new.csv --level middle", "expected a level number, natural or last, got 'middle'"),
        ("cut run --out new.csv --min-link 2", "min_link must be a number from 0 to 1; got 2.0"),
        ("cut run --out new.csv --min-link nan", "got nan"),
        ("cut run --out new.csv --level 1 --min-link 0.5", "not allowed with"),
        ("cut run --out new.xlsx", ".csv, .parquet or .json"),
        ("cut run --out photos.csv/new.csv --level 99", "got 99"),
        ("cut run", "--out"),
        ("import", "An import needs embeddings, or images and an embedder"),
        ("import none.npy", "no such file"),
        ("import good.npy --images photos", "got none"),
        ("import good.npy --labels none.csv", "no such file"),
        ("import good.npy --match name", "invalid choice: 'name'"),
        ("train good.npy --out new", "--labels"),
        ("train good.npy --labels labels.csv --out photos", "holds other files"),
        ("train none.npy --labels labels.csv --out new", "no such file"),
        ("calibrate run", "expected --labels, --pairs or --ask; got none"),
        ("calibrate photos --ask 5", "holds no hierarchy"),
        ("calibrate run --ask 0", "--ask must be a whole number of at least 1; got 0"),
        ("calibrate run --ask many", "expected a whole number, got 'many'"),
        ("calibrate run --pairs none.csv", "no such file"),
        ("calibrate run --pairs none.csv --labels labels.csv", "not allowed with"),
        ("app --port 99999", "from 1 to 65535"),
        ("app --port web", "expected a whole number"),
    ],
)
def test_bad_words(refused, words, told):
    assert told in refused(*words.split())


TRAINING: dict[str, tuple[str, str, str]] = {  # a letter of label a row, further words, what is told
    "one class only": ("a" * 40, "", "at least two identities"),
    "one image each": ("".join(map(chr, range(65, 105))), "", "one of them with two images or more"),
    "some labelled, one image each": ("ab", "", "one of them with two images or more"),
    "fewer than k": ("aabbccdd", "--ks 10 --validation 0", "got 8 labelled images to train on"),
    "fewer than k once some are held out": ("aabbccdd", "--ks 8 5", "got 4 labelled images to train on"),
    "nothing left to hold out": ("aabb" * 10, "", "both sides need two identities"),
    "tuning with none held out": ("aabb" * 10, "--tune --validation 0", "got validation 0"),
    "levels for other ks": ("aabb" * 10, "--ks 5 3 --levels 1 2 3", "one for each k; got 1 2 3 for k 5 3"),
    "nothing to go on with": ("aabb" * 10, "--resume", "holds no training to go on with"),
}


@pytest.mark.parametrize(("labels", "words", "told"), TRAINING.values(), ids=TRAINING)
def test_bad_training(here, capsys, labels, words, told):
    """Beside the one line of refusal, rows without a label are counted."""
    rows = "".join(f"{row},{label}\n" for row, label in enumerate(labels))
    Path("some.csv").write_text("id,label\n" + rows)
    before = tree(here)
    assert main(["train", "good.npy", "--labels", "some.csv", "--out", "new", *words.split()]) == 2
    out, err = capsys.readouterr()
    *notes, last = err.splitlines()
    unknown = len(bad.GOOD) - len(labels)
    assert notes == [f"hilander: {unknown} of 40 rows have no known label."] * (unknown > 0)
    assert (out, told in last) == ("", True), last
    assert tree(here) == before


@pytest.fixture
def stopped(here) -> list[str]:
    """The words of a training that was stopped after its first epoch."""
    Path("some.csv").write_text("id,label\n" + "".join(f"{row},{row // 4}\n" for row in range(40)))
    one = TrainSet.of(bad.GOOD, np.arange(40) // 4)
    with pytest.raises(Cancelled):
        train([one], TrainConfig(ks=(4,), epochs=3), stop_at_once, state=here / "new.training")
    return ["train", "good.npy", "--labels", "some.csv", "--out", "new"]


def stop_at_once(_: object) -> None:
    raise Cancelled


def test_a_stopped_training_is_not_begun_anew_or_gone_on_with_otherwise(refused, stopped):
    assert "was not finished (epoch 1). Go on with it (--resume)" in refused(*stopped)
    assert "other settings: epochs 3, now 5" in refused(*stopped, "--resume", "--epochs", "5")
    Path("some.csv").write_text("id,label\n" + "".join(f"{row},{row // 5}\n" for row in range(40)))
    assert "was started on other data: 40 x 8 of 10 identities" in refused(*stopped, "--resume")


def test_a_checkpoint_trained_on_another_dimension(refused, here):
    config = TrainConfig(model="lander", ks=(4,), epochs=1, own_rounds=0, hidden=8, validation=0.0)
    result = train([TrainSet.of(bad.GOOD[:, :5], np.arange(40) // 4)], config)
    save_checkpoint(result.checkpoint("mine"), here / "mine")
    told = refused("cluster", "good.npy", "--out", "new", "--checkpoint", "mine")
    assert "takes embeddings of 5 dimensions; these have 8" in told


LABELS = {
    "empty": ("", "empty file"),
    "header alone": ("id,label\n", "a header and no rows"),
    "no id column": ("name,label\n0,a\n", "id missing"),
    "no label column": ("id,class\n0,a\n", "label missing"),
    "an id twice": ("id,label\n0,a\n0,b\n", "every id once"),
    "an empty id": ("id,label\n,a\n", "expected an id"),
    "a short line": ("id,label\n0\n", "line 2: expected at least 2 values; got 1"),
    "other ids": ("id,label\nx.jpg,a\ny.jpg,b\n", "none match"),
}


@pytest.mark.parametrize(("content", "told"), LABELS.values(), ids=LABELS)
def test_bad_labels(refused, content, told):
    Path("bad.csv").write_text(content)
    assert told in refused("levels", "run", "--labels", "bad.csv")


LABELS_TO_CALIBRATE = {
    "one class only": ("id,label\n0,a\n1,a\n", "two identities or more; got 2 of 1"),
    "one image each": ("id,label\n0,a\n1,b\n2,c\n", "two labelled images of one identity; got 3 images"),
    "no label filled in": ("id,label\n0,\n1,\n", "two identities or more; got 0 of 0"),
}


@pytest.mark.parametrize(
    ("content", "told"), (LABELS | LABELS_TO_CALIBRATE).values(), ids=LABELS | LABELS_TO_CALIBRATE
)
def test_bad_labels_to_calibrate_by(refused, content, told):
    Path("bad.csv").write_text(content)
    assert told in refused("calibrate", "run", "--labels", "bad.csv")


PAIRS = {
    "empty": ("", "empty file"),
    "header alone": ("a,b,same\n", "a header and no lines"),
    "no column same": ("a,b\n0,1\n", "same missing, got a, b"),
    "other ids": ("a,b,same\n0,x.jpg,yes\n", "line 2: expected ids of this run, first '0'; got 'x.jpg'"),
    "an image with itself": ("a,b,same\n1,1,yes\n", "expected two images; got '1' twice"),
    "another word": ("a,b,same\n0,1,yes\n0,2,maybe\n", "line 3: same must be yes, no, 1 or 0"),
    "no answer at all": ("a,b,same\n0,1,\n0,2,\n", "at least one answered pair; got 2 without an answer"),
    "a short line": ("a,b,same\n0,1\n", "line 2: expected at least 3 values; got 2"),
    "not text": ("a,b,same\n\0,1,yes\n", "expected ids of this run"),
}


@pytest.mark.parametrize(("content", "told"), PAIRS.values(), ids=PAIRS)
def test_bad_pairs(refused, content, told):
    Path("bad.csv").write_text(content)
    assert told in refused("calibrate", "run", "--pairs", "bad.csv")


def test_a_damaged_run(refused, here):
    (here / "run/parent.npy").write_bytes(b"short")
    assert "damaged" in refused("levels", "run")


IMAGES: dict[str, tuple[bad.Writer, str]] = {
    "not a zip": (bad.text("I am no zip"), "got something else"),
    "empty": (bad.data(b""), "empty file"),
    "truncated zip": (bad.first_bytes(0.6, bad.archive("a.png", "b.png")), "cut short"),
    "no images": (bad.archive(("notes.txt", b"hello")), "got none"),
    "path that climbs out": (bad.archive("../a.png"), "points outside"),
    "path from the root": (bad.archive("/etc/a.png"), "points outside"),
    "path with a drive": (bad.archive("C:\\a.png"), "points outside"),
    "link": (bad.archive_with_link, "got the link"),
    "locked": (bad.archive_locked, "must not be encrypted"),
    "zip bomb": (bad.archive(("a.png", bytes(40 << 20)), compress=True), "zip bomb"),
}


@pytest.mark.parametrize(("write", "told"), IMAGES.values(), ids=IMAGES)
def test_bad_images(tmp_path, write, told):
    write(tmp_path / "images.zip")
    with pytest.raises(InputError) as error:
        open_images(tmp_path / "images.zip")
    assert told in str(error.value)
    assert list(tree(tmp_path)) == ["images.zip"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"I am a text", "could not be read as one (it holds text)"),
        (b"", "the file is empty"),
        (bad.picture()[:40], "could not be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "could not be read"),
    ],
)
def test_a_file_that_is_no_image_is_named(content, told):
    with pytest.raises(InputError, match=r"cat\.jpg") as error:
        check_image(content, "cat.jpg")
    assert told in str(error.value)


THREE = bad.archive("a.png", "b.png", "c.png")
LABELLED = bad.text("id,label\na.png,x\nb.png,y\nc.png,x\n")
# embeddings, images, labels, whether to go on with what matches is offered, what is told
UPLOADS: dict[str, tuple[bad.Writer, bad.Writer, bad.Writer, bool, str]] = {
    "too many rows": (bad.array(bad.GOOD[:4]), THREE, LABELLED, False, "4 rows but there are 3 images"),
    "too few rows": (bad.array(bad.GOOD[:2]), THREE, LABELLED, False, "2 rows but there are 3 images"),
    "NaN row": (bad.with_row(1, np.nan), THREE, LABELLED, False, "(counted from 0: 1)"),
    "no array": (bad.text("hello"), THREE, LABELLED, False, "complete .npy file"),
    "truncated zip": (bad.array(bad.GOOD[:3]), bad.first_bytes(0.6, THREE), LABELLED, False, "cut short"),
    "climbing zip": (bad.array(bad.GOOD[:3]), bad.archive("../a.png"), LABELLED, False, "points outside"),
    "other labels": (bad.array(bad.GOOD[:3]), THREE, bad.text("id,label\nq,x\nr,y\n"), False, "none match"),
    "labels without id": (bad.array(bad.GOOD[:3]), THREE, bad.text("file,label\na,x\n"), False, "id missing"),
}


@pytest.mark.parametrize(
    ("embeddings", "images", "labels", "keep", "told"), UPLOADS.values(), ids=UPLOADS.keys()
)
def test_bad_uploads(tmp_path, embeddings, images, labels, keep, told):
    files = tmp_path / "x.npy", tmp_path / "x.zip", tmp_path / "x.csv"
    for write, path in zip((embeddings, images, labels), files, strict=True):
        write(path)
    report = inspect_upload(*files)
    assert told in " ".join(report.problems)
    assert (report.can_import, report.can_keep_matching) == (False, keep)


def test_the_good_upload_of_that_table_is_taken(tmp_path):
    files = tmp_path / "x.npy", tmp_path / "x.zip", tmp_path / "x.csv"
    for write, path in zip((bad.array(bad.GOOD[:3]), THREE, LABELLED), files, strict=True):
        write(path)
    assert inspect_upload(*files).can_import


@pytest.mark.parametrize(
    ("rows", "options"),
    [(1, ""), (2, ""), (5, "--k 50"), (40, "--k 400"), (40, "--k 2"), (40, "--levels 99")],
)
def test_what_is_odd_but_not_wrong_works(here, capsys, rows, options):
    """One image is one cluster; neighbours that are not there are not asked for."""
    np.save("few.npy", bad.GOOD[:rows])
    assert main(["cluster", "few.npy", "--out", "new", *options.split()]) == 0
    assert main(["cut", "new", "--out", "cut.csv"]) == 0
    assert len(Path("cut.csv").read_text().splitlines()) == rows + 1
