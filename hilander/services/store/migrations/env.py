"""Run by alembic: migrates on the connection it was given, inside the transaction that this one has."""

from __future__ import annotations

from alembic import context

from hilander.services.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
