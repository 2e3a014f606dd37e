"""The Train page: which data it takes, what the settings become, and every state that a training can be in."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.services import jobs, training
from hilander.services.store import CheckpointRow, now
from hilander.train.config import TrainConfig
from hilander.ui.train_panel import where
from hilander.views.learning import learning
from tests.services.small_uploads import add_labelled, add_points
from tests.ui.conftest import _page, button, said

LABELS = np.repeat(np.arange(8), 3)


@pytest.fixture
def labelled(workspace, rng) -> str:
    return add_labelled(workspace, rng.normal(size=(24, 4)), LABELS, "Known")


@pytest.fixture
def page(workspace, labelled):
    return _page("train")


@pytest.fixture
def asked(monkeypatch):
    """What was submitted, instead of submitting it."""
    calls = []
    monkeypatch.setattr(training, "submit_train", lambda *words, **_: calls.append(words))
    return calls


def epoch(number: int, **changed: object) -> dict[str, object]:
    record = {"epoch": number, "epochs": 10, "loss": 0.5, "link_loss": 0.4, "density_loss": 0.1}
    record |= {"Fp": 0.5, "Fb": 0.6, "NMI": 0.7, "best_epoch": number, "seconds": 2.0 * number, "nodes": 24}
    return record | changed


@pytest.fixture
def job(store, labelled) -> str:
    settings = {"config": TrainConfig().to_dict(), "checkpoint": "c1"}
    return store.add_job("train", settings, name="Mine", dataset_id=labelled)


@pytest.fixture
def running(store, job, monkeypatch) -> str:
    monkeypatch.setattr(jobs, "get", lambda job_id, **_: store.job(job_id))
    store.start_job(job)
    store.beat([job])
    now_at = {"stage": "epochs", "epoch": 4, "epochs": 10, "seconds": 8.0, "nodes": 24, "fraction": 0.4}
    store.report_progress(job, now_at, [epoch(i) for i in (1, 2, 3, 4)])
    return job


def own(store, **changed: object) -> None:
    figures = {"n": 24, "classes": 8, "epochs": 10, "best_epoch": 7, "Fp": 0.91, "Fb": 0.92, "NMI": 0.93}
    row = CheckpointRow("c1", "Mine", now(), "Known", None, "relational", [], 10, 0.5, figures)
    store.add_checkpoint(CheckpointRow(**(vars(row) | changed)))


def test_it_begins_with_what_the_labels_are_and_the_defaults(page, asked, labelled):
    assert "24 of 24 images labelled · 8 classes · 3 to 3 images each" in said(page)
    assert "A checkpoint is the network" in said(page)
    button(page, "Train on 24 images").click().run()
    assert asked == [(labelled, TrainConfig(), "Known, relational")]


def test_every_setting_reaches_the_job(page, asked):
    page.segmented_control(key="model").set_value("lander").run()
    assert "only 4 dimensions" in said(page) or "for 4 dimensions" in said(page)
    for key, value in (("epochs", 7), ("levels", 2), ("patience", 3), ("seed", 5), ("batch", 64)):
        page.number_input(key=key).set_value(value)
    page.number_input(key="own-rounds").set_value(1)
    page.number_input(key="hidden-lander").set_value(16)
    page.number_input(key="rate-lander").set_value(0.01)
    page.slider(key="validation").set_value(30)
    page.slider(key="train-tau").set_value(0.6)
    page.multiselect(key="ks").set_value([5, 3])
    page.selectbox(key="encoder").set_value("gcn")
    page.selectbox(key="device").set_value("cpu")
    page.checkbox(key="cluster-features").check()
    page.checkbox(key="tune").check()
    page.run()
    page.button(key="start-training").click().run()
    wanted = TrainConfig(
        **{"model": "lander", "epochs": 7, "ks": (5, 3), "levels": 2, "tau": 0.6, "own_rounds": 1},
        **{"batch": 64, "learning_rate": 0.01, "hidden": 16, "encoder": "gcn", "cluster_features": True},
        **{"validation": 0.3, "patience": 3, "tune": True, "device": "cpu", "seed": 5},
    )
    assert [call[1] for call in asked] == [wanted]


def test_without_anything_held_out_nothing_is_tuned(page, asked):
    page.checkbox(key="tune").check().run()
    page.slider(key="validation").set_value(0).run()
    assert page.checkbox(key="tune").disabled
    page.button(key="start-training").click().run()
    assert [call[1] for call in asked] == [TrainConfig(validation=0.0)]


def test_every_setting_has_a_line_of_help(page):
    page.segmented_control(key="model").set_value("lander").run()
    boxes = [it for it in page.selectbox if it.key != "dataset"]
    widgets = [*page.number_input, *page.slider, *page.multiselect, *page.checkbox, *boxes]
    assert len(widgets) == 15
    assert all(widget.help for widget in widgets)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (np.zeros(24, int), "at least two identities"),
        (np.arange(24), "one of them with two images or more"),
        (np.repeat([0, 1], 12), "both sides need two identities"),
    ],
)
def test_labels_that_cannot_be_trained_on_say_why(workspace, rng, labels, told):
    add_labelled(workspace, rng.normal(size=(24, 4)), labels, "Odd")
    page = _page("train")
    assert told in said(page)
    assert page.button(key="start-training").disabled
    assert not page.exception


def test_fewer_images_than_k_is_told(page):
    page.multiselect(key="ks").set_value([30]).run()
    assert "k 30 asks for 29 neighbours of every image; got 18 labelled images to train on" in said(page)
    assert page.button(key="start-training").disabled
    page.multiselect(key="ks").set_value([]).run()
    assert "ks must name at least one k" in said(page)
    assert page.button(key="start-training").disabled


def test_rows_without_a_label_are_counted(workspace, rng):
    labels = np.append(np.where(np.arange(24) < 3, -1, LABELS), 99)
    add_labelled(workspace, rng.normal(size=(25, 4)), labels, "Part")
    told = said(_page("train"))
    assert "22 of 25 images labelled · 8 classes · 1 to 3 images each" in told
    assert "3 images without a label are left out" in told
    assert "1 class of one image" in told


def test_data_sets_without_labels_are_explained(workspace, rng, labelled):
    add_points(workspace, rng.normal(size=(9, 4)), "Unknown")
    page = _page("train")
    assert page.selectbox(key="dataset").options == ["Known · 24 images"]
    assert "Without labels, so not in the list: Unknown" in said(page)
    assert button(page, "Import with labels")
    assert not page.exception


def test_without_any_labels_the_way_leads_to_the_data_page(workspace, rng):
    empty = _page("train")
    assert "No labelled data set yet" in said(empty)
    assert button(empty, "Add a data set with labels")
    add_points(workspace, rng.normal(size=(9, 4)), "Unknown")
    page = _page("train")
    assert "no data set here has any" in said(page)
    assert "Checkpoints" in said(page)
    assert not page.exception


def test_a_link_to_a_data_set_without_labels_opens_another(workspace, rng, page):
    page.query_params["dataset"] = add_points(workspace, rng.normal(size=(9, 4)), "Unknown")
    page.run()
    assert page.selectbox(key="dataset").options == ["Known · 24 images"]
    assert not page.error


def test_a_running_training_shows_its_curves_and_can_be_cancelled(page, store, running):
    page.run()
    assert "Training Mine" in said(page)
    assert len(page.get("plotly_chart")) == 2
    assert "best after epoch 4" in said(page)
    page.button(key=f"cancel-{running}").click().run()
    assert store.wants_cancel(running)
    assert page.button(key=f"cancel-{running}").label == "Cancelling …"


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        ({}, "Waiting for the job process …"),
        ({"stage": "levels"}, "Building the levels to learn from …"),
        ({"stage": "epochs", "epoch": 4, "epochs": 10}, "Epoch 4 of 10 · 12 s left at most"),
        ({"stage": "saving"}, "Keeping the checkpoint …"),
    ],
)
def test_where_a_training_stands(store, running, progress, told):
    store.report_progress(running, progress)
    job = store.job(running)
    assert where(job, learning(job.history)).startswith(told)


@pytest.mark.parametrize(
    ("state", "is_kept", "told", "way_on"),
    [
        ("cancelled", True, "Cancelled after 4 epochs. What it learned is kept.", "Resume"),
        ("interrupted", True, "resume to go on", "Resume"),
        ("failed", False, "Failed after 4 epochs. The disk is full.", "Try again"),
    ],
)
def test_a_stopped_training_says_why_and_can_go_on(
    page, store, running, workspace, state, is_kept, told, way_on
):
    store.end_job(running, state, error="The disk is full." if state == "failed" else "")
    if is_kept:
        (workspace.training_dir("c1") / "epoch-000004").mkdir(parents=True)
    page.run()
    assert told in said(page).replace("\\", "")
    assert page.button(key=f"resume-{running}").label == way_on
    page.button(key=f"resume-{running}").click().run()
    assert store.job(running).state == "queued"
    assert "Waiting for the job process" in "".join(it.proto.text for it in page.get("progress"))


def test_a_finished_training_shows_its_figures_and_leads_to_the_cluster_page(page, store, running):
    own(store)
    store.end_job(running, "done")
    page.run()
    assert "Mine: trained on Known, 24 images of 8 classes, 10 epochs" in said(page).replace("\\", "")
    assert [it.value for it in page.metric][:3] == ["0.91", "0.92", "0.93"]
    assert page.button(key="cluster-with-it").label == "Cluster with it"


def test_a_finished_training_whose_checkpoint_was_deleted_is_no_longer_shown(page, store, running):
    store.end_job(running, "done")
    page.run()
    assert "A checkpoint is the network" in said(page)


def test_the_list_has_the_shipped_ones_and_ones_own(page, store):
    own(store, kind="lander", dims=[64, 32], summary={}, dataset="")
    page.run()
    told = said(page).replace("\\", "")
    assert "ships with hilander" in told
    assert "Uploaded · lander, k 10, tau 0.5 · For embeddings of 64 dimensions or 32 dimensions" in told
    assert "No identities were held out: no scores." in told
    keys = [it.key for it in page.button if it.key]
    assert {"use-relational", "use-c1", "rename-c1", "delete-c1"} <= set(keys)
    assert not {"rename-relational", "delete-relational"} & set(keys)


def test_the_delete_button_by_itself_deletes_nothing(page, store):
    own(store)
    page.run()
    page.button(key="delete-c1").click().run()
    assert store.checkpoint("c1")
    assert not page.exception


def test_an_uploaded_checkpoint_is_handed_to_the_job_process(page, store):
    page.file_uploader[0].set_value(("mine.zip", b"PK", "application/zip"))
    page.run()
    page.button(key="add-checkpoint").click().run()
    (job,) = store.jobs(kinds=["checkpoint"])
    assert job.name == "mine.zip"
    store.start_job(job.id)
    store.end_job(job.id, "failed", "mine.zip must be a complete zip. Make or upload it again.")
    page.run()
    assert "mine.zip must be a complete zip" in said(page).replace("\\", "")
