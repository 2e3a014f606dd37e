"""Images alone become a data set: embedded first, resumed where they were, broken ones named and left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilander.embed.embedding import embed_into
from hilander.embed.order import Embedder
from hilander.errors import Cancelled, InputError
from hilander.services import embedded, job_process, jobs, worker
from hilander.services.datasets import inspect_images, open_dataset
from hilander.services.import_order import ImportOrder
from hilander.services.imports import ImportProgress, run_import
from hilander.services.queue import wants_gpu
from hilander.services.uploads import order_of
from suite import onnx_files as o
from tests.services.small_uploads import png, write_upload

TILES = {f"{i}.png": png((10, 40 * i + 10, 10)) for i in range(5)}


@pytest.fixture
def order(tmp_path, monkeypatch) -> ImportOrder:
    """Five tiles with labels, and a network that gives the mean of each channel. Embedded in this process."""
    monkeypatch.setattr(embedded, "embed_apart", embed_into)
    files = write_upload(tmp_path / "in", TILES)
    model = tmp_path / "in" / "mean.onnx"
    model.write_bytes(o.mean_network())
    model.with_suffix(".json").write_text(json.dumps({"scale": 1, "mean": 0, "std": 1, "batch": 2}))
    return ImportOrder(None, files.images, files.labels, "Tiles", model=str(model), device="cpu")


def stop_at(stage: str, done: int, error: type[BaseException] = KeyboardInterrupt):
    def stop(progress: ImportProgress) -> None:
        if (progress.stage, progress.done) == (stage, done):
            raise error

    return stop


def test_images_alone_become_a_data_set(workspace, store, order):
    tiles = open_dataset(run_import(workspace, store, order).dataset_id, workspace)
    assert tiles.ids.tolist() == tiles.names.tolist() == sorted(TILES)
    assert (tiles.row.n, tiles.row.dim, tiles.labels.codes.tolist()) == (5, 3, [0, 1, 0, 1, 0])
    assert tiles.x[0] == pytest.approx(1 / np.sqrt(3), abs=1e-6)
    assert "Embedded by mean.onnx: 3 numbers an image." in tiles.row.note
    assert all(tiles.thumbs.has(row) for row in range(5))
    assert [path.name for path in workspace.datasets_dir().iterdir()] == [tiles.row.id]
    assert run_import(workspace, store, order).is_new is False


def test_broken_images_are_left_out_and_named(workspace, store, order):
    write_upload(order.images.parent, TILES | {"3.png": b"x"})
    tiles = open_dataset(run_import(workspace, store, order).dataset_id, workspace)
    assert tiles.names.tolist() == ["0.png", "1.png", "2.png", "4.png"]
    assert "1 image was left out, which could not be read or embedded: 3.png." in tiles.row.note


def test_what_was_embedded_is_not_embedded_again(workspace_with_file, order, monkeypatch):
    from hilander.embed import embedding
    from hilander.services.store import open_store

    workspace, store = workspace_with_file, open_store()
    monkeypatch.setattr(embedding, "STEP_SECONDS", 0.0)
    ran: list[int] = []
    real = embedding.Network.rows
    monkeypatch.setattr(embedding.Network, "rows", lambda own, px: (ran.append(len(px)), real(own, px))[1])
    for stage, done in (("embedding", 2), ("embedding", 4), ("embeddings", 0), ("thumbnails", 5)):
        with pytest.raises(KeyboardInterrupt):
            run_import(workspace, store, order, stop_at(stage, done))
    found = run_import(workspace, store, order)
    assert ran == [2, 2, 1]
    assert open_dataset(found.dataset_id, workspace).row.n == 5


def test_one_that_was_cancelled_leaves_nothing(workspace, store, order):
    with pytest.raises(Cancelled):
        run_import(workspace, store, order, stop_at("embedding", 2, Cancelled))
    assert list(workspace.datasets_dir().iterdir()) == []


def test_a_network_that_is_refused_leaves_nothing_and_says_why(workspace, store, order):
    Path(order.model).write_bytes(b"no network")
    job_id = store.add_job("import", order.to_dict(), name="Tiles")
    worker.run_job(str(workspace.root), job_id)
    job = store.job(job_id)
    assert (job.state, list(workspace.datasets_dir().iterdir())) == ("failed", [])
    assert job.error.startswith("mean.onnx must be an ONNX network")


def test_another_network_or_other_settings_are_another_import(order):
    keys = [order.key(), replace(order, batch=4).key(), replace(order, device="auto").key()]
    Path(order.model).with_suffix(".json").write_text("{}")
    assert len({*keys, order.key()}) == 4


def test_an_order_comes_back_and_may_want_the_gpu(store, order):
    assert ImportOrder.from_dict(json.loads(json.dumps(order.to_dict()))) == order
    asked = [replace(order, device=device) for device in ("cpu", "auto")]
    found = [store.job(store.add_job("import", it.to_dict(), name="Tiles")) for it in asked]
    assert [wants_gpu(job) for job in found] == [False, True]
    with pytest.raises(InputError, match="needs embeddings, or images and an embedder"):
        ImportOrder(None, order.images)
    with pytest.raises(InputError, match="Give one of the two"):
        ImportOrder(Path("x.npy"), order.images, model="default")


def test_a_report_of_images_says_what_an_import_would_do(workspace, store, order, monkeypatch):
    monkeypatch.setattr(job_process, "start", lambda workspace: None)
    write_upload(order.images.parent, TILES | {"3.png": b"x"})
    embedder = Embedder(order.model, device="cpu")
    report = inspect_images(order.images, order.labels, embedder)
    assert (report.image_count, report.label_count, report.name) == (5, 5, "pets")
    assert report.can_import
    assert "1 image cannot be read and is left out: 3.png." in report.notes
    assert order_of(report, "Tiles") == order
    job = store.job(jobs.submit_import(report, "Tiles", workspace=workspace))
    assert ImportOrder.from_dict(job.settings) == order


def test_a_report_says_what_is_wrong_with_images_or_network(order, tmp_path):
    nothing = inspect_images(tmp_path / "none.zip", None, Embedder(order.model))
    assert "no such file" in nothing.problems[0]
    bad = inspect_images(order.images, None, Embedder(order.model, batch=0))
    assert "'batch' must be 1 to 1,024" in bad.problems[0]
    assert not bad.can_import
    with pytest.raises(InputError, match="'batch' must be"):
        jobs.submit_import(bad, "Tiles")
