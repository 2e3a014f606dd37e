"""An answer to "same or different?" about two images, and how the journal keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Judgement:
    """Two images by row; same: True, False, or None where the question was skipped."""

    a: int
    b: int
    same: bool | None

    @property
    def item(self) -> str:
        """The pair, whichever way round it was asked."""
        return f"{min(self.a, self.b)}-{max(self.a, self.b)}"

    def to_dict(self) -> dict[str, Any]:
        return {"a": min(self.a, self.b), "b": max(self.a, self.b), "same": self.same}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """What `to_dict` gave. LookupError, TypeError or ValueError for something else."""
        a, b, same = value["a"], value["b"], value["same"]
        if not isinstance(a, int) or not isinstance(b, int) or not (same is None or isinstance(same, bool)):
            raise ValueError("expected two rows and yes, no or nothing")
        return cls(a, b, same)
