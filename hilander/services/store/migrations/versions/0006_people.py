"""Data sets, checkpoints and jobs have an owner, data sets can be shared, and people who were here are known by name.

What is there already belongs to the local user; the demo data sets are for everybody to look at.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for table in ("datasets", "checkpoints", "jobs"):
        op.add_column(table, sa.Column("owner", sa.String(200), nullable=False, server_default="local"))
    op.create_index("ix_datasets_owner", "datasets", ["owner"])
    shares = op.create_table(
        "shares",
        sa.Column("dataset_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("who", sa.String(320), primary_key=True),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("granted", sa.Double, nullable=False),
        sa.Column("granted_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
    )
    assert shares is not None
    found = op.get_bind().execute(sa.text("SELECT id FROM datasets WHERE id LIKE 'demo-%'")).scalars().all()
    for dataset_id in found:
        row = {"dataset_id": dataset_id, "kind": "all", "who": "*", "level": "view"}
        op.bulk_insert(shares, [row | {"granted": time.time(), "granted_by": "local"}])
