"""Gallery and search in the browser: sort, filter, find, and all of it with the keyboard alone."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from hilander.config import ASSETS
from hilander.services.datasets import import_dataset, inspect_upload
from tests.browser import steps
from tests.browser.conftest import Server
from tests.ui.conftest import forest, keep_run

START = "/?dataset=demo-shapes&level=1"
MEAN = ["<img src=x onerror='window.hurt=1'>", "\u202egnp.drawkcab", 'it\'s "quoted" *bold*', "x" * 300]


@pytest.fixture
def gallery(page: Page) -> Page:
    page.goto(START)
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    steps.settled(page)
    return page


def figures(page: Page) -> list[float]:
    """The weakest links on the cards, as shown."""
    texts = page.locator(".grid.cards .figure", has_text=re.compile("^weakest")).all_inner_texts()
    return [float(text.split()[1]) for text in texts]


def test_the_least_sure_clusters_come_first_and_filters_are_cleared_at_once(gallery: Page):
    gallery.goto(f"{START}&sort=least-sure&only=mixed&size=5-")
    title = gallery.get_by_role("heading", name=re.compile(r"^\d+ of \d+ clusters, least sure first$"))
    expect(title).to_be_visible()
    expect(steps.cards(gallery).first).to_be_visible()
    assert figures(gallery) == sorted(figures(gallery))
    gallery.get_by_role("button", name="Clear filters").click()
    expect(
        gallery.get_by_role("heading", name=re.compile(r"^\d+ clusters, least sure first$"))
    ).to_be_visible()
    gallery.get_by_role("button", name="Filter").first.click()
    gallery.get_by_role("button", name="No single images").click()
    expect(gallery).to_have_url(re.compile("only=many"))
    gallery.get_by_role("spinbutton", name="Size from").fill("100000")
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_text("No cluster fits all of these filters.")).to_be_visible()
    gallery.keyboard.press("Escape")
    gallery.get_by_role("button", name=re.compile("without it")).click()
    expect(steps.cards(gallery).first).to_be_visible()
    expect(gallery).not_to_have_url(re.compile("size="))


def test_pages_and_levels_by_keys_that_are_pressed_fast(gallery: Page):
    expect(gallery.locator(".keys[data-page='1']")).to_be_attached()  # it hears keys from now on
    for _ in range(3):
        gallery.keyboard.press("n")
    gallery.keyboard.press("p")
    expect(gallery).to_have_url(re.compile("page=3"))
    expect(gallery.get_by_role("group", name=re.compile("^Clusters at level 1, page 3 of"))).to_be_visible()
    for key in ("l", "l", "Shift+L", "l"):
        gallery.keyboard.press(key)
    steps.expect_gallery(gallery, 3)
    gallery.wait_for_timeout(1000)
    steps.expect_level(gallery, 3)


def test_a_page_that_is_turned_by_itself_is_in_the_link_and_opens_a_cluster(gallery: Page):
    gallery.get_by_test_id("stPaginationNext").first.click()
    expect(gallery.get_by_role("group", name=re.compile("^Clusters at level 1, page 2 of"))).to_be_visible()
    gallery.get_by_role("button", name="Share").click()
    expect(gallery.get_by_test_id("stCode").filter(has_text="page=2")).to_be_visible()
    expect(gallery.get_by_text("view: Gallery, page 2")).to_be_visible()
    gallery.keyboard.press("Escape")
    steps.cards(gallery).first.click()
    expect(gallery.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    expect(gallery).to_have_url(re.compile("page=2"))


def test_find_open_and_close_without_a_mouse(gallery: Page):
    gallery.keyboard.press("?")
    expect(gallery.get_by_role("dialog").get_by_text("one level coarser, one finer")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(gallery.get_by_role("dialog")).to_have_count(0)
    gallery.keyboard.press("/")
    box = gallery.get_by_label("Search", exact=True)
    expect(box).to_be_focused()
    gallery.keyboard.type("Shapes_00nlp")  # letters are letters while one types
    expect(box).to_have_value("Shapes_00nlp")
    steps.expect_level(gallery, 1)
    box.fill("Shapes_0012")
    gallery.keyboard.press("Enter")
    found = gallery.locator(".grid[aria-label='Images found'] button.card")
    expect(found).to_have_count(1)
    expect(gallery).to_have_url(re.compile("search=Shapes_0012"))
    found.focus()
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    expect(gallery.locator(".grid[aria-label='Images found'] .card.chosen")).to_have_count(1)
    steps.settled(gallery)
    gallery.keyboard.press("Escape")
    expect(steps.cards(gallery).first).to_be_visible()


def test_the_focus_comes_back_to_the_card_that_was_opened(gallery: Page):
    steps.cards(gallery).nth(4).focus()
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    # a map that is ready has the page drawn once more
    expect(gallery.locator(".map canvas")).to_have_attribute(
        "data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW
    )
    steps.settled(gallery)
    gallery.keyboard.press("Escape")
    expect(steps.cards(gallery).nth(4)).to_be_focused()


def test_an_embedding_of_ones_own_finds_its_image(gallery: Page, tmp_path: Path):
    np.save(tmp_path / "own.npy", np.load(ASSETS / "demo" / "shapes_embeddings.npy")[3])
    np.save(tmp_path / "short.npy", np.ones(3))
    gallery.get_by_role("button", name="By embedding").click()
    for name, told in (("short.npy", "the file's shape is (1, 3)"), ("own.npy", "Nearest to the embedding")):
        steps.uploader(gallery, "File (.npy)").locator("input[type=file]").set_input_files(tmp_path / name)
        expect(gallery.get_by_test_id("stFileChip").filter(has_text=name)).to_be_visible()
        gallery.get_by_role("button", name="Find nearest images").click()
        expect(gallery.get_by_text(told)).to_be_visible()
    nearest = gallery.locator(".grid[aria-label='Images nearest to embedding 1'] button.card").first
    expect(nearest).to_have_attribute("data-id", "3")
    expect(nearest.locator(".figure")).to_have_text("cosine 1.00")
    nearest.click()
    expect(gallery.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()


def test_names_with_html_in_them_are_shown_as_text(page: Page, server: Server, tmp_path: Path):
    names = [f"tile_{i}" for i in range(4)] + MEAN
    np.savez(tmp_path / "odd.npz", embeddings=np.eye(8, 4) + 0.1, ids=np.array(names))
    with (tmp_path / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "label"), *zip(names, MEAN * 2, strict=True)])
    report = inspect_upload(tmp_path / "odd.npz", None, tmp_path / "odd.csv")
    dataset = import_dataset(server.workspace, server.store, report, "Odd")
    keep_run("odd-names", forest(), server.workspace, server.store, dataset)
    for name in MEAN:
        page.goto("/?run=odd-names&level=1")
        box = page.get_by_label("Search", exact=True)
        box.fill(name[:190])
        box.press("Enter")
        found = page.locator(".grid[aria-label='Images found'] .card .title")
        expect(found).to_have_text([name])
        expect(page.get_by_role("button", name=re.compile("^.*Label .*images? in"))).to_have_count(1)
        page.get_by_role("button", name="Show their clusters").first.click()
        expect(page.get_by_role("button", name="Clear filters")).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 1280
    assert page.evaluate("window.hurt") is None
    steps.no_failure(page)
    server.store.trash_dataset(dataset)
    server.store.purge("dataset", dataset)
