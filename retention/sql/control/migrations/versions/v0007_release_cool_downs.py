"""The control store learns until when a hold protects whose release is confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SCHEMA = "retention_control"
INSTANT = sa.String(32)  # ISO 8601, UTC, microseconds


def upgrade() -> None:
    # ALTER TABLE is the one statement that does not heed the map from this schema to the database's own tables.
    schema = SCHEMA if op.get_bind().dialect.name == "postgresql" else None
    op.add_column("hold", sa.Column("protects_until", INSTANT), schema=schema)


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
