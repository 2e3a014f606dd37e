"""The Jobs page: the same queue for everybody, how jobs ended, their logs, and the ways on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from hilander.config import ClusterConfig
from hilander.services import job_list, jobs, logs
from hilander.services.store import HostRow, now
from hilander.ui import job_panel
from tests.ui.conftest import ROOT, said

SETTINGS = ClusterConfig().to_dict()


def page(**query: str) -> AppTest:
    made = AppTest.from_file(str(ROOT / "pages" / "jobs.py"), default_timeout=60)
    made.query_params.update(query)
    return made.run()


def progress(app: AppTest) -> list[str]:
    return [it.proto.text for it in app.get("progress")]


def test_an_empty_queue_says_so(workspace):
    assert "Nothing runs and nothing waits." in said(page())


def test_every_browser_sees_the_same_queue_in_its_order(store, dataset):
    first, second, third = (store.add_job("cluster", SETTINGS, dataset_id=dataset, name=it) for it in "abc")
    assert store.claim_job(first, "host")
    store.start_job(first)
    store.report_progress(first, {"stage": "knn", "level": 1, "nodes": 8, "fraction": 0.5})
    shown = progress(page())
    assert [text.split(" · ")[0] for text in shown] == [
        "Level 1: finding neighbours",
        "Next in the queue",
        "Place 2 in the queue",
    ]
    one, other = page(), page()
    assert progress(one)[1:] == progress(other)[1:]
    one.button(key=f"cancel-{second}").click().run()
    assert store.job(second).state == "cancelled"
    assert progress(other.run())[1:] == ["Next in the queue"]
    assert store.job(third).state == "queued"


def test_a_job_that_nothing_keeps_waiting_has_no_place(store, dataset):
    job_id = store.add_job("cluster", SETTINGS, dataset_id=dataset)
    assert job_panel.waiting(store.job(job_id)) == "Waiting for the job process …"


def test_what_keeps_the_job_process_is_told(store, dataset):
    store.add_job("cluster", SETTINGS, dataset_id=dataset)
    store.beat_host(HostRow("h", now(), "The Dask scheduler tcp://x:1 does not answer.", 0, {}))
    app = page()
    assert "does not answer" in app.warning[0].value
    assert "does not answer" in progress(app)[0]
    store.beat_host(replace(store.hosts()[0], name="another", trouble=""))
    assert page().warning.len == 0


@pytest.fixture
def failed(store, workspace, dataset) -> str:
    job_id = store.add_job("cluster", SETTINGS, dataset_id=dataset, run_id="r")
    store.start_job(job_id)
    with logs.of_job(workspace.log_path(job_id), job_id):
        job_list.jobs.logger.info("what it did")
    store.end_job(job_id, "failed", "The disk is full.")
    return job_id


def test_a_job_that_failed_says_why_and_can_be_tried_again(failed, store):
    app = page()
    assert "Clustering Tiles** · failed" in said(app)
    assert "The disk is full" in said(app).replace("\\", "")
    app.button(key=f"again-{failed}").click().run()
    (again,) = store.open_jobs()
    assert (again.kind, again.settings, store.job(failed)) == ("cluster", SETTINGS, None)
    assert "what it did" in job_list.log_of(again.id)  # the log goes on where the first attempt ended
    assert not app.exception


def test_the_log_opens_at_its_link_and_closes(failed):
    app = page()
    app.button(key=f"log-{failed}").click().run()
    assert app.query_params["job"] in (failed, [failed])
    assert "what it did" in app.code[0].value
    app.button(key="close-log").click().run()
    assert app.code.len == 0
    assert "what it did" in page(job=failed).code[0].value


@pytest.mark.parametrize("job", ["host", "nonsuch", "../../etc/passwd"])
def test_a_link_shows_no_file_that_is_no_jobs_log(workspace, job):
    (workspace.logs_dir() / "host.log").write_text("the server's own")
    app = page(job=job)
    assert app.code.len == 0
    assert not app.exception


def test_a_dismissed_job_is_gone(failed, store):
    page().button(key=f"forget-{failed}").click().run()
    assert store.job(failed) is None


def test_times_are_told(store, dataset):
    job_id = store.add_job("cluster", SETTINGS, dataset_id=dataset)
    store.start_job(job_id)
    store.end_job(job_id, "done")
    assert "queued just now · waited 0.0 s · ran 0.0 s · ended just now" in said(page())


def test_the_cluster_page_leads_to_the_log(failed, cluster, dataset):
    cluster.query_params["dataset"] = dataset
    cluster.run()
    assert "Log" in [it.label for it in cluster.button]


def test_a_full_disk_is_told_in_words_on_any_page(cluster, dataset, monkeypatch):
    def full(*_given, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "submit_cluster", full)
    cluster.button(key="start").click().run()
    assert "The disk is full" in cluster.error[0].value
