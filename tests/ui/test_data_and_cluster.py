"""The Data and Cluster pages: what an upload report shows, what the settings become, what jobs look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hilander.config import ClusterConfig
from hilander.embed.order import Embedder
from hilander.services import jobs
from hilander.services.runs import default_name
from hilander.services.store import CheckpointRow, RunRow, now
from hilander.ui import job_panel, words
from suite import onnx_files
from tests.services.small_uploads import png, write_upload
from tests.ui.conftest import button, said


@pytest.fixture
def started(monkeypatch):
    """What was submitted, instead of submitting it."""
    calls = []

    def submit_import(report, name, *, keep_matching, **_who):
        calls.append((report, name, {"keep_matching": keep_matching}))

    monkeypatch.setattr(jobs, "submit_cluster", lambda dataset, config, **_: calls.append((dataset, config)))
    monkeypatch.setattr(jobs, "submit_import", submit_import)
    return calls


def test_the_list_shows_each_data_set_with_what_can_be_done(data, run, dataset):
    data.run()
    assert "8 images · 4 dimensions · 1 run" in said(data)
    assert [it.label for it in data.button if it.key and it.key.endswith(dataset)] == [
        "Explore",
        "Cluster",
        "",
    ]


def test_the_delete_button_by_itself_deletes_nothing(data, dataset, store):
    """The dialog that asks is outside what AppTest sees: tests/browser/test_data_page.py has the rest."""
    data.run()
    data.button(key=f"delete-{dataset}").click().run()
    assert store.dataset(dataset)
    assert not data.exception


def fill(data, files):
    for key, path in (("embeddings", files.embeddings), ("images", files.images), ("labels", files.labels)):
        uploader = next(it for it in data.file_uploader if it.key.startswith(key))
        uploader.set_value((path.name, path.read_bytes(), "application/octet-stream"))
    return data.run()


def figures(data) -> dict[str, str]:
    return {it.label: it.value for it in data.metric}


def test_an_upload_that_matches_is_imported(data, started, tmp_path):
    images = {f"{name}.png": png((9, 9, 9)) for name in "abc"}
    fill(data, write_upload(tmp_path / "in", images))
    assert figures(data) == {
        **{"Rows": "3", "Dimension": "3", "Images": "3", "Matched": "3"},
        **{"Labels": "3", "Duplicates": "0"},
    }
    button(data, "Import").click().run()
    assert [call[1:] for call in started] == [("pets", {"keep_matching": False})]


def test_an_upload_that_does_not_match_goes_on_only_when_told_to(data, started, tmp_path):
    images = {f"{name}.png": png((9, 9, 9)) for name in "abx"}
    fill(data, write_upload(tmp_path / "in", images, ids=["a", "b", "c"]))
    assert figures(data)["Matched"] == "2"
    assert "1 row without an image" in [it.label for it in data.expander]
    assert "1 image without a row" in [it.label for it in data.expander]
    assert button(data, "Import").disabled
    data.checkbox(key="keep-matching").check().run()
    button(data, "Import").click().run()
    assert [call[1:] for call in started] == [("pets", {"keep_matching": True})]


def test_the_form_says_its_limit_and_the_way_for_larger_data_before_anything_is_chosen(data, monkeypatch):
    assert "Up to 4 GB a file through the browser" in said(data)
    assert "`hilander import EMBEDDINGS --images ARCHIVE_OR_FOLDER`" in said(data)
    assert [it.label for it in data.text_input] == []
    monkeypatch.setenv("HILANDER_DATA_ROOTS", "/nowhere")
    assert len(data.run().text_input) == 3


def test_files_of_the_server_are_imported_from_where_they_are(data, started, tmp_path, monkeypatch):
    monkeypatch.setenv("HILANDER_DATA_ROOTS", str(tmp_path))
    files = write_upload(tmp_path / "in", {f"{name}.png": png((9, 9, 9)) for name in "abc"})
    data.run()
    for text, path in zip(data.text_input, (files.embeddings, files.images, files.labels), strict=True):
        text.set_value(f"in/{path.name}")
    data.run()
    assert (figures(data)["Matched"], figures(data)["Labels"]) == ("3", "3")
    button(data, "Import").click().run()
    assert started[0][0].images == files.images


def test_rows_with_ids_can_be_matched_by_order(data, started, tmp_path):
    images = {f"{name}.png": png((9, 9, 9)) for name in "abc"}
    fill(data, write_upload(tmp_path / "in", images, ids=["c", "x", "a"]))
    assert figures(data)["Matched"] == "2"
    data.segmented_control(key="match-0").set_value("By file name order").run()
    assert figures(data)["Matched"] == "3"
    button(data, "Import").click().run()
    assert started[0][0].match == "order"


def test_a_broken_image_is_named_and_the_import_goes_on(data, started, tmp_path):
    fill(data, write_upload(tmp_path / "in", {"a.png": png((9, 9, 9)), "b.png": b"x", "c.png": b"y"}))
    assert "2 images that cannot be read" in [it.label for it in data.expander]
    assert not button(data, "Import").disabled


def test_the_same_content_is_said_and_imported_anyway_when_told(data, store, dataset):
    job_id = store.add_job("import", {"embeddings": "x.npy", "name": "Again"}, name="Again")
    store.start_job(job_id)
    store.report_progress(job_id, {"stage": "same"})
    store.update_job(job_id, dataset_id=dataset)
    store.end_job(job_id, "done")
    data.run()
    assert "Again: the same content is there already, as **Tiles**" in said(data)
    data.button(key=f"anyway-{job_id}").click().run()
    assert [job.settings for job in store.jobs(kinds=["import"])] == [
        {"embeddings": "x.npy", "name": "Again", "again": True}
    ]
    assert "the same content" not in said(data)


def test_a_file_that_is_no_embeddings_is_refused_with_the_reason(data, tmp_path):
    uploader = next(it for it in data.file_uploader if it.key.startswith("embeddings"))
    uploader.set_value(("fake.npy", b"not an array", "application/octet-stream"))
    data.run()
    assert "fake" in said(data)
    assert button(data, "Import without images").disabled
    assert not data.exception


def upload_one(data, key: str, path) -> None:
    uploader = next(it for it in data.file_uploader if it.key.startswith(key))
    uploader.set_value((path.name, path.read_bytes(), "application/octet-stream"))
    data.run()


def test_images_alone_are_offered_to_be_embedded(data, started, tmp_path):
    files = write_upload(tmp_path / "in", {"a.png": png((9, 9, 9)), "b.png": b"x"})
    upload_one(data, "images", files.images)
    assert "Embed these images." in said(data)
    assert figures(data) == {"Images": "2", "Labels": "0"}
    assert "1 image cannot be read and is left out" in said(data)
    button(data, "Embed and import").click().run()
    report = started[0][0]
    assert (report.embeddings, report.images.name, report.embedder) == (None, "pets.zip", Embedder())


def test_an_onnx_file_of_ones_own_embeds_them_once_it_is_one(data, started, tmp_path):
    files = write_upload(tmp_path / "in", {"a.png": png((9, 9, 9))})
    upload_one(data, "images", files.images)
    data.segmented_control(key="embedder-0").set_value("My ONNX file").run()
    assert "Choose the ONNX file" in said(data)
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    upload_one(data, "model", tmp_path / "bad.onnx")
    assert "must be an ONNX network" in said(data)
    assert button(data, "Embed and import").disabled
    (tmp_path / "mean.onnx").write_bytes(onnx_files.mean_network())
    upload_one(data, "model", tmp_path / "mean.onnx")
    button(data, "Embed and import").click().run()
    assert started[0][0].embedder.model.endswith("/mean.onnx")


def test_the_settings_are_the_defaults_until_somebody_changes_them(cluster, started, dataset):
    cluster.button(key="start").click().run()
    assert started == [(dataset, ClusterConfig(k=10))]


def test_every_setting_reaches_the_job(cluster, started, dataset):
    cluster.toggle(key="own-tau").set_value(False).run()
    cluster.number_input(key="k").set_value(6)
    cluster.number_input(key="levels").set_value(3)
    cluster.slider(key="tau").set_value(0.7)
    cluster.selectbox(key="early-stop").set_value("off")
    cluster.selectbox(key="knn").set_value("exact")
    cluster.selectbox(key="device").set_value("cpu")
    cluster.toggle(key="coarser").set_value(False)
    cluster.button(key="start").click().run()
    wanted = ClusterConfig(k=6, tau=0.7, levels=3, early_stop=False, coarser=False, knn="exact", device="cpu")
    assert started == [(dataset, wanted)]


def test_every_setting_has_a_line_of_help(cluster):
    widgets = [
        *cluster.number_input,
        *cluster.toggle,
        *(it for it in cluster.selectbox if it.key != "dataset"),
    ]
    assert len(widgets) == 8
    assert all(widget.help for widget in widgets)


RECORD = {
    "level": 1,
    "stage": "merge",
    "nodes": 8,
    "edges": 16,
    "new_links": 4,
    "seconds": 0.2,
    "fraction": 1.0,
}


def test_a_running_job_shows_its_levels_and_can_be_cancelled(cluster, store, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "get", lambda job_id, **_: store.job(job_id))
    job_id = store.add_job("cluster", {}, dataset_id=dataset)
    store.start_job(job_id)
    store.report_progress(
        job_id, RECORD | {"level": 2, "stage": "knn", "nodes": 4, "fraction": 0.5}, [RECORD]
    )
    cluster.run()
    assert "Clustering Tiles" in said(cluster)
    assert "| 1 | 8 | 4 | 0.2 |" in said(cluster)
    cluster.button(key=f"cancel-{job_id}").click().run()
    assert store.wants_cancel(job_id)


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_job_that_ended_badly_says_why_and_can_be_tried_again(cluster, store, dataset, state):
    job_id = store.add_job("cluster", {}, dataset_id=dataset)
    store.start_job(job_id)
    store.end_job(job_id, state, error="The disk is full: free some space.")
    cluster.run()
    assert f"Clustering Tiles: {state}. The disk is full: free some space." in said(cluster).replace("\\", "")
    assert cluster.button(key=f"retry-{job_id}")
    cluster.button(key=f"dismiss-{job_id}").click().run()
    assert "The disk is full" not in said(cluster)


def two_alike() -> None:
    from dataclasses import replace

    from hilander.services.door import datasets
    from hilander.ui import pickers
    from hilander.ui.visit import visit

    (row,) = datasets.datasets(visit())
    pickers.pick_dataset([row, replace(row, id="somebody-else-s")], row.id)


def test_data_sets_that_read_alike_are_told_apart(dataset):
    app = AppTest.from_function(two_alike, default_timeout=60).run()
    assert [it.split(" · id …")[-1] for it in app.selectbox(key="dataset").options] == [
        dataset[-6:],
        "else-s",
    ]


def test_a_checkpoint_of_another_dimension_cannot_be_started(cluster, monkeypatch):
    from hilander.ui import checkpoint_picker, url

    monkeypatch.setattr(url, "LATE", 0)  # the test is quicker than a person
    known = checkpoint_picker.list_checkpoints()
    narrow = replace(known[0], id="narrow", dims=(64,))
    monkeypatch.setattr(checkpoint_picker, "list_checkpoints", lambda: [narrow, *known])
    cluster.run()
    assert cluster.selectbox(key="checkpoint").options[0].endswith("only for 64 dimensions")
    assert "takes embeddings of 64 dimensions, the data set has 4" in said(cluster)
    assert cluster.button(key="start").disabled
    cluster.selectbox(key="checkpoint").set_value("relational").run()
    assert not cluster.button(key="start").disabled


def own_checkpoint(store, **changed) -> CheckpointRow:
    row = CheckpointRow("mine", "My network", now(), "Tiles", None, "relational", [], 5, 0.4, {"Fb": 0.9})
    store.add_checkpoint(replace(row, **changed))
    return row


def test_an_own_checkpoint_is_used_from_its_folder_with_its_k(cluster, store, started, dataset, workspace):
    own_checkpoint(store)
    cluster.run()
    assert cluster.selectbox(key="checkpoint").options[1] == f"My network · {words.on(now())}"
    cluster.selectbox(key="checkpoint").set_value("mine").run()
    assert "Trained on Tiles. For any embeddings." in said(cluster).replace("\\", "")
    cluster.button(key="start").click().run()
    assert started == [(dataset, ClusterConfig(str(workspace.checkpoint_dir("mine")), k=5))]


def test_a_link_chooses_the_checkpoint(cluster, store):
    own_checkpoint(store)
    cluster.query_params["checkpoint"] = "mine"
    cluster.run()
    assert cluster.selectbox(key="checkpoint").value == "mine"
    assert cluster.number_input(key="k").value == 5


def test_a_link_to_a_deleted_checkpoint_says_so_and_goes_on(cluster):
    cluster.query_params["checkpoint"] = "gone"
    cluster.run()
    assert "The checkpoint of this link is gone" in said(cluster)
    assert cluster.selectbox(key="checkpoint").value == "relational"
    assert not cluster.button(key="start").disabled


def test_arrays_shown_are_counted_in_words():
    from hilander.ui.words import count, escaped, share

    assert (count(1, "image"), count(1200, "image"), share(None), share(0.456)) == (
        "1 image",
        "1,200 images",
        "–",
        "0.46",
    )
    assert escaped("*a* <b> [c](d)") == r"\*a\* \<b\> \[c\]\(d\)"
    assert np.isclose(float(share(1.0)), 1)


def test_a_broken_zip_matches_nothing_that_could_be_counted(data, tmp_path):
    files = write_upload(tmp_path / "in", {"a.png": png((9, 9, 9))})
    files.images.write_bytes(b"PK\x03\x04 and then nothing")
    fill(data, files)
    assert figures(data)["Matched"] == "–"
    assert button(data, "Import").disabled


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "relational"),
        ({"k": 6, "tau": 0.7}, "relational, k 6, tau 0.7"),
        ({"levels": 1, "early_stop": True}, "relational, at most 1 level, early stop"),
        ({"early_stop": False, "knn": "exact"}, "relational, no early stop, exact search"),
        ({"device": "cpu", "engine": "dgl"}, "relational, dgl, cpu"),
        ({"coarser": False}, "relational, no coarser levels"),
    ],
)
def test_a_run_is_named_by_what_is_not_usual(settings, name):
    assert default_name(ClusterConfig(**settings)) == name


def test_a_run_that_its_levels_setting_ended_claims_no_natural_level(cluster, store, dataset):
    for run_id, levels in (("cut", 1), ("whole", 10)):
        summary = {"n_levels": 1, "natural_level": 1, "clusters": 75, "seconds": 0.1}
        settings = ClusterConfig(levels=levels).to_dict()
        store.add_run(RunRow(run_id, dataset, run_id, settings, now(), "ready", summary))
    cluster.run()
    assert "75 clusters at level 1 · stopped after 1 level, as asked" in said(cluster)
    assert "75 clusters at the natural level (1)" in said(cluster)


def test_coarser_levels_are_one_line_of_the_table(cluster, store, dataset):
    job_id = store.add_job("cluster", {}, dataset_id=dataset)
    store.start_job(job_id)
    coarser = [
        RECORD | {"level": level, "nodes": nodes, "new_links": 1, "seconds": level / 10, "coarser": True}
        for level, nodes in ((2, 4), (3, 3), (4, 2))
    ]
    store.report_progress(job_id, coarser[-1] | {"stage": "links", "fraction": 0.5}, [RECORD, *coarser])
    job = store.job(job_id)
    assert job_panel._where(job, "links").startswith("Level 4 (coarser): judging links · 2 nodes")
    store.update_job(job_id, run_id="r")
    summary = {"n_levels": 4, "natural_level": 1, "clusters": 4, "seconds": 0.4}
    store.add_run(RunRow("r", dataset, "r", ClusterConfig().to_dict(), now(), "ready", summary))
    store.end_job(job_id, "done")
    cluster.run()
    assert "| 1 | 8 | 4 | 0.2 |\n| 2 to 4, coarser | 4 | 3 | 0.4 |" in said(cluster)
    assert "4 levels · 4 clusters at the natural level (1)" in said(cluster)


def finished(store, dataset, n_levels: int) -> None:
    summary = {"n_levels": n_levels, "natural_level": n_levels, "clusters": 3, "seconds": 0.1}
    store.add_run(RunRow("r", dataset, "r", ClusterConfig().to_dict(), now(), "ready", summary))
    job_id = store.add_job("cluster", {}, dataset_id=dataset, run_id="r")
    store.start_job(job_id)
    last = RECORD | {"level": n_levels + 1, "nodes": 3, "new_links": 0, "seconds": 0.3}
    store.report_progress(job_id, last, [*[RECORD][:n_levels], last])
    store.end_job(job_id, "done")


def test_the_level_that_joined_nothing_is_no_line_of_the_table(cluster, store, dataset):
    finished(store, dataset, 1)
    cluster.run()
    assert "| 1 | 8 | 4 | 0.2 |" in said(cluster)
    assert "| 2 |" not in said(cluster)
    assert "nothing was left to join" in said(cluster)


def test_a_run_that_joined_nothing_says_what_to_change(cluster, store, dataset):
    finished(store, dataset, 0)
    cluster.run()
    assert "Nothing was joined; a lower tau joins more." in said(cluster)
    assert "Clustered:" not in said(cluster)


@pytest.mark.parametrize(
    ("stage", "fraction", "said_of_it"),
    [("knn", 0.5, "finding neighbours"), ("knn", 1.0, "judging links"), ("merge", 1.0, "joining")],
)
def test_a_running_job_names_its_phase(store, dataset, stage, fraction, said_of_it):
    job_id = store.add_job("cluster", {}, dataset_id=dataset)
    store.start_job(job_id)
    store.report_progress(job_id, RECORD | {"stage": stage, "fraction": fraction}, [])
    job = store.job(job_id)
    assert said_of_it in job_panel._where(job, job_panel._phase(job)[0])


def test_the_cluster_page_opens_on_the_data_set_last_looked_at(cluster, store, dataset):
    store.add_dataset(replace(store.dataset(dataset), id="newer", name="Newer", created=now()))
    cluster.query_params.clear()
    cluster.session_state["last-dataset"] = dataset
    cluster.run()
    assert cluster.query_params["dataset"] in (dataset, [dataset])
    cluster.query_params.clear()
    cluster.session_state["last-dataset"] = "gone"
    cluster.run()
    assert cluster.query_params["dataset"] in ("newer", ["newer"])
