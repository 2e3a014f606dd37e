"""Databases of every age are brought to the schema of today, whole or not at all."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from hilander.errors import InputError
from hilander.services.store import Store, engine, open_store, schema


def version(store: Store) -> str:
    with store.engine.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()


def set_version(store: Store, number: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :number"), {"number": number})


def make_as_before(store: Store, schema_version: str) -> None:
    """The database as a hilander without migrations left it: the tables of the first one, and a fact."""
    config = Config()
    config.set_main_option("script_location", str(engine.MIGRATIONS))
    with store.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(sa.text("DROP TABLE alembic_version"))
    store.set_fact("schema_version", schema_version)


def test_the_newest_migration_is_the_one_that_the_code_knows():
    config = Config()
    config.set_main_option("script_location", str(engine.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [engine.HEAD]
    numbers = [one.revision for one in script.walk_revisions()][::-1]
    assert numbers == [f"{i:04}" for i in range(1, len(numbers) + 1)]


def test_the_migrations_make_the_tables_that_the_code_uses(store):
    assert version(store) == engine.HEAD
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []


def test_a_store_made_before_there_were_migrations_keeps_its_rows_and_gets_what_it_lacks(store, workspace):
    make_as_before(store, "1")
    store.set_fact("made", "then")
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE checkpoints"))
    again = Store(workspace)
    assert version(again) == engine.HEAD
    assert again.fact("made") == "then"
    assert again.checkpoints() == []


@pytest.mark.parametrize("number", ["9999", "zzzz"])
def test_a_store_of_a_newer_hilander_is_refused(store, workspace, number):
    set_version(store, number)
    with pytest.raises(InputError, match=f"newer hilander: version {number}"):
        Store(workspace)


def test_a_store_of_a_version_that_never_was_is_refused(store, workspace):
    make_as_before(store, "99")
    with pytest.raises(InputError, match="version 99"):
        Store(workspace)


def test_a_migration_that_fails_leaves_nothing(workspace, monkeypatch):
    made = op.create_index

    def fails(name: str, *given: object, **options: object) -> None:
        if name == "ix_jobs_dataset_id":  # the last step of the first migration
            raise RuntimeError("the power is gone")
        made(name, *given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", fails)
        with pytest.raises(RuntimeError):
            open_store(workspace)
    store = open_store(workspace)
    assert (store.jobs(), version(store)) == ([], engine.HEAD)
