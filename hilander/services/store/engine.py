"""Opening the store's database, and bringing it to the schema of this version. Knows nothing of what the rows mean.

A database carries the number of its newest migration (migrations/versions). An older one is brought up to date when
it is opened, in one transaction that other processes wait for: either all of it happens or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hilander.errors import InputError
from hilander.services.store import schema
from hilander.services.store.refused import in_words

HEAD = "0006"  # the newest migration; that alembic is not asked saves each process a third of a second
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 20_000  # that a statement waits for somebody else's lock
# Where the network is cut no packet says so: what waits for an answer would wait for hours, and what the server
# holds for somebody who is gone would be held as long.
_REACH = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_REACH |= {"tcp_user_timeout": BUSY_MS}
_ON_SERVER = {"lock_timeout": BUSY_MS, "idle_in_transaction_session_timeout": 60_000}  # ms
_ON_SERVER |= {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
_ADVISORY_LOCK = 0x68696C61  # any number, the same for every hilander
_BEFORE_MIGRATIONS = (
    "1"  # facts.schema_version of the stores made before there were any, which are as 0001 makes them
)
_FIRST = "0001"


def open_url(url: str) -> sa.Engine:
    """Open the database that HILANDER_DATABASE_URL names: sqlite:// or postgresql://."""
    try:
        return _open(sa.make_url(url))
    except (sa.exc.ArgumentError, sa.exc.DatabaseError, ImportError) as error:
        # The URL may hold a password, and so may the driver's message.
        raise InputError(
            f"The database could not be opened ({type(error).__name__}). Check HILANDER_DATABASE_URL, that its "
            "driver is installed and that the server is up; without the variable hilander keeps its own file."
        ) from error


def open_file(path: Path) -> sa.Engine:
    """Open hilander's own SQLite file, whatever characters its path has."""
    try:
        with in_words():
            return _open(sa.URL.create("sqlite", database=str(path)))
    except sa.exc.DatabaseError as error:
        raise InputError(
            f"The database {path} could not be opened: {error.orig}. Check that the file is hilander's and can "
            "be written, or set HILANDER_HOME to another folder."
        ) from error


def _open(url: sa.URL) -> sa.Engine:
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(url, pool_pre_ping=not is_sqlite, connect_args=_reach(url))
    if set_up := _SET_UP.get(url.get_backend_name()):
        sa.event.listen(engine, "connect", set_up)
    sa.event.listen(engine, "handle_error", _gone_if_it_does_not_answer)
    with engine.connect() as connection:
        found = _version(connection)
    if found != HEAD:
        with _alone(url) as connection:
            _migrate(connection)
    return engine


def _gone_if_it_does_not_answer(context: sa.ExceptionContext) -> None:
    """Whatever a ping fails with, its connection is of no use: a cut network has errors that no driver knows."""
    if context.is_pre_ping:
        context.is_disconnect = True


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_up_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for name, value in _ON_SERVER.items():
            cursor.execute(f"SET {name} = {value}")
    connection.commit()


_SET_UP = {"sqlite": _set_up_sqlite, "postgresql": _set_up_postgresql}


def _reach(url: sa.URL) -> dict[str, int]:
    """How long to wait for a PostgreSQL server that does not answer; what the URL says itself counts."""
    if url.get_backend_name() != "postgresql":
        return {}
    return {name: value for name, value in _REACH.items() if name not in url.query}


@contextmanager
def _alone(url: sa.URL) -> Iterator[sa.Connection]:
    """A connection in a transaction that holds tables made and changed too, and that no other process is in."""
    if url.get_backend_name() == "sqlite":
        # The driver would begin no transaction for CREATE TABLE; this way SQLAlchemy's BEGIN is the one there is.
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"isolation_level": None})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=_reach(url))
    with engine.begin() as connection:
        if url.get_backend_name() == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        yield connection


def _migrate(connection: sa.Connection) -> None:
    """From nothing, from a store made before there were migrations, or from an older migration, to the newest."""
    from alembic import command
    from alembic.config import Config

    found = _version(connection)
    if found is not None and found > HEAD:
        raise InputError(
            f"The store is of a newer hilander: version {found}, this one knows {HEAD}. Use the hilander that made it, "
            "or set HILANDER_HOME to another folder."
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if found is None:
        _refuse_unknown(connection)
    command.upgrade(config, "head")


def _version(connection: sa.Connection) -> str | None:
    """The migration the database is at; None when there is none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _refuse_unknown(connection: sa.Connection) -> None:
    """InputError for a store from before the migrations that is not of their version; an empty one is fine."""
    facts = schema.facts
    if not sa.inspect(connection).has_table(facts.name):
        return
    query = sa.select(facts.c.value).where(facts.c.key == "schema_version")
    found = connection.execute(query).scalar()
    if found not in (None, _BEFORE_MIGRATIONS):
        raise InputError(
            f"The store is of version {found}, which this hilander does not know. Use the hilander that made it, or "
            "set HILANDER_HOME to another folder."
        )
