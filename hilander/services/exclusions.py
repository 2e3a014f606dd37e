"""One step of taking images out of a run, or in again, as the journal keeps it.

    rows, out or in  ->  an entry with those rows that moved, and the state: all rows that are out

Steps of two people at once are both kept, and undoing one leaves the other. Knows nothing about files or pages.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from hilander.services.journal import EXCLUSION
from hilander.services.rows_text import rows_of, rows_text
from hilander.services.store import Annotating, EntryRow, now

ITEM = "images"  # the one item of its kind
OUT: Final = "out"
IN: Final = "in"
Way = Literal["out", "in"]


def turn(
    held: Annotating,
    rows: np.ndarray,
    way: Way,
    *,
    who: str,
    undoes: int | None = None,
    moment: datetime | None = None,
) -> None:
    """Take rows (ascending, no repeats) out or in. Those that are there already are left; none left: no entry."""
    state = held.state(EXCLUSION, ITEM)
    version, out = (0, rows_of("")) if state is None else (state.version, rows_of(state.value or ""))
    moved = np.setdiff1d(rows, out) if way == OUT else np.intersect1d(rows, out)
    if not len(moved):
        return
    left = np.union1d(out, moved) if way == OUT else np.setdiff1d(out, moved)
    before, after = ({"rows": rows_text(moved), "way": it} for it in ((IN, OUT) if way == OUT else (OUT, IN)))
    when, number = moment or now(), version + 1
    entry = EntryRow(0, when, who, held.run_id, EXCLUSION, ITEM, number, before, after, undoes)
    held.write(entry, rows_text(left))


def turned(value: dict[str, Any]) -> tuple[np.ndarray, Way]:
    """The rows of an entry's `before` or `after`, and where they were or are."""
    return rows_of(value["rows"]), OUT if value["way"] == OUT else IN
