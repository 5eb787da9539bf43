"""The control store's tables of who is linked to whom, and of datasets that are given up."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from retention.sql.control.tables import METADATA, SCHEMA, Instant

linked_subject = Table(  # keys that identity links reach from a hold's subjects; they stay while the hold stands
    "linked_subject",
    METADATA,
    Column("number", Integer, ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
    Column("kind", String(60), primary_key=True),
    Column("subject_key", String(255), primary_key=True),
    Column("dataset", String(80), nullable=False),  # where the link was found
    Column("table_name", String(128), nullable=False),
    Column("epoch", BigInteger, nullable=False),  # of the holds, since which the key is linked
)

link_gap = Table(  # links that could not be followed when they were last looked at
    "link_gap",
    METADATA,
    Column("dataset", String(80), primary_key=True),
    Column("table_name", String(128), primary_key=True),
    Column("kinds", Text, nullable=False),  # JSON list of the kinds that the link joins
    Column("reason", Text, nullable=False),
)

retirement = Table(  # of datasets; no row: in use
    "retirement",
    METADATA,
    Column("dataset", String(80), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("confirmed_by", String(200)),
    Column("revival_requested_by", String(200)),
    Column("revival_reason", Text),
)
