"""`hilander calibrate`: ask, answer, apply, as a script does it."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path

import numpy as np
import pytest

import hilander
from hilander.cli.main import main
from hilander.hierarchy.run import Run
from hilander.metrics import scores


@pytest.fixture
def ids(tmp_path, monkeypatch, blobs) -> np.ndarray:
    monkeypatch.chdir(tmp_path)
    x, _ = blobs
    names = np.array([f"img {i}.png" for i in range(len(x))])
    Run(hilander.cluster(x), names).save(Path("my run"))
    return names


def test_asked_filled_in_and_applied_the_cut_is_right(ids, blobs, capsys):
    labels = dict(zip(ids.tolist(), blobs[1].tolist(), strict=True))
    assert main(["calibrate", "my run", "--ask", "20"]) == 0
    asked = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(asked)))
    assert len(rows) == 20
    assert all(set(row) == {"a", "b", "same"} and row["same"] == "" for row in rows)
    with Path("pairs.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "same"])
        writer.writerows([r["a"], r["b"], "yes" if labels[r["a"]] == labels[r["b"]] else "no"] for r in rows)
    assert main(["calibrate", "my run", "--pairs", "pairs.csv", "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert told["pairs"] == 20
    assert 0 <= told["low"] <= told["high"] <= 1
    assert (told["level"] is None) != (told["min_link"] is None)
    assert main(shlex.split(told["command"])[1:]) == 0
    with Path("clusters.csv").open() as file:
        clusters = [int(row["cluster"]) for row in csv.DictReader(file)]
    assert max(clusters) + 1 == told["clusters"]
    got = scores(blobs[1], clusters)
    assert (got.Fp + got.Fb) / 2 > 0.9


def test_labels_of_some_images_are_enough_and_it_is_said_how_many(ids, blobs, capsys):
    rows = [f"{name},{label}\n" for name, label in zip(ids[::3], blobs[1][::3], strict=True)]
    Path("labels.csv").write_text("id,label\n" + "".join(rows))
    assert main(["calibrate", "my run", "--labels", "labels.csv"]) == 0
    out, err = capsys.readouterr()
    assert "80 of 120 rows have no known label" in err
    assert "780 pairs of labelled images" in out
    assert "apply it: hilander cut 'my run' --" in out


def test_questions_that_go_on_from_answers_leave_those_out(ids, capsys):
    assert main(["calibrate", "my run", "--ask", "3"]) == 0
    first = capsys.readouterr().out.splitlines()[1:]
    Path("pairs.csv").write_text("a,b,same\n" + f"{first[0]}no\n{first[1]}\n")
    assert main(["calibrate", "my run", "--pairs", "pairs.csv", "--ask", "5", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "1 of 2 pairs have no answer yet" in err
    pairs = [(row["a"], row["b"]) for row in json.loads(out)]
    assert tuple(first[0].split(",")[:2]) not in pairs
    assert len(set(pairs)) == 5
