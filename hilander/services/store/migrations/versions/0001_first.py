"""Data sets, runs, recipes, checkpoints, jobs and small facts: what the store had before there were migrations.

A store made then has some or all of these tables, and nothing else.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.Column("has_images", sa.Boolean, nullable=False),
        sa.Column("has_labels", sa.Boolean, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("dataset_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_runs_dataset_id", "runs", ["dataset_id"], if_not_exists=True)
    op.create_table(
        "recipes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("cut", sa.JSON, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("run_id", "name"),
        if_not_exists=True,
    )
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("dataset_id", sa.String(64)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("dims", sa.JSON, nullable=False),
        sa.Column("k", sa.Integer, nullable=False),
        sa.Column("tau", sa.Double, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dataset_id", sa.String(64)),
        sa.Column("run_id", sa.String(64)),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("history", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("cancel", sa.Boolean, nullable=False),
        sa.Column("host", sa.String(200)),
        sa.Column("heartbeat", sa.Double),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("ended", sa.Double),
        if_not_exists=True,
    )
    op.create_index("ix_jobs_state", "jobs", ["state"], if_not_exists=True)
    op.create_index("ix_jobs_dataset_id", "jobs", ["dataset_id"], if_not_exists=True)
