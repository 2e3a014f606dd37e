"""The mixed-depth cut on the demo set: split, undo by key, keep as a recipe, take it away and bring it back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hilander.services import recipes
from tests.browser import steps
from tests.browser.conftest import Server

MIXED = re.compile(r"[?&]mixed=\d+\.\d+")


@pytest.fixture
def cluster(page: Page) -> Page:
    """The largest cluster of level 2, opened."""
    page.goto("/?dataset=demo-shapes&level=2")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    steps.cards(page).first.click()
    expect(tool(page, "Split deeper")).to_be_enabled()
    return page


def tool(page: Page, name: str):
    return page.locator(".st-key-branch-tools").get_by_role("button", name=name)


def lines(page: Page):
    return page.locator(".changes li")


def test_a_branch_is_split_and_the_keys_undo_and_redo_it(cluster: Page):
    promise = cluster.get_by_text(re.compile(r"split: into \d+ clusters")).inner_text()
    parts = re.search(r"into (\d+)", promise)
    assert parts
    tool(cluster, "Split deeper").click()
    expect(cluster).to_have_url(MIXED)
    expect(cluster.get_by_text(f"{parts[1]} clusters in place of one")).to_be_visible()
    expect(lines(cluster)).to_have_count(1)
    expect(
        cluster.get_by_text(re.compile(r"^Level 2 with 1 branch cut otherwise: \d+ clusters$"))
    ).to_be_visible()
    tool(cluster, "Split deeper").click()
    expect(lines(cluster)).to_have_count(2)
    steps.settled(cluster)
    for _ in range(2):  # without a pause: both count
        cluster.keyboard.press("Control+z")
    expect(lines(cluster)).to_have_count(0)
    expect(cluster).not_to_have_url(MIXED)
    cluster.keyboard.press("Control+Shift+Z")
    expect(lines(cluster)).to_have_count(1)
    cluster.reload()
    expect(lines(cluster)).to_have_count(1)
    lines(cluster).first.get_by_role("button", name=re.compile("^Take out")).click()
    expect(lines(cluster)).to_have_count(0)
    expect(tool(cluster, "Split deeper")).to_be_visible()
    steps.no_failure(cluster)


def test_a_recipe_is_kept_opened_elsewhere_and_comes_back_from_its_file(
    cluster: Page, server: Server, tmp_path: Path
):
    name = 'My "<b>cut</b>"'
    tool(cluster, "Merge higher").click()
    expect(cluster).to_have_url(MIXED)
    mixed = re.search(r"mixed=([\d._]+)", cluster.url)
    assert mixed
    cluster.get_by_role("button", name="Save as recipe…").click()
    cluster.get_by_label("Name", exact=True).fill(name)
    cluster.keyboard.press("Enter")
    expect(cluster.get_by_role("button", name="Recipes (1)")).to_be_visible()
    steps.settled(cluster)
    cluster.get_by_role("button", name="Recipes (1)").click()
    dialog = cluster.get_by_role("dialog")
    expect(dialog.get_by_role("link", name=name)).to_have_attribute("href", re.compile(r"&recipe=\w+$"))
    with cluster.expect_download() as waiting:
        dialog.locator("[class*=st-key-take-] button").first.click()
    waiting.value.save_as(tmp_path / "recipe.json")
    assert json.loads((tmp_path / "recipe.json").read_text())["name"] == name
    (kept,) = recipes.saved(server.store, "demo-shapes")

    cluster.goto(f"/?dataset=demo-shapes&recipe={kept.id}")
    expect(cluster).to_have_url(re.compile(f"mixed={re.escape(mixed[1])}"))
    steps.settled(cluster)
    cluster.get_by_role("button", name="Recipes (1)").click()
    dialog.locator("[class*=st-key-delete-] button").first.click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_text("No cut of this run is saved yet")).to_be_visible()
    dialog.locator("input[type=file]").set_input_files(tmp_path / "recipe.json")
    expect(dialog.get_by_role("link", name=name)).to_be_visible()
    (again,) = recipes.saved(server.store, "demo-shapes")
    assert again.cut == kept.cut
    recipes.delete(server.store, "demo-shapes", again, who="local")
    steps.no_failure(cluster)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("mixed=999999.1", "a cut's image must be a row from 0 to"),
        ("mixed=<img src=x onerror=alert(1)>", "changes of a cut look like 17.2_5.4"),
        ("recipe=gone", "There is no recipe 'gone' of this run"),
    ],
)
def test_a_link_to_a_cut_that_is_not_there_says_so(page: Page, link: str, told: str):
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"/?dataset=demo-shapes&{link}")
    expect(page.get_by_test_id("stAlert").filter(has_text=told)).to_be_visible(timeout=steps.SLOW)
    steps.no_failure(page)
    assert alerts == []
