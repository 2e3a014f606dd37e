"""Uploads of a few coloured tiles, for the tests of this folder."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from hilander.services import datasets
from hilander.services.store import open_store
from hilander.services.workspace import Workspace

COLORS = {"a": (200, 30, 30), "b": (30, 200, 30), "c": (30, 30, 200)}


def png(color: tuple[int, int, int], size: tuple[int, int] = (40, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Files:
    embeddings: Path
    images: Path
    labels: Path


def write_upload(
    folder: Path, images: dict[str, bytes], ids: list[str] | None = None, rows: int = 3
) -> Files:
    """`rows` rows of three values ((i + 1, 1, 0): all different), a zip, and a label for each image."""
    folder.mkdir(exist_ok=True)
    x = np.array([(i + 1.0, 1.0, 0.0) for i in range(rows)])
    files = Files(folder / "pets.npz", folder / "pets.zip", folder / "pets.csv")
    np.savez(files.embeddings, x=x, **({} if ids is None else {"ids": np.array(ids)}))
    with zipfile.ZipFile(files.images, "w") as archive:
        for name, data in images.items():
            archive.writestr(name, data)
    lines = [f"{name},{i % 2}" for i, name in enumerate(sorted(images))]
    files.labels.write_text("\n".join(["id,label", *lines]) + "\n")
    return files


def add_points(workspace: Workspace, x: np.ndarray, name: str = "points") -> str:
    """A data set of these rows, without images; its id."""
    path = workspace.staging_dir() / f"{name}.npy"
    np.save(path, x)
    report = datasets.inspect_upload(path)
    return datasets.import_dataset(workspace, open_store(workspace), report, name)


def add_labelled(workspace: Workspace, x: np.ndarray, labels: np.ndarray, name: str = "labelled") -> str:
    """A data set of these rows with labels (-1: left out of the file), without images; its id."""
    path, table = (workspace.staging_dir() / f"{name}.{suffix}" for suffix in ("npy", "csv"))
    np.save(path, x)
    lines = [f"{row},{label}" for row, label in enumerate(labels.tolist()) if label >= 0]
    table.write_text("\n".join(["id,label", *lines]) + "\n")
    report = datasets.inspect_upload(path, None, table)
    return datasets.import_dataset(workspace, open_store(workspace), report, name)
