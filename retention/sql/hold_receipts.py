"""What a hold means in one dataset: the rows it protects, the tables nobody could search, and what had gone before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, exists, func, literal, or_, select

from retention.model.hold import SubjectKey
from retention.model.rule import Join, Rule, SubjectPath
from retention.model.schema import Schema
from retention.sql.dialects.base import Dialect
from retention.sql.disposal import TRACE_BYTES
from retention.sql.group import member_chain
from retention.sql.leaves import joined
from retention.sql.own_tables import OwnTables
from retention.sql.subjects import subject_key


def linked_rules(rules: Iterable[Rule], kinds: frozenset[str], live: Schema) -> tuple[Rule, ...]:
    """The rules that lead to these kinds of subject, by tables and columns that are there."""
    return tuple(rule for rule in rules if rule.subject and rule.subject.kind in kinds and _is_there(rule, live))


def protected_rows(
    connection: Connection,
    rules: tuple[Rule, ...],
    tables: Mapping[str, Table],
    own: OwnTables,
    dialect: Dialect,
    hold_id: str,
) -> tuple[tuple[str, int], ...]:
    """(table, rows in the hold's scope now), root and member rows, each row once however many rules lead to it."""
    scopes: dict[str, list[ColumnElement[bool]]] = {}
    for rule in rules:
        for table in rule.tables:
            scopes.setdefault(table, []).append(_in_scope(rule, table, tables, own, dialect, hold_id))
    counts = []
    for table, scope in sorted(scopes.items()):
        statement = select(func.count()).select_from(tables[table]).where(or_(*scope))
        counts.append((table, int(connection.execute(statement).scalar_one())))
    return tuple(counts)


def gone_before(connection: Connection, own: OwnTables, traces: frozenset[bytes]) -> tuple[tuple[str, str, int], ...]:
    """(rule id, run id, committed at in milliseconds) of every batch that disposed of one of these persons' rows."""
    journal = own.journal
    statement = (
        select(journal.c.rule_id, journal.c.run_id, journal.c.committed_ms, journal.c.subjects)
        .where(journal.c.groups > 0)
        .order_by(journal.c.committed_ms, journal.c.rule_id)
        .execution_options(yield_per=100)
    )
    return tuple(
        (row.rule_id, row.run_id, row.committed_ms)
        for row in connection.execute(statement)
        if not traces.isdisjoint(_pieces(bytes(row.subjects)))
    )


def trace(secret: bytes, subject: SubjectKey) -> bytes:
    """What stands for a person in the journal: the database makes the same bytes of disposal.trace_text."""
    text = f"{subject.kind}\x1f{subject.key}"
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()[:TRACE_BYTES]


def _pieces(subjects: bytes) -> Iterable[bytes]:
    return (subjects[start : start + TRACE_BYTES] for start in range(0, len(subjects), TRACE_BYTES))


def _in_scope(
    rule: Rule, table: str, tables: Mapping[str, Table], own: OwnTables, dialect: Dialect, hold_id: str
) -> ColumnElement[bool]:
    """Whether a row of ``table`` belongs to a group whose root row the hold covers."""
    if table == rule.table:
        return _held(rule.subject, tables[table], tables, own, dialect, hold_id)
    near: FromClause = tables[table]
    statement = select(1)
    for member in member_chain(rule, table):
        far = tables[member.parent].alias()
        statement = statement.where(joined(near, far, member.join))
        near = far
    held = _held(rule.subject, near, tables, own, dialect, hold_id)
    return exists(statement.where(held).correlate(tables[table]))


def _held(
    subject: SubjectPath | None,
    row: FromClause,
    tables: Mapping[str, Table],
    own: OwnTables,
    dialect: Dialect,
    hold_id: str,
) -> ColumnElement[bool]:
    if subject is None:
        raise AssertionError("only rules with a subject are asked")
    hold = own.hold.alias()
    key = subject_key(subject, row, tables, dialect)
    mine = and_(hold.c.hold_id == literal(hold_id), hold.c.kind == literal(subject.kind))
    return key.in_(select(hold.c.subject_key).where(mine))


def _is_there(rule: Rule, live: Schema) -> bool:
    if rule.subject is None:
        return False
    joins: list[tuple[str, Join]] = [(member.table, member.join) for member in rule.members]
    near = rule.table
    for hop in rule.subject.path:
        joins.append((near, hop))
        near = hop.table
    wanted = [(near, rule.subject.key), *((rule.table, column) for column in rule.primary_key)]
    for table, join in joins:
        wanted += [(table, column) for column in join.columns]
        wanted += [(join.table, column) for column in join.far_columns]
    return all(table in live.tables and live.tables[table].column(column) for table, column in wanted)
