"""The control store learns of plan approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SCHEMA = "retention_control"
INSTANT = sa.String(32)  # ISO 8601, UTC, microseconds


def upgrade() -> None:
    op.create_table(
        "plan_decision",
        sa.Column("run_id", sa.String(120), sa.ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
        sa.Column("decision", sa.String(20), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
