"""An opened cluster and the changes of a level, as a visitor uses them on the demo set."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps

LEVEL = 2


@pytest.fixture
def explorer(page: Page) -> Page:
    page.goto(f"/?dataset=demo-shapes&level={LEVEL}")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    return page


def pairs(page: Page, label: str) -> Locator:
    return page.get_by_role("group", name=re.compile(label)).locator(".pair")


def probabilities(found: Locator) -> list[float]:
    return [float(text.split()[-1]) for text in found.locator(".value").all_inner_texts()]


def test_why_is_this_image_in_this_cluster_takes_two_clicks(explorer: Page):
    steps.cards(explorer).first.click()
    explorer.locator(".grid.tiles .card:not(.chosen)").last.click()
    dialog = explorer.get_by_role("dialog")
    expect(dialog.get_by_text("Why is it in this cluster?")).to_be_visible()
    chain = dialog.locator(".pairs.chain .pair")
    expect(chain.first.locator("button.end")).to_have_count(2)
    expect(chain.first.locator(".value")).to_have_text(re.compile(r"^link [01]\.\d\d$"))
    expect(chain.first.locator(".figure").first).to_have_attribute("title", re.compile("Cosine similarity"))
    chain.last.locator("button.end").last.click()
    expect(dialog.get_by_text("It is the peak")).to_be_visible()
    steps.no_failure(explorer)


def test_the_parts_of_a_cluster_stand_in_the_link(explorer: Page):
    steps.cards(explorer).first.click()
    expect(explorer.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    steps.switch_to(explorer, "Most doubtful first")
    expect(explorer).to_have_url(re.compile("members=doubt"))
    expect(explorer.locator(".grid.tiles .card .note").first).to_have_text(re.compile(r"^link \d"))

    steps.switch_to(explorer, "Why")
    links = pairs(explorer, "weakest first$")
    expect(links).to_have_count(12)
    expect(explorer.get_by_text("Held together by")).to_be_visible()
    assert probabilities(links) == sorted(probabilities(links))
    links.first.locator("button.end").first.focus()
    explorer.keyboard.press("ArrowRight")
    expect(links.first.locator("button.end").last).to_be_focused()
    steps.expect_level(explorer, LEVEL)
    weakest = probabilities(links)[-1]
    explorer.get_by_role("button", name="Page 2").click()
    expect(explorer).to_have_url(re.compile("sheet=2"))
    expect(explorer.get_by_role("group", name=re.compile("^Links 13 to"))).to_be_visible()
    assert probabilities(links)[0] >= weakest

    steps.switch_to(explorer, "Nearest")
    near = pairs(explorer, "^Nearest clusters$")
    expect(near).to_have_count(8)
    expect(explorer).not_to_have_url(re.compile("sheet="))
    before = explorer.url
    near.first.locator("button.end").click()
    expect(explorer).not_to_have_url(before)
    expect(explorer).to_have_url(re.compile("part=nearest"))
    steps.no_failure(explorer)


def test_which_two_are_most_likely_the_same_takes_two_clicks(explorer: Page):
    steps.switch_to(explorer, "Changes")
    joined = pairs(explorer, "^Pairs 1 to")
    expect(joined).to_have_count(12)
    assert probabilities(joined) == sorted(probabilities(joined))
    steps.switch_to(explorer, f"Next, at level {LEVEL + 1}")
    expect(explorer.get_by_text("would be joined next")).to_be_visible()
    steps.settled(explorer)
    assert probabilities(joined) == sorted(probabilities(joined), reverse=True)
    size = joined.first.locator(".end .title").first.inner_text()
    joined.first.locator("button.end").first.click()
    expect(explorer.get_by_role("heading", name=f"Cluster of {size}")).to_be_visible()
    steps.expect_level(explorer, LEVEL)
    steps.switch_to(explorer, "Made of")
    expect(explorer.get_by_text(f"Part of · level {LEVEL + 1}")).to_be_visible()
    steps.no_failure(explorer)
