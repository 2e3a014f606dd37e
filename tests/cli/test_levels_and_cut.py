"""`hilander levels` and `hilander cut` on a run that can be checked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.hierarchy.run import Run

COLUMNS = [
    "level",
    "natural",
    "clusters",
    "singletons",
    "largest",
    "median_size",
    "new_links",
    "weakest_link",
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, small_run):
    monkeypatch.chdir(tmp_path)
    small_run.save(Path("run"))


def labels(*ids: str) -> None:
    Path("labels.csv").write_text(
        "id,label\n" + "".join(f"{i},{c}\n" for i, c in zip(ids, "aabb", strict=True))
    )


def test_levels_is_a_table_with_a_row_a_level(capsys):
    assert main(["levels", "run"]) == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        COLUMNS,
        ["0", "no", "4", "4", "1", "1.0", "0", "-"],
        ["1", "no", "2", "0", "2", "2.0", "2", "0.8000"],
        ["2", "yes", "1", "0", "4", "4.0", "1", "0.6000"],
    ]
    assert len(set(map(len, out.splitlines()))) == 1  # aligned
    assert err == ""


def test_levels_json_is_json_alone_with_the_same_columns(capsys):
    labels("0", "1", "2", "3")
    assert main(["levels", "run", "--json", "--labels", "labels.csv"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [list(row) for row in rows] == [[*COLUMNS, "Fp", "Fb", "NMI"]] * 3
    assert rows[0]["weakest_link"] is None
    assert rows[1] == pytest.approx(
        dict(zip(COLUMNS, [1, False, 2, 0, 2, 2, 2, 0.8], strict=True)) | {"Fp": 1, "Fb": 1, "NMI": 1}
    )


def test_labels_add_the_scores(capsys):
    labels("0", "1", "2", "3")
    assert main(["levels", "run", "--labels", "labels.csv"]) == 0
    # By hand, all images alone: no pair is found; precision 1, recall 1/2; I = log 2, H = log 2 and log 4.
    assert capsys.readouterr().out.splitlines()[1].split()[-3:] == ["0.0000", "0.6667", "0.6667"]


def test_labels_matched_by_order_say_so_on_stderr_only(capsys):
    labels("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    assert main(["levels", "run", "--json", "--labels", "labels.csv"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)[1]["Fb"] == 1
    assert "sorted order" in err
    assert err.count("\n") == 1


PAIRS = "id,cluster,peak\n0,0,0\n1,0,0\n2,1,2\n3,1,2\n"
TOGETHER = "id,cluster,peak\n0,0,0\n1,0,0\n2,0,0\n3,0,0\n"
ALONE = "id,cluster,peak\n0,0,0\n1,1,1\n2,2,2\n3,3,3\n"


@pytest.mark.parametrize(
    ("options", "table"),
    [
        ("", TOGETHER),
        ("--level natural", TOGETHER),
        ("--level last", TOGETHER),
        ("--level 1", PAIRS),
        ("--level 0", ALONE),
        ("--min-link 0.7", PAIRS),
        ("--min-link 0", TOGETHER),
        ("--min-link 1", ALONE),
    ],
)
def test_cut_writes_the_cluster_of_every_image(options, table):
    assert main(["cut", "run", "--out", "cut.csv", *options.split()]) == 0
    assert Path("cut.csv").read_text() == table


@pytest.mark.parametrize("name", ["cut.parquet", "cut.json", "some/folder/cut.csv"])
def test_cut_knows_the_formats_and_makes_folders(name):
    assert main(["cut", "run", "--level", "1", "--out", name]) == 0
    assert clusters(Path(name)) == [0, 0, 1, 1]


def clusters(path: Path) -> list[int]:
    if path.suffix == ".json":
        return [record["cluster"] for record in json.loads(path.read_text())]
    if path.suffix == ".csv":
        return [int(line.split(",")[1]) for line in path.read_text().splitlines()[1:]]
    from pyarrow import parquet

    return parquet.read_table(path)["cluster"].to_pylist()


def test_cut_keeps_the_ids_of_the_file(small_run):
    Run(small_run.hierarchy, np.array(["w.jpg", "x.jpg", "y.jpg", "z.jpg"])).save(Path("named"))
    assert main(["cut", "named", "--level", "1", "--out", "cut.csv"]) == 0
    assert Path("cut.csv").read_text() == (
        "id,cluster,peak\nw.jpg,0,w.jpg\nx.jpg,0,w.jpg\ny.jpg,1,y.jpg\nz.jpg,1,y.jpg\n"
    )


def test_cut_replaces_an_earlier_file():
    Path("cut.csv").write_text("old")
    assert main(["cut", "run", "--level", "1", "--out", "cut.csv"]) == 0
    assert Path("cut.csv").read_text() == PAIRS
