"""Bringing statements into the facts of a dataset: staged first, then merged in one short transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from retention.model.fact import Fact, TimeKind
from retention.sql.bounds import EPOCH
from retention.sql.database import Database
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables
from retention.sql.telling import ROWS_AT_ONCE, Statement
from retention.sql.told_facts import State, end_of

_MILLISECOND = timedelta(milliseconds=1)
_A_DAY = timedelta(days=1)
SINCE_EVER = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _MILLISECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``written``: facts that are new, or say something else than before. ``lost``: those that had not come, and of
    whose subjects the rows tell nothing any more: unknown from now on."""

    written: int
    lost: int


def _statements(name: str, **options: Any) -> Table:
    return Table(
        name,
        MetaData(),
        Column("subject_key", String(255), nullable=False, **options),
        Column("state", Integer, nullable=False),
        Column("day", Date),
        Column("at_ms", BigInteger),
        prefixes=["TEMPORARY"],
    )


_HEARD, _LAST = _statements("retention_fact_heard"), _statements("retention_fact_last", primary_key=True)


def stage(connection: Connection, told: Iterable[Statement], time: TimeKind) -> int:
    """Keep the statements on this connection, in transactions that write nothing else: whoever writes to the dataset
    need not wait for it. Of how many subjects something is told."""
    with connection.begin():
        for table in (_HEARD, _LAST):
            table.create(connection, checkfirst=True)
            connection.execute(delete(table))
    waiting = iter(told)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        with connection.begin():
            connection.execute(insert(_HEARD), [_values(one, time) for one in some])
    with connection.begin():
        heard = _HEARD.c
        last = (heard.subject_key, func.max(heard.state), func.max(heard.day), func.max(heard.at_ms))
        names = [column.name for column in _LAST.columns]
        connection.execute(insert(_LAST).from_select(names, select(*last).group_by(heard.subject_key)))
        return int(connection.execute(select(func.count()).select_from(_LAST)).scalar_one())


def _values(told: Statement, time: TimeKind) -> dict[str, object]:
    """A fraction of a millisecond makes the event later: it keeps longer."""
    day = at_ms = None
    if isinstance(told.at, datetime):
        at_ms = -(-(told.at - EPOCH) // _MILLISECOND)
    elif isinstance(told.at, date):
        day = told.at
    if told.state is State.KNOWN and (day is None) is (time is TimeKind.DAY):
        raise AssertionError("a day is told where an instant was declared, or the other way round")
    return {"subject_key": told.subject_key, "state": told.state.value, "day": day, "at_ms": at_ms}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What tells a fact, and up to when. ``cooled_at``: when another teller than the last one is believed; None: at
    once."""

    fact: Fact
    declared: str  # digest of the declaration
    complete_until: datetime
    cooled_at: datetime | None
    whole: bool  # what is staged is all that there is


def merge(connection: Connection, database: Database, source: Source) -> Merged:
    """Let the facts say what was staged, all or nothing. The fence is already taken.

    An event that had come is never moved back: the row that told it may be gone. One that had not come, or of which
    nobody could tell, is as it is told now.
    """
    own, dialect, fact = database.own, database.dialect, source.fact
    before = complete_ms(connection, own, fact.id)
    written = _write(connection, own, dialect, fact, before)
    lost = _lose(connection, own, dialect, fact, before) if source.whole else 0
    believed, until = _believed_ms(connection, own, source), _milliseconds(source.complete_until)
    table = own.fact_source
    connection.execute(delete(table).where(table.c.event == fact.id))
    values: dict[str, ColumnElement[Any]] = {
        "event": literal(fact.id),
        "complete_ms": literal(max(until, until if before is None else before)),
        "declared": literal(source.declared),
        "believed_ms": literal(believed),
        "expires": literal(str(fact.expires)),
        "recorded_ms": dialect.now_ms(),
    }
    connection.execute(insert(table).from_select(list(values), select(*values.values())))
    return Merged(written=written, lost=lost)


def _believed_ms(connection: Connection, own: OwnTables, source: Source) -> int:
    """The first teller is believed at once: the rule that counts from it is new, and cools down by itself."""
    table = own.fact_source.c
    asked = select(table.declared, table.believed_ms).where(table.event == source.fact.id)
    known = connection.execute(asked).first()
    if known is None:
        return SINCE_EVER
    if known.declared == source.declared:
        return int(known.believed_ms)
    return SINCE_EVER if source.cooled_at is None else _milliseconds(source.cooled_at)


def _milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // _MILLISECOND


def complete_ms(connection: Connection, own: OwnTables, event: str) -> int | None:
    """Milliseconds up to which the facts of an event are complete here; None: it never was brought."""
    source = own.fact_source.c
    known = connection.execute(select(source.complete_ms).where(source.event == event)).scalar_one_or_none()
    return None if known is None else int(known)


def believed_ms(connection: Connection, own: OwnTables, event: str) -> int:
    """Milliseconds from which on the facts of an event are believed."""
    source = own.fact_source.c
    known = connection.execute(select(source.believed_ms).where(source.event == event)).scalar_one_or_none()
    return SINCE_EVER if known is None else int(known)


def _write(connection: Connection, own: OwnTables, dialect: Dialect, fact: Fact, before: int | None) -> int:
    facts, last, end = own.fact.c, _LAST.c, end_of(fact.time).column
    later = last[end] > facts[end]
    other = and_(_not_come(own, fact, before), last[end] != facts[end])
    moves = or_(
        and_(last.state != State.KNOWN.value, facts.state != last.state),
        and_(last.state == State.KNOWN.value, or_(facts.state != State.KNOWN.value, later, other)),
    )
    same = and_(facts.event == fact.id, facts.subject_key == last.subject_key)
    connection.execute(delete(own.fact).where(exists(select(1).select_from(_LAST).where(same, moves))))
    values: dict[str, ColumnElement[Any]] = {
        "event": literal(fact.id),
        "subject_key": last.subject_key,
        "state": last.state,
        "day": last.day,
        "at_ms": last.at_ms,
        "recorded_ms": dialect.now_ms(),
    }
    there = exists(select(1).select_from(own.fact).where(same))
    fresh = insert(own.fact).from_select(list(values), select(*values.values()).where(not_(there)))
    return connection.execute(fresh.execution_options(preserve_rowcount=True)).rowcount


def _lose(connection: Connection, own: OwnTables, dialect: Dialect, fact: Fact, before: int | None) -> int:
    facts = own.fact.c
    open_still = or_(facts.state == State.OPEN.value, _not_come(own, fact, before))
    told = exists(select(1).select_from(_LAST).where(_LAST.c.subject_key == facts.subject_key))
    nobody_tells = {"state": State.UNKNOWN.value, "day": None, "at_ms": None, "recorded_ms": dialect.now_ms()}
    statement = update(own.fact).values(nobody_tells).where(facts.event == fact.id, open_still, not_(told))
    return connection.execute(statement).rowcount


def _not_come(own: OwnTables, fact: Fact, before: int | None) -> ColumnElement[bool]:
    """Whether an end that is known had not come when the facts were brought last. A local day may be one ahead."""
    facts = own.fact.c
    until = EPOCH + (before or 0) * _MILLISECOND
    if fact.time is TimeKind.DAY:
        return and_(facts.state == State.KNOWN.value, facts.day > (until.astimezone(UTC) + _A_DAY).date())
    return and_(facts.state == State.KNOWN.value, facts.at_ms > (before or 0))


def counts(connection: Connection, own: OwnTables, event: str) -> dict[State, int]:
    """How many facts of an event are in each state."""
    facts = own.fact.c
    asked = select(facts.state, func.count()).where(facts.event == event).group_by(facts.state)
    return {State(state): int(number) for state, number in connection.execute(asked)}


def sources(connection: Connection, own: OwnTables) -> Iterator[tuple[str, int, str]]:
    """(event, milliseconds up to which it is complete, period after which a fact expires)."""
    source = own.fact_source.c
    for event, complete, expires in connection.execute(
        select(source.event, source.complete_ms, source.expires).order_by(source.event)
    ):
        yield event, int(complete), expires
