"""Databases of every age are brought to the schema of today, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import recipes
from hilander.services.people import Person
from hilander.services.store import Store, engine, open_store, schema

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def migrated() -> str:
    """Databases here begin with nothing in them."""
    return "template0"


def version(store: Store) -> str:
    with store.engine.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()


def set_version(store: Store, number: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :number"), {"number": number})


def make_as_before(store: Store, schema_version: str) -> None:
    """The database as a hilander without migrations left it: the tables of the first one, and a fact."""
    make_at(store, "0001")
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    store.set_fact("schema_version", schema_version)


def make_at(store: Store, number: str) -> None:
    """An empty database as that migration leaves it."""
    config = Config()
    config.set_main_option("script_location", str(engine.MIGRATIONS))
    with store.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config.attributes["connection"] = connection
        command.upgrade(config, number)


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


def test_saved_cuts_become_entries_of_the_journal(store, workspace):
    """A database at migration 0001 with two runs, and three recipes: one is of a run that is gone."""
    make_at(store, "0001")
    with store.engine.begin() as connection:
        for run in ("r1", "r2"):
            words = f"INSERT INTO runs VALUES ('{run}', 'set', 'A run', '{{}}', 1767225600, 'ready', '{{}}')"
            connection.execute(sa.text(words))
        for number, run in enumerate(("r2", "r1", "gone")):
            row = {
                "id": f"c{number}",
                "run": run,
                "cut": '{"level": 2, "changes": [[1, 0]]}',
                "moment": number,
            }
            connection.execute(sa.text("INSERT INTO recipes VALUES (:id, :run, 'Good', :cut, :moment)"), row)
    again = Store(workspace)
    assert version(again) == engine.HEAD
    (kept,) = recipes.saved(again, "r1")
    assert (kept.id, kept.name, kept.cut, kept.version) == ("c1", "Good", Cut(2, changes=((1, 0),)), 1)
    assert kept.moment == datetime.fromtimestamp(1, UTC)
    (entry,) = again.entries("r1")
    assert (entry.who, entry.before, entry.after) == (
        "local",
        None,
        {"name": "Good", "cut": kept.cut.to_dict()},
    )
    assert again.entries("gone") == []
    recipes.rename(again, "r1", kept, "Better", who="me")


def test_what_was_there_before_people_signed_in_is_the_local_user_s_and_the_demo_for_all(store, workspace):
    make_at(store, "0005")
    with store.engine.begin() as connection:
        for name in ("demo-shapes", "mine"):
            words = (
                "INSERT INTO datasets (id, name, n, dim, has_images, has_labels, created, note, state) "
                f"VALUES ('{name}', 'A set', 1, 2, false, false, 1767225600, '', 'ready')"
            )
            connection.execute(sa.text(words))
    again = Store(workspace)
    assert {row.id: row.owner for row in again.datasets()} == {"demo-shapes": "local", "mine": "local"}
    anybody = Person("anybody", "Anybody")
    assert [row.id for row in again.datasets(anybody)] == ["demo-shapes"]
    assert again.datasets(anybody, "edit") == []


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
