"""The audit, the forms in which a cut is taken away, and the link: on the demo set, in the browser."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import steps


@pytest.fixture
def audit(page: Page) -> Page:
    page.goto("/?dataset=demo-shapes&level=2&view=audit")
    expect(groups(page).first).to_be_visible(timeout=steps.SLOW)
    steps.settled(page)
    return page


def groups(page: Page) -> Locator:
    return page.locator(".groups .group")


def choose(page: Page, form: str) -> Locator:
    """The panel with that form chosen. The list closes when the page scrolls: press again then."""
    panel, option = page.locator(".st-key-export"), page.get_by_role("option", name=form)
    panel.get_by_role("button", name="Share").scroll_into_view_if_needed()
    for _ in range(10):
        panel.get_by_role("combobox").press("ArrowDown")
        page.wait_for_timeout(400)
        if option.is_visible():
            break
    option.click()
    return panel


def test_a_mixed_cluster_opens_with_its_other_identities_first(audit: Page):
    audit.get_by_text(re.compile(r"^Mixed clusters \(")).click()
    first = groups(audit).filter(has_text="impurity").first
    first.locator("button.card").first.focus()
    name = first.locator(".card .title").nth(1)
    audit.keyboard.press("ArrowRight")
    expect(first.locator("button.card").nth(1)).to_be_focused()
    steps.expect_level(audit, 2)  # the arrow moved inside the list, not to another level
    assert name.inner_text()
    audit.keyboard.press("Enter")
    expect(audit.get_by_text("most common identity")).to_be_visible()
    expect(
        audit.get_by_role("group", name="Images of another identity").locator("button.card").first
    ).to_be_visible()
    audit.get_by_role("button", name=re.compile("All clusters")).click()
    expect(audit).to_have_url(re.compile("audit=mixed"))
    expect(groups(audit).first).to_be_visible()
    steps.no_failure(audit)


def test_the_levels_of_the_audit_lead_to_their_level(audit: Page):
    audit.get_by_text("Each level", exact=True).click()
    audit.locator(".st-key-audit-levels, [class*='audit-levels']").locator("tr[data-level='1']").click()
    steps.expect_level(audit, 1)
    expect(groups(audit).first).to_contain_text("outside the largest part")


def test_a_zip_of_thumbnails_and_one_of_originals(
    audit: Page, tmp_path: Path, clusters: Callable[[int], int]
):
    panel = choose(audit, "Images in folders")
    with audit.expect_download() as waiting:
        panel.get_by_role("button", name="Download the zip").click()
    waiting.value.save_as(tmp_path / "thumbs.zip")
    panel.get_by_text("Originals", exact=True).click()
    panel.get_by_role("button", name="Prepare the zip").click()
    with audit.expect_download(timeout=steps.SLOW) as waiting:
        panel.get_by_role("button", name=re.compile("Download the zip .*MB")).click(timeout=steps.SLOW)
    waiting.value.save_as(tmp_path / "originals.zip")
    for name in ("thumbs", "originals"):
        inside = zipfile.ZipFile(tmp_path / f"{name}.zip").namelist()
        assert len(inside) == 1592 + 2
        assert len({path.split("/")[0] for path in inside if "/" in path}) == clusters(2)


def test_the_report_opens_from_disk(
    audit: Page, clusters: Callable[[int], int], browser: Browser, tmp_path: Path
):
    panel = choose(audit, "Report")
    with audit.expect_download() as waiting:
        panel.get_by_role("button", name=re.compile(f"Download {clusters(2)} clusters as HTML")).click()
    waiting.value.save_as(tmp_path / "report.html")
    context = browser.new_context()
    report, wrong = context.new_page(), []
    report.on("pageerror", lambda error: wrong.append(str(error)))
    report.on("console", lambda message: wrong.append(message.text))
    report.goto((tmp_path / "report.html").as_uri())
    expect(report.locator("article")).to_have_count(clusters(2))
    report.get_by_label("Find").fill("waffle")
    expect(report.locator("article:not([hidden])").first).to_contain_text("Waffle")
    assert report.locator("article:not([hidden])").count() < clusters(2)
    assert report.locator("img.peak").first.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    assert wrong == []
    context.close()


def test_the_shared_link_opens_the_same_view(audit: Page, browser: Browser):
    audit.get_by_role("button", name="Share").click()
    link = audit.get_by_test_id("stCode").filter(has_text="dataset=").inner_text().strip()
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    expect(groups(other).first).to_be_visible(timeout=steps.SLOW)
    steps.expect_level(other, 2)
    context.close()
