"""The control store's tables of what rules said, and since when."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from retention.sql.control.tables import METADATA, Instant

rule_text = Table(
    "rule_text",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("body", Text, nullable=False),  # canonical JSON; its SHA-256 is the digest
)

rule_in_force = Table(
    "rule_in_force",
    METADATA,
    Column("rule_id", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1; the last is the present text
    Column("digest", String(64), nullable=False),  # of the text; empty: the rule was taken out
    Column("since", Instant, nullable=False),
)

cool_down = Table(
    "cool_down",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1; the last is the present one
    Column("period", String(40), nullable=False),
    Column("since", Instant, nullable=False),
)
