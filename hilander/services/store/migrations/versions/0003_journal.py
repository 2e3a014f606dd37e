"""The journal of what people write about runs, and what it says now; saved cuts become a part of it.

Who saved a cut before there was a journal is not known: the one person of an app without sign-in, as everywhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LOCAL = "local"


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("moment", sa.Double, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("item", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("undoes", sa.BigInteger),
        sa.UniqueConstraint("run_id", "kind", "item", "version"),
    )
    op.create_index("ix_journal_run_id_id", "journal", ["run_id", "id"])
    op.create_index("ix_journal_run_id_undoes", "journal", ["run_id", "undoes"])
    op.create_table(
        "annotations",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("item", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", sa.JSON),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("moment", sa.Double, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_annotations_run_id_entry", "annotations", ["run_id", "entry"])
    _take_recipes_in(op.get_bind())
    op.drop_table("recipes")


def _take_recipes_in(connection: sa.Connection) -> None:
    """Each saved cut as the first entry about it; one of a run that is gone was already out of reach."""
    tables = sa.MetaData()
    recipes, runs, journal, annotations = (
        sa.Table(name, tables, autoload_with=connection)
        for name in ("recipes", "runs", "journal", "annotations")
    )
    kept = sa.select(recipes).where(recipes.c.run_id == runs.c.id).order_by(recipes.c.created, recipes.c.id)
    for row in connection.execute(kept).mappings().all():
        value = {"name": row["name"], "cut": row["cut"]}
        item = {"run_id": row["run_id"], "kind": "recipe", "item": row["id"], "version": 1}
        item |= {"who": LOCAL, "moment": row["created"]}
        made = connection.execute(sa.insert(journal).values(**item, before=None, after=value))
        assert made.inserted_primary_key is not None
        (entry,) = made.inserted_primary_key
        connection.execute(sa.insert(annotations).values(**item, value=value, entry=entry))
