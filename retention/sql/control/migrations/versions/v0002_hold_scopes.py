"""The control store learns of holds on conditions, tables and datasets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = "retention_control"


def upgrade() -> None:
    op.create_table(
        "hold_scope",
        sa.Column("number", sa.Integer, sa.ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("table_name", sa.String(128), nullable=False),
        sa.Column("condition_text", sa.Text, nullable=False),
        sa.Column("dataset", sa.String(80), nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
