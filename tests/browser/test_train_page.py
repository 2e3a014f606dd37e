"""The Train page in the browser: from a data set to a clustering with the new checkpoint, and all on the way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hilander.services.checkpoints import find_checkpoint, pack
from hilander.services.store import JobRow
from tests.browser import steps
from tests.browser.conftest import Server


@pytest.fixture
def train(page: Page) -> Page:
    """The Train page with the demo's drawn creatures chosen; on the very first visit they are made first."""
    page.goto("/train")
    expect(page.get_by_role("button", name=re.compile("Train on"))).to_be_visible(timeout=steps.SLOW)
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=re.compile("Little creatures")).click()
    expect(page).to_have_url(re.compile("dataset=demo-shapes"))
    expect(page.get_by_text("120 classes").first).to_be_visible()
    steps.settled(page)
    return page


def start(page: Page, *, epochs: int, name: str) -> None:
    steps.fill(page, "Name of the checkpoint", name)
    steps.train(page, epochs)


def entry(page: Page, name: str) -> Locator:
    return (
        page.locator("[class*=st-key-checkpoint-]")
        .filter(has_text=name)
        .filter(has=page.get_by_role("button"))
    )


def test_from_a_data_set_to_a_clustering_with_the_new_checkpoint(train: Page, server: Server):
    start(train, epochs=10, name="Creature eyes")
    live = train.locator("[class*=st-key-training-]")
    expect(live.get_by_text(re.compile("Building the levels|Epoch"))).to_be_visible(timeout=steps.SLOW)
    trained = train.locator(".st-key-trained")
    expect(trained.get_by_text("Creature eyes: trained on Little creatures")).to_be_visible(
        timeout=steps.SLOW
    )
    expect(trained.locator(steps.CURVES)).to_have_count(5)  # two losses, three scores
    expect(trained.get_by_text("best after epoch")).to_be_visible()
    for figure in ("Fp", "Fb", "NMI"):
        value = trained.get_by_test_id("stMetric").filter(has_text=figure).get_by_test_id("stMetricValue")
        assert 0.3 < float(value.inner_text()) <= 1
    expect(entry(train, "Creature eyes")).to_be_visible()
    steps.no_failure(train)

    trained.get_by_role("button", name="Cluster with it").click()
    (row,) = [it for it in server.store.checkpoints() if it.name == "Creature eyes"]
    expect(train).to_have_url(re.compile(f"checkpoint={row.id}"))
    expect(train.get_by_role("combobox", name="Checkpoint")).to_have_value(re.compile("Creature eyes"))
    train.get_by_role("button", name="Cluster 1,592 images").click()
    expect(train.get_by_text("Clustered:")).to_be_visible(timeout=steps.SLOW)
    newest = server.store.runs("demo-shapes")[0]
    assert newest.settings["checkpoint"] == str(server.workspace.checkpoint_dir(row.id))
    assert newest.name.startswith("Creature eyes")
    train.locator(".st-key-finished").get_by_role("button", name="Explore").click()
    expect(steps.cards(train).first).to_be_visible()
    steps.no_failure(train)


def job_of(server: Server, job_id: str) -> JobRow:
    job = server.store.job(job_id)
    assert job is not None
    return job


def grows(page: Page, value: Callable[[], int], before: int) -> bool:
    """Whether it becomes more than before: what a page shows at once may be what the job had before."""
    end = time.monotonic() + steps.SLOW / 1000
    while value() <= before and time.monotonic() < end:
        page.wait_for_timeout(100)
    return value() > before


def test_a_training_is_cancelled_found_again_resumed_and_discarded(train: Page, server: Server):
    start(train, epochs=5000, name="Endless")
    live = train.locator("[class*=st-key-training-]").filter(has_text="Endless")
    expect(live.get_by_text(re.compile(r"^Epoch \d+ of 5,000"))).to_be_visible(timeout=steps.SLOW)
    train.reload()
    live.get_by_role("button", name="Cancel").click()
    expect(live.get_by_text(re.compile(r"Cancelled after \d+ epoch"))).to_be_visible(timeout=steps.SLOW)
    (job,) = [it for it in server.store.jobs(kinds=["train"]) if it.name == "Endless"]
    before = job.history[-1]["epoch"]

    live.get_by_role("button", name="Resume").click()
    expect(live.get_by_text(re.compile(r"^Epoch \d+ of 5,000"))).to_be_visible(timeout=steps.SLOW)
    assert grows(train, lambda: job_of(server, job.id).history[-1]["epoch"], before)
    live.get_by_role("button", name="Cancel").click()
    live.get_by_role("button", name="Discard").click(timeout=steps.SLOW)
    train.get_by_role("dialog").locator(".st-key-discard-confirmed button").click()
    expect(live).to_have_count(0)
    assert server.store.job(job.id) is None
    assert not server.workspace.training_dir(job.settings["checkpoint"]).exists()
    steps.no_failure(train)


def test_checkpoints_are_taken_away_added_renamed_and_deleted(train: Page, server: Server, tmp_path: Path):
    shipped = entry(train, "ships with hilander").first
    with train.expect_download() as waiting:
        shipped.get_by_role("button", name="download").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    assert saved.read_bytes() == pack(find_checkpoint("relational", server.workspace), server.workspace)

    add(train, saved, "Brought back")
    own = entry(train, "Brought back")
    expect(own).to_be_visible(timeout=steps.SLOW)
    (row,) = server.store.checkpoints()[:1]
    own.locator(f".st-key-rename-{row.id} button").first.click()
    train.get_by_role("dialog").get_by_label("Name").fill("Renamed")
    train.get_by_role("dialog").get_by_label("Name").press("Tab")
    train.get_by_role("dialog").locator(".st-key-rename-confirmed button").click()
    expect(entry(train, "Renamed")).to_be_visible()

    for delete in (False, True):
        entry(train, "Renamed").locator(f".st-key-delete-{row.id} button").first.click()
        dialog = train.get_by_role("dialog")
        dialog.get_by_role("button", name="Delete" if delete else "Keep it").last.click()
        expect(dialog).to_have_count(0)
        expect(entry(train, "Renamed")).to_have_count(0 if delete else 1)
    assert server.store.checkpoint(row.id) is None
    steps.no_failure(train)


def test_a_file_that_is_no_checkpoint_is_refused_in_words(train: Page, server: Server, tmp_path: Path):
    before = server.store.checkpoints()
    (tmp_path / "photos.zip").write_bytes(b"PK\x03\x04 and then nothing")
    add(train, tmp_path / "photos.zip", "")
    refused = train.get_by_test_id("stAlert").filter(has_text="photos.zip must be a complete zip")
    expect(refused).to_be_visible(timeout=steps.SLOW)
    train.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)
    assert server.store.checkpoints() == before
    steps.no_failure(train)


def add(page: Page, path: Path, name: str) -> None:
    page.get_by_text("Add a checkpoint from a file").click()
    uploader = page.get_by_test_id("stFileUploader")
    uploader.locator("input[type=file]").set_input_files(path)
    expect(uploader.get_by_test_id("stFileChip")).to_be_visible()
    if name:
        steps.fill(page, "Name (optional)", name)
    page.locator(".st-key-add-checkpoint button").click()
