"""The cuts that a visitor came by: what undo goes back to, and redo forward to.

Plain data: knows nothing about sessions or URLs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from hilander.hierarchy.cuts import Cut

LONGEST = 100


@dataclass(frozen=True)
class History:
    """Cuts before and after the present one, the nearest last. Without a past, undo takes back the newest change."""

    present: Cut
    past: tuple[Cut, ...] = ()
    future: tuple[Cut, ...] = ()

    def seen(self, cut: Cut) -> Self:
        """With the cut that is looked at now as the present one, however it came about.

        The browser's Back and Forward count as undo and redo. Who leaves a mixed cut for a level can go back to it;
        from level to level there is nothing to undo.
        """
        if cut == self.present:
            return self
        if self.past and cut == self.past[-1]:
            return self.back()
        if self.future and cut == self.future[-1]:
            return self.forward()
        kept = (*self.past, self.present) if self.present.changes or cut.changes else self.past
        return replace(self, present=cut, past=kept[-LONGEST:], future=())

    @property
    def undo(self) -> Cut | None:
        """What undo gives; None: there is nothing to undo."""
        if self.past:
            return self.past[-1]
        return self.present.undone() if self.present.changes else None

    @property
    def redo(self) -> Cut | None:
        return self.future[-1] if self.future else None

    def back(self) -> Self:
        """After undo; there must be something to undo."""
        cut = self.undo
        assert cut is not None
        return replace(self, present=cut, past=self.past[:-1], future=(*self.future, self.present))

    def forward(self) -> Self:
        """After redo; there must be something to redo."""
        cut = self.redo
        assert cut is not None
        return replace(self, present=cut, past=(*self.past, self.present), future=self.future[:-1])
