"""What somebody sees who writes on a page while the disk is full."""

from __future__ import annotations

from hilander.hierarchy.recipe import LONGEST_NAME
from suite.reliability.filling import empty, fill
from suite.reliability.outcome import Outcome
from suite.reliability.trial import Setting, close
from suite.reliability.work import BASE
from suite.sessions import Session, Shown

NAME = ("text_input", "Name of this cluster")
OF_UMAP = "The projection failed"
QUERY = f"dataset={BASE}&run={BASE}&level=1&cluster=0"


def _name(number: int) -> str:
    """As long as a name may be, so that the disk is full soon."""
    return f"{number:03}".ljust(LONGEST_NAME, "x")


def _of_names(shown: Shown) -> list[str]:
    """What is told of names; a cluster's UMAP may fail beside them, and is not tried again at once."""
    return [*(it for it in shown.alerts if not it.startswith(OF_UMAP)), *shown.failures]


def journal_on_a_full_disk(here: Setting) -> Outcome:
    """Names for a cluster on the explorer: kept, refused in words while there is no room, kept again."""
    place, outcome = here.place, Outcome("disk full", "names on a page")
    with place.app() as app, Session(app.url, query=QUERY) as visitor:
        visitor.set(*NAME, "before")
        fill(place)
        for number in range(300):
            fill(place)
            shown = visitor.set(*NAME, _name(number))
            outcome.times += 1
            refusals = _of_names(shown)
            for told in (*shown.alerts, *shown.failures):
                outcome.seen[told] += 1
            outcome.wrong += [f"a failure without words: {it}" for it in shown.failures]
            if refusals:
                break
        else:
            outcome.wrong.append("the disk never was full")
        refused = number
        empty(place)
        shown = visitor.set(*NAME, "after")
        outcome.wrong += _of_names(shown)
        outcome.kept = refused + 2
        names = [entry.after for entry in place.store.entries(BASE) if entry.kind == "name"]
        wanted = ["before", *(_name(number) for number in range(refused)), "after"]
        outcome.lost = [name for name in wanted if name not in names]
    close(place, outcome)
    return outcome
