"""Data sets, runs and checkpoints can lie in the trash: when they were put there, or nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for table in ("datasets", "runs", "checkpoints"):
        op.add_column(table, sa.Column("deleted", sa.Double))
