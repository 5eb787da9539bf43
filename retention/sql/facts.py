"""Facts: what a live rule needs of rows that another rule disposes of, written in the transaction in which they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Insert,
    MetaData,
    Select,
    String,
    Table,
    Update,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    update,
)

from retention.model.rule import Action, Relationship
from retention.model.starting_point import Stored, TimeColumn
from retention.planning.needs import Need
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every
from retention.sql.dialects.base import Dialect
from retention.sql.group import in_keys
from retention.sql.leaves import joined
from retention.sql.rule_tables import FactTable
from retention.sql.stored_times import is_open, is_text


@dataclass(frozen=True)
class Needed:
    """The statements that keep what one rule needs, in the batches of another one."""

    need: Need
    context: RuleContext  # of the rule that disposes
    fact: FactTable
    staged: Table  # of this connection: the last end of each record in the batch
    stays: bool  # the rows are still found afterwards, and an end that has not come yet still can

    @classmethod
    def of(cls, need: Need, context: RuleContext, action: Action) -> Needed:
        fact = fact_of(need, context)
        stays = action is Action.PSEUDONYMIZE and need.overwritten.isdisjoint(need.relationship.join.far_columns)
        return cls(need, context, fact, _staged(fact), stays)

    def open(self, connection: Connection) -> None:
        """Make the temporary table. Called once, before the first batch."""
        self.staged.create(connection, checkfirst=True)

    def write(self, connection: Connection, keys: FromClause) -> int:
        """Keep the last end of each record whose related rows go with the groups in ``keys``; gives their number.

        A fact never moves back to an earlier end, and never becomes known again once nobody could tell.
        """
        connection.execute(delete(self.staged))
        names = [column.name for column in self.staged.columns]
        stage = insert(self.staged).from_select(names, self._going(keys))
        records = connection.execute(stage.execution_options(preserve_rowcount=True)).rowcount
        if records:
            connection.execute(self._moved_on())
            connection.execute(self._first())
        return records

    # -- statements ----------------------------------------------------------------------------------------------

    def _going(self, keys: FromClause) -> Select[Any]:
        """By the values of the record itself, so that they are equal wherever its database calls them so."""
        context, relationship = self.context, self.need.relationship
        row = context.tables[self.need.table]
        root = context.tables[self.need.rule.table].alias("needing")
        record = [root.c[column] for column in relationship.join.columns]
        written = [row.c[relationship.end.column].is_not(None)] if self.stays else []
        return (
            select(*record, _last(row, relationship.end, context.dialect))
            .select_from(row)
            .join(root, joined(root, row, relationship.join))
            .where(in_keys(context.rule, context.tables, self.need.table, keys), *written)
            .group_by(*record)
        )

    def _same(self) -> ColumnElement[bool]:
        facts, staged = self.fact.table.c, self.staged.c
        return and_(facts.event == self.fact.event, *(facts[key] == staged[key] for key in self.fact.keys))

    def _moved_on(self) -> Update:
        end, dialect = self.fact.end, self.context.dialect
        known, going = self.fact.table.c[end.column], self.staged.c[end.column]
        later = or_(going.is_(None), _order(going, end, dialect) > _order(known, end, dialect))
        latest = select(going).where(self._same()).scalar_subquery()
        moves = exists(select(1).select_from(self.staged).where(self._same(), known.is_not(None), later))
        values = {end.column: latest, "source": self.context.rule.id, "recorded_ms": dialect.now_ms()}
        return update(self.fact.table).values(values).where(moves)

    def _first(self) -> Insert:
        there = exists(select(1).select_from(self.fact.table).where(self._same()))
        values: Mapping[str, ColumnElement[Any]] = {
            **{column.name: column for column in self.staged.columns},
            "event": literal(self.fact.event),
            "source": literal(self.context.rule.id),
            "recorded_ms": self.context.dialect.now_ms(),
        }
        source = select(*values.values()).select_from(self.staged).where(not_(there))
        return insert(self.fact.table).from_select(list(values), source)


def fact_of(need: Need, context: RuleContext) -> FactTable:
    """Where the facts of the rule that needs them are written."""
    fact = FactTable.of(need.rule, context.tables, context.dialect, MetaData(schema=context.dialect.own_schema))
    if fact is None:
        raise AssertionError(f"{need.rule.id} needs rows that nobody can read")
    return fact


def needed(needs: tuple[Need, ...], context: RuleContext, action: Action) -> tuple[Needed, ...]:
    """Those that one action of a rule takes away."""
    return tuple(Needed.of(need, context, action) for need in needs if need.arises(action))


def forget_facts(context: RuleContext, keys: FromClause) -> list[Delete]:
    """The facts of the records in ``keys``, which are about to be deleted, but for those that another record with the
    same values still needs."""
    fact, relationship = context.rule_tables.fact, context.rule.relationship
    if fact is None or relationship is None:
        return []
    record, other = context.root, context.root.alias("other")
    goes = in_keys(context.rule, context.tables, context.rule.table, keys)
    names = [f"k{position}" for position, _ in enumerate(context.rule.primary_key, start=1)]
    going = exists(
        select(1)
        .select_from(keys)
        .where(*(keys.c[name] == other.c[column] for name, column in zip(names, context.rule.primary_key, strict=True)))
    )
    leaving = exists(select(1).select_from(record).where(_about(fact, record, relationship), goes))
    needed_still = exists(select(1).select_from(other).where(_about(fact, other, relationship), not_(going)))
    return [delete(fact.table).where(leaving, not_(needed_still))]


def _about(fact: FactTable, record: FromClause, relationship: Relationship) -> ColumnElement[bool]:
    pairs = zip(fact.keys, relationship.join.columns, strict=True)
    return and_(*(fact.table.c[key] == record.c[column] for key, column in pairs))


def _last(row: FromClause, end: TimeColumn, dialect: Dialect) -> ColumnElement[Any]:
    """The last end among rows; NULL where one of them is open or cannot be read."""
    column = row.c[end.column]
    readable = dialect.readable(column, end.stored)
    clear = every(*([] if readable is None else [readable]), not_(is_open(row, end, dialect)))
    known = case((certainly(and_(column.is_not(None), clear)), _order(column, end, dialect)))
    latest: ColumnElement[Any] = func.max(known, type_=known.type)
    last = latest + literal("Z") if end.stored is Stored.ISO_UTC else latest
    return case((func.count() == func.count(known), last))


def _order(column: ColumnElement[Any], end: TimeColumn, dialect: Dialect) -> ColumnElement[Any]:
    """What sorts as time does: Z would come after the digits of a longer fraction."""
    if not is_text(end, dialect):
        return column
    text = dialect.bytewise(type_coerce(column, String()))
    return dialect.right_trimmed(text, "Z") if end.stored is Stored.ISO_UTC else text


def _staged(fact: FactTable) -> Table:
    """Without an index, as the keys of a batch: see retention.sql.disposal."""
    names = (*fact.keys, fact.end.column)
    columns = [Column(name, fact.table.c[name].type, autoincrement=False) for name in names]
    name = f"retention_batch_{fact.table.name.removeprefix('retention_')}"
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DELETE ROWS")
