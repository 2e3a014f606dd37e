"""What people said of a run, taken along to a run whose first rows are the same: names, marks, notes, recipes, answers,
and images that are out.

Each is one entry of the new run's journal, by whoever said it and when. What is said of a cluster that grew stays with
the images that it had; the page says that the same peak stands for others now. Knows nothing about how runs are made.
"""

from __future__ import annotations

from hilander.services import before_journal, exclusions, journal
from hilander.services.journal import EXCLUSION, Wish
from hilander.services.rows_text import rows_of
from hilander.services.store import Store


def carry(store: Store, old: str, new: str) -> None:
    """Write what is said of the run `old` into the journal of `new`, which is empty; all of it or nothing."""
    before_journal.take_answers(store, old)
    before_journal.take_exclusions(store, old)
    rows = store.annotations(old)
    with store.annotating(new) as held:
        for row in rows:
            if row.kind == EXCLUSION:
                exclusions.turn(
                    held, rows_of(row.value or ""), exclusions.OUT, who=row.who, moment=row.moment
                )
            elif row.value is not None:
                journal.write(
                    held, Wish(row.kind, row.item, row.value), seen=0, who=row.who, moment=row.moment
                )
