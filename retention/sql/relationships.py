"""Where the ends of the relationships of a row's subject stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, false

from retention.model.fact import ToldEnd
from retention.model.rule import Missing, RelatedRows, Relationship
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import some
from retention.sql.leaves import Ends, Origin, RelationshipSql
from retention.sql.told_facts import end_of, stale


def relationship_sql(context: RuleContext) -> RelationshipSql | None:
    relationship = context.rule.relationship
    if relationship is None:
        return None
    return RelationshipSql(
        root=context.root,
        ends=tuple(ends_of(context, relationship)),
        otherwise=relationship.otherwise,
        stale=some(*(stale(context.own, told, context.as_of) for told in relationship.told)),
        whose=_whose(context, relationship),
        dialect=context.dialect,
    )


def ends_of(context: RuleContext, relationship: Relationship) -> Iterator[Ends]:
    """The related rows, the facts of those that are gone, and facts from elsewhere."""
    if relationship.rows is not None:
        yield from _related(context, relationship.rows)
    yield from _told(context, relationship.told)


def _told(context: RuleContext, told: Iterable[ToldEnd]) -> Iterator[Ends]:
    for one in told:
        yield Ends(
            origin=Origin.ELSEWHERE,
            table=context.own.fact,
            key=lambda row: (context.subject_key(row),),
            columns=("subject_key",),
            end=end_of(one.time),
            event=one.fact,
        )


def _whose(context: RuleContext, relationship: Relationship) -> ColumnElement[bool]:
    subject = context.rule.subject
    if not relationship.told or subject is None or subject.missing is Missing.NOBODY:
        return false()
    return context.subject_key().is_(None)


def _related(context: RuleContext, related: RelatedRows) -> Iterator[Ends]:
    join, fact = related.join, context.rule_tables.fact
    if fact is None:
        raise AssertionError(f"{context.rule.id} has related rows, and no table for the facts of those that are gone")

    def key(row: FromClause) -> tuple[ColumnElement[Any], ...]:
        return tuple(row.c[column] for column in join.columns)

    table = context.tables[join.table]
    yield Ends(origin=Origin.ROWS, table=table, key=key, columns=join.far_columns, end=related.end)
    yield Ends(origin=Origin.PAST, table=fact.table, key=key, columns=fact.keys, end=fact.end, event=fact.event)
