"""The control store learns of rule changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SCHEMA = "retention_control"
INSTANT = sa.String(32)  # ISO 8601, UTC, microseconds


def upgrade() -> None:
    op.create_table(
        "rule_text",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "rule_in_force",
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "cool_down",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("period", sa.String(40), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
