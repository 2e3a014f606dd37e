"""What is timed, each from the input to the frame that shows it: a table of actions.

An action is a function of a visit and a number of repeats that gives milliseconds; NotThereError where the page has
nothing to do it with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from suite.explorer.visit import NotThereError, Visit

Timed = Callable[[Visit, int], list[float]]


@dataclass(frozen=True)
class Action:
    """name : for --actions; what : in words; asked : ms of the median at 100,000 images, None where none is asked."""

    name: str
    what: str
    asked: float | None
    time: Timed


def gallery_at(level: int, page: int | None = None) -> str:
    """The gallery of a level with its pictures is on the screen."""
    start = f"Clusters at level {level}, page" + ("" if page is None else f" {page} of")
    return f"stopwatch.loaded(stopwatch.group({start!r}))"


def cluster_of(peak: int) -> str:
    """That cluster's members with their pictures are."""
    members = "stopwatch.group('Members')"
    return (
        f"stopwatch.heading(/^Cluster of /) && {members}?.querySelector('[data-id=\"{peak}\"]')"
        f" && stopwatch.loaded({members})"
    )


MAP = "stopwatch.all('.map canvas').some((it) => Number(it.dataset.drawn) > 0)"


def open_explorer(at: Visit, repeats: int) -> list[float]:
    level = at.hierarchy.natural_level
    return [at.opened(gallery_at(level), level=level) for _ in range(repeats)]


def step_level(at: Visit, repeats: int) -> list[float]:
    """By the arrow keys from the natural level to level 1, to the last level and so on."""
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


def hover(at: Visit, repeats: int) -> list[float]:
    """From a point of a cluster's map to the next."""
    level = at.hierarchy.natural_level
    gallery_peak = _peak_of_size(at, level, 200)
    at.go(MAP, level=level, cluster=gallery_peak)
    at.page.locator(".map canvas").first.scroll_into_view_if_needed()
    at.page.wait_for_timeout(300)  # it may scroll smoothly
    places = at.page.evaluate(
        """() => {
          const canvas = stopwatch.all('.map canvas')[0], map = stopwatch.all('.map')[0].pointMap;
          const box = canvas.getBoundingClientRect();
          const places = [...map.x.keys()].map((i) => { const [x, y] = map.at(i); return [box.left + x, box.top + y]; });
          return places.filter(([x, y]) => document.elementFromPoint(x, y)?.shadowRoot);
        }"""
    )
    shown = "(() => { const tip = stopwatch.all('.map .tip')[0]; return tip.style.display === 'block' && TEST; })()"
    found, before = [], ""
    for number in at.rng.permutation(len(places))[:repeats].tolist():
        x, y = places[number]
        at.page.mouse.move(4, 4)
        at.page.wait_for_timeout(50)
        test = shown.replace("TEST", "stopwatch.loaded(tip) && tip.querySelector('img')?.naturalWidth > 0")
        found.append(at.timed("pointermove", test, lambda x=x, y=y: at.page.mouse.move(x, y)))
    return found


def recut(at: Visit, repeats: int) -> list[float]:
    raise NotThereError("no slider of link probability")


def focus_branch(at: Visit, repeats: int) -> list[float]:
    raise NotThereError("no tree")


def lasso(at: Visit, repeats: int) -> list[float]:
    raise NotThereError("no lasso")


def _peak_of_size(at: Visit, level: int, size: int) -> int:
    """The peak of a level whose cluster's size is nearest to that."""
    import numpy as np

    sizes = np.bincount(at.hierarchy.peak_of(level), minlength=at.hierarchy.n)
    peaks = np.flatnonzero(sizes)
    return int(peaks[np.abs(sizes[peaks] - size).argmin()])


ACTIONS = (
    Action("open", "open the explorer", None, open_explorer),
    Action("step", "step a level", 400, step_level),
    Action("cluster", "open a cluster, without its first-time UMAP", 600, open_cluster),
    Action("page", "page the gallery", 250, page_gallery),
    Action("hover", "hover to thumbnail", 150, hover),
    Action("recut", "re-cut", 400, recut),
    Action("branch", "focus a branch", None, focus_branch),
    Action("lasso", "lasso 1,000 points", None, lasso),
)
