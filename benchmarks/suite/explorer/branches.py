"""Looking into branches of the tree."""

from __future__ import annotations

import json

from suite.explorer.visit import NotThereError, Visit

DRAWN = "stopwatch.all('.tree .boxes').some((it) => Number(it.dataset.drawn) > 0)"
WHERE = "stopwatch.all('.tree .crumbs')[0].textContent + stopwatch.all('.tree .boxes')[0].ariaLabel"
# The number of the widest box in sight that is no group and leads somewhere else.
WIDEST = """() => {
  const boxes = stopwatch.all('.tree .boxes [data-i]').slice(1).filter((it) => !it.classList.contains('still'));
  const boxOf = (it) => it.getBoundingClientRect();
  const inSight = boxes.filter((it) => boxOf(it).bottom < innerHeight && boxOf(it).width > 3);
  inSight.sort((a, b) => boxOf(b).width - boxOf(a).width);
  return inSight.length ? inSight[0].dataset.i : null;
}"""


def focus(at: Visit, repeats: int) -> list[float]:
    """Into the widest branch, and from where there is none back to the whole."""
    at.go(f"{DRAWN} || stopwatch.gallery()", level=at.hierarchy.natural_level, view="tree")
    if not at.has(DRAWN):
        raise NotThereError("no tree")
    found = []
    for _ in range(repeats):
        widest, where = at.page.evaluate(WIDEST), at.page.evaluate(WHERE)
        there = f"{DRAWN} && {WHERE} !== {json.dumps(where)}"
        target = (
            at.page.locator(".tree .crumbs button").first
            if widest is None
            else at.page.locator(f".tree .boxes [data-i='{widest}']")
        )
        found.append(at.timed("pointerdown", there, target.click))
        at.settle()
    return found
