"""A workspace with generated data sets and a run of each, laid out on disk as imports and clusterings leave them.

The pictures are a few hundred drawings of the demo set, each used many times; only making a million thumbnails is
spared, by writing the packed files with the blobs that `services.thumbs` made of those few.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from hilander.config import ClusterConfig
from hilander.demo.sets import demo_sets
from hilander.hierarchy.run import Run
from hilander.io.atomic import write_json
from hilander.io.checksums import write_checksums
from hilander.services.clustering import summary
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.import_rows import FORMAT
from hilander.services.store import DEMO_MADE, DatasetRow, RunRow, Store, now, open_store
from hilander.services.thumbs import PIXELS, ThumbStore, write_thumbs
from hilander.services.workspace import Workspace
from suite.explorer.forests import DIM, Generated, generated

DATASET, RUN = "generated", "generated-run"
DISTINCT = 256


def make_workspace(root: Path, n: int, seed: int = 0) -> Generated:
    """Write everything of one data set under `root`; what was generated."""
    workspace = Workspace(root)
    open_store(workspace).set_fact(
        DEMO_MADE, "not wanted here"
    )  # the app would make its demo data sets meanwhile
    return add_generated(workspace, n, seed)


def add_generated(
    workspace: Workspace, n: int, seed: int = 0, *, dataset_id: str = DATASET, run_id: str = RUN
) -> Generated:
    """Add a data set of n rows and its run to a workspace; what was generated."""
    made, store = generated(n, seed), open_store(workspace)
    dataset = _dataset(workspace, store, made, seed, dataset_id)
    hierarchy = made.hierarchy
    found = summary(hierarchy, None if dataset.labels is None else dataset.labels.codes, 0.0)
    Run(hierarchy, np.array(dataset.ids), {}, made.graph).save(workspace.run_dir(run_id))
    config = ClusterConfig().to_dict()
    store.add_run(RunRow(run_id, dataset_id, "generated", config, now(), "ready", found))
    return made


def _dataset(workspace: Workspace, store: Store, made: Generated, seed: int, dataset_id: str) -> Dataset:
    n, folder = len(made.x), workspace.dataset_dir(dataset_id)
    folder.mkdir()
    ids = np.char.mod("IMG_%07d.jpg", np.arange(n))
    classes = [f"identity {number}" for number in range(int(made.labels.max()) + 1)]
    arrays = {"embeddings": made.x, "ids": ids, "names": ids, "labels": made.labels}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    write_json({"format": FORMAT, "class_names": classes, "label_note": None}, folder / "meta.json")
    _thumbs(folder, n, np.random.default_rng(seed))
    write_checksums(folder)
    store.add_dataset(
        DatasetRow(dataset_id, f"Generated {n:,}", n, DIM, True, True, now(), note="", state="ready")
    )
    return open_dataset(dataset_id, workspace)


def _thumbs(folder: Path, n: int, rng: np.random.Generator) -> None:
    """The packs of thumbs.py for n rows, each one of a few drawings."""
    few = folder / "few"
    few.mkdir()
    pictures = _pictures()
    write_thumbs(few, len(pictures), pictures)
    which, small = rng.integers(0, len(pictures), n), ThumbStore(few, len(pictures))
    for size in PIXELS:
        blobs = [small.get(row, size) for row in range(len(pictures))]
        lengths = np.array([len(blob) for blob in blobs])
        np.save(folder / f"thumbs-{size}.npy", np.concatenate([[0], np.cumsum(lengths[which])]))
        with (folder / f"thumbs-{size}.bin").open("wb") as pack:
            for start in range(0, n, 20_000):
                pack.write(b"".join([blobs[row] for row in which[start : start + 20_000].tolist()]))


def _pictures() -> list[bytes]:
    """Drawings of the demo set, as large as a large thumbnail."""
    side, found = PIXELS["large"], []
    with zipfile.ZipFile(demo_sets()[0].images) as archive:
        for name in sorted(archive.namelist())[:: len(archive.namelist()) // DISTINCT][:DISTINCT]:
            image = Image.open(io.BytesIO(archive.read(name))).resize((side, side))
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            found.append(buffer.getvalue())
    return found
