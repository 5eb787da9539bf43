"""Writing the journal in a dataset: one row for each batch, in the batch's own transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from retention.model.ledger import JournalEntry
from retention.sql.own_tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one batch came to. ``rows`` and ``spared`` are JSON, as the journal keeps them."""

    action: str
    groups: int
    rows: str
    spared: str
    set_aside: int


def last_of(connection: Connection, own: OwnTables, run_id: str, rule_id: str, shard: int) -> tuple[int, str, int]:
    """(sequence, hash, last candidate) of the last journal row of a shard; (0, "", 0) when there is none."""
    journal = own.journal
    row = connection.execute(
        select(journal.c.seq, journal.c.hash, journal.c.last)
        .where(journal.c.run_id == run_id, journal.c.rule_id == rule_id, journal.c.shard == shard)
        .order_by(journal.c.seq.desc())
        .limit(1)
    ).first()
    return (0, "", 0) if row is None else (row.seq, row.hash, row.last)


def entries_of(connection: Connection, own: OwnTables, run_id: str, rule_id: str) -> tuple[Written, ...]:
    """Every batch of one rule in one run, in order."""
    journal = own.journal
    rows = connection.execute(
        select(journal.c.action, journal.c.groups, journal.c.rows, journal.c.spared, journal.c.set_aside)
        .where(journal.c.run_id == run_id, journal.c.rule_id == rule_id)
        .order_by(journal.c.shard, journal.c.seq)
    )
    return tuple(
        Written(action=action, groups=groups, rows=written, spared=spared, set_aside=aside)
        for action, groups, written, spared, aside in rows
    )


def append(connection: Connection, own: OwnTables, entry: JournalEntry) -> None:
    values = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    connection.execute(insert(own.journal).values(**values, hash=entry.hash()))
