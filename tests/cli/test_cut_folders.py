"""`hilander cut --folders`: one's own images, sorted into a folder a cluster."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.hierarchy.run import Run
from tests.services.small_uploads import png

IDS = ["in/w.jpg", "x.jpg", "../y.jpg", "z.jpg"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, small_run):
    monkeypatch.chdir(tmp_path)
    Run(small_run.hierarchy, np.array(IDS)).save(Path("run"))
    Path("images/in").mkdir(parents=True)
    for i, name in enumerate(["in/w.jpg", "x.jpg", "y.jpg", "z.jpg"]):
        (Path("images") / name).write_bytes(png((50 * i, 0, 0)))


def files(folder: str = "sorted") -> list[str]:
    return sorted(it.relative_to(folder).as_posix() for it in Path(folder).rglob("*") if it.is_file())


SORTED = ["0_in_w/w.jpg", "0_in_w/x.jpg", "1__y.jpg/y.jpg", "1__y.jpg/z.jpg", "clusters.csv"]


def test_images_of_a_folder_are_sorted_by_cluster(capsys):
    assert main(["cut", "run", "--level", "1", "--folders", "sorted", "--images", "images"]) == 0
    assert files() == SORTED
    assert Path("sorted/0_in_w/x.jpg").read_bytes() == Path("images/x.jpg").read_bytes()
    assert Path("sorted/clusters.csv").read_text().splitlines()[:2] == [
        "id,cluster,peak,folder,file",
        "in/w.jpg,0,in/w.jpg,0_in_w,w.jpg",
    ]
    assert capsys.readouterr().out == "sorted: 4 images in 2 folders\n"


def test_images_of_a_zip_by_the_csv_of_a_cut():
    with zipfile.ZipFile("images.zip", "w") as archive:
        for path in Path("images").rglob("*.jpg"):
            archive.write(path, path.relative_to("images").as_posix())
    assert main(["cut", "run", "--level", "1", "--out", "cut.csv"]) == 0
    assert main(["cut", "cut.csv", "--folders", "sorted", "--images", "images.zip"]) == 0
    assert files() == SORTED


def test_both_at_once_and_ids_without_an_image_are_told(capsys):
    Path("images/z.jpg").unlink()
    assert (
        main(["cut", "run", "--level", "1", "--out", "cut.csv", "--folders", "sorted", "--images", "images"])
        == 0
    )
    assert files() == [it for it in SORTED if not it.endswith("z.jpg")]
    out, err = capsys.readouterr()
    assert out == "cut.csv: 4 images in 2 clusters\nsorted: 3 images in 2 folders\n"
    assert err == "hilander: 1 id(s) without an image: z.jpg\n"


def test_rows_without_ids_take_the_images_in_order(small_run):
    Run(small_run.hierarchy).save(Path("numbers"))
    assert main(["cut", "numbers", "--level", "1", "--folders", "sorted", "--images", "images"]) == 0
    assert files()[0] == "0_0/w.jpg"
    assert files()[2].startswith("1_2/")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cut run", "expected --out FILE, or --folders DIR with --images SOURCE; got neither"),
        ("cut run --folders sorted", "--folders DIR and --images SOURCE go together"),
        ("cut run --images images --out x.csv", "--folders DIR and --images SOURCE go together"),
        ("cut run --folders images --images images", "--folders images: expected a new folder"),
        ("cut run --folders sorted --images nothing", "nothing"),
        ("cut run --folders sorted --images other", "the images must bear the ids' names"),
        ("cut bad.csv --folders sorted --images images", "must be the CSV of a cut"),
        ("cut good.csv --level 1 --folders sorted --images images", "is a cut already"),
    ],
)
def test_mistakes_are_told_in_one_line_and_nothing_is_written(words, told, capsys):
    Path("other").mkdir()
    Path("other/q.jpg").write_bytes(png((0, 0, 0)))
    Path("bad.csv").write_text("id,label\na,b\n")
    Path("good.csv").write_text("id,cluster,peak\nx.jpg,0,x.jpg\n")
    assert main(words.split()) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert not Path("sorted").exists()


@pytest.mark.parametrize(
    "text", ["", "id,cluster,peak\n", "id,cluster,peak\na,x,a\n", "id,cluster,peak\na,-1,a\n"]
)
def test_a_damaged_cut_is_refused(text, capsys):
    Path("bad.csv").write_text(text)
    assert main(["cut", "bad.csv", "--folders", "sorted", "--images", "images"]) == 2
    assert "must be the CSV of a cut" in capsys.readouterr().err
