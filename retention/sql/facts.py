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
    Table,
    Update,
    and_,
    delete,
    exists,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from retention.model.join import Join
from retention.model.rule import Action
from retention.planning.needs import Need
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import in_keys
from retention.sql.last_end import last_end, order
from retention.sql.leaves import joined
from retention.sql.rule_tables import FactTable


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
        stays = action is Action.PSEUDONYMIZE and need.overwritten.isdisjoint(need.related.join.far_columns)
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
        context, related = self.context, self.need.related
        row = context.tables[self.need.table]
        root = context.tables[self.need.rule.table].alias("needing")
        record = [root.c[column] for column in related.join.columns]
        written = [row.c[related.end.column].is_not(None)] if self.stays else []
        return (
            select(*record, last_end(row, related.end, context.dialect))
            .select_from(row)
            .join(root, joined(root, row, related.join))
            .where(in_keys(context.rule, context.tables, self.need.table, keys), *written)
            .group_by(*record)
        )

    def _same(self) -> ColumnElement[bool]:
        facts, staged = self.fact.table.c, self.staged.c
        return and_(facts.event == self.fact.event, *(facts[key] == staged[key] for key in self.fact.keys))

    def _moved_on(self) -> Update:
        end, dialect = self.fact.end, self.context.dialect
        known, going = self.fact.table.c[end.column], self.staged.c[end.column]
        later = or_(going.is_(None), order(going, end, dialect) > order(known, end, dialect))
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
    related = None if relationship is None else relationship.rows
    if fact is None or related is None:
        return []
    record, other = context.root, context.root.alias("other")
    goes = in_keys(context.rule, context.tables, context.rule.table, keys)
    names = [f"k{position}" for position, _ in enumerate(context.rule.primary_key, start=1)]
    going = exists(
        select(1)
        .select_from(keys)
        .where(*(keys.c[name] == other.c[column] for name, column in zip(names, context.rule.primary_key, strict=True)))
    )
    leaving = exists(select(1).select_from(record).where(_about(fact, record, related.join), goes))
    needed_still = exists(select(1).select_from(other).where(_about(fact, other, related.join), not_(going)))
    return [delete(fact.table).where(leaving, not_(needed_still))]


def _about(fact: FactTable, record: FromClause, join: Join) -> ColumnElement[bool]:
    pairs = zip(fact.keys, join.columns, strict=True)
    return and_(*(fact.table.c[key] == record.c[column] for key, column in pairs))


def _staged(fact: FactTable) -> Table:
    """Without an index, as the keys of a batch: see retention.sql.disposal."""
    names = (*fact.keys, fact.end.column)
    columns = [Column(name, fact.table.c[name].type, autoincrement=False) for name in names]
    name = f"retention_batch_{fact.table.name.removeprefix('retention_')}"
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DELETE ROWS")
