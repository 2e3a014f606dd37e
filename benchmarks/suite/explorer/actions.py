"""What is timed, each from the input to the frame that shows it: a table of actions.

An action is a function of a visit and a number of repeats that gives milliseconds; NotThereError where the page has
nothing to do it with.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from suite.explorer import branches, maps
from suite.explorer.shown import MAP, cluster_of, gallery_at
from suite.explorer.visit import NotThereError, Visit


@dataclass(frozen=True)
class Action:
    """name : for --actions; what : in words; asked : ms of the median at 100,000 images, None where none is asked."""

    name: str
    what: str
    asked: float | None
    time: Callable[[Visit, int], list[float]]


def open_explorer(at: Visit, repeats: int) -> list[float]:
    level = at.hierarchy.natural_level
    return [at.opened(gallery_at(level), level=level) for _ in range(repeats)]


def step_level(at: Visit, repeats: int) -> list[float]:
    """By the arrow keys, from the natural level down to level 1, up to the last and so on."""
    h, level, way, found = at.hierarchy, at.hierarchy.natural_level, -1, []
    at.go(gallery_at(level), level=level)
    for _ in range(repeats):
        if not 1 <= level + way <= h.n_levels:
            way = -way
        level += way
        key = "ArrowRight" if way > 0 else "ArrowLeft"
        found.append(at.timed("keydown", gallery_at(level), lambda key=key: at.page.keyboard.press(key)))
        at.settle()
    return found


def open_cluster(at: Visit, repeats: int) -> list[float]:
    """A card of the first page of the natural level's gallery; its map is waited for untimed, then back."""
    level, found = at.hierarchy.natural_level, []
    at.go(gallery_at(level), level=level)
    cards = at.page.locator(".grid.cards .card[data-id]")
    for number in range(repeats):
        card = cards.nth(number % cards.count())
        peak = int(card.get_attribute("data-id") or -1)
        found.append(at.timed("pointerdown", cluster_of(peak), card.click))
        at.page.wait_for_function(MAP)
        at.settle()
        at.page.keyboard.press("Escape")
        at.page.wait_for_function(gallery_at(level))
        at.settle()
    return found


def page_gallery(at: Visit, repeats: int) -> list[float]:
    level, found = 1, []
    at.go(gallery_at(level), level=level)
    onward = at.page.get_by_test_id("stPaginationNext").first
    for number in range(2, repeats + 2):
        found.append(at.timed("pointerdown", gallery_at(level, number), onward.click))
        at.settle()
    return found


def recut(at: Visit, repeats: int) -> list[float]:
    """The slider of link probability is pressed at places drawn at random, low and high in turn: mostly new cuts."""
    at.go("stopwatch.gallery()", level=at.hierarchy.natural_level, links=0.5)
    slider = at.page.locator(".links input[type=range]")
    if not slider.count():
        raise NotThereError("no slider of the least link probability")
    slider.scroll_into_view_if_needed()
    box, found = slider.bounding_box(), []
    assert box is not None
    for number, drawn in enumerate(at.rng.uniform(0, 0.25, repeats).tolist()):
        share = drawn + (0.4 if number % 2 else 0.7)
        x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
        before = at.page.evaluate("stopwatch.gallery()")
        shown = (
            f"stopwatch.gallery() && stopwatch.gallery() !== {json.dumps(before)}"
            " && stopwatch.loaded(stopwatch.group('Clusters'))"
        )
        found.append(at.timed("pointerup", shown, lambda x=x, y=y: at.page.mouse.click(x, y)))
        at.settle()
    return found


ACTIONS = (
    Action("open", "open the explorer", None, open_explorer),
    Action("step", "step a level", 400, step_level),
    Action("cluster", "open a cluster, without its first-time UMAP", 600, open_cluster),
    Action("page", "page the gallery", 250, page_gallery),
    Action("hover", "hover to thumbnail on a cluster's map", 150, maps.hover),
    Action("layout", "lay out all images, the first time", None, maps.layout),
    Action("dots", "hover to thumbnail on the map of all images", 150, maps.hover_dots),
    Action("recut", "re-cut by links", 400, recut),
    Action("branch", "focus a branch of the tree", None, branches.focus),
    Action("lasso", "lasso 1,000 points", None, maps.lasso),
)
