"""Sizes of folders, and how they are said."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hilander.services import disk, runs
from hilander.services.disk import bytes_of, free_bytes, readable, usage
from hilander.services.store import RunRow, now
from hilander.services.workspace import Workspace
from tests.services.small_uploads import add_points


@pytest.fixture
def workspace(workspace_with_file) -> Workspace:
    return workspace_with_file


@pytest.mark.parametrize(
    ("size", "said"),
    [
        *((0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (9_949, "9.9 kB")),
        *((9_951, "10 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (1_440_000, "1.4 MB")),
        *((120_000_000_000, "120 GB"), (5_432_000_000_000, "5,432 GB")),
    ],
)
def test_sizes_have_two_or_three_digits(size, said):
    assert readable(size) == said


def test_folders_are_counted_with_all_in_them_and_links_are_not_followed(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/one").write_bytes(bytes(10))
    (tmp_path / "a/b/two").write_bytes(bytes(32))
    (tmp_path / "a/link").symlink_to("/usr")
    link = os.lstat(tmp_path / "a/link").st_size
    assert bytes_of(tmp_path / "a") == 42 + link
    assert (bytes_of(tmp_path / "a/one"), bytes_of(tmp_path / "none")) == (10, 0)


def test_a_data_set_counts_with_its_runs_but_without_those_in_the_trash(workspace, store):
    points = add_points(workspace, np.eye(9))
    alone = usage(workspace, store).datasets[points]
    for name, size in (("r1", 100), ("r2", 1000)):
        store.add_run(RunRow(name, points, "", {}, now(), "ready", {}))
        workspace.run_dir(name).mkdir()
        (workspace.run_dir(name) / "x").write_bytes(bytes(size))
    runs.delete_run("r2", workspace)
    found = usage(workspace, store)
    assert found.datasets == {points: alone + 100}
    assert found.total >= alone + 1100


def test_space_is_asked_of_the_nearest_folder_that_is_there(tmp_path, monkeypatch):
    asked: list[Path] = []
    real = disk.shutil.disk_usage
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: asked.append(path) or real(path))
    assert free_bytes(tmp_path / "not/there") > 0
    assert asked == [tmp_path]
