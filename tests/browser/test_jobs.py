"""A clustering that takes long: it is cancelled within two seconds, and found again after a reload."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from hilander.services.datasets import import_dataset, inspect_upload
from tests.browser import steps
from tests.browser.conftest import Server


@pytest.fixture(scope="module")
def large(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data set whose exact neighbour search takes a minute: 100,000 x 128, no images."""
    path: Path = tmp_path_factory.mktemp("large") / "large.npy"
    np.save(path, np.random.default_rng(0).normal(size=(100_000, 128)).astype(np.float32))
    return import_dataset(server.workspace, server.store, inspect_upload(path), "Large")


@pytest.fixture
def running(page: Page, large: str) -> Page:
    """The Cluster page with an exact search under way."""
    page.goto(f"/cluster?dataset={large}")
    page.get_by_role("combobox", name="Neighbour search").click()
    page.get_by_role("option", name="exact").click()
    page.get_by_role("button", name="Cluster 100,000 images").click()
    expect(page.get_by_text("Level 1: finding neighbours")).to_be_visible(timeout=steps.SLOW)
    return page


def test_a_job_is_found_again_after_a_reload_and_cancelled(running: Page, server: Server):
    before = [job.id for job in server.store.jobs(kinds=["cluster"]) if job.state == "running"]
    running.reload()
    expect(running.get_by_text("Level 1: finding neighbours")).to_be_visible()
    assert [job.id for job in server.store.jobs(kinds=["cluster"]) if job.state == "running"] == before

    running.get_by_role("button", name="Cancel").click()
    expect(running.get_by_text("Clustering Large: cancelled.")).to_be_visible()
    job = server.store.job(before[0])
    assert job is not None
    assert job.state == "cancelled"
    assert (job.progress["level"], job.progress["stage"]) == (1, "knn")
    assert server.store.runs(job.dataset_id) == []
    steps.no_failure(running)


def test_a_job_goes_on_when_the_tab_is_closed(running: Page, server: Server):
    before = [job for job in server.store.jobs(kinds=["cluster"]) if job.state == "running"]
    context = running.context
    running.close()
    time.sleep(2)
    after = server.store.job(before[0].id)
    assert after is not None
    assert after.state == "running"
    assert after.progress["fraction"] > before[0].progress["fraction"]
    again = context.new_page()
    again.goto(f"/cluster?dataset={after.dataset_id}")
    again.get_by_role("button", name="Cancel").click()
    expect(again.get_by_text("Clustering Large: cancelled.").first).to_be_visible()
