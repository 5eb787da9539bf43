"""What a claims assessment stops: the deletion of rows, and the replacement of the columns that it names."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.hold import PlacedClaim
from retention.model.rule import Action, ColumnUse, Replace, Rule


def stops(claim: PlacedClaim, rule: Rule, *, deletion: bool) -> bool:
    """Whether it keeps what it covers from a deletion by the rule, or from the replacement that the rule does. One that
    names no elements needs the whole rows; a group is deleted, or written, as one."""
    if not claim.elements:
        return True
    here = {one.table: one.columns for one in claim.elements if one.dataset == rule.dataset}
    if deletion:
        return any(table in here for table in rule.tables)
    return any(use.column in here.get(table, ()) for table, use in _replaced(rule))


def stops_now(claim: PlacedClaim, rule: Rule, *, marked: bool) -> bool:
    """The same for what the rule does next with a row: of one that is ``marked``, what follows its pseudonymization."""
    return stops(claim, rule, deletion=marked or rule.disposition.action is Action.DELETE)


def _replaced(rule: Rule) -> Iterator[tuple[str, ColumnUse]]:
    columns = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
    for table, uses in columns.items():
        yield from ((table, use) for use in uses if isinstance(use.treatment, Replace) and not use.elsewhere)
