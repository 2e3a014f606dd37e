"""A byte that changed on the disk: the pages say in one message which file it is and what to do, and show nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.ui.conftest import opened, said


def spoil(path: Path) -> None:
    """Change the last byte."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))


@pytest.mark.parametrize("name", ["embeddings.npy", "thumbs-small.bin", "checksums.json"])
def test_the_explorer_names_the_damaged_file_of_a_data_set(app, run, dataset, workspace, name):
    spoil(workspace.dataset_dir(dataset) / name)
    opened(app)
    assert_told(app, name)


@pytest.mark.parametrize("name", ["parent.npy", "hierarchy.json"])
def test_the_explorer_names_the_damaged_file_of_a_run(app, run, workspace, name):
    spoil(workspace.run_dir(run) / name)
    opened(app)
    assert_told(app, name)
    assert "clusters, largest first" not in said(app)


def test_a_byte_that_changes_under_an_opened_explorer_is_told_at_the_next_step(app, run, workspace):
    opened(app)
    assert "clusters, largest first" in said(app)
    spoil(workspace.run_dir(run) / "parent.npy")
    app.run()
    assert_told(app, "parent.npy")
    assert "clusters, largest first" not in said(app)
    spoil(workspace.run_dir(run) / "parent.npy")  # mended
    app.run()
    assert "clusters, largest first" in said(app)


def test_one_damaged_data_set_leaves_the_list_of_the_others(data, dataset, workspace):
    spoil(workspace.dataset_dir(dataset) / "thumbs-small.bin")
    data.run()
    assert_told(data, "thumbs-small.bin")
    assert data.button(key=f"delete-{dataset}")
    assert "The workspace takes" in said(data)


def assert_told(app, name: str) -> None:
    assert not app.exception
    (message,) = [line for line in said(app).replace("\\", "").splitlines() if f"/{name} is damaged" in line]
    assert "from a backup" in message
