"""Ids and times as the rows have them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new_id() -> str:
    return secrets.token_hex(6)


def now() -> datetime:
    return datetime.now(UTC)
