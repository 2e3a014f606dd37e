"""Screenshots of every page at both widths and in both themes, and what one can check of them by machine.

They go to a temporary folder, or where HILANDER_SCREENSHOTS says: `make screenshots` writes assets/screenshots.
A visitor of each theme goes through the pages once and looks at each in both widths.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hilander.config import ASSETS
from tests.browser import steps
from tests.browser.conftest import PATIENCE, Server

SIZES = {1280: 800, 1920: 1080}
MOST_BYTES = 400_000
READMES = "explore-1280-light.png"  # in full colour where that is small enough
LEVEL = 1
EQUAL, PAUSE, MOST_LOOKS = 3, 50, 100  # pictures in a row, ms between two, and how many are waited for
MADE_TO_KEEP = "HILANDER_SCREENSHOTS" in os.environ
EPOCHS = 20 if MADE_TO_KEEP else 4  # a curve to look at, or any
VIEWS = {  # picture: link, and what is there when it is drawn
    "tree": ("view=tree", ".tree .boxes > *"),
    "audit": ("view=audit", ".groups button"),
    "compare": ("view=compare", ".beside button"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wanted = os.environ.get("HILANDER_SCREENSHOTS")
    path = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def visitor(theme: str, browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(color_scheme=theme, base_url=server.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    _widen(page, min(SIZES))
    page.goto(f"/?dataset=demo-shapes&level={LEVEL}")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    yield page
    context.close()


def _widen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})


def _keep(page: Page, folder: Path, name: str, theme: str) -> None:
    """Save the window as pictures, one a width; the page must fit into each."""
    steps.settled(page)
    steps.no_failure(page)
    page.mouse.move(0, 0)  # nothing looks pressed or pointed at
    for width in SIZES:
        _widen(page, width)
        taken = _still(page)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        _save(taken, folder / f"{name}-{width}-{theme}.png")
    _widen(page, min(SIZES))


def _still(page: Page) -> bytes:
    """The window once nothing in it moves any more."""
    taken, equal = page.screenshot(animations="disabled"), 1
    for _ in range(MOST_LOOKS):
        page.wait_for_timeout(PAUSE)
        now = page.screenshot(animations="disabled")
        taken, equal = now, equal + 1 if now == taken else 1
        if equal == EQUAL:
            return taken
    raise AssertionError(f"{page.url} does not come to rest")


def _save(taken: bytes, path: Path) -> None:
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    if path.name == READMES:
        picture.save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES


def test_every_page_in_every_size_and_theme(visitor: Page, folder: Path, theme: str):
    for pages in (_explorer, _data_and_upload, _cluster_and_train):
        pages(visitor, folder, theme)


def _explorer(visitor: Page, folder: Path, theme: str) -> None:
    _keep(visitor, folder, "explore", theme)

    visitor.keyboard.press("ArrowRight")
    steps.expect_gallery(visitor, LEVEL + 1)
    steps.cards(visitor).first.click()
    expect(visitor.locator(".map canvas")).to_have_attribute(
        "data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW
    )
    _keep(visitor, folder, "cluster-opened", theme)

    visitor.goto(f"/?dataset=demo-shapes&level={LEVEL}&view=map")
    expect(visitor.locator(".map canvas")).to_have_attribute(
        "data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW
    )
    _keep(visitor, folder, "map-of-peaks", theme)

    for name, (link, shown) in VIEWS.items():
        visitor.goto(f"/?dataset=demo-shapes&level={LEVEL + 1}&{link}")
        expect(visitor.locator(shown).first).to_be_visible(timeout=steps.SLOW)
        _keep(visitor, folder, name, theme)


def _data_and_upload(visitor: Page, folder: Path, theme: str) -> None:
    visitor.goto("/data")
    expect(visitor.locator("[class*=st-key-dataset-demo] .card").first).to_be_visible()
    _keep(visitor, folder, "data", theme)

    shapes = {
        "embeddings": "shapes_embeddings.npy",
        "images": "shapes_images.zip",
        "labels": "shapes_labels.csv",
    }
    steps.upload(visitor, **{part: ASSETS / "demo" / name for part, name in shapes.items()})
    expect(visitor.locator(".st-key-upload-report .card img")).to_have_count(12)
    _keep(visitor, folder, "upload", theme)


def _cluster_and_train(visitor: Page, folder: Path, theme: str) -> None:
    visitor.goto("/cluster?dataset=demo-shapes")
    expect(visitor.get_by_role("button", name=re.compile("^Cluster [0-9,]+ images"))).to_be_visible()
    _keep(visitor, folder, "cluster", theme)

    visitor.goto("/train?dataset=demo-shapes")
    trained = visitor.locator(".st-key-trained")
    expect(visitor.get_by_role("button", name=re.compile("Train on"))).to_be_visible()
    steps.settled(visitor)
    if trained.count() == 0:  # the first of these visitors trains, the other finds what came of it
        steps.train(visitor, EPOCHS)
    expect(trained.locator(steps.CURVES)).to_have_count(5, timeout=steps.SLOW)
    _keep(visitor, folder, "train", theme)
