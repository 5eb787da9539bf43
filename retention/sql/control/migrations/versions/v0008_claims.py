"""The control store learns of claims assessments: holds with an owner, a last day and elements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SCHEMA = "retention_control"


def upgrade() -> None:
    # ALTER TABLE is the one statement that does not heed the map from this schema to the database's own tables.
    schema = SCHEMA if op.get_bind().dialect.name == "postgresql" else None
    for column in (
        sa.Column("claim_owner", sa.String(200)),
        sa.Column("claim_through", sa.String(10)),  # ISO 8601; NULL: it is a hold
        sa.Column("claim_elements", sa.Text),
    ):
        op.add_column("hold", column, schema=schema)


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
