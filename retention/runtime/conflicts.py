"""Floors and ceilings that contradict each other on rows of a dataset, each with an owner and a deadline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from retention.model.errors import Problem
from retention.model.rule import Rule
from retention.model.verdict import Verdict
from retention.runtime.words import counted, verdict_in_words
from retention.runtime.work_list import WorkList


def conflicts(waiting: WorkList, rules: tuple[Rule, ...], now: datetime) -> Iterator[Problem]:
    """One problem for each two clauses of a rule, with both citations."""
    by_id = {rule.id: rule for rule in rules}
    for item in waiting.items:
        if item.verdict is Verdict.CONFLICT and item.deadline is not None:
            basis = {clause.id: clause.basis for clause in by_id[item.rule_id].clauses}
            floor, _, ceiling = item.detail.partition(" / ")
            _, remedy = verdict_in_words(item.verdict, item.reason, item.detail)
            late = (now - item.deadline).days
            overdue = f", {counted(late, 'day')} ago" if late > 0 else ""
            yield Problem(
                code="R467",
                what=f"{counted(item.groups, 'group')} of {item.table} are kept by the floor {floor} "
                f"({basis.get(floor, '')}) and wanted gone by the ceiling {ceiling} ({basis.get(ceiling, '')}); "
                f"counsel's choice is due by {item.deadline:%Y-%m-%d}{overdue}",
                where=f"rule {item.rule_id}, owner {item.owner}",
                remedy=remedy,
            )
