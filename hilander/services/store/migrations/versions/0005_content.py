"""Data sets carry hashes of their content, so that the same one is recognised when it comes again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name in ("rows_hash", "images_hash"):
        op.add_column("datasets", sa.Column(name, sa.String(32), nullable=False, server_default=""))
    op.create_index("ix_datasets_rows_hash", "datasets", ["rows_hash"])
