"""How far a live schema has moved from the committed snapshot, and what that means for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from retention.model.errors import Problem
from retention.model.rule import Rule
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.planning.reliance import primary_keys, relied_on, written_in


class Severity(StrEnum):
    """From what stops a rule to what is only said."""

    UNFIT = "unfit"  # the database could leave half of a batch in it, or keeps what goes: no rule writes to it
    REFUSE = "refuse"  # what the rule was approved for is no longer there: it does not run
    BLOCK_PARENT = "block_parent"  # rows that nobody knew of refer to the group: it is not disposed of
    UNCLASSIFIED = "unclassified"  # a column that the rule says nothing about: what is not deleted is undetermined
    REMARK = "remark"


_CODES = {
    Severity.UNFIT: "R327",
    Severity.REFUSE: "R440",
    Severity.BLOCK_PARENT: "R441",
    Severity.UNCLASSIFIED: "R442",
    Severity.REMARK: "R443",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was. ``rule_ids``: whom it concerns, in order; ``column`` empty: the table."""

    severity: Severity
    rule_ids: tuple[str, ...]
    table: str
    column: str
    what: str
    remedy: str

    def stops(self, rule_id: str) -> bool:
        return self.severity in (Severity.UNFIT, Severity.REFUSE, Severity.BLOCK_PARENT) and rule_id in self.rule_ids

    def problem(self, rule: Rule) -> Problem:
        place = self.table + (f".{self.column}" if self.column else "")
        return Problem(
            code=_CODES[self.severity], what=self.what, where=f"rule {rule.id}, {place or 'schema'}", remedy=self.remedy
        )


def differences(snapshot: Schema, live: Schema, rules: Iterable[Rule]) -> tuple[Difference, ...]:
    """Every difference, gravest first, then by table and column. ``rules``: all of the dataset."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    found = _Comparison(snapshot, live, ordered).all()
    rank = list(Severity)
    return tuple(sorted(found, key=lambda one: (rank.index(one.severity), one.table, one.column, one.what)))


class _Comparison:
    def __init__(self, snapshot: Schema, live: Schema, rules: Sequence[Rule]) -> None:
        self._snapshot, self._live, self._rules = snapshot, live, rules
        dataset = rules[0].dataset if rules else "<dataset>"
        self._again = f"look at what changed, correct the rules, then `retention snapshot {dataset}`"

    def all(self) -> Iterator[Difference]:
        if self._snapshot.dialect != self._live.dialect:
            what = f"the snapshot is of {self._snapshot.dialect}, the database is {self._live.dialect}"
            yield self._one(Severity.REFUSE, self._rules, "", "", what)
            return
        for name in sorted({*self._snapshot.tables, *self._live.tables}):
            before, now = self._snapshot.tables.get(name), self._live.tables.get(name)
            if before is None and now is not None:
                yield self._one(Severity.REMARK, (), name, "", f"the table {name} is new: no rule speaks for it")
                yield from self._new_references(name, (), now.foreign_keys)
            elif now is None:
                yield self._gone(name, "", self._relying(name), f"the table {name} is gone, or has another name")
            elif before is not None:
                yield from self._of_table(before, now)

    def _of_table(self, before: Table, now: Table) -> Iterator[Difference]:
        name = before.name
        if now.unfit:
            yield self._unfit(now)
        if before.primary_key != now.primary_key:
            what = f"the primary key of {name} was {_list(before.primary_key)} and is {_list(now.primary_key)}"
            yield self._gone(name, "", [r for r in self._rules if name in primary_keys(r)], what)
        yield from self._columns(before, now)
        yield from self._new_references(name, before.foreign_keys, now.foreign_keys)
        yield from self._lost_references(before, now)
        yield from self._keys_and_indexes(before, now)
        yield from self._triggers(before, now)
        yield from self._checks(before, now)

    def _unfit(self, now: Table) -> Difference:
        rules = [rule for rule in self._rules if now.name in rule.tables]
        return replace(
            self._one(Severity.UNFIT if rules else Severity.REMARK, rules, now.name, "", f"{now.name} {now.unfit}"),
            remedy="change the table as said, or take the rule away",
        )

    # -- columns -------------------------------------------------------------------------------------------------

    def _columns(self, before: Table, now: Table) -> Iterator[Difference]:
        name = before.name
        for column in before.columns:
            relying = self._relying(name, column.name)
            other = now.column(column.name)
            if other is None:
                what = f"the column {name}.{column.name} is gone, or has another name"
                yield self._gone(name, column.name, relying, what)
            elif other.type != column.type:
                what = f"{name}.{column.name} was {column.type} and is {other.type}"
                yield self._gone(name, column.name, relying, what)
            elif replace(other, values=column.values) != column:
                yield self._other_column(name, column, other)
            elif other != column:
                what = f"{name}.{column.name} permits other values now: {_list(other.values)}"
                yield self._one(Severity.REMARK, (), name, column.name, what)
        for column in now.columns:
            if before.column(column.name) is None:
                yield self._new_column(name, column)

    def _other_column(self, table: str, before: Column, now: Column) -> Difference:
        if now.generated and not before.generated:
            what = f"{table}.{now.name} is now computed by the database and cannot be written"
        elif now.nullable and not before.nullable:
            what = f"{table}.{now.name} may be NULL now"
            return self._one(Severity.REMARK, (), table, now.name, what)
        else:
            what = f"{table}.{now.name} was {_words(before)} and is {_words(now)}"
        return self._gone(table, now.name, self._writing(table, now.name), what)

    def _new_column(self, table: str, column: Column) -> Difference:
        rules = [rule for rule in self._rules if table in rule.tables]
        severity = Severity.UNCLASSIFIED if rules else Severity.REMARK
        what = f"the column {table}.{column.name} is new, and no rule says what kind of value it holds"
        return self._one(severity, rules, table, column.name, what)

    # -- references ----------------------------------------------------------------------------------------------

    def _new_references(
        self, table: str, before: Iterable[ForeignKey], now: Iterable[ForeignKey]
    ) -> Iterator[Difference]:
        known = {(key.columns, key.table, key.referred_columns): key for key in before}
        for key in now:
            old = known.get((key.columns, key.table, key.referred_columns))
            if old is not None and (not old.declared or old.on_delete == key.on_delete):
                continue
            parents = [rule for rule in self._rules if key.table in rule.tables]
            after = f" (ON DELETE {key.on_delete})" if key.on_delete else ""
            news = "is new" if old is None else "does something else when a row goes"
            what = f"the foreign key {table}({_list(key.columns)}) onto {key.table}{after} {news}"
            yield self._one(Severity.BLOCK_PARENT if parents else Severity.REMARK, parents, table, key.columns[0], what)

    def _lost_references(self, before: Table, now: Table) -> Iterator[Difference]:
        left = {(key.columns, key.table) for key in now.foreign_keys}
        for key in before.foreign_keys:
            if key.declared and (key.columns, key.table) not in left:
                what = f"the foreign key {before.name}({_list(key.columns)}) onto {key.table} is gone"
                yield self._one(Severity.REMARK, (), before.name, key.columns[0], what)

    # -- keys, indexes, triggers ---------------------------------------------------------------------------------

    def _keys_and_indexes(self, before: Table, now: Table) -> Iterator[Difference]:
        name = before.name
        for columns in sorted(set(now.unique) - set(before.unique)):
            what = f"the key over {name}({_list(columns)}) is new, and must be unique"
            written = [rule for rule in self._rules if set(columns) & written_in(rule).get(name, frozenset())]
            yield self._gone(name, columns[0], written, what)
        for key in now.foreign_keys:
            if before.has_index_on(key.columns) and not now.has_index_on(key.columns):
                parents = [rule for rule in self._rules if key.table in rule.tables]
                what = f"no index serves the foreign key {name}({_list(key.columns)}) onto {key.table} any more"
                yield self._gone(name, key.columns[0], parents, what)
        lost = sorted({*before.unique, *before.indexes} - {*now.unique, *now.indexes})
        new = sorted(set(now.indexes) - {*before.unique, *before.indexes})
        for news, lists in (("gone", lost), ("new", new)):
            for columns in lists:
                what = f"the index over {name}({_list(columns)}) is {news}"
                yield self._one(Severity.REMARK, (), name, columns[0], what)

    def _triggers(self, before: Table, now: Table) -> Iterator[Difference]:
        name = before.name
        for trigger in sorted(set(now.triggers) - set(before.triggers)):
            what = f"the trigger {trigger} on {name} is new: it runs when rows are written, and may keep what goes"
            yield self._gone(name, "", [rule for rule in self._rules if name in rule.tables], what)
        for trigger in sorted(set(before.triggers) - set(now.triggers)):
            yield self._one(Severity.REMARK, (), name, "", f"the trigger {trigger} on {name} is gone")

    def _checks(self, before: Table, now: Table) -> Iterator[Difference]:
        """The database refuses what a CHECK forbids; a snapshot that is older than checks are read has none."""
        for news, checks in (
            ("new", set(now.checks) - set(before.checks)),
            ("gone", set(before.checks) - set(now.checks)),
        ):
            for check in sorted(checks):
                yield self._one(Severity.REMARK, (), before.name, "", f"CHECK ({check}) of {before.name} is {news}")

    # -- whom it concerns ----------------------------------------------------------------------------------------

    def _relying(self, table: str, column: str | None = None) -> list[Rule]:
        return [
            rule
            for rule in self._rules
            if table in relied_on(rule) and (column is None or column in relied_on(rule)[table])
        ]

    def _writing(self, table: str, column: str) -> list[Rule]:
        return [rule for rule in self._rules if column in written_in(rule).get(table, frozenset())]

    def _gone(self, table: str, column: str, rules: Sequence[Rule], what: str) -> Difference:
        """Grave for the rules that rely on it; where there are none, a remark."""
        return self._one(Severity.REFUSE if rules else Severity.REMARK, rules, table, column, what)

    def _one(self, severity: Severity, rules: Iterable[Rule], table: str, column: str, what: str) -> Difference:
        return Difference(
            severity=severity,
            rule_ids=tuple(rule.id for rule in rules),
            table=table,
            column=column,
            what=what,
            remedy=self._again,
        )


def _list(columns: Iterable[str]) -> str:
    return ", ".join(columns) or "none"


def _words(column: Column) -> str:
    return f"{column.type}{'' if column.nullable else ' NOT NULL'}{' GENERATED' if column.generated else ''}"
