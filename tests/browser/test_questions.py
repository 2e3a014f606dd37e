"""Answering questions in the browser: keys, undo, a reload, and the way to the level."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import steps


def asked(page: Page, number: int) -> Locator:
    """The dialog, once it shows question `number` (from 0, skipped ones counted)."""
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(f'.question[data-place="{number}"]:not(.waiting)')).to_be_visible(
        timeout=steps.SLOW
    )
    return dialog


def test_questions_are_answered_with_keys_and_survive_a_reload(page: Page):
    page.goto("/?dataset=demo-shapes&level=1")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    page.get_by_role("button", name="Answer 20 questions").click()
    dialog = asked(page, 0)
    expect(dialog.locator("figure img")).to_have_count(2)
    expect(dialog.locator("figure img").first).to_have_attribute("src", re.compile("^data:image/"))
    shown = dialog.locator("figcaption").all_inner_texts()
    page.keyboard.press("d")
    assert asked(page, 1).locator("figcaption").all_inner_texts() != shown
    expect(dialog.get_by_text("Question 2 of 20")).to_be_visible()
    page.keyboard.press("Space")
    asked(page, 2)
    expect(dialog.get_by_text("Question 2 of 20")).to_be_visible()  # skipping is no answer
    page.keyboard.press("u")
    asked(page, 1)
    dialog.get_by_role("button", name="Same").click()
    asked(page, 2)

    page.reload()
    expect(page.get_by_text(re.compile(r"^2 answers: level \d+"))).to_be_visible(timeout=steps.SLOW)
    page.get_by_role("button", name="Answer 20 questions").click()
    way = asked(page, 2).get_by_role("button", name=re.compile(r"^Go to level \d+"))
    level = int(way.inner_text().split()[-1])
    way.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    steps.expect_level(page, level)
    steps.no_failure(page)
