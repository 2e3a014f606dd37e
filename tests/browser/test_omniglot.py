"""The explorer's twelve parts on handwriting: 7,140 images of 357 characters, where ../shared has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hilander.config import ClusterConfig
from hilander.services.clustering import cluster_dataset
from hilander.services.datasets import import_dataset, inspect_upload
from tests.browser import steps
from tests.browser.conftest import Server

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PREFIX = DATA / "omniglot_dev"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the data sets of ../shared, which are not here"
)
N, CHARACTERS = 7_140, 357


@pytest.fixture(scope="module")
def link(server: Server) -> str:
    """A link to the run at its natural level."""
    files = (PREFIX.with_name(f"omniglot_dev_{it}") for it in ("embeddings.npy", "images.zip", "labels.csv"))
    dataset = import_dataset(server.workspace, server.store, inspect_upload(*files), "Omniglot")
    cluster_dataset(server.workspace, server.store, dataset, ClusterConfig(), run_id="omniglot")
    return f"/?dataset={dataset}&run=omniglot"


@pytest.fixture
def explorer(page: Page, link: str) -> Page:
    page.goto(f"{link}&level=natural")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    return page


@pytest.fixture
def cluster(explorer: Page) -> Page:
    steps.cards(explorer).first.click()
    expect(explorer.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    return explorer


def clusters(page: Page) -> int:
    """As the heading counts them."""
    text = page.get_by_role("heading", name=re.compile(r"^[\d,]+ clusters")).inner_text()
    return int(text.split()[0].replace(",", ""))


def test_levels_and_the_one_for_so_many_characters(explorer: Page):
    expect(explorer.get_by_text("is recommended")).to_be_visible()
    cut_off = explorer.locator(".scroll:has(tr[data-level])").evaluate(
        "it => it.scrollWidth - it.clientWidth"
    )
    assert cut_off == 0
    field = explorer.get_by_role("spinbutton", name="Clusters, about")
    field.fill(str(CHARACTERS))
    field.press("Enter")
    expect(explorer.get_by_text(f"Nearest level to {CHARACTERS} clusters")).to_be_visible()
    assert CHARACTERS / 2 < clusters(explorer) < CHARACTERS * 2
    steps.switch_to(explorer, "Compare")
    expect(explorer.locator(".beside .row").nth(1)).to_be_visible()


def test_a_cut_by_links(explorer: Page):
    explorer.get_by_role("radiogroup", name="Cut by").get_by_text("Link confidence").click()
    expect(explorer.get_by_role("heading", name="By links, not a level")).to_be_visible()
    expect(explorer).to_have_url(re.compile(r"[?&]links=0\.\d+"))


def test_the_tree_is_looked_into(explorer: Page):
    steps.switch_to(explorer, "Tree")
    explorer.locator(".boxes [data-i='1']").click()
    expect(explorer).to_have_url(re.compile(r"[?&]branch=\d+\.\d+"))
    steps.switch_to(explorer, "Gallery")
    expect(explorer.get_by_role("heading", name=re.compile(r"^[\d,]+ of [\d,]+ clusters"))).to_be_visible()


def test_the_map_of_peaks_opens_a_cluster(explorer: Page):
    shown = clusters(explorer)
    steps.switch_to(explorer, "Map")
    canvas = explorer.locator(".map canvas")
    expect(canvas).to_have_attribute("data-drawn", str(shown), timeout=steps.SLOW)
    canvas.focus()
    explorer.keyboard.press("ArrowRight")
    expect(explorer.locator(".map .tip img")).to_have_attribute("src", re.compile("^data:image/"))
    explorer.keyboard.press("Enter")
    expect(explorer.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()


def test_the_gallery_by_doubt_and_its_keys(explorer: Page):
    explorer.goto(f"{explorer.url}&sort=least-sure&only=many")
    expect(explorer.get_by_role("heading", name=re.compile("least sure first$"))).to_be_visible()
    expect(explorer.locator(".keys[data-page='1']")).to_be_attached()
    explorer.keyboard.press("n")
    expect(explorer.get_by_role("group", name=re.compile(", page 2 of"))).to_be_visible()
    explorer.keyboard.press("?")
    expect(explorer.get_by_role("dialog").get_by_text("one level coarser, one finer")).to_be_visible()


def test_why_a_cluster_holds_together_and_what_is_near(cluster: Page):
    steps.switch_to(cluster, "Why")
    expect(cluster.get_by_text("Held together by")).to_be_visible()
    expect(cluster.locator(".pairs .pair").first).to_be_visible()
    steps.switch_to(cluster, "Nearest")
    expect(cluster.get_by_text("Should these be one?")).to_be_visible()
    expect(cluster.locator(".pairs .pair").first).to_be_visible()


def test_the_clusters_own_map(cluster: Page):
    expect(cluster.locator(".map .legend")).to_contain_text("dashed: 8 nearest peaks", timeout=steps.SLOW)


def test_what_would_be_joined_next(explorer: Page):
    steps.switch_to(explorer, "Changes")
    explorer.get_by_text(re.compile("^Next, at level")).click()
    expect(explorer.get_by_text("would be joined next")).to_be_visible()
    expect(explorer.locator(".pairs .pair").first).to_be_visible()


def test_the_audit_leads_to_a_mixed_cluster(explorer: Page):
    steps.switch_to(explorer, "Audit")
    expect(explorer.get_by_text(f"{N:,} of {N:,} images have a label")).to_be_visible()
    explorer.get_by_text(re.compile(r"^Mixed clusters \(")).click()
    expect(
        explorer.get_by_text("impurity").first
    ).to_be_visible()  # until then the cards are of the other list
    explorer.locator(".groups .group button.card").first.click()
    expect(explorer.get_by_text("most common identity")).to_be_visible()


def test_a_branch_is_split_and_put_back(cluster: Page):
    cluster.locator(".st-key-branch-tools").get_by_role("button", name="Split deeper").click()
    expect(cluster).to_have_url(re.compile(r"[?&]mixed=\d+\.\d+"))
    cluster.locator(".st-key-branch-tools").get_by_role("button", name=re.compile("^Back to level")).click()
    expect(cluster.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()


def test_an_image_is_found_by_its_name(explorer: Page):
    name = explorer.locator(".grid.cards .note").first.inner_text().split(" · ")[-1]
    explorer.get_by_label("Search", exact=True).fill(name)
    explorer.keyboard.press("Enter")
    explorer.locator(".grid[aria-label='Images found'] button.card").first.click()
    expect(explorer.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()


def test_the_labels_are_taken_away_by_a_first_visitor(explorer: Page, tmp_path: Path):
    expect(explorer.get_by_role("button", name="Got it")).to_be_visible()
    shown = clusters(explorer)
    rows = steps.download(explorer, tmp_path)
    assert len(rows) == N
    assert len({row["cluster"] for row in rows}) == shown
    steps.no_failure(explorer)
