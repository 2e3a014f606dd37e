"""Files given one right after the other, while the page is still busy with the first: none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocket, expect

from hilander.config import ASSETS
from hilander.services.store import DEMO_MADE, open_store
from hilander.services.workspace import Workspace
from tests.browser import steps
from tests.browser.conftest import PATIENCE, WIDE, Server, started

SHAPES = ASSETS / "demo" / "shapes"
ENDS = {"embeddings": ".npy", "images": ".zip", "labels": ".csv"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("busy-home")
    open_store(Workspace(home)).set_fact(DEMO_MADE, "none")  # nothing else to be busy with
    with started(home, Path(__file__).parent / "busy_server.py") as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, busy: Server) -> Iterator[tuple[Page, WebSocket]]:
    """The Data page, at rest, and its connection."""
    context = browser.new_context(viewport=WIDE, base_url=busy.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    with page.expect_websocket() as connected:
        page.goto("/data")
    expect(page.get_by_test_id("stFileUploader")).to_have_count(3)
    steps.settled(page)
    yield page, connected.value
    context.close()


def test_a_file_given_at_the_moment_when_another_has_arrived_is_not_lost(
    visitor: tuple[Page, WebSocket],
):
    """The server's answer to the second file waits to be sent when the first one makes the page run."""
    page, connection = visitor
    held: list[Route] = []
    page.route("**/upload_file/**", lambda route: route.continue_() if held else held.append(route))

    first, second = (steps.uploader(page, label) for label in ("Embeddings", "Images (archive)"))
    first.locator("input[type=file]").set_input_files(SHAPES.with_name("shapes_embeddings.npy"))
    expect(first.get_by_test_id("stFileChip")).to_be_visible()
    with connection.expect_event("framesent"):
        second.locator("input[type=file]").set_input_files(SHAPES.with_name("shapes_images.zip"))
    held[0].continue_()

    expect(second.get_by_test_id("stFileChip")).to_be_visible()
    for figure in ("Rows", "Images", "Matched"):
        expect(steps.metric(page, figure)).to_have_text("1,592")
    steps.no_failure(page)


def test_while_the_images_are_still_on_their_way_the_button_says_that_it_would_leave_them_out(
    visitor: tuple[Page, WebSocket],
):
    page, _ = visitor
    steps.uploader(page, "Embeddings").locator("input[type=file]").set_input_files(
        SHAPES.with_name("shapes_embeddings.npy")
    )
    expect(steps.metric(page, "Rows")).to_have_text("1,592")

    held: list[Route] = []
    page.route("**/upload_file/**", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/upload_file/**"):
        steps.uploader(page, "Images (archive)").locator("input[type=file]").set_input_files(
            SHAPES.with_name("shapes_images.zip")
        )
    expect(page.get_by_role("button", name="Import without images")).to_be_enabled()
    held[0].continue_()

    expect(steps.metric(page, "Images")).to_have_text("1,592")
    expect(page.get_by_role("button", name="Import without images")).to_have_count(0)
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    steps.no_failure(page)


def test_three_files_in_quick_succession_all_arrive(visitor: tuple[Page, WebSocket]):
    page, _ = visitor
    files = {part: SHAPES.with_name(f"shapes_{part}{end}") for part, end in ENDS.items()}
    steps.upload(page, **files)
    for figure in ("Rows", "Images", "Matched", "Labels"):
        expect(steps.metric(page, figure)).to_have_text("1,592")
    steps.no_failure(page)
