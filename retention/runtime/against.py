"""What other rules would change: the same rows, decided by the present rules and by those of another folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from retention.model.rule import Rule
from retention.runtime.compiling import ensure_compiled, ensure_tables, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.forecast import Told
from retention.runtime.horizon import MONTHS, Horizon, Month, months_ahead, over_the_same_rows
from retention.sql.database import Database
from retention.sql.first_due import counted
from retention.sql.initialise import check_ours
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Groups of one rule. ``earlier``, ``later``: in another month; ``never``: within these months by the present rule
    alone; ``newly``: by the other one alone. ``same``: in the same month, or by neither. ``refusal``: why nothing can
    be said."""

    rule_id: str
    table: str
    earlier: int = 0
    later: int = 0
    never: int = 0
    newly: int = 0
    same: int = 0
    said: str = ""  # "the same text", "a new rule", "there is no such rule any more"
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """By months of ``zone``; cool-downs are left out, as if both texts had long been in force."""

    dataset: str
    other: str
    as_of: datetime
    zone: str
    months: tuple[Month, ...]
    rules: tuple[Moved, ...]


def against(
    deployment: Deployment, other: Deployment, dataset_id: str, as_of: datetime | None, told: Told, months: int = MONTHS
) -> Against:
    """``other``: the same deployment with another folder of rules. Writes nothing but empty tables of ours. Raises
    RetentionError with every problem of either folder, R303 where the other folder lacks the dataset."""
    dataset = deployment.dataset(dataset_id)
    other.dataset(dataset_id)
    database = deployment.database(dataset.id)
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    ahead = months_ahead(instant, dataset.zone, months)
    instants = (instant, *(month.ends for month in ahead))
    ensure_tables(deployment, database, instant)
    with database.writing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        for _, compiled in _horizon(other, database, connection, instants[:1]).of_rules():
            for one in compiled:
                ensure_compiled(connection, database, one)
    with database.reading() as connection:
        present = dict(_compiled(_horizon(deployment, database, connection, instants)))
        changed = dict(_compiled(_horizon(other, database, connection, instants)))
        ids = sorted({*present, *changed})
        found = []
        for place, rule_id in enumerate(ids):
            told(rule_id, place, len(ids))
            found.append(_moved(connection, present.get(rule_id), changed.get(rule_id), len(ahead) + 1))
    return Against(
        dataset=dataset.id,
        other=str(other.rules_dir),
        as_of=instant,
        zone=dataset.zone,
        months=ahead,
        rules=tuple(found),
    )


_Rule = tuple[Rule, tuple[CompiledRule, ...]]


def _horizon(
    deployment: Deployment, database: Database, connection: Connection, instants: tuple[datetime, ...]
) -> Horizon:
    live = live_rules(deployment, database, connection)
    return Horizon(deployment=deployment, database=database, live=live, instants=instants, cools=False)


def _compiled(horizon: Horizon) -> Iterator[tuple[str, _Rule]]:
    return ((rule.id, (rule, compiled)) for rule, compiled in horizon.of_rules())


def _moved(connection: Connection, present: _Rule | None, changed: _Rule | None, never: int) -> Moved:
    rule, _ = present or changed or (None, ())
    if rule is None:
        raise AssertionError("a rule of neither folder")
    unusable = [one for one in (present, changed) if one is not None and not one[1]]
    if unusable:
        what = "the schema of the database is not as the rule knows it: `retention plan` says more"
        return Moved(rule_id=rule.id, table=rule.table, refusal=what)
    if present is None or changed is None or present[0].table != changed[0].table:
        return _alone(connection, rule, present, changed, never)
    if present[0].digest == changed[0].digest:
        return Moved(rule_id=rule.id, table=rule.table, said="the same text")
    other = over_the_same_rows(changed[1], present[1][0].context)
    moved: Counter[str] = Counter()
    for before, after, groups in counted(connection, present[1], other):
        moved[_how(before, after, never)] += groups
    return Moved(
        rule_id=rule.id,
        table=rule.table,
        earlier=moved["earlier"],
        later=moved["later"],
        never=moved["never"],
        newly=moved["newly"],
        same=moved["same"],
    )


def _how(before: int, after: int, never: int) -> str:
    if before == after:
        return "same"
    if never in (before, after):
        return "never" if after == never else "newly"
    return "earlier" if after < before else "later"


def _alone(connection: Connection, rule: Rule, present: _Rule | None, changed: _Rule | None, never: int) -> Moved:
    """A rule that stands in one folder alone, or is about another table there."""
    goes = _going(connection, present, never), _going(connection, changed, never)
    said = (
        "a new rule"
        if present is None
        else "there is no such rule any more"
        if changed is None
        else f"about {present[0].table} now, about {changed[0].table} then"
    )
    return Moved(rule_id=rule.id, table=rule.table, never=goes[0], newly=goes[1], said=said)


def _going(connection: Connection, one: _Rule | None, never: int) -> int:
    if one is None:
        return 0
    return sum(groups for first, _, groups in counted(connection, one[1], one[1][:1]) if first != never)
