"""Keys that identity links add to holds, and the links that could not be followed. What was linked once stays so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, Table, func, insert, select, union

from retention.model.hold import HoldState, SubjectKey
from retention.model.linked_subject import LinkedSubject, LinkGap
from retention.sql.control.hold_records import entry, known_hold
from retention.sql.control.holds import CHUNK, raise_epoch
from retention.sql.control.ledger import append
from retention.sql.control.link_gaps import gaps_of, replace_gaps
from retention.sql.control.link_tables import linked_subject
from retention.sql.control.tables import hold, hold_subject
from retention.sql.control.transactions import Transactions


class Links:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def held_kinds(self) -> frozenset[str]:
        """The kinds of all subjects that are held, the linked ones too."""
        with self._store.reading() as connection:
            both = union(*(_kinds_of(table) for table in (hold_subject, linked_subject)))
            return frozenset(connection.execute(both).scalars())

    def gaps(self) -> tuple[LinkGap, ...]:
        with self._store.reading() as connection:
            return gaps_of(connection)

    def record(self, found: Iterable[LinkedSubject], gaps: Sequence[LinkGap], at: datetime) -> bool:
        """Add what is new, and let the gaps be these. False: nothing changed; else the epoch of the holds has risen,
        and how many keys each hold gained is in the ledger."""
        with self._store.begin() as connection:
            fresh = _fresh(connection, found)
            if not replace_gaps(connection, gaps) and not fresh:
                return False
            _add(connection, fresh, raise_epoch(connection, at))
            for hold_id, subjects in sorted(Counter(one.hold_id for one in fresh).items()):
                kind, told = entry(known_hold(connection, hold_id), "linked")
                append(connection, kind, {**told, "subjects": subjects}, at)
        return True

    def counted(self, hold_id: str) -> tuple[tuple[str, str, str, int], ...]:
        """(dataset, table, kind, keys) that links have added to a hold."""
        where = (linked_subject.c.dataset, linked_subject.c.table_name, linked_subject.c.kind)
        statement = (
            select(*where, func.count())
            .join(hold, hold.c.number == linked_subject.c.number)
            .where(hold.c.hold_id == hold_id)
            .group_by(*where)
            .order_by(*where)
        )
        with self._store.reading() as connection:
            return tuple((row[0], row[1], row[2], row[3]) for row in connection.execute(statement))

    def linked(self, hold_id: str) -> frozenset[SubjectKey]:
        """The keys that links have added to a hold."""
        statement = (
            select(linked_subject.c.kind, linked_subject.c.subject_key)
            .join(hold, hold.c.number == linked_subject.c.number)
            .where(hold.c.hold_id == hold_id)
        )
        with self._store.reading() as connection:
            return frozenset(SubjectKey(kind=row.kind, key=row.subject_key) for row in connection.execute(statement))

    def epochs(self) -> dict[tuple[str, str, str], int]:
        """(hold, kind, key) -> the epoch since which the key is linked."""
        statement = select(
            hold.c.hold_id, linked_subject.c.kind, linked_subject.c.subject_key, linked_subject.c.epoch
        ).join(hold, hold.c.number == linked_subject.c.number)
        with self._store.reading() as connection:
            return {(row.hold_id, row.kind, row.subject_key): row.epoch for row in connection.execute(statement)}


def _fresh(connection: Connection, found: Iterable[LinkedSubject]) -> list[LinkedSubject]:
    """Those that their holds do not cover yet, each once, of holds that stand."""
    wanted = {(one.hold_id, one.subject): one for one in found}
    if not wanted:
        return []
    known: set[tuple[str, SubjectKey]] = set()
    for table in (hold_subject, linked_subject):
        statement = select(hold.c.hold_id, table.c.kind, table.c.subject_key).join(
            hold, hold.c.number == table.c.number
        )
        known.update((row[0], SubjectKey(kind=row[1], key=row[2])) for row in connection.execute(statement))
    stands = hold.c.state != HoldState.RELEASED.value
    standing = frozenset(connection.execute(select(hold.c.hold_id).where(stands)).scalars())
    return [one for pair, one in wanted.items() if pair not in known and one.hold_id in standing]


def _add(connection: Connection, fresh: Sequence[LinkedSubject], epoch: int) -> None:
    numbers = {row.hold_id: row.number for row in connection.execute(select(hold.c.hold_id, hold.c.number))}
    for start in range(0, len(fresh), CHUNK):
        rows = [
            {
                "number": numbers[one.hold_id],
                "kind": one.subject.kind,
                "subject_key": one.subject.key,
                "dataset": one.dataset,
                "table_name": one.table,
                "epoch": epoch,
            }
            for one in fresh[start : start + CHUNK]
        ]
        connection.execute(insert(linked_subject), rows)


def _kinds_of(table: Table) -> Select[str]:
    stands = hold.c.state != HoldState.RELEASED.value
    return select(table.c.kind).join(hold, hold.c.number == table.c.number).where(stands).distinct()
