"""Hovering and drawing around points on the maps."""

from __future__ import annotations

import json
import re

import numpy as np

from hilander.ui.components import parts
from suite.explorer.shown import MAP, gallery_at
from suite.explorer.visit import NotThereError, Visit

COMPONENTS = parts.HERE
ALL = {"view": "map", "points": "images"}
HOVERED, LASSOED = 200, 1000  # images in the cluster hovered over; points drawn around
ASIDE = (4, 4)
# Where the points of the first map are on the screen, as far as they are in sight.
PLACES = """() => {
  const canvas = stopwatch.all('.map canvas')[0], map = stopwatch.all('.map')[0].pointMap;
  const box = canvas.getBoundingClientRect(), n = (map.points ?? map).x.length;
  const places = [...Array(n).keys()].map((i) => { const [x, y] = map.at(i); return [box.left + x, box.top + y]; });
  return places.filter(([x, y]) => document.elementFromPoint(x, y)?.shadowRoot);
}"""
TIP = """(() => {
  const tip = stopwatch.all('.map .tip')[0], image = tip.querySelector('img');
  return tip.style.display === 'block' && image?.complete && image.naturalWidth > 0;
})()"""


# What the list of selected images shows, to tell it from another one.
SELECTED = """(() => {
  const group = stopwatch.heading(/ selected/) && stopwatch.group('Selected');
  return group ? [...group.querySelectorAll('[data-id]')].map((it) => it.dataset.id).join() : '';
})()"""
# The map waits so long for the mouse to rest before it asks for the image; that counts not.
DWELL = re.search(r"DWELL = (\d+)", (COMPONENTS / "map.js").read_text(encoding="utf-8"))


def hover(at: Visit, repeats: int) -> list[float]:
    """On a cluster's map, from outside to a point."""
    level = at.hierarchy.natural_level
    at.go(MAP, level=level, cluster=peak_of_size(at, level, HOVERED))
    return _hover(at, repeats)


def layout(at: Visit, repeats: int) -> list[float]:
    """Once, whatever the number of repeats: from the link to the map of all images, which a job makes meanwhile."""
    at.go(gallery_at(at.hierarchy.natural_level), level=at.hierarchy.natural_level)
    return [at.opened(MAP, level=at.hierarchy.natural_level, **ALL)]


def hover_dots(at: Visit, repeats: int) -> list[float]:
    """On the map of all images, whose thumbnails the server has to send."""
    _all_images(at)
    return _hover(at, repeats)


def _hover(at: Visit, repeats: int) -> list[float]:
    places, dwell, found = _places(at), float(DWELL[1]) if DWELL else 0.0, []
    for number in at.rng.permutation(len(places))[:repeats].tolist():
        at.page.mouse.move(*ASIDE)
        at.page.wait_for_timeout(200)
        took = at.timed("pointermove", TIP, lambda number=number: at.page.mouse.move(*places[number]))
        found.append(max(0.0, took - dwell))
        at.settle()
    return found


def _all_images(at: Visit) -> None:
    at.go(MAP, level=at.hierarchy.natural_level, **ALL)


def lasso(at: Visit, repeats: int) -> list[float]:
    """On the map of all images, from letting go to the list of images inside."""
    _all_images(at)
    draw = at.page.locator(".map [data-mode=lasso]")
    if not draw.count():
        raise NotThereError("no lasso on the map")
    places = np.array(_places(at))
    found = []
    for number in at.rng.permutation(len(places))[:repeats].tolist():
        ring = _ring(places, places[number])
        before = at.page.evaluate(SELECTED)
        if draw.get_attribute("aria-pressed") != "true":
            draw.click()
        at.page.mouse.move(*ring[0])
        at.page.mouse.down()
        for x, y in ring[1:]:
            at.page.mouse.move(x, y)
        there = f"{SELECTED} && {SELECTED} !== {json.dumps(before)}"
        shown = f"{there} && stopwatch.loaded(stopwatch.group('Selected'))"
        found.append(at.timed("pointerup", shown, at.page.mouse.up))
        at.settle()
    return found


def _places(at: Visit) -> list[list[float]]:
    at.page.locator(".map canvas").first.scroll_into_view_if_needed()
    at.page.wait_for_timeout(300)  # it may scroll smoothly
    places: list[list[float]] = at.page.evaluate(PLACES)
    return places


def _ring(places: np.ndarray, middle: np.ndarray) -> list[tuple[float, float]]:
    """A circle around the nearest points, as many as are to be drawn around."""
    away = np.sort(np.linalg.norm(places - middle, axis=1))
    radius = float(away[min(LASSOED, len(away) - 1)]) + 0.5
    low, high = places.min(axis=0), places.max(axis=0)
    angles = np.linspace(0, 2 * np.pi, 25)
    ring = middle + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [(float(x), float(y)) for x, y in np.clip(ring, low, high)]


def peak_of_size(at: Visit, level: int, size: int) -> int:
    """The peak of a level whose cluster's size is nearest to that."""
    sizes = np.bincount(at.hierarchy.peak_of(level), minlength=at.hierarchy.n)
    peaks = np.flatnonzero(sizes)
    return int(peaks[np.abs(sizes[peaks] - size).argmin()])
