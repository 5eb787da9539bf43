"""The work list of a rule, counted: what is held, referenced or undetermined, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, inspect, select

from retention.model.rule import Rule
from retention.model.verdict import Reason, Verdict
from retention.sql.codes import parse_code
from retention.sql.dialects.base import Dialect
from retention.sql.rule_tables import RuleTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Groups that have the same verdict for the same reason. ``since``: ISO 8601, when a run found the oldest."""

    verdict: Verdict
    reason: Reason
    detail: str
    groups: int
    since: str


def counted(connection: Connection, rule: Rule, tables: Mapping[str, Table], dialect: Dialect) -> tuple[Waiting, ...]:
    """Most groups first; empty for a rule that was never planned. ``tables``: the live ones by name."""
    residue = RuleTables.of(rule, tables, dialect).residue
    if not inspect(connection).has_table(residue.name, schema=residue.schema):
        return ()
    statement = select(residue.c.code, func.count(), func.min(residue.c.since)).group_by(residue.c.code)
    found = []
    for code, groups, since in connection.execute(statement):
        verdict, reason, detail = parse_code(code)
        found.append(Waiting(verdict=verdict, reason=reason, detail=detail, groups=groups, since=since))
    return tuple(sorted(found, key=lambda one: (-one.groups, one.verdict, one.reason, one.detail)))
