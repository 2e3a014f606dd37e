"""Rows of images as a short text, "0-5,7,9-12", as the journal keeps them.

Knows nothing about what the rows are for.
"""

from __future__ import annotations

import numpy as np

from hilander.errors import InputError


def rows_text(rows: np.ndarray) -> str:
    """Ascending rows without repeats, neighbours drawn together; empty for none."""
    if not len(rows):
        return ""
    breaks = np.flatnonzero(np.diff(rows) != 1)
    firsts, lasts = rows[np.r_[0, breaks + 1]].tolist(), rows[np.r_[breaks, len(rows) - 1]].tolist()
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in zip(firsts, lasts, strict=True))


def rows_of(text: str) -> np.ndarray:
    """What `rows_text` wrote, int64 ascending.

    Raises
    ------
    InputError   something else
    """
    try:
        spans = [
            (int(a), int(b or a)) for a, _, b in (part.partition("-") for part in text.split(",") if part)
        ]
    except ValueError as error:
        raise InputError(f"Rows look like 0-5,7; got {text[:40]!r}. The journal is damaged.") from error
    parts = [np.arange(a, b + 1, dtype=np.int64) for a, b in spans]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
