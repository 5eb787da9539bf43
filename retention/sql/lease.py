"""Leases: one writer for a name, until it lets go or its time is over. Called inside a writing transaction."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from retention.sql.own_tables import OwnTables

_NOBODY = ""


def take(connection: Connection, own: OwnTables, name: str, owner: str, now_ms: int, seconds: int) -> int | None:
    """The token of the new holder, one more than the last; None while another owner's lease lasts.

    The same owner takes over from itself: whoever had the old token loses it."""
    lease = own.lease
    statement = select(lease.c.owner, lease.c.token, lease.c.expires_ms).where(lease.c.name == name).with_for_update()
    row = connection.execute(statement).first()
    if row is None and _made(connection, own, name):
        row = connection.execute(statement).first()
    if row is None or (row.owner not in (owner, _NOBODY) and row.expires_ms > now_ms):
        return None
    token: int = row.token + 1
    values = {"owner": owner, "token": token, "expires_ms": now_ms + seconds * 1000}
    connection.execute(update(lease).where(lease.c.name == name).values(values))
    return token


def renew(connection: Connection, own: OwnTables, name: str, token: int, now_ms: int, seconds: int) -> bool:
    """False where somebody else took it: the caller must write nothing more."""
    lease = own.lease
    mine = update(lease).where(lease.c.name == name, lease.c.token == token)
    return connection.execute(mine.values(expires_ms=now_ms + seconds * 1000)).rowcount == 1


def release(connection: Connection, own: OwnTables, name: str, token: int) -> None:
    """The row stays, so that tokens go on rising. Does nothing where somebody else took it."""
    lease = own.lease
    mine = update(lease).where(lease.c.name == name, lease.c.token == token)
    connection.execute(mine.values(owner=_NOBODY, expires_ms=0))


def _made(connection: Connection, own: OwnTables, name: str) -> bool:
    """False where somebody else makes the same lease at this moment."""
    try:
        with connection.begin_nested():
            connection.execute(insert(own.lease).values(name=name, owner=_NOBODY, token=0, expires_ms=0))
    except IntegrityError:
        return False
    return True
