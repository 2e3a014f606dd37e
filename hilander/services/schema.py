"""The tables of the store, and how its database is opened. Knows nothing of what the rows mean."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from hilander.errors import InputError

VERSION = "1"
BUSY_MS = 20_000


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
)

recipes = sa.Table(
    "recipes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("run_id", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("cut", sa.JSON, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.UniqueConstraint("run_id", "name"),
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
)


def open_engine(url: str) -> sa.Engine:
    """Open the database that HILANDER_DATABASE_URL names. Call under a lock: two makers would clash."""
    try:
        return _open(sa.make_url(url))
    except (sa.exc.ArgumentError, sa.exc.DatabaseError, ImportError) as error:
        # The URL may hold a password, and so may the driver's message.
        raise InputError(
            f"The database could not be opened ({type(error).__name__}). Check HILANDER_DATABASE_URL, that its "
            "driver is installed and that the server is up; without the variable hilander keeps its own file."
        ) from error


def open_file(path: Path) -> sa.Engine:
    """Open hilander's own SQLite file, whatever characters its path has. Call under a lock as well."""
    try:
        return _open(sa.URL.create("sqlite", database=str(path)))
    except sa.exc.DatabaseError as error:
        raise InputError(
            f"The database {path} could not be opened: {error.orig}. Check that the file is hilander's and can "
            "be written, or set HILANDER_HOME to another folder."
        ) from error


def _open(url: sa.URL) -> sa.Engine:
    """Connect, make what is missing, and check the version."""
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(url, pool_pre_ping=not is_sqlite)
    if is_sqlite:
        sa.event.listen(engine, "connect", _set_up_sqlite)
    with engine.begin() as connection:
        _make_tables(connection)
        _check_version(connection)
    return engine


def _make_tables(connection: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check_version(connection: sa.Connection) -> None:
    query = sa.select(facts.c.value).where(facts.c.key == "schema_version")
    found = connection.execute(query).scalar()
    if found is None:
        connection.execute(sa.insert(facts).values(key="schema_version", value=VERSION))
    elif found != VERSION:
        raise InputError(
            f"The store is of version {found}, this hilander reads version {VERSION}. "
            "Use the hilander that made it, or set HILANDER_HOME to another folder."
        )
