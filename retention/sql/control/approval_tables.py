"""What was said of plans, in the control store."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from retention.sql.control.tables import METADATA, SCHEMA, Instant

plan_decision = Table(
    "plan_decision",
    METADATA,
    Column("run_id", String(120), ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
    Column("decision", String(20), primary_key=True),  # at most one approval and one rejection of a run
    Column("digest", String(64), nullable=False),  # of the plan
    Column("decided_by", String(200), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)
