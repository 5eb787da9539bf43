"""Cool-downs: a change by which a row would go earlier, more irreversibly or less protected waits.

A group is disposed of only where every text of its rule that was in force within the cool-down permits it. So what
protects more holds at once, and what protects less waits, row by row, without anybody judging the edit as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from retention.model.period import Period
from retention.model.rule import Action, ColumnUse, Keep, Replace, Rule
from retention.model.rule_text import Awaited, InForce, RuleText
from retention.model.schema import Schema
from retention.model.terms import Terms
from retention.model.verdict import Decision, Reason, Verdict
from retention.planning.counting import kept_through
from retention.planning.reliance import primary_keys, relied_on

_NEVER = datetime.max.replace(tzinfo=UTC)


# -- which texts must agree --------------------------------------------------------------------------------------------


def after(instant: datetime, period: Period) -> datetime:
    """The instant at the same time of day (UTC), a period later."""
    instant = instant.astimezone(UTC)
    day = kept_through(instant.date(), Terms.plain(period))
    return _NEVER if day is None else datetime.combine(day, instant.timetz())


def cool_downs(settings: Sequence[tuple[Period, datetime]], now: datetime) -> tuple[Period, ...]:
    """The cool-downs that count: the present one, and earlier ones that have themselves not run out since they were
    replaced. ``settings``: each with since when it was set, the present one last."""
    replaced = pairwise(settings)
    counting = [period for (period, _), (_, until) in replaced if now < after(until, period)]
    return (*counting, settings[-1][0])


def awaited(history: Sequence[InForce], counting: Iterable[Period], now: datetime) -> tuple[Awaited, ...]:
    """The texts that must agree at ``now`` beside the present one, which stands last in ``history``."""
    periods = tuple(counting)
    past = [("", history[0].since)]  # before the first text there was no rule
    past += [(one.digest, following.since) for one, following in pairwise(history)]
    found: dict[str, datetime] = {}
    for digest, replaced in past:
        until = max(after(replaced, period) for period in periods)
        if now < until and digest != history[-1].digest:
            found[digest] = max(until, found.get(digest, until))
    return tuple(Awaited(digest=digest, until=until) for digest, until in found.items())


# -- what a text permits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an older text says of a row. ``rule`` None: there was none, or it cannot be applied any more."""

    until: datetime
    rule: Rule | None = None
    decision: Decision | None = None


def cooled(rule: Rule, decision: Decision, older: Iterable[Heard]) -> Decision:
    """The decision of the present text, with the older ones heard. What is due waits until the last that objects has
    left the cool-down, but for what a ceiling with counsel's mark made due."""
    if decision.verdict is not Verdict.DUE or decision.by_counsel:
        return decision
    objecting = [heard.until for heard in older if not _permits(heard, rule, decision)]
    if not objecting:
        return decision
    return replace(decision, verdict=Verdict.RETAINED, reason=Reason.COOLING_DOWN, until=max(objecting))


def _permits(heard: Heard, rule: Rule, decision: Decision) -> bool:
    if heard.rule is None or heard.decision is None or heard.decision.verdict is not Verdict.DUE:
        return False
    if not reaches_no_further(rule, heard.rule):
        return False
    if deletes(heard.rule, heard.decision):
        return True
    return not deletes(rule, decision) and replaces_no_more(rule, heard.rule)


def deletes(rule: Rule, decision: Decision) -> bool:
    """What a due row comes to: deletion, at once or after its pseudonymization."""
    return rule.disposition.action is Action.DELETE or decision.reason is Reason.FOLLOW_UP


def reaches_no_further(rule: Rule, older: Rule) -> bool:
    """Whether a group of ``rule`` has no row that the same group of the older text did not have."""
    joins = {(member.table, member.parent, member.join) for member in older.members}
    same_rows = all((member.table, member.parent, member.join) in joins for member in rule.members)
    return rule.table == older.table and same_rows and primary_keys(rule).items() <= primary_keys(older).items()


def replaces_no_more(rule: Rule, older: Rule) -> bool:
    """Whether every column that ``rule`` replaces was replaced in the same way."""
    before = _replaced(older)
    return all(before.get(column) == treatment for column, treatment in _replaced(rule).items())


def _replaced(rule: Rule) -> dict[tuple[str, str], Replace]:
    uses = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
    return {
        (table, use.column): use.treatment
        for table, columns in uses.items()
        for use in columns
        if isinstance(use.treatment, Replace)
    }


def misfit(text: RuleText, live: Schema) -> str:
    """Why a text cannot be applied to the database as it is, in words; empty where it can."""
    for table, columns in relied_on(text.rule).items():
        if table not in live.tables:
            return f"its table {table} is gone"
        for name in sorted(columns):
            if live.tables[table].column(name) is None:
                return f"its column {table}.{name} is gone"
    for place, kind in text.types.items():
        table, _, name = place.rpartition(".")
        column = live.tables[table].column(name) if table in live.tables else None
        if column is None or column.type != kind:
            return f"{place} was {kind} and is {'gone' if column is None else column.type}"
    for reference in text.references:
        for table, names in ((reference.table, reference.columns), (reference.refers_to, reference.referred_columns)):
            if table in live.tables and any(live.tables[table].column(name) is None for name in names):
                return f"a column of the reference from {reference.table} to {reference.refers_to} is gone"
    return ""


def decisive(rule: Rule) -> Rule:
    """The rule without its words: texts that differ in these alone decide alike."""
    return replace(
        rule,
        title="",
        cluster="",
        owner="",
        clauses=tuple(replace(clause, basis="") for clause in rule.clauses),
        columns=tuple(_wordless(use) for use in rule.columns),
        members=tuple(
            replace(member, columns=tuple(_wordless(use) for use in member.columns)) for member in rule.members
        ),
        limits=None,
        digest="",
        source=replace(rule.source, file="", line=0),
    )


def _wordless(use: ColumnUse) -> ColumnUse:
    return replace(use, treatment=Keep(why="")) if isinstance(use.treatment, Keep) else use
