"""The stop switch. It outranks everything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from retention.sql.control.ledger import append
from retention.sql.control.records import Stop
from retention.sql.control.tables import stop_switch
from retention.sql.control.transactions import Transactions


class Stops:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def stopped(self) -> Stop | None:
        with self._store.reading() as connection:
            return _stopped(connection)

    def stop(self, by: str, reason: str, at: datetime) -> Stop:
        """Turn it on and say so in the ledger. Where it is on already, the first who did it stays."""
        with self._store.begin() as connection:
            if known := _stopped(connection):
                return known
            connection.execute(insert(stop_switch).values(id=1, since=at, stopped_by=by, reason=reason))
            append(connection, "stopped", {"by": by}, at)
        return Stop(since=at, by=by, reason=reason)

    def resume(self, by: str, at: datetime) -> bool:
        """Turn it off and say so in the ledger. False where it was off."""
        with self._store.begin() as connection:
            if _stopped(connection) is None:
                return False
            connection.execute(delete(stop_switch))
            append(connection, "resumed", {"by": by}, at)
        return True


def _stopped(connection: Connection) -> Stop | None:
    row = connection.execute(select(stop_switch)).first()
    return None if row is None else Stop(since=row.since, by=row.stopped_by, reason=row.reason)
