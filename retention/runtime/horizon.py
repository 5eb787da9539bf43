"""The rules of a dataset, compiled for each of several instants: now, and where each coming month ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from retention.model.rule import Rule
from retention.planning.next_change import day_comes
from retention.planning.zones import zone_named
from retention.runtime.compiling import Compiling, LiveRules
from retention.runtime.deployment import Deployment
from retention.runtime.rule_changes import changes
from retention.sql.compiled_rule import RuleContext
from retention.sql.database import Database
from retention.sql.verdicts import CompiledRule

MONTHS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month of the dataset's zone, and its last second: as-of has whole seconds."""

    name: str  # 2026-07
    ends: datetime


def months_ahead(as_of: datetime, zone: str, number: int) -> tuple[Month, ...]:
    """The month of ``as_of`` and those that follow."""
    local = as_of.astimezone(zone_named(zone)).date()
    found = []
    for place in range(number):
        year, month = divmod(local.year * 12 + local.month - 1 + place, 12)
        after, in_month = divmod(year * 12 + month + 1, 12)
        until = day_comes(date(after, in_month + 1, 1), zone)
        if until is None:
            break
        found.append(Month(name=f"{year:04}-{month + 1:02}", ends=until - timedelta(seconds=1)))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """``cools``: earlier texts of a rule that cool down are heard, as a run would hear them."""

    deployment: Deployment
    database: Database
    live: LiveRules
    instants: tuple[datetime, ...]
    cools: bool

    def of_rules(self) -> Iterator[tuple[Rule, tuple[CompiledRule, ...]]]:
        """Each rule at all instants, in the order in which they run; empty where drift of the schema stops it. What a
        rule before it deletes at an instant does not count as a reference at that instant."""
        going: list[list[CompiledRule]] = [[] for _ in self.instants]
        for rule in self.live.rules:
            if self.live.refusals(rule.id):
                yield rule, ()
                continue
            found: list[CompiledRule] = []
            for place, instant in enumerate(self.instants):
                beside = found[0].context if found else None
                found.append(self._compiled(rule, instant, tuple(going[place]), beside))
                going[place].append(found[-1])
            yield rule, tuple(found)

    def _compiled(
        self, rule: Rule, instant: datetime, going: tuple[CompiledRule, ...], beside: RuleContext | None
    ) -> CompiledRule:
        compiling = Compiling(deployment=self.deployment, database=self.database, live=self.live, as_of=instant)
        awaited = changes(self.deployment, instant).awaited(rule) if self.cools else ()
        return compiling.rule(rule, awaited, going=going, beside=beside)


def without_holds(compiled: tuple[CompiledRule, ...]) -> tuple[CompiledRule, ...]:
    """As if no hold had ever been placed; for counting what they keep back."""
    return tuple(map(_free, compiled))


def _free(rule: CompiledRule) -> CompiledRule:
    """With the earlier texts that are heard."""
    older = (replace(one, compiled=one.compiled and _free(one.compiled)) for one in rule.older)
    return replace(rule, context=replace(rule.context, heeds_holds=False), older=tuple(older))


def over_the_same_rows(compiled: tuple[CompiledRule, ...], beside: RuleContext) -> tuple[CompiledRule, ...]:
    """To stand in one statement with ``beside``."""
    return tuple(replace(one, context=replace(one.context, tables=beside.tables)) for one in compiled)
