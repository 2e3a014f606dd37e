"""The main job: upload, cluster, step, open a cluster, see its map, cut, download."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hilander.config import ASSETS
from hilander.ui.projection_panel import GHOSTS
from tests.browser import steps

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
GROCERY = pytest.param(
    SHARED / "grocery", 5421, 128, id="grocery",
    marks=pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data sets of ../shared, which are not here"),
)  # fmt: skip
SHAPES = pytest.param(ASSETS / "demo" / "shapes", None, None, id="shapes")


@pytest.mark.parametrize(("files", "n", "dim"), [GROCERY, SHAPES])
def test_from_upload_to_downloaded_labels(
    page: Page, tmp_path: Path, files: Path, n: int | None, dim: int | None
):
    labels = files.with_name(f"{files.name}_labels.csv")
    ids = [row["id"] for row in csv.DictReader(labels.open(newline="", encoding="utf-8"))]
    name = f"Uploaded {files.name}"

    _import(page, files, name, n or len(ids), dim)
    _cluster(page, name, len(ids))
    _step_levels(page)
    size = _open_the_largest(page)

    rows = steps.download(page, tmp_path)
    assert Counter(row["id"] for row in rows) == Counter(ids)
    assert len(set(ids)) == len(ids)
    sizes = Counter(row["cluster"] for row in rows)
    assert sizes["0"] == max(sizes.values()) == size
    steps.no_failure(page)


def _import(page: Page, files: Path, name: str, n: int, dim: int | None) -> None:
    page.goto("/data")
    steps.upload(
        page,
        embeddings=files.with_name(f"{files.name}_embeddings.npy"),
        images=files.with_name(f"{files.name}_images.zip"),
        labels=files.with_name(f"{files.name}_labels.csv"),
    )
    for figure in ("Rows", "Images", "Matched"):
        expect(steps.metric(page, figure)).to_have_text(f"{n:,}")
    if dim:
        expect(steps.metric(page, "Dimension")).to_have_text(str(dim))
    expect(page.locator(".st-key-upload-report .card img")).to_have_count(12)
    page.get_by_role("textbox", name="Name of the data set").fill(name)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Import").click()
    if files.name == "shapes":  # the demo data set "Little creatures" has the same content
        page.get_by_role("button", name="Import anyway").click(timeout=steps.SLOW)


def _cluster(page: Page, name: str, n: int) -> None:
    entry = page.locator("[class*=st-key-dataset-]").filter(has_text=name)
    entry.get_by_role("button", name="Cluster").click(timeout=steps.SLOW)
    page.get_by_role(
        "button", name=re.compile(f"^play_arrow Cluster {n:,} images|Cluster {n:,} images")
    ).click()
    expect(page.get_by_text("Clustered:")).to_be_visible(timeout=steps.SLOW)
    expect(page.locator(".st-key-finished table tbody tr")).not_to_have_count(0)
    page.locator(".st-key-finished").get_by_role("button", name="Explore").click()


def _step_levels(page: Page) -> None:
    natural = steps.level(page)
    page.get_by_role("button", name=re.compile("^Finer")).click()
    steps.expect_level(page, natural - 1)
    page.keyboard.press("ArrowRight")
    steps.expect_level(page, natural)
    page.locator("tr[data-level='1']").click()
    steps.expect_gallery(page, 1)


def _open_the_largest(page: Page) -> int:
    """The largest cluster of level 1, whose map draws it; its images."""
    size = int(re.sub(r"\D", "", steps.cards(page).first.locator(".title").inner_text()))
    steps.cards(page).first.click()
    expect(page.get_by_role("heading", name=f"Cluster of {size:,} images")).to_be_visible()
    expect(page.locator(".grid.tiles .card .tag", has_text="peak")).to_have_count(1)
    canvas = page.locator(".map canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile(rf"of {size} images"), timeout=steps.SLOW)
    expect(canvas).to_have_attribute("data-drawn", str(size + GHOSTS))
    assert canvas.evaluate(steps.INK) > 10 * size
    return size
