"""The control store's tables. On PostgreSQL they stand in a schema of their own; on SQLite in a file of their own, and
on MariaDB in a database of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

SCHEMA = "retention_control"
VERSION_TABLE = "control_version"
SCHEMA_REVISION = "0008"  # the last migration; older code refuses a newer one


class Instant(TypeDecorator[datetime]):
    """An aware datetime as ISO 8601 text in UTC with microseconds: one form, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def instant_text(instant: datetime) -> str:
    """Raises ValueError for a time without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry a zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


METADATA = MetaData(schema=SCHEMA)

deployment = Table(
    "deployment",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1; its row is the writers' lock
    Column("deployment_id", String(36), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("trace_secret", LargeBinary, nullable=False),  # by which receipts find whom a batch concerned
    Column("key_id", String(64)),  # of the pseudonyms' key in use
    Column("ledger_public_key", String(64)),  # Ed25519, raw, hex
    Column("hold_epoch", BigInteger, nullable=False),  # rises with every change of the holds
)

run = Table(
    "run",
    METADATA,
    Column("run_id", String(120), primary_key=True),
    Column("dataset", String(80), nullable=False),
    Column("external_id", String(250), nullable=False),
    Column("handle", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("plan", Text),
    Column("verification", Text),
    Column("problems", Text, nullable=False),  # JSON list of texts
    Column("head", Text),
    Column("report", Text, nullable=False),
    Column("run_secret", LargeBinary),  # destroyed when the run is sealed
    UniqueConstraint("dataset", "external_id", name="uq_run_external_id"),
    Index("ix_run_dataset_created", "dataset", "created_at"),
)

run_step = Table(
    "run_step",
    METADATA,
    Column("run_id", String(120), ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
    Column("rule_id", String(80), primary_key=True),
    Column("result", Text, nullable=False),
)

run_failure = Table(
    "run_failure",
    METADATA,
    Column("run_id", String(120), ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
    Column("rule_id", String(80), primary_key=True),
    Column("problems", Text, nullable=False),
)

watermark = Table(
    "watermark",
    METADATA,
    Column("rule_id", String(80), primary_key=True),
    Column("rule_digest", String(64), nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("bounds", Text, nullable=False),
    Column("swept_at", Instant, nullable=False),
)

rule_seen = Table(
    "rule_seen",
    METADATA,
    Column("rule_id", String(80), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("first_seen", Instant, nullable=False),
)

stop_switch = Table(
    "stop_switch",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1; any row: stopped
    Column("since", Instant, nullable=False),
    Column("stopped_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)

person_token = Table(
    "person_token",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_by", String(200), nullable=False),
    Column("made_at", Instant, nullable=False),
)

hold = Table(
    "hold",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hold_id", String(40), nullable=False, unique=True),
    Column("matter", Text, nullable=False),
    Column("placed_by", String(200), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("epoch", BigInteger, nullable=False),  # in force in a dataset whose copy is at this epoch or later
    Column("release_requested_by", String(200)),
    Column("release_requested_at", Instant),
    Column("release_reason", Text),
    Column("released_by", String(200)),
    Column("released_at", Instant),
    Column("protects_until", Instant),  # of a confirmed release
    Column("claim_owner", String(200)),  # these three of a claims assessment alone
    Column("claim_through", String(10)),  # ISO 8601: its last day
    Column("claim_elements", Text),
)

hold_subject = Table(
    "hold_subject",
    METADATA,
    Column("number", Integer, ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
    Column("kind", String(60), primary_key=True),
    Column("subject_key", String(255), primary_key=True),
)

hold_copy = Table(
    "hold_copy",
    METADATA,
    Column("dataset", String(80), primary_key=True),
    Column("epoch", BigInteger, nullable=False),  # of the holds that the dataset is known to have
    Column("reason", Text, nullable=False),  # why it is behind; empty where nobody tried, or where it is not
)

pool = Table(
    "pool",
    METADATA,
    Column("name", String(80), primary_key=True),  # family@locale
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("faker", String(40), nullable=False),
    Column("pool_values", Text, nullable=False),  # JSON list, in order
)

ledger = Table(
    "ledger",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("at", Instant, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

followed = Table(  # how far the ledger has followed each chain of a dataset's journal
    "followed",
    METADATA,
    Column("dataset", String(80), primary_key=True),
    Column("run_id", String(120), primary_key=True),
    Column("rule_id", String(80), primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

signed_head = Table(
    "signed_head",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("signed_at", Instant, primary_key=True),
    Column("head", Text, nullable=False),
)
