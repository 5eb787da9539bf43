"""The control store learns of identity links, and of datasets that are retired."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SCHEMA = "retention_control"


def upgrade() -> None:
    op.create_table(
        "linked_subject",
        sa.Column("number", sa.Integer, sa.ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
        sa.Column("kind", sa.String(60), primary_key=True),
        sa.Column("subject_key", sa.String(255), primary_key=True),
        sa.Column("dataset", sa.String(80), nullable=False),
        sa.Column("table_name", sa.String(128), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "link_gap",
        sa.Column("dataset", sa.String(80), primary_key=True),
        sa.Column("table_name", sa.String(128), primary_key=True),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "retirement",
        sa.Column("dataset", sa.String(80), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", sa.String(32), nullable=False),
        sa.Column("confirmed_by", sa.String(200)),
        sa.Column("revival_requested_by", sa.String(200)),
        sa.Column("revival_reason", sa.Text),
        schema=SCHEMA,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
