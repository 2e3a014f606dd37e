"""`hilander embed` and `hilander import --embed`: files and data sets of images alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from hilander.cli import embed as command
from hilander.cli.main import main
from hilander.embed.embedding import embed_into
from hilander.io.embeddings import read_embeddings
from hilander.services import embedded
from hilander.services.datasets import open_dataset
from hilander.services.store import open_store
from suite import onnx_files as o
from tests.services.small_uploads import COLORS, png, write_upload

TILES = {f"{name}.png": png(color) for name, color in COLORS.items()}
MODEL = ["--model", "mean.onnx", "--device", "cpu"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    """Three tiles and a network that gives the mean of each channel; embedded in this process."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(embedded, "embed_apart", embed_into)
    monkeypatch.setattr(command, "embed_apart", embed_into)
    write_upload(tmp_path / "in", TILES)
    Path("mean.onnx").write_bytes(o.mean_network())
    Path("mean.json").write_text(json.dumps({"scale": 1, "mean": 0, "std": 1, "normalise": False}))
    return tmp_path


def test_rows_are_written_with_their_names_beside_them(capsys):
    assert main(["embed", "in/pets.zip", *MODEL, "--out", "pets.npy"]) == 0
    out, err = capsys.readouterr()
    assert np.load("pets.npy").round().tolist() == [[200, 30, 30], [30, 200, 30], [30, 30, 200]]
    with Path("pets_ids.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == sorted(TILES)
    assert out == (
        "pets.npy: 3 rows of 3 by mean.onnx, names in pets_ids.csv. Next: hilander cluster pets.npy --out RUN\n"
    )
    assert "embedding the images: 3 of 3" in err
    assert sorted(path.name for path in Path().iterdir() if "pets" in path.name) == [
        "pets.npy",
        "pets_ids.csv",
    ]


def test_an_npz_holds_the_names_too_and_goes_with_images_some_of_which_are_broken(here, capsys):
    write_upload(here / "in", TILES | {"b.png": b"x"})
    assert main(["embed", "in/pets.zip", *MODEL, "--out", "pets.npz"]) == 0
    assert "Left out, since they cannot be read or embedded: 1 (b.png)" in capsys.readouterr().out
    assert read_embeddings("pets.npz").ids.tolist() == ["a.png", "c.png"]
    assert main(["import", "pets.npz", "--images", "in/pets.zip", "--keep-matching"]) == 0
    assert open_dataset(open_store().datasets()[0].id).names.tolist() == ["a.png", "c.png"]


def test_images_alone_are_imported(capsys):
    words = [
        "import",
        "--images",
        "in/pets.zip",
        "--embed",
        "mean.onnx",
        "--device",
        "cpu",
        "--labels",
        "in/pets.csv",
    ]
    assert main(words) == 0
    row = open_store().datasets()[0]
    assert capsys.readouterr().out == f"{row.id}: pets, 3 images of 3 dimensions. Next: hilander app\n"
    assert "Embedded by mean.onnx" in row.note


REFUSED = {
    "suffix": (
        ["embed", "in/pets.zip", *MODEL, "--out", "pets.csv"],
        "written as .npy or .npz; got 'pets.csv'",
    ),
    "no such network": (
        ["embed", "in/pets.zip", "--model", "best", "--out", "x.npy"],
        "or a .onnx file; got 'best'",
    ),
    "a network that is none": (
        ["embed", "in/pets.zip", "--model", "bad.onnx", "--out", "x.npy"],
        "bad.onnx must be an ONNX network",
    ),
    "settings that are not there": (
        ["embed", "in/pets.zip", *MODEL, "--preprocess", "none.json", "--out", "x.npy"],
        "none.json does not exist",
    ),
    "no GPU": (
        ["embed", "in/pets.zip", "--model", "mean.onnx", "--device", "cuda", "--out", "x.npy"],
        "device cuda needs a GPU",
    ),
    "images that are not there": (["embed", "none.zip", *MODEL, "--out", "x.npy"], "no such file"),
    "a batch without a number": (
        ["embed", "in/pets.zip", *MODEL, "--batch", "x", "--out", "x.npy"],
        "whole number",
    ),
    "neither": (["import", "--images", "in/pets.zip"], "needs embeddings, or images and an embedder"),
    "both": (["import", "in/pets.npz", "--images", "in/pets.zip", "--embed"], "no EMBEDDINGS file"),
    "embed without images": (["import", "--embed"], "computes embeddings of --images"),
    "settings of nothing": (["import", "in/pets.npz", "--batch", "4"], "Give --embed too"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_one_line_and_nothing_is_left(here, capsys, words, told):
    Path("bad.onnx").write_bytes(b"no network")
    before = sorted(path.name for path in here.iterdir())
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert (out, told in err) == ("", True), err
    assert sorted(path.name for path in here.iterdir() if path.name != "home") == before
