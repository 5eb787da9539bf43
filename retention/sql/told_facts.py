"""Facts from elsewhere in the dataset that counts from them: their states, and whether they are fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import ColumnElement, FromClause, exists, not_, select

from retention.model.fact import TimeKind, ToldEnd
from retention.model.starting_point import Stored, TimeColumn
from retention.sql.bounds import EPOCH
from retention.sql.own_tables import OwnTables

_MS = timedelta(milliseconds=1)


class State(IntEnum):
    """What is told of the last event of a subject. Of several statements the highest counts: it keeps most."""

    KNOWN = 0  # ``day`` or ``at_ms`` says when
    UNKNOWN = 1  # it came, or not: nobody can tell
    OPEN = 2  # it has not come yet


def end_of(time: TimeKind) -> TimeColumn:
    """Where the table of facts says when the event came."""
    if time is TimeKind.DAY:
        return TimeColumn(column="day", stored=Stored.DATE)
    return TimeColumn(column="at_ms", stored=Stored.EPOCH_MS)


def is_open(row: FromClause) -> ColumnElement[bool]:
    opened: ColumnElement[bool] = row.c.state == State.OPEN.value
    return opened


def stale(own: OwnTables, told: ToldEnd, as_of: datetime) -> ColumnElement[bool]:
    """Whether the fact is not complete up to a time near enough to ``as_of``, never was here, or is told by other rows
    than before since too short a time to be believed; never NULL."""
    source = own.fact_source.alias()
    near, cooled = source.c.complete_ms >= _fresh_from(told, as_of), source.c.believed_ms <= (as_of - EPOCH) // _MS
    return not_(exists(select(1).select_from(source).where(source.c.event == told.fact, near, cooled)))


def _fresh_from(told: ToldEnd, as_of: datetime) -> int:
    """Milliseconds; rounded up, so that less is fresh."""
    since = as_of - timedelta(days=told.fresh_days) - EPOCH
    return -(-since // _MS)
