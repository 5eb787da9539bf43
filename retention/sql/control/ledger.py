"""The ledger's entries, how far it has followed the journals, and the heads that were signed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, type_coerce
from sqlalchemy.types import NullType

from retention.model.ledger import GENESIS, LedgerEntry
from retention.model.run import SignedHead
from retention.sql.control.records import Followed
from retention.sql.control.stored import from_json, to_json
from retention.sql.control.tables import followed, instant_text, ledger, signed_head
from retention.sql.control.transactions import Transactions

Chain = tuple[str, str, int]  # run, rule, shard


class Ledger:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def append(self, kind: str, body: Mapping[str, object], at: datetime) -> LedgerEntry:
        with self._store.begin() as connection:
            return append(connection, kind, body, at)

    def tip(self) -> tuple[int, str]:
        """(sequence, hash) of the last entry; (0, GENESIS) while there is none."""
        with self._store.reading() as connection:
            return tip(connection)

    def latest(self, limit: int = 50) -> tuple[LedgerEntry, ...]:
        """The last entries, oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(ledger).order_by(ledger.c.sequence.desc()).limit(limit)).all()
        return tuple(_entry(row) for row in reversed(rows))

    def save_head(self, head: SignedHead) -> None:
        """Saving the same head again changes nothing."""
        this = (signed_head.c.sequence == head.sequence, signed_head.c.signed_at == head.signed_at)
        with self._store.begin() as connection:
            if connection.execute(select(signed_head.c.sequence).where(*this)).first() is None:
                text = to_json(SignedHead, head)
                connection.execute(
                    insert(signed_head).values(sequence=head.sequence, signed_at=head.signed_at, head=text)
                )

    def heads(self) -> tuple[SignedHead, ...]:
        """All that were signed, in order."""
        statement = select(signed_head.c.head).order_by(signed_head.c.sequence, signed_head.c.signed_at)
        with self._store.reading() as connection:
            return tuple(from_json(SignedHead, text) for text in connection.execute(statement).scalars())


def append(connection: Connection, kind: str, body: Mapping[str, object], at: datetime) -> LedgerEntry:
    """Inside a write transaction of the store, of which there is one at a time: the entry after the last."""
    sequence, previous = tip(connection)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    entry = LedgerEntry(sequence=sequence + 1, at=at.astimezone(UTC), kind=kind, body=text, previous=previous)
    connection.execute(
        insert(ledger).values(
            sequence=entry.sequence, at=entry.at, kind=kind, body=text, previous=previous, hash=entry.hash()
        )
    )
    return entry


def tip(connection: Connection) -> tuple[int, str]:
    row = connection.execute(
        select(ledger.c.sequence, ledger.c.hash).order_by(ledger.c.sequence.desc()).limit(1)
    ).first()
    return (0, GENESIS) if row is None else (row.sequence, row.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """An entry as it stands in the store, with the hash beside it. None: nothing of ours could have written it so."""

    entry: LedgerEntry | None
    hash: str


def entries(connection: Connection) -> Iterator[KeptEntry]:
    """Every entry in order. The columns are read as they stand, whatever somebody wrote into them."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in ledger.c]
    statement = select(*columns).order_by(ledger.c.sequence).execution_options(yield_per=1_000)
    for row in connection.execute(statement):
        yield KeptEntry(entry=_entry_as_written(row), hash=str(row.hash))


def all_followed(connection: Connection) -> dict[str, dict[Chain, Followed]]:
    """By dataset and chain."""
    datasets = connection.execute(select(followed.c.dataset).distinct()).scalars().all()
    return {dataset: followed_chains(connection, dataset) for dataset in datasets}


def _entry_as_written(row: Any) -> LedgerEntry | None:
    texts = (row.at, row.kind, row.body, row.previous)
    if not isinstance(row.sequence, int) or not all(isinstance(text, str) for text in texts):
        return None
    try:
        at = datetime.fromisoformat(row.at)
        entry = LedgerEntry(sequence=row.sequence, at=at, kind=row.kind, body=row.body, previous=row.previous)
    except ValueError:
        return None
    return entry if instant_text(at) == row.at else None


def followed_chains(connection: Connection, dataset: str) -> dict[Chain, Followed]:
    rows = connection.execute(select(followed).where(followed.c.dataset == dataset))
    return {(row.run_id, row.rule_id, row.shard): Followed(seq=row.seq, hash=row.hash) for row in rows}


def save_followed(connection: Connection, dataset: str, chain: Chain, at: Followed) -> None:
    run_id, rule_id, shard = chain
    connection.execute(
        delete(followed).where(
            followed.c.dataset == dataset,
            followed.c.run_id == run_id,
            followed.c.rule_id == rule_id,
            followed.c.shard == shard,
        )
    )
    connection.execute(
        insert(followed).values(dataset=dataset, run_id=run_id, rule_id=rule_id, shard=shard, seq=at.seq, hash=at.hash)
    )


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(sequence=row.sequence, at=row.at, kind=row.kind, body=row.body, previous=row.previous)
