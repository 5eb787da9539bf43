"""A rule, and the database as it is now: all that its statements are compiled from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Table, select

from retention.model.choice import PeriodColumn
from retention.model.dataset import DeclaredReference
from retention.model.join import Lookup
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.rule_text import RuleText
from retention.model.schema import ForeignKey, Schema
from retention.sql.compiled_rule import RuleContext
from retention.sql.database import Database
from retention.sql.holds_here import NO_HOLDS, HoldsHere
from retention.sql.linked_holds import links_there
from retention.sql.live_tables import LiveTables
from retention.sql.rule_tables import RuleTables

_MOST_PERIODS = 500  # each is a branch of the statement


def rule_context(
    database: Database,
    rule: Rule,
    schema: Schema,
    live: Schema,
    *,
    as_of: datetime,
    lead: Period,
    holds: HoldsHere = NO_HOLDS,
    rules: Iterable[Rule] = (),
) -> RuleContext:
    """``schema``: the committed snapshot, for the references that the dataset file declares; ``live``: as it is now;
    ``rules``: all of the dataset."""
    seen = [one for one in rules if is_there(one, live)]
    tables = LiveTables(live, database.dataset.schema)
    return RuleContext(
        rule=rule,
        schema=_with_declared(live, schema),
        tables=tables,
        own=database.own,
        rule_tables=RuleTables.of(rule, tables, database.dialect),
        dialect=database.dialect,
        as_of=as_of,
        lead=lead,
        unclassified=bool(unclassified(rule, live)),
        periods=_periods(database, rule, tables),
        holds=holds,
        rules=tuple(seen),
        links=links_there(database.dataset.identity_links, live),
        blind=tuple(one for one in rules if one.companions and one not in seen),
    )


def older_context(context: RuleContext, text: RuleText, live: Schema) -> RuleContext:
    """The context of an earlier text of the rule: the same tables, with its own references and lead."""
    return replace(
        context,
        rule=text.rule,
        lead=text.lead,
        schema=_with_references(live, text.references),
        rule_tables=RuleTables.of(text.rule, context.tables, context.dialect),
        unclassified=bool(unclassified(text.rule, live)),
    )


def _periods(database: Database, rule: Rule, tables: Mapping[str, Table]) -> dict[Lookup, tuple[object, ...]]:
    """What stands in the columns of periods: one value is one cut-off. A value that comes later is nobody's yet."""
    clauses = (*rule.clauses, *(needed.clause for needed in rule.needed_by))
    columns = {clause.varies.at for clause in clauses if isinstance(clause.varies, PeriodColumn)}
    found: dict[Lookup, tuple[object, ...]] = {}
    for lookup in columns:
        column = tables[lookup.path[-1].table].c[lookup.column]
        values = select(column).where(column.is_not(None)).distinct().order_by(column).limit(_MOST_PERIODS)
        with database.reading() as connection:
            found[lookup] = tuple(connection.execute(values).scalars())
    return found


def is_there(rule: Rule, live: Schema) -> bool:
    """Whether every table and column that tells whom its rows are about, and what goes with what, is in the schema."""
    joins = [(rule.table, join) for join in rule.companions]
    joins += [(member.table, member.join) for member in rule.members]
    near = rule.table
    for hop in () if rule.subject is None else rule.subject.path:
        joins.append((near, hop))
        near = hop.table
    wanted = [(rule.table, column) for column in rule.primary_key]
    if rule.subject is not None:
        wanted.append((near, rule.subject.key))
    for table, join in joins:
        wanted += [(table, column) for column in join.columns]
        wanted += [(join.table, column) for column in join.far_columns]
    return all(table in live.tables and live.tables[table].column(column) for table, column in wanted)


def unclassified(rule: Rule, live: Schema) -> tuple[str, ...]:
    """``table.column`` of every column of the group that the rule says nothing about."""
    known = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
    return tuple(
        f"{table}.{column.name}"
        for table, uses in known.items()
        for column in live.tables[table].columns
        if column.name not in {use.column for use in uses}
    )


def _with_references(live: Schema, references: Iterable[DeclaredReference]) -> Schema:
    tables = dict(live.tables)
    for one in references:
        near, far = tables.get(one.table), tables.get(one.refers_to)
        if near is not None and far is not None:
            key = ForeignKey(
                columns=one.columns, table=one.refers_to, referred_columns=one.referred_columns, declared=False
            )
            tables[one.table] = replace(near, foreign_keys=(*near.foreign_keys, key))
    return Schema(dialect=live.dialect, tables=tables)


def _with_declared(live: Schema, schema: Schema) -> Schema:
    """The live schema with the references that no database enforces, as far as their tables are still there."""
    tables = dict(live.tables)
    for name, table in schema.tables.items():
        declared = tuple(key for key in table.foreign_keys if not key.declared and key.table in tables)
        if declared and name in tables:
            tables[name] = replace(tables[name], foreign_keys=(*tables[name].foreign_keys, *declared))
    return Schema(dialect=live.dialect, tables=tables)
