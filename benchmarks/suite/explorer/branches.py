"""Looking into branches of the tree."""

from __future__ import annotations

import json

from suite.explorer.visit import NotThereError, Visit

DRAWN = "stopwatch.all('.tree .boxes').some((it) => Number(it.dataset.drawn) > 0)"
WHERE = "stopwatch.all('.tree .crumbs')[0].textContent + stopwatch.all('.tree .boxes')[0].ariaLabel"
# Numbers of the boxes in sight that are branches, the widest first.
BRANCHES = """() => {
  const boxes = stopwatch.all('.tree .boxes [data-i]').slice(1).filter((it) => !it.matches('.still, .group'));
  const boxOf = (it) => it.getBoundingClientRect();
  const inSight = boxes.filter((it) => boxOf(it).bottom < innerHeight && boxOf(it).width > 3);
  return inSight.sort((a, b) => boxOf(b).width - boxOf(a).width).map((it) => it.dataset.i);
}"""


def focus(at: Visit, repeats: int) -> list[float]:
    """Into one of the widest branches, and back to the whole, in turn."""
    at.go(f"{DRAWN} || stopwatch.gallery()", level=at.hierarchy.natural_level, view="tree")
    if not at.has(DRAWN):
        raise NotThereError("no tree")
    found = []
    for number in range(repeats):
        where = at.page.evaluate(WHERE)
        if number % 2:
            target = at.page.locator(".tree .crumbs button").first
        else:
            branches = at.page.evaluate(BRANCHES)
            target = at.page.locator(f".tree .boxes [data-i='{branches[number // 2 % len(branches)]}']")
        there = f"{DRAWN} && {WHERE} !== {json.dumps(where)} && stopwatch.loaded(stopwatch.all('.tree')[0])"
        found.append(at.timed("pointerdown", there, target.click))
        at.settle()
    return found
