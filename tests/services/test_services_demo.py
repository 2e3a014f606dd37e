"""The demo data sets are made once, by one process, and stay deleted."""

from __future__ import annotations

import threading

import pytest

from hilander.config import ClusterConfig
from hilander.demo.sets import DemoSet
from hilander.errors import Cancelled
from hilander.services import clustering, datasets, demo, jobs
from hilander.services.demo import ensure_demo
from tests.services.small_uploads import Files


@pytest.fixture(autouse=True)
def tiny(monkeypatch, upload: Files, checkpoint) -> None:
    """Two demo sets of three tiles each, clustered by an untrained network."""
    sets = [
        DemoSet(name, name.title(), "", upload.images, upload.embeddings, upload.labels)
        for name in ("one", "two")
    ]
    monkeypatch.setattr(demo, "demo_sets", lambda: sets)
    monkeypatch.setattr(demo, "ClusterConfig", lambda: ClusterConfig(checkpoint=checkpoint, k=2))


def test_both_sets_are_there_and_clustered(workspace, store):
    assert ensure_demo(workspace, store) == ["demo-one", "demo-two"]
    assert [row.name for row in store.datasets()] == ["Two", "One"]
    assert {row.dataset_id for row in store.runs()} == {"demo-one", "demo-two"}
    assert store.run("demo-one").summary["levels"][0]["clusters"] == 3


def test_they_are_made_once_and_stay_deleted(workspace, store, monkeypatch):
    ensure_demo(workspace, store)
    datasets.delete_dataset("demo-one", workspace)
    monkeypatch.setattr(demo, "_make", lambda *_: pytest.fail("made again"))
    ensure_demo(workspace, store)
    assert [row.id for row in store.datasets()] == ["demo-two"]
    assert jobs.submit_demo(workspace) is None


def test_what_a_killed_process_had_finished_is_not_done_again(workspace, store, monkeypatch):
    def stop(text: str, share: float) -> None:
        if text == "Clustering One":
            raise Cancelled

    with pytest.raises(Cancelled):
        ensure_demo(workspace, store, stop)
    assert ([row.id for row in store.datasets()], store.runs()) == (["demo-one"], [])
    imported: list[str] = []
    real = demo.import_dataset
    monkeypatch.setattr(
        demo,
        "import_dataset",
        lambda *a, dataset_id, **k: imported.append(dataset_id) or real(*a, dataset_id=dataset_id, **k),
    )
    ensure_demo(workspace, store)
    assert imported == ["demo-two"]
    assert len(store.runs()) == 2


def test_files_that_no_row_knows_of_are_replaced(workspace, store):
    (workspace.dataset_dir("demo-one")).mkdir()
    (workspace.dataset_dir("demo-one") / "half.npy").write_bytes(b"x")
    ensure_demo(workspace, store)
    assert not (workspace.dataset_dir("demo-one") / "half.npy").exists()


def test_two_at_once_make_them_once(workspace, store):
    failed: list[BaseException] = []

    def run() -> None:
        try:
            ensure_demo(workspace, store)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.datasets()) == len(store.runs()) == 2


def test_progress_grows_to_the_end(workspace, store):
    told: list[tuple[str, float]] = []
    ensure_demo(workspace, store, lambda text, share: told.append((text, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {text for text, _ in told} == {"Reading One", "Clustering One", "Reading Two", "Clustering Two"}


def test_a_run_of_a_data_set_deleted_meanwhile_is_not_kept(workspace, store, checkpoint):
    ensure_demo(workspace, store)

    def delete(progress) -> None:
        if progress.stage == "done":
            datasets.delete_dataset("demo-two", workspace)

    config = ClusterConfig(checkpoint=checkpoint, k=2)
    with pytest.raises(Cancelled):
        clustering.cluster_dataset(workspace, store, "demo-two", config, run_id="late", progress=delete)
    assert store.run("late") is None
    assert not workspace.run_dir("late").exists()
