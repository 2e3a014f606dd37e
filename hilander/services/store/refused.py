"""Why a database refuses, in the words of its driver, and in ours.

    with in_words(): ...     OSError (ENOSPC) where it cannot grow, AwayError where it does not answer or is held

Knows nothing of what the rows mean.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from hilander.errors import AwayError

AWAY = (
    "The database does not answer. What was done just now may not be kept: once it answers again, look, and do it "
    "again if it is missing. Nothing is half-written."
)
HELD = (
    "Another process has held the database for too long, so that nothing was written. Try again in a moment; if it "
    "stays so, end the program that has it open."
)
_FULL = "53100"  # PostgreSQL's codes
_HELD = frozenset({"55P03"})
_AWAY = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "53300"})
_AWAY_CLASS = "08"
_SQLITE_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def in_words() -> Iterator[None]:
    """Raise what is no fault of the statement as OSError or AwayError; all else as it is."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if is_full(error):
            raise OSError(errno.ENOSPC, "No space left on device: the database cannot grow") from error
        if is_held(error):
            raise AwayError(HELD) from error
        if is_away(error):
            raise AwayError(AWAY) from error
        raise


def is_full(error: sa.exc.DBAPIError) -> bool:
    return _sqlite(error) == sqlite3.SQLITE_FULL or _state(error) == _FULL


def is_held(error: sa.exc.DBAPIError) -> bool:
    return _sqlite(error) in _SQLITE_HELD or _state(error) in _HELD


def is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether a server cannot be reached, ended the connection, or takes none now."""
    state = _state(error)
    if error.connection_invalidated or state in _AWAY or state.startswith(_AWAY_CLASS):
        return True
    never_there = isinstance(error, sa.exc.OperationalError) and not state
    return never_there and not isinstance(error.orig, sqlite3.Error)


def _sqlite(error: sa.exc.DBAPIError) -> int | None:
    """SQLite's code, without what it adds to say more; None of another database."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _state(error: sa.exc.DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
