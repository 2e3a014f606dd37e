"""What a visitor does, in the words of the tests."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SLOW = 120_000  # ms: an import or a clustering on two busy cores

CURVES = ".js-plotly-plot .scatterlayer .trace path.js-line"

# Pixels of the canvas that are not empty; > 0 means that something is drawn.
INK = """canvas => {
  const g = canvas.getContext('2d'), d = g.getImageData(0, 0, canvas.width, canvas.height).data;
  let ink = 0;
  for (let i = 3; i < d.length; i += 4) ink += d[i] > 0;
  return ink;
}"""


def settled(page: Page) -> None:
    """Wait until the page has stopped drawing. Only after something that this drawing shows has been seen:

    right after a press the page may not have begun.
    """
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def no_failure(page: Page) -> None:
    """No traceback, no red box, nothing wrong on our side."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Something went wrong on our side")).to_have_count(0)


def upload(page: Page, *, embeddings: Path, images: Path, labels: Path) -> None:
    """Give the three files without waiting for the page in between; all three must arrive."""
    files = {"Embeddings": embeddings, "Images (archive)": images, "Labels (optional)": labels}
    for label, path in files.items():
        uploader(page, label).locator("input[type=file]").set_input_files(path)
    for label in files:
        expect(uploader(page, label).get_by_test_id("stFileChip")).to_be_visible()


def uploader(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stFileUploader").filter(has_text=label)


def metric(page: Page, name: str) -> Locator:
    """The number shown under that name in the upload report."""
    return page.get_by_test_id("stMetric").filter(has_text=name).get_by_test_id("stMetricValue")


def cards(page: Page) -> Locator:
    return page.locator(".grid.cards button.card")


def level(page: Page) -> int:
    """The level that the explorer shows."""
    title = page.get_by_role("heading", name=re.compile(r"^Level \d+ of \d+$"))
    return int(title.inner_text().split()[1])


def expect_level(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^Level {number} of \d+$"))).to_be_visible()
    expect(page).to_have_url(re.compile(rf"[?&]level={number}(&|$)"))


def expect_gallery(page: Page, number: int) -> None:
    """The level and its clusters: the title is drawn first, with cards of the level before under it."""
    expect_level(page, number)
    expect(page.get_by_role("group", name=re.compile(f"^Clusters at level {number}, page"))).to_be_visible()


def switch_to(page: Page, name: str) -> None:
    """Press one of the choices of a switch: a view, a part of a cluster, an order."""
    choice = page.get_by_role("radio", name=name, exact=True)
    choice.or_(page.get_by_role("button", name=name, exact=True)).click()


def fill(page: Page, label: str, value: str) -> None:
    """Type into a field and leave it."""
    box = page.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Tab")


def train(page: Page, epochs: int) -> None:
    """Start a training on the Train page with the data set chosen there."""
    fill(page, "Epochs", str(epochs))
    page.get_by_role("button", name=re.compile("Train on")).click()


def download(page: Page, folder: Path) -> list[dict[str, str]]:
    """Press the download button; the rows of the CSV file."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("^Download ")).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
