"""The Data page in the browser: what a bad upload is told, and that deleting asks first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from hilander.services.datasets import delete_dataset, import_dataset, inspect_upload
from tests.browser import steps
from tests.browser.conftest import Server


def test_a_data_set_is_deleted_only_after_a_question(page: Page, server: Server, tmp_path: Path):
    np.save(tmp_path / "few.npy", np.eye(5))
    dataset = import_dataset(server.workspace, server.store, inspect_upload(tmp_path / "few.npy"), "Few rows")
    page.goto("/data")
    entry = page.locator(f".st-key-dataset-{dataset}")
    entry.locator(f".st-key-delete-{dataset} button").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.store.dataset(dataset)

    entry.locator(f".st-key-delete-{dataset} button").first.click()
    page.get_by_role("dialog").locator(".st-key-delete-confirmed button").click()
    expect(entry).to_have_count(0)
    assert server.store.dataset(dataset) is None

    steps.settled(page)
    lying = page.locator(f".st-key-trash-dataset-{dataset}")
    page.locator(".st-key-trash summary").click()
    expect(lying).to_contain_text("30 days left")
    lying.get_by_role("button", name="Restore").press("Enter")  # a click may miss it while the trash unfolds
    expect(entry).to_be_visible()
    steps.no_failure(page)


def test_what_is_deleted_for_good_is_asked_for_and_leaves_the_disk(
    page: Page, server: Server, tmp_path: Path
):
    np.save(tmp_path / "gone.npy", np.eye(6))
    dataset = import_dataset(server.workspace, server.store, inspect_upload(tmp_path / "gone.npy"), "Gone")
    delete_dataset(dataset, server.workspace)
    page.goto("/data")
    lying = page.locator(f".st-key-trash-dataset-{dataset}")
    page.locator(".st-key-trash summary").click()
    lying.get_by_role("button", name="Delete for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.workspace.dataset_dir(dataset).is_dir()

    lying.get_by_role("button", name="Delete for good").click()
    page.get_by_role("dialog").locator(".st-key-purge-confirmed button").click()
    expect(lying).to_have_count(0)
    assert not server.workspace.dataset_dir(dataset).exists()
    steps.no_failure(page)


def test_a_bad_upload_is_refused_in_words_and_leaves_nothing(page: Page, server: Server, tmp_path: Path):
    before = {row.id for row in server.store.datasets() if not row.id.startswith("demo-")}
    bad = np.ones((6, 4))
    bad[3] = np.nan
    np.save(tmp_path / "bad.npy", bad)
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04 and then nothing")
    page.goto("/data")
    for label, name in (("Embeddings", "bad.npy"), ("Images (archive)", "torn.zip")):
        page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input").set_input_files(
            tmp_path / name
        )
        expect(page.get_by_test_id("stAlert").filter(has_text=name)).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    assert {row.id for row in server.store.datasets() if not row.id.startswith("demo-")} == before
    steps.no_failure(page)
