"""Reading a dataset's journal: its chains, one for each run, rule and shard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import BigInteger, Connection, cast, func, select, type_coerce
from sqlalchemy.types import NullType

from retention.model.ledger import JournalEntry
from retention.sql.own_tables import OwnTables

Chain = tuple[str, str, int]  # run, rule, shard

_FIELDS = tuple(field.name for field in fields(JournalEntry))


def chains(connection: Connection, own: OwnTables) -> dict[Chain, int]:
    """The last sequence number of each chain."""
    journal = own.journal
    key = (journal.c.run_id, journal.c.rule_id, journal.c.shard)
    last = cast(func.max(journal.c.seq), BigInteger)  # a text that somebody wrote there counts as 0
    rows = connection.execute(select(*key, last).group_by(*key).order_by(*key))
    return {(run_id, rule_id, shard): seq for run_id, rule_id, shard, seq in rows}


def entries_after(
    connection: Connection, own: OwnTables, chain: Chain, seq: int, limit: int
) -> list[tuple[JournalEntry, str]]:
    """At most ``limit`` entries of a chain after ``seq``, in order, each with the hash that stands beside it."""
    journal = own.journal
    run_id, rule_id, shard = chain
    statement = (
        select(*(type_coerce(column, NullType()).label(column.name) for column in journal.c))
        .where(journal.c.run_id == run_id, journal.c.rule_id == rule_id, journal.c.shard == shard, journal.c.seq > seq)
        .order_by(journal.c.seq)
        .limit(limit)
    )
    return [(_entry(row), row.hash) for row in connection.execute(statement)]


def whole_chain(connection: Connection, own: OwnTables, chain: Chain) -> Iterator[tuple[JournalEntry, str]]:
    """All entries of a chain in order, a few at a time."""
    seq = 0
    while some := entries_after(connection, own, chain, seq, 200):
        yield from some
        seq = some[-1][0].seq


def _entry(row: Any) -> JournalEntry:
    """As it stands there, whatever somebody wrote into it; what is not bytes becomes bytes of no digest."""
    values = {name: getattr(row, name) for name in _FIELDS}
    subjects = row.subjects if isinstance(row.subjects, bytes | memoryview) else repr(row.subjects).encode()
    return JournalEntry(**{**values, "subjects": bytes(subjects)})
