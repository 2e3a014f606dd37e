"""The tables of the store as this version has them; migrations/ makes them. Knows nothing of what the rows mean."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, kept as seconds since 1970, read as an aware datetime in UTC."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


metadata = sa.MetaData()

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("dim", sa.Integer, nullable=False),
    sa.Column("has_images", sa.Boolean, nullable=False),
    sa.Column("has_labels", sa.Boolean, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("deleted", UtcTime),
    sa.Column("rows_hash", sa.String(32), nullable=False, server_default="", index=True),
    sa.Column("images_hash", sa.String(32), nullable=False, server_default=""),
    sa.Column("owner", sa.String(200), nullable=False, server_default="local", index=True),
)

shares = sa.Table(
    "shares",
    metadata,
    sa.Column("dataset_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("who", sa.String(320), primary_key=True),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("granted", UtcTime, nullable=False),
    sa.Column("granted_by", sa.String(200), nullable=False),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.String(320), nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("dataset_id", sa.String(64), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("deleted", UtcTime),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("moment", UtcTime, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("run_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("item", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
    sa.Column("undoes", sa.BigInteger),
    sa.UniqueConstraint("run_id", "kind", "item", "version"),
    sa.Index("ix_journal_run_id_id", "run_id", "id"),
    sa.Index("ix_journal_run_id_undoes", "run_id", "undoes"),
)

said = sa.Table(
    "annotations",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("item", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("value", sa.JSON(none_as_null=True)),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("moment", UtcTime, nullable=False),
    sa.Column("entry", sa.BigInteger, nullable=False),
    sa.Index("ix_annotations_run_id_entry", "run_id", "entry"),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("dataset_id", sa.String(64)),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("dims", sa.JSON, nullable=False),
    sa.Column("k", sa.Integer, nullable=False),
    sa.Column("tau", sa.Double, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("deleted", UtcTime),
    sa.Column("owner", sa.String(200), nullable=False, server_default="local"),
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("beat", UtcTime, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    sa.Column("memory", sa.BigInteger, nullable=False),
    sa.Column("workers", sa.JSON, nullable=False),
)

job_totals = sa.Table(
    "job_totals",
    metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("state", sa.String(20), primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("dataset_id", sa.String(64), index=True),
    sa.Column("run_id", sa.String(64)),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("progress", sa.JSON, nullable=False),
    sa.Column("history", sa.JSON, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("cancel", sa.Boolean, nullable=False),
    sa.Column("host", sa.String(200)),
    sa.Column("heartbeat", UtcTime),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("started", UtcTime),
    sa.Column("ended", UtcTime),
    sa.Column("owner", sa.String(200), nullable=False, server_default="local"),
)
