"""Our own tables in a dataset: a schema of their own where the database has schemas, else a prefix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, Text

from retention.sql.dialects.base import Dialect
from retention.sql.scope_rows import area_columns

_Column: TypeAlias = Column[int] | Column[str] | Column[bytes] | Column[bool] | Column[date]
_Makes: TypeAlias = Callable[..., Table]

SCHEMA_VERSION = 4  # of everything below; older code refuses a newer one, and own_migrations leads here


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTables:
    """The tables that every dataset has. Times are milliseconds since the epoch, UTC."""

    metadata: MetaData
    meta: Table  # one row: whose tables these are
    fence: Table  # one row: the hold epoch that is in force here
    hold: Table  # (hold, subject): everything of the subject is frozen
    hold_scope: Table  # (hold, area of this dataset): conditions, tables, or everything
    claim: Table  # which of the holds on subjects are claims assessments, and what each needs
    doubtful_kind: Table  # kinds of subject of which nobody can tell who is held: a link could not be followed
    lease: Table  # who may write for a run and rule, and until when
    stop: Table  # any row: no batch begins
    journal: Table  # one row for each batch, chained by hash within its run, rule and shard
    set_aside: Table  # candidates that the database refused to write, with the reason
    pool: Table  # immutable versions of pools, with a digest of their content
    pool_value: Table
    residue_digest: Table  # what verification looks for: keyed digests of originals, forgotten when a run is sealed
    fact: Table  # what facts from elsewhere tell: one row for each event and subject
    fact_source: Table  # up to when each event is complete
    finding: Table  # what the verifier found: one row for each check

    @classmethod
    def of(cls, dialect: Dialect) -> OwnTables:
        metadata = MetaData(schema=dialect.own_schema)

        def table(name: str, *items: _Column, **options: Any) -> Table:
            return Table(dialect.own_name(name), metadata, *items, **options)

        return cls(
            metadata=metadata,
            **_identity(table),
            **_holding(table),
            **_done(table),
            **_made_up(table),
            **_told(table),
            **_verified(table),
        )


def _identity(table: _Makes) -> dict[str, Table]:
    """Whose tables these are."""
    return {
        "meta": table(
            "meta",
            Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
            Column("schema_version", Integer, nullable=False),
            Column("dataset", String(80), nullable=False),
            Column("incarnation", String(36), nullable=False),  # of this database: a restored copy keeps it
            Column("deployment", String(36), nullable=False),
            Column("created_ms", BigInteger, nullable=False),
        ),
    }


def _holding(table: _Makes) -> dict[str, Table]:
    """What keeps holds and batches apart, and what is held."""
    return {
        "fence": table(
            "fence",
            Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
            Column("epoch", BigInteger, nullable=False),
        ),
        "hold": table(
            "hold",
            Column("kind", String(60), primary_key=True),
            Column("subject_key", String(255), primary_key=True),
            Column("hold_id", String(40), primary_key=True),
        ),
        "hold_scope": table("hold_scope", Column("hold_id", String(40), primary_key=True), *area_columns()),
        "claim": table(
            "claim",
            Column("hold_id", String(40), primary_key=True),
            Column("through", Date, nullable=False),  # the last local day
            Column("elements", Text, nullable=False),  # see retention.sql.claim_rows
        ),
        "doubtful_kind": table("doubtful_kind", Column("kind", String(60), primary_key=True)),
        "lease": table(
            "lease",
            Column("name", String(200), primary_key=True),
            Column("owner", String(200), nullable=False),
            Column("token", BigInteger, nullable=False),  # rises with each new owner
            Column("expires_ms", BigInteger, nullable=False),
        ),
        "stop": table(
            "stop",
            Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
            Column("since_ms", BigInteger, nullable=False),
            Column("stopped_by", String(200), nullable=False),
            Column("reason", Text, nullable=False),
        ),
    }


def _done(table: _Makes) -> dict[str, Table]:
    """What was done, and what could not be."""
    return {
        "journal": table(
            "journal",
            Column("run_id", String(120), primary_key=True),
            Column("rule_id", String(80), primary_key=True),
            Column("shard", Integer, primary_key=True, autoincrement=False),
            Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without gaps
            Column("action", String(20), nullable=False),
            Column("first", BigInteger, nullable=False),  # range of candidates that the batch covered
            Column("last", BigInteger, nullable=False),
            Column("groups", BigInteger, nullable=False),
            Column("rows", Text, nullable=False),  # JSON: table -> rows written
            Column("spared", Text, nullable=False),  # JSON: verdict -> groups that were candidates and stayed
            Column("set_aside", BigInteger, nullable=False),
            Column("keys_digest", String(64), nullable=False),
            Column("subjects", LargeBinary, nullable=False),  # 8 bytes of a keyed digest for each person
            Column("hold_epoch", BigInteger, nullable=False),
            Column("committed_ms", BigInteger, nullable=False),
            Column("previous", String(64), nullable=False),
            Column("hash", String(64), nullable=False),
        ),
        "set_aside": table(
            "set_aside",
            Column("run_id", String(120), primary_key=True),
            Column("rule_id", String(80), primary_key=True),
            Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the candidate
            Column("reason", String(200), nullable=False),  # kind of error, never its text
            Column("at_ms", BigInteger, nullable=False),
        ),
    }


def _made_up(table: _Makes) -> dict[str, Table]:
    """The values that take the place of others."""
    return {
        "pool": table(
            "pool",
            Column("name", String(80), primary_key=True),  # family@locale
            Column("version", Integer, primary_key=True, autoincrement=False),
            Column("size", Integer, nullable=False),
            Column("digest", String(64), nullable=False),
            Column("faker", String(40), nullable=False),
        ),
        "pool_value": table(
            "pool_value",
            Column("name", String(80), primary_key=True),
            Column("version", Integer, primary_key=True, autoincrement=False),
            Column("position", Integer, primary_key=True, autoincrement=False),  # from 0
            Column("value", Text, nullable=False),
            sqlite_with_rowid=False,  # one search for a value, not two
        ),
    }


def _told(table: _Makes) -> dict[str, Table]:
    """What other datasets and files tell."""
    return {
        "fact": table(
            "fact",
            Column("event", String(60), primary_key=True),
            Column("subject_key", String(255), primary_key=True),
            Column("state", Integer, nullable=False),  # see retention.sql.told_facts
            Column("day", Date),
            Column("at_ms", BigInteger),
            Column("recorded_ms", BigInteger, nullable=False),
        ),
        "fact_source": table(
            "fact_source",
            Column("event", String(60), primary_key=True),
            Column("complete_ms", BigInteger, nullable=False),
            Column("declared", String(64), nullable=False),  # digest of what tells it
            Column("believed_ms", BigInteger, nullable=False),  # from when on: another teller cools down
            Column("expires", String(40), nullable=False),  # the period, as it was declared last
            Column("recorded_ms", BigInteger, nullable=False),
        ),
    }


def _verified(table: _Makes) -> dict[str, Table]:
    """What verification looks for, and what it found."""
    return {
        # No index: it would cost a batch more than the digests do, and verification reads the whole of it once.
        "residue_digest": table(
            "residue_digest",
            Column("run_id", String(120), nullable=False),
            Column("rule_id", String(80), nullable=False),
            Column("table_name", String(128), nullable=False),
            Column("column_name", String(128), nullable=False),
            Column("kind", String(40), nullable=False),
            Column("subject", LargeBinary(32), nullable=True),  # keyed digest of the person; NULL: nobody
            Column("digest", LargeBinary(32), nullable=False),  # keyed digest of the original value
            Column("telling", Boolean, nullable=False),
        ),
        "finding": table(
            "finding",
            Column("run_id", String(120), primary_key=True),
            Column("rule_id", String(80), primary_key=True),
            Column("check_name", String(80), primary_key=True),
            Column("table_name", String(128), primary_key=True),
            Column("column_name", String(128), primary_key=True),  # empty: about the table
            Column("examined", BigInteger, nullable=False),
            Column("violations", BigInteger, nullable=False),
            Column("unknown", BigInteger, nullable=False),
            Column("applicable", Boolean, nullable=False),
            Column("note", Text, nullable=False),
        ),
    }
