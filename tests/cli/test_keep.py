"""The commands that keep the workspace whole: what they print and what they end with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.services import datasets, trash
from hilander.services.store import Store, open_store
from hilander.services.workspace import Workspace, default_workspace
from tests.services.small_uploads import add_points
from tests.services.test_services_leftovers import folder, old


@pytest.fixture
def workspace(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("hilander.services.doctor.free_bytes", lambda path: 10**12)
    return default_workspace()


@pytest.fixture
def store(workspace: Workspace) -> Store:
    return open_store(workspace)


@pytest.fixture
def points(workspace: Workspace) -> str:
    return add_points(workspace, np.eye(5))


def test_gc_says_what_would_go_and_then_removes_it(workspace, store, points, capsys):
    left = old(folder(workspace.dataset_dir("x").with_name(".x.0123.part")))
    assert main(["gc", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert out == (
        f"   1 byte  half-made: datasets/.x.0123.part\n1 byte would be freed in {workspace.root}\n"
    )
    assert left.exists()
    assert main(["gc", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "datasets/.x.0123.part", "what": "half-made", "bytes": 1}
    ]
    assert not left.exists()
    assert main(["gc"]) == 0
    assert capsys.readouterr().out == f"0 bytes freed in {workspace.root}\n"


def test_the_doctor_ends_with_one_while_there_is_a_problem(workspace, store, points, capsys):
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == f"{workspace.root} is healthy\n"
    folder(workspace.run_dir("unknown"))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("problem: runs/unknown: the database knows no run of that name. Another database")
    assert out.endswith("1 problem\n")
    assert main(["doctor", "--repair"]) == 1
    assert main(["doctor", "--remove-unknown"]) == 1
    assert workspace.run_dir("unknown").is_dir()
    capsys.readouterr()
    assert main(["doctor", "--repair", "--remove-unknown", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["place"], one["problem"], one["mended"]) == ("runs/unknown", True, True)
    assert not workspace.run_dir("unknown").exists()


def test_a_backup_is_restored_into_a_new_home_alone(
    workspace, store, points, capsys, tmp_path, monkeypatch, database, request
):
    datasets.delete_dataset(add_points(workspace, np.eye(3), "deleted"), workspace)
    file = tmp_path / "all.tar"
    assert main(["backup", str(file)]) == 0
    assert "2 data sets, 0 runs, 0 checkpoints, " in capsys.readouterr().out
    assert main(["restore", str(file)]) == 2
    assert "is restored into an empty workspace" in capsys.readouterr().err
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "new"))
    if database == "postgresql":
        monkeypatch.setenv("HILANDER_DATABASE_URL", request.getfixturevalue("postgresql").database())
    assert main(["restore", str(file)]) == 0
    assert "2 data sets" in capsys.readouterr().out
    assert datasets.open_dataset(points).n == 5
    assert [it.name for it in trash.trashed()] == ["deleted"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["backup", "all.zip"], "A backup is a .tar file; got 'all.zip'"),
        (["backup", "missing/no/all.tar"], ""),
        (["restore", "none.tar"], "none.tar: No such file or directory"),
        (["restore", "text.tar"], "text.tar must be a whole file that `hilander backup` wrote"),
    ],
)
def test_what_cannot_be_is_one_line(workspace, store, words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.tar").write_text("hello")
    code = main(words)
    assert code == (2 if told else 0)
    assert told in capsys.readouterr().err
