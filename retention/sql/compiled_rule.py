"""A rule compiled for one database and one instant: the same decision as planning.decide, as SQL expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, true

from retention.model.condition import Condition
from retention.model.dataset import IdentityLink
from retention.model.hold import HoldClass
from retention.model.join import Lookup
from retention.model.period import Period
from retention.model.rule import Action, Rule
from retention.model.schema import Schema
from retention.planning import calendar
from retention.sql.bounds import Bound, happened
from retention.sql.claim_subjects import not_claims
from retention.sql.conditions import condition_sql, some
from retention.sql.coverage import NOT_COVERED, Coverage, Covered
from retention.sql.dialects.base import Dialect
from retention.sql.holds_here import NO_HOLDS, HoldsHere
from retention.sql.lookups import looked_up
from retention.sql.own_tables import OwnTables
from retention.sql.rule_tables import RuleTables
from retention.sql.subjects import subject_key


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """All that compiling a rule needs. ``tables`` holds the live tables of the dataset by name.

    ``holds``: those for which it is compiled. ``rules``, ``blind``: the dataset's rules whose tables and columns are
    there, and the others: what is held under one may spread to another's groups.
    """

    rule: Rule
    schema: Schema
    tables: Mapping[str, Table]
    own: OwnTables
    rule_tables: RuleTables
    dialect: Dialect
    as_of: datetime
    lead: Period
    unclassified: bool  # the live group has a column that the rule does not classify
    holds: HoldsHere = NO_HOLDS
    rules: tuple[Rule, ...] = ()
    blind: tuple[Rule, ...] = ()
    periods: Mapping[Lookup, tuple[object, ...]] = field(default_factory=dict)  # what stands in columns of periods
    links: tuple[IdentityLink, ...] = ()  # of the dataset, whose tables and columns are there
    heeds_holds: bool = True  # False: for saying what holds keep back, never for writing

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

    def condition(self, condition: Condition | None) -> ColumnElement[bool]:
        """A condition of the rule on a root row: TRUE, FALSE or NULL."""
        if condition is None:
            return true()
        return condition_sql(condition, self.root, self.dialect, self.looked_up)

    def looked_up(self, lookup: Lookup) -> ColumnElement[Any]:
        """What a root row's lookup gives."""
        return looked_up(lookup, self.root, self.tables)

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage(
            rules=self.rules,
            blind=self.blind,
            schema=self.schema,
            tables=self.tables,
            own=self.own,
            dialect=self.dialect,
            holds=self.holds,
            links=self.links,
            on_subjects=not_claims(self.own, self.holds),
        )

    @cached_property
    def covered(self) -> Mapping[HoldClass, Covered]:
        """By the classes that hold the group of a root row."""
        if not self.heeds_holds:
            return {HoldClass.SUBJECT: NOT_COVERED}
        return self.coverage.holding(self.rule, self.root)

    def held(self) -> ColumnElement[bool]:
        """Certainly; never NULL."""
        return some(*(one.certainly for one in self.covered.values()))

    def perhaps_held(self) -> ColumnElement[bool]:
        """Certainly, or nobody can tell; never NULL."""
        return some(*(one.possibly for one in self.covered.values()))
