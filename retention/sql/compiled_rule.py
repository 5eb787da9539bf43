"""A rule compiled for one database and one instant: the same decision as planning.decide, as SQL expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Table

from retention.model.period import Period
from retention.model.rule import Action, Rule
from retention.model.schema import Schema
from retention.planning import calendar
from retention.sql.bounds import Bound, happened
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables
from retention.sql.rule_tables import RuleTables
from retention.sql.subjects import held, perhaps_held, subject_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """All that compiling a rule needs. ``tables`` holds the live tables of the dataset by name."""

    rule: Rule
    schema: Schema
    tables: Mapping[str, Table]
    own: OwnTables
    rule_tables: RuleTables
    dialect: Dialect
    as_of: datetime
    lead: Period
    unclassified: bool  # the live group has a column that the rule does not classify

    @property
    def root(self) -> Table:
        return self.tables[self.rule.table]

    @property
    def pseudonymizes(self) -> bool:
        return self.rule.disposition.action is Action.PSEUDONYMIZE

    @property
    def today(self) -> str:
        """The local date of as-of in the rule's zone, ISO 8601: what a mark carries."""
        return calendar.as_of_date(self.as_of, self.rule.zone).isoformat()

    @property
    def now(self) -> Bound:
        return happened(self.as_of, self.rule.zone)

    def subject_key(self, row: FromClause | None = None) -> ColumnElement[str]:
        root = self.root if row is None else row
        return subject_key(self.rule.subject, root, self.tables, self.dialect)

    def held(self) -> ColumnElement[bool]:
        return held(self.rule.subject, self.subject_key(), self.own.hold)

    def perhaps_held(self) -> ColumnElement[bool]:
        return perhaps_held(self.rule.subject, self.subject_key(), self.own.hold)
