"""The rules of a dataset as Markdown, for people who open the DAG: table by table what, how long, why, what happens."""

from __future__ import annotations

from collections.abc import Iterable

from retention.model.dataset import Dataset
from retention.model.period import Period
from retention.model.rule import Action, Clause, Role, Rule
from retention.model.starting_point import AlignTo, ColumnEvent, StartingPoint

_ROLES = {
    Role.FLOOR: "must be kept, by law,",
    Role.PURPOSE: "is kept, for a purpose,",
    Role.CEILING: "must be gone",
}
_ALIGN = {
    AlignTo.MONTH: "the end of the month of ",
    AlignTo.QUARTER: "the end of the quarter of ",
    AlignTo.CALENDAR_YEAR: "the end of the calendar year of ",
    AlignTo.FISCAL_YEAR: "the end of the fiscal year of ",
}


def dataset_in_words(dataset: Dataset, rules: Iterable[Rule]) -> str:
    """Markdown for the DAG's page."""
    head = f"""### {dataset.title}

Each run chooses one instant (*as-of*), plans what is due, disposes of it rule by rule, verifies by other means, and
seals the run in the ledger. Tables that refer to others go first. A rule that fails does not stop the others; the run
then ends red.
Owner: {dataset.owner}. Red run: open the report linked at the task `seal`; it names what to do.
"""
    return "\n".join([head, *(rule_in_words(rule) for rule in rules)])


def rule_in_words(rule: Rule) -> str:
    """One section of Markdown."""
    lines = [f"#### {rule.title} (`{rule.id}`)", ""]
    lines.append(f"- **What**: table `{rule.table}`{_members(rule)}, about {_subject(rule)}.")
    lines += [f"- **How long**: {_clause(clause)}. **Why**: {clause.basis}." for clause in rule.clauses]
    if rule.relationship and rule.relationship.window:
        lines.append(
            f"- A person may come back: kept {period_in_words(rule.relationship.window)} after the end at least."
        )
    lines.append(f"- **What happens then**: {_disposition(rule)}.")
    lines.append(f"- Whatever is undetermined or overdue goes to {rule.owner}.")
    return "\n".join([*lines, ""])


def _members(rule: Rule) -> str:
    if not rule.members:
        return ""
    return " with " + ", ".join(f"`{member.table}`" for member in rule.members)


def _subject(rule: Rule) -> str:
    return "no person" if rule.subject is None else f"a {rule.subject.kind}"


def _clause(clause: Clause) -> str:
    if clause.role is Role.CEILING and clause.period.immediate:
        length = f"as soon as {_start(clause.start)} has come"
    elif clause.role is Role.CEILING:
        length = f"{period_in_words(clause.period)} after {_start(clause.start)}"
    elif clause.period.immediate:
        length = f"until {_start(clause.start)}"
    else:
        length = f"for {period_in_words(clause.period)} from {_start(clause.start)}"
    some = " (some rows only)" if clause.when is not None else ""
    return f"{_ROLES[clause.role]} {length}{some}"


def _start(start: StartingPoint) -> str:
    event = f"`{start.event.at.column}`" if isinstance(start.event, ColumnEvent) else "the end of the relationship"
    return f"{_ALIGN.get(start.align.to, '')}{event}"


def _disposition(rule: Rule) -> str:
    if rule.disposition.action is Action.DELETE:
        return "deleted"
    after = rule.disposition.then_delete_after
    return "pseudonymized" + (f", and deleted {period_in_words(after)} after that" if after else "")


def period_in_words(period: Period) -> str:
    """``P1Y6M`` is "1 year 6 months"; the empty period is "at once"."""
    parts = ((period.years, "year"), (period.months, "month"), (period.weeks, "week"), (period.days, "day"))
    return " ".join(f"{number} {unit}{'s' if number > 1 else ''}" for number, unit in parts if number) or "at once"
