"""Facts from elsewhere go when their time is over and nothing here is about their subject any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    func,
    inspect,
    or_,
    select,
)

from retention.model.fact import Fact, TimeKind
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import Stored, TimeColumn
from retention.sql.bounds import Bound, ended
from retention.sql.conditions import certainly
from retention.sql.database import Database
from retention.sql.fact_import import sources
from retention.sql.rule_tables import own_name
from retention.sql.stored_times import passed
from retention.sql.subjects import subject_key
from retention.sql.telling import TOLD
from retention.sql.telling import ended as ended_column
from retention.sql.told_facts import State, end_of

_RECORDED = TimeColumn(column="recorded_ms", stored=Stored.EPOCH_MS)


def expire(
    connection: Connection,
    database: Database,
    tables: Mapping[str, Table],
    readers: Mapping[str, tuple[Rule, ...]],
    now: datetime,
) -> dict[str, int]:
    """Delete what has expired at ``now``; how many facts of each event went.

    ``readers``: the rules that count from an event, by its name; ``tables``: those that they read, as they are now. Of
    an event that no rule reads any more all expires by the period that was declared last, and then its source.
    """
    gone = {}
    for event, _, expires in list(sources(connection, database.own)):
        bound = ended(now, "UTC", Period.parse(expires))
        rules = readers.get(event, ())
        facts = database.own.fact
        over = _known_over(database, bound)
        if not rules:
            over = or_(over, passed(facts, _RECORDED, bound, database.dialect))
        statement = delete(facts).where(facts.c.event == event, over)
        for rule in rules:
            statement = statement.where(facts.c.subject_key.not_in(_subjects(rule, tables, database)))
        if number := connection.execute(statement).rowcount:
            gone[event] = number
        if not rules:
            _forget_source(connection, database, event)
    return gone


def _known_over(database: Database, bound: Bound) -> ColumnElement[bool]:
    facts, dialect = database.own.fact, database.dialect
    ends = (certainly(passed(facts, end_of(time), bound, dialect)) for time in TimeKind)
    return and_(facts.c.state == State.KNOWN.value, or_(*ends))


def _subjects(rule: Rule, tables: Mapping[str, Table], database: Database) -> Select[tuple[str]]:
    root = tables[rule.table].alias()
    keys = select(subject_key(rule.subject, root, tables, database.dialect).label("subject_key")).subquery()
    return select(keys.c.subject_key).where(keys.c.subject_key.is_not(None))


def _forget_source(connection: Connection, database: Database, event: str) -> None:
    facts, source = database.own.fact, database.own.fact_source
    left = connection.execute(select(func.count()).select_from(facts).where(facts.c.event == event)).scalar_one()
    if not left:
        connection.execute(delete(source).where(source.c.event == event))


def is_empty(connection: Connection, database: Database) -> bool:
    """Whether there is nothing here that could expire."""
    return not any(sources(connection, database.own)) and not any(_told_tables(connection, database))


# -- in the dataset that tells -----------------------------------------------------------------------------------------


def expire_told(connection: Connection, database: Database, facts: Iterable[Fact], now: datetime) -> int:
    """The same of what rows told that are gone: by their event, or where it is unknown, or not declared any more, from
    when it was written down."""
    declared = {}
    for fact in facts:
        if fact.rows is not None and fact.rows.dataset == database.dataset.id:
            declared[own_name(database.dialect, TOLD, fact.id)] = fact
    tables = list(_told_tables(connection, database))
    return sum(_expire_table(connection, database, name, declared.get(name), now) for name in tables)


def _told_tables(connection: Connection, database: Database) -> Iterator[str]:
    for name in inspect(connection).get_table_names(schema=database.dialect.own_schema):
        if name.startswith(own_name(database.dialect, f"{TOLD}__")):
            yield name


def _expire_table(connection: Connection, database: Database, name: str, fact: Fact | None, now: datetime) -> int:
    told = Table(name, MetaData(schema=database.dialect.own_schema), autoload_with=connection)
    gone = 0
    for expires in connection.execute(select(told.c.expires).distinct()).scalars().all():
        bound = ended(now, "UTC", Period.parse(str(fact.expires) if fact else expires))
        over = passed(told, _RECORDED, bound, database.dialect)
        if fact is not None and fact.rows is not None and ended_column(fact.rows) in told.c:
            at = TimeColumn(
                column=ended_column(fact.rows), stored=fact.rows.at.stored, stored_zone=fact.rows.at.stored_zone
            )
            end = told.c[at.column]
            known = and_(end.is_not(None), certainly(passed(told, at, bound, database.dialect)))
            over = or_(known, and_(end.is_(None), over))
        gone += connection.execute(delete(told).where(told.c.expires == expires, over)).rowcount
    return gone
