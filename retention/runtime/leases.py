"""One writer for each rule of a dataset, whether Airflow or the command line started it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from retention.model.errors import Problem, RetentionError, TransientError
from retention.model.settings import Settings
from retention.sql import lease as lease_sql
from retention.sql.database import Database
from retention.sql.server_clock import server_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A right to write that expires. ``token`` rises with each taker, so that one who lost it matches nothing."""

    database: Database
    name: str
    token: int
    seconds: int

    def renew(self, connection: Connection) -> None:
        """Inside the batch's transaction. Raises TransientError R433 where somebody else took it."""
        now = server_ms(connection, self.database.dialect)
        if not lease_sql.renew(connection, self.database.own, self.name, self.token, now, self.seconds):
            raise TransientError(
                Problem(
                    code="R433",
                    what="another worker took over while this one paused",
                    where=self.name,
                    remedy="nothing: the other worker goes on; this one wrote nothing after it lost its lease",
                )
            )


@contextmanager
def leased(database: Database, connection: Connection, name: str, owner: str, settings: Settings) -> Iterator[Lease]:
    """Raises TransientError R432 while another run holds it. The same run takes over from its own dead worker.

    Whoever is refused on the way has nothing under way any more and lets go, so that the next run need not wait."""
    with database.writing_on(connection):
        now = server_ms(connection, database.dialect)
        token = lease_sql.take(connection, database.own, name, owner, now, settings.lease_seconds)
    if token is None:
        raise TransientError(
            Problem(
                code="R432",
                what="another run is writing under this rule",
                where=name,
                remedy=f"wait for it, or {settings.lease_seconds} seconds where it died; then try again",
            )
        )
    try:
        yield Lease(database=database, name=name, token=token, seconds=settings.lease_seconds)
    except RetentionError:
        _release(database, connection, name, token)
        raise
    _release(database, connection, name, token)


def _release(database: Database, connection: Connection, name: str, token: int) -> None:
    with database.writing_on(connection):
        lease_sql.release(connection, database.own, name, token)
