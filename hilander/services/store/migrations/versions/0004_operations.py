"""Job processes as they last said they are, and how many jobs ended how, for health checks and metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("beat", sa.Double, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("memory", sa.BigInteger, nullable=False),
        sa.Column("workers", sa.JSON, nullable=False),
    )
    op.create_table(
        "job_totals",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("state", sa.String(20), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
    )
