"""Ids and times as the rows have them, and what may be concluded from somebody's silence.

A process that has said nothing for some seconds is taken for dead. But where the clock goes forward by hours, or nobody
could reach the database, everybody has said nothing until they say something; and where the clock goes back, what the
dead said last lies in the future.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta

AHEAD = 60.0  # s that a moment may lie in the future: clocks of two machines differ
JUMP = 2.0  # s by which a clock is set at once; less is drift
_gap = time.time() - time.monotonic()
_set_at = float("-inf")


def new_id() -> str:
    return secrets.token_hex(6)


def now() -> datetime:
    return datetime.now(UTC)


def heard_between(seconds: float) -> tuple[datetime, datetime]:
    """Between which moments somebody was heard who was heard in the last so many seconds."""
    moment = now()
    return moment - timedelta(seconds=seconds), moment + timedelta(seconds=AHEAD)


def is_silent(moment: datetime | None, seconds: float) -> bool:
    """Whether somebody heard at that moment, or never, has said nothing for so long."""
    first, last = heard_between(seconds)
    return moment is None or not first <= moment <= last


def clock_was_set(within: float) -> bool:
    """Whether this process saw in the last so many seconds that the clock was set, or that the machine had slept."""
    global _gap, _set_at  # noqa: PLW0603 - there is one clock
    gap = time.time() - time.monotonic()
    if abs(gap - _gap) > JUMP:
        _set_at = time.monotonic()
    _gap = gap
    return time.monotonic() - _set_at < within
