"""Writing the journal in a dataset: one row for each batch, in the batch's own transaction."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from retention.model.ledger import JournalEntry
from retention.sql.own_tables import OwnTables


def last_of(connection: Connection, own: OwnTables, run_id: str, rule_id: str, shard: int) -> tuple[int, str, str]:
    """(sequence, hash, rows as JSON) of the last journal row of a shard; (0, "", "") when there is none."""
    journal = own.journal
    row = connection.execute(
        select(journal.c.seq, journal.c.hash, journal.c.rows)
        .where(journal.c.run_id == run_id, journal.c.rule_id == rule_id, journal.c.shard == shard)
        .order_by(journal.c.seq.desc())
        .limit(1)
    ).first()
    return (0, "", "") if row is None else (row.seq, row.hash, row.rows)


def entries_of(connection: Connection, own: OwnTables, run_id: str, rule_id: str) -> list[tuple[str, int, str]]:
    """(action, groups, rows as JSON) of every batch of one rule in one run, in order."""
    journal = own.journal
    rows = connection.execute(
        select(journal.c.action, journal.c.groups, journal.c.rows)
        .where(journal.c.run_id == run_id, journal.c.rule_id == rule_id)
        .order_by(journal.c.shard, journal.c.seq)
    )
    return [(row.action, row.groups, row.rows) for row in rows]


def append(connection: Connection, own: OwnTables, entry: JournalEntry) -> None:
    values = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    connection.execute(insert(own.journal).values(**values, hash=entry.hash()))


def groups_disposed(connection: Connection, own: OwnTables, run_id: str) -> int:
    total = select(func.coalesce(func.sum(own.journal.c.groups), 0)).where(own.journal.c.run_id == run_id)
    return int(connection.execute(total).scalar_one())
