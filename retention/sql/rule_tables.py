"""Our own tables of one rule: candidates of a run, the work list, marks and facts, with the native key columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CHAR, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from retention.model.rule import RelatedRows, Replace, Rule
from retention.model.starting_point import TimeColumn
from retention.sql.dialects.base import Dialect

_LONGEST = 48  # of a table's name, so that with a prefix it fits every database
_LONGEST_EVENT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTables:
    """``marks`` by the name of the table whose rows they mark; only tables in which something is replaced have them."""

    metadata: MetaData
    candidate: Table  # what a run may dispose of, numbered from 1
    residue: Table  # held, referenced, undetermined: looked at again by every run
    marks: Mapping[str, Table]
    fact: FactTable | None  # ends of relationships whose rows another rule disposed of

    @classmethod
    def of(cls, rule: Rule, tables: Mapping[str, Table], dialect: Dialect) -> RuleTables:
        """``tables``: the live tables of the rule's group by name, for the types of their keys."""
        metadata = MetaData(schema=dialect.own_schema)
        root = tables[rule.table]
        candidate = Table(
            own_name(dialect, "candidate", rule.id),
            metadata,
            Column("run_id", String(120), primary_key=True),
            Column("seq", BigInteger, primary_key=True, autoincrement=False),
            *key_columns(root, rule.primary_key),
            Column("subject", String(255)),
        )
        residue = Table(
            own_name(dialect, "residue", rule.id),
            metadata,
            Column("run_id", String(120), primary_key=True),
            *key_columns(root, rule.primary_key, primary=True),
            Column("code", String(200), nullable=False),
            Column("since", String(40), nullable=False),  # ISO 8601, of the run that found it first
        )
        keys = {rule.table: rule.primary_key, **{member.table: member.primary_key for member in rule.members}}
        uses = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
        marks = {
            table: _mark(dialect, metadata, rule, tables[table], key)
            for table, key in keys.items()
            if any(isinstance(use.treatment, Replace) for use in uses[table])
        }
        fact = FactTable.of(rule, tables, dialect, metadata)
        return cls(metadata=metadata, candidate=candidate, residue=residue, marks=marks, fact=fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable:
    """One row for each record (by its join columns, k1..kn) and event: the last end that was there. NULL: some end had
    not come, or could not be read, when its row went, and nobody can tell any more."""

    table: Table
    keys: tuple[str, ...]
    end: TimeColumn  # of this table; as the related one stores it
    event: str  # what its facts are about; those of another one, from an earlier text of the rule, do not count

    @classmethod
    def of(cls, rule: Rule, tables: Mapping[str, Table], dialect: Dialect, metadata: MetaData) -> FactTable | None:
        """None for a rule without related rows, or whose related table is not as the rule knows it."""
        related = None if rule.relationship is None else rule.relationship.rows
        if related is None or related.join.table not in tables:
            return None
        root, far = tables[rule.table], tables[related.join.table]
        if related.end.column not in far.c or not set(related.join.columns) <= set(root.c.keys()):
            return None
        # The name says how the end is stored, so that a table that was made for another kind is told apart.
        end = replace(related.end, column=f"ended_{related.end.stored}")
        keys = key_columns(root, related.join.columns, primary=True)
        table = Table(
            own_name(dialect, "fact", rule.id),
            metadata,
            *keys,
            Column("event", String(_LONGEST_EVENT), primary_key=True),
            Column(end.column, native_type(far.c[related.end.column])),
            Column("source", String(80), nullable=False),  # the rule that disposed of the rows
            Column("recorded_ms", BigInteger, nullable=False),
        )
        return cls(table=table, keys=tuple(key.name for key in keys), end=end, event=_event(related))


def same_facts(one: RuleTables, other: RuleTables) -> bool:
    """Whether two texts of a rule keep their facts in one form, so that either can read what the table says."""
    return _fact_columns(one) == _fact_columns(other)


def _fact_columns(tables: RuleTables) -> frozenset[str]:
    return frozenset() if tables.fact is None else frozenset(column.name for column in tables.fact.table.columns)


def _event(related: RelatedRows) -> str:
    join = related.join
    pairs = ", ".join(f"{far} = {near}" for near, far in zip(join.columns, join.far_columns, strict=True))
    text = f"{join.table}.{related.end.column} where {pairs}"
    return text if len(text) <= _LONGEST_EVENT else hashlib.sha256(text.encode()).hexdigest()


def _mark(dialect: Dialect, metadata: MetaData, rule: Rule, table: Table, key: tuple[str, ...]) -> Table:
    name = own_name(dialect, "mark", rule.id, table.name)
    followed_up = table.name == rule.table and rule.disposition.then_delete_after is not None
    return Table(
        name,
        metadata,
        *key_columns(table, key, primary=True),
        Column("rule_id", String(80), nullable=False),
        Column("rule_digest", String(64), nullable=False),
        Column("method", String(40), nullable=False),
        Column("pools", Text, nullable=False),  # JSON: pool -> version
        Column("key_id", String(40), nullable=False),
        Column("run_id", String(120), nullable=False),
        Column("marked_on", String(10), nullable=False),  # local date of the as-of, ISO 8601
        Column("written", LargeBinary(32), nullable=False),  # digest of the written columns
        *([Index(f"ix_{name}", "marked_on")] if followed_up else []),
    )


def key_columns(table: Table, key: tuple[str, ...], *, primary: bool = False) -> list[Column[Any]]:
    """``k1`` to ``kn``, of the native types of the table's key."""
    return [
        Column(f"k{position}", native_type(table.c[name]), primary_key=primary, nullable=False, autoincrement=False)
        for position, name in enumerate(key, start=1)
    ]


def native_type(column: Column[Any]) -> TypeEngine[Any]:
    """Wide enough for what the column may be changed to later: ours would else be too narrow."""
    if isinstance(column.type, mysql.BIGINT) and column.type.unsigned:
        return column.type
    if isinstance(column.type, Integer):
        return BigInteger().with_variant(Integer(), "sqlite")  # where every whole number has 64 bits
    if isinstance(column.type, String) and not isinstance(column.type, CHAR):
        if column.type.length is None:
            return Text()
        bounded = String(column.type.length, collation=column.type.collation)  # no key of MariaDB is without a limit
        return String().with_variant(bounded, "mariadb")
    return column.type


def own_name(dialect: Dialect, *parts: str) -> str:
    """``mark__crm_accounts__payments``; shortened by a digest where it would not fit."""
    name = "__".join(parts).replace(".", "_")
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return dialect.own_name(name)
