"""The retention schedule as a page to print and as a table for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from retention.model.clause import Role
from retention.model.clause_words import ROLES
from retention.runtime.pages import page, write_page
from retention.runtime.schedule import Schedule, ScheduledClause, ScheduledRule
from retention.runtime.words import counted

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # with what a cell begins that a spreadsheet may compute
_COLUMNS = (
    "cluster",
    "records",
    "rule",
    "dataset",
    "tables",
    "categories of data",
    "data subjects",
    "only rows where",
    "clause",
    "kind",
    "basis",
    "statute",
    "sign-off",
    "applies where",
    "starting point",
    "period",
    "counted",
    "relationship",
    "re-enrolment window",
    "disposition",
    "owner",
    "zone",
    "rule version",
    "made at",
)


def write_schedule(path: Path, text: str) -> None:
    """Replaces the file in one step. Raises RetentionError R560 where it cannot be written."""
    write_page(path, text, "R560", "the retention schedule")


def schedule_csv(schedule: Schedule) -> str:
    """One line per clause, as RFC 4180 has it, with a byte order mark: spreadsheets else take UTF-8 for something else.

    A cell that a spreadsheet might compute begins with an apostrophe.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    made_at = schedule.made_at.isoformat()
    for rule in schedule.rules:
        writer.writerows([*map(_inert, _cells(rule, clause)), made_at] for clause in rule.clauses)
    return "\ufeff" + out.getvalue()


def _cells(rule: ScheduledRule, clause: ScheduledClause) -> Iterator[str]:
    yield from (rule.cluster, rule.title, rule.id, rule.dataset_title, ", ".join(rule.tables))
    yield from (", ".join(rule.categories), rule.subject or "nobody", rule.only)
    yield from (clause.id, ROLES[clause.role], clause.basis, clause.statute, sign_off(clause))
    yield from ("; ".join(conditions(clause)), clause.start, clause.period, clause.counting)
    yield from (rule.relationship, rule.window, rule.disposition, rule.owner, rule.zone, rule.version)


def conditions(clause: ScheduledClause) -> tuple[str, ...]:
    """For which rows the clause speaks, and until when a purpose lives or a floor stays open."""
    said = (
        ("", clause.when),
        ("as long as ", clause.live_while),
        ("without an end while ", clause.open_while),
    )
    return tuple(f"{word}{condition}" for word, condition in said if condition)


def sign_off(clause: ScheduledClause) -> str:
    """What counsel has said of it; empty: nobody was asked."""
    if not clause.signed_off:
        return "not signed off: it may keep longer, and lets nothing go"
    return clause.counsel or ("signed off" if clause.statute else "")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def schedule_html(schedule: Schedule) -> str:
    """One page, without script and without anything from elsewhere; prints on A4, landscape."""
    rules = tuple(schedule.rules)
    return page(
        "schedule",
        schedule=schedule,
        rules=rules,
        datasets=sorted({rule.dataset_title for rule in rules}),
        roles=ROLES,
        Role=Role,
        conditions=conditions,
        sign_off=sign_off,
        counted=counted,
    )
