"""One changed byte in any file of a data set, a run or a checkpoint is told by the file's name; nothing is shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.io.checksums import FILE, read_checksums
from hilander.model.checkpoint import load_checkpoint
from hilander.services.clustering import cluster_dataset
from hilander.services.datasets import import_dataset, inspect_upload, open_dataset
from hilander.services.runs import open_run
from hilander.services.store import open_store


@pytest.fixture
def workspace(workspace_with_file):
    return workspace_with_file


@pytest.fixture
def opened(workspace, upload, checkpoint) -> list[tuple[Path, Callable[[], Any]]]:
    """Each folder with all that opening and looking at it reads."""
    store = open_store(workspace)
    report = inspect_upload(upload.embeddings, upload.images, upload.labels)
    pets = import_dataset(workspace, store, report, "pets")
    cluster_dataset(workspace, store, pets, ClusterConfig(checkpoint, k=2), run_id="run1")

    def look() -> list[bytes]:
        dataset = open_dataset(pets, workspace)
        return [dataset.thumbs.get(row, size) for row in range(dataset.n) for size in ("small", "large")]

    return [
        (workspace.dataset_dir(pets), look),
        (workspace.run_dir("run1"), lambda: open_run("run1", workspace)),
        (Path(checkpoint), lambda: load_checkpoint(checkpoint)),
    ]


def spoilt(path: Path) -> Iterator[int]:
    """Change the first, the middle and the last byte, one after the other; the file is whole afterwards."""
    content = path.read_bytes()
    for at in sorted({0, len(content) // 2, len(content) - 1}):
        changed = bytearray(content)
        changed[at] ^= 0x10
        write(path, bytes(changed))
        yield at
    write(path, content)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(time.time_ns(), time.time_ns()))


def test_a_changed_byte_in_any_file_is_told_by_its_name(opened):
    tried = []
    for folder, look in opened:
        look()
        for name in read_checksums(folder):
            for _ in spoilt(folder / name):
                with pytest.raises(InputError, match=f"{name} is damaged") as told:
                    look()
                assert "Restore it from a backup" in str(told.value)
            tried.append(name)
            look()
    assert len(tried) == 9 + 12 + 2
    assert {"embeddings.npy", "thumbs-large.bin", "parent.npy", "knn_neighbors.npy", "model.safetensors"} <= {
        *tried
    }


def test_a_changed_byte_in_the_checksums_is_told_or_changes_nothing(opened):
    for folder, look in opened:
        for _ in spoilt(folder / FILE):
            with pytest.raises(InputError, match=FILE):
                look()


def test_folders_from_before_open_without_checksums(opened):
    for folder, look in opened:
        (folder / FILE).unlink()
        look()
        (folder / FILE).unlink(missing_ok=True)


def test_what_is_in_a_run_s_folder_later_needs_no_checksum(opened, workspace):
    np.save(workspace.run_dir("run1") / "later.npy", np.zeros(3))
    open_run("run1", workspace)
