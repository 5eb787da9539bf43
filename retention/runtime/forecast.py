"""What falls due in the coming months, and what holds keep back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from retention.model.rule import Action, Rule
from retention.runtime.compiling import ensure_tables, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.horizon import MONTHS, Horizon, Month, months_ahead, without_holds
from retention.sql.database import Database
from retention.sql.first_due import counted_with_holds, undetermined
from retention.sql.initialise import check_ours
from retention.sql.verdicts import CompiledRule

Told = Callable[[str, int, int], None]  # rule id, done, total
ASSUMED = (
    "nothing is written meanwhile: rows, holds and rules stay as they are, and what is due stays where it is",
    "changes of rules take effect when they have cooled down",
    "what follows a pseudonymization of the coming months is not counted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueInMonth:
    """Groups. ``due``: first due in this month. ``held_back``: would be, if no hold had been placed."""

    month: str
    due: int
    held_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForecast:
    """``due_now``: due as of the beginning already; ``held_now``: would be, but for holds. ``later``: not within these
    months, or never. ``refusal``: why nothing can be said of the rule."""

    rule_id: str
    title: str
    table: str
    action: Action
    due_now: int
    held_now: int
    months: tuple[DueInMonth, ...]
    later: int
    undetermined: int
    refusal: str = ""

    @property
    def coming(self) -> int:
        return sum(one.due for one in self.months)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of one dataset, in the order in which its rules run."""

    dataset: str
    as_of: datetime
    zone: str
    months: tuple[Month, ...]
    rules: tuple[RuleForecast, ...]
    assumed: tuple[str, ...] = ASSUMED


def forecast(
    deployment: Deployment, dataset_id: str, as_of: datetime | None, told: Told, months: int = MONTHS
) -> Forecast:
    """Writes nothing but empty tables of ours. Raises RetentionError R310s (our own tables), R281 (the order of the
    rules runs in a circle)."""
    dataset = deployment.dataset(dataset_id)
    database = deployment.database(dataset.id)
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    ahead = months_ahead(instant, dataset.zone, months)
    ensure_tables(deployment, database, instant)
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        rules = _rules(deployment, database, connection, (instant, *(month.ends for month in ahead)), told)
    found = tuple(_forecast(ahead, *one) for one in rules)
    return Forecast(dataset=dataset.id, as_of=instant, zone=dataset.zone, months=ahead, rules=found)


def _rules(
    deployment: Deployment, database: Database, connection: Connection, instants: tuple[datetime, ...], told: Told
) -> list[tuple[Rule, Counter[tuple[int, int]], int, str]]:
    live = live_rules(deployment, database, connection)
    horizon = Horizon(deployment=deployment, database=database, live=live, instants=instants, cools=True)
    found = []
    for place, (rule, compiled) in enumerate(horizon.of_rules()):
        told(rule.id, place, len(live.rules))
        if compiled:
            found.append((rule, _firsts(connection, compiled), undetermined(connection, compiled[0]), ""))
        else:
            found.append((rule, Counter(), 0, live.refusals(rule.id)[0].problem(rule).what))
    return found


def _firsts(connection: Connection, compiled: tuple[CompiledRule, ...]) -> Counter[tuple[int, int]]:
    """By the first instant with and without holds."""
    found: Counter[tuple[int, int]] = Counter()
    for one, free, groups in counted_with_holds(connection, compiled, without_holds(compiled)):
        found[one, free] += groups
    return found


def _forecast(
    ahead: tuple[Month, ...], rule: Rule, firsts: Counter[tuple[int, int]], unknown: int, refusal: str
) -> RuleForecast:
    due: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for (first, free), groups in firsts.items():
        due[first] += groups
        if free < first:
            held[free] += groups
    return RuleForecast(
        rule_id=rule.id,
        title=rule.title,
        table=rule.table,
        action=rule.disposition.action,
        due_now=due[0],
        held_now=held[0],
        months=tuple(
            DueInMonth(month=month.name, due=due[place], held_back=held[place])
            for place, month in enumerate(ahead, start=1)
        ),
        later=due[len(ahead) + 1],
        undetermined=unknown,
        refusal=refusal,
    )
