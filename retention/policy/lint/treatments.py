"""A strategy or a keep for every personal column of what is pseudonymized, and neither where the row is deleted."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.rule import Action, ColumnUse, Replace, ValueKind
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable, group_tables
from retention.policy.rule_file import ReadRule


def check_replaced(read: ReadRule) -> Iterator[Finding]:
    """Something of the group is replaced, and of the root row where the mark on it is counted from."""
    rule, at = read.rule, read.reading.text.at("disposition")
    if rule.disposition.action is not Action.PSEUDONYMIZE:
        return
    replacing = [table.table.name for table in group_tables(read) if any(map(_replaced, table.uses))]
    if not replacing:
        what = f"{rule.id} pseudonymizes, and replaces no column"
        remedy = "give a strategy to the columns that identify somebody, or write `disposition: delete`"
        yield Finding(code="R246", at=at, what=what, remedy=remedy)
    elif rule.disposition.then_delete_after is not None and rule.table not in replacing:
        what = f"then_delete_after counts from the mark on the row of {rule.table}, of which no column is replaced"
        remedy = f"give a strategy to a column of {rule.table}, or take then_delete_after out"
        yield Finding(code="R245", at=at, what=what, remedy=remedy)


def _replaced(use: ColumnUse) -> bool:
    return isinstance(use.treatment, Replace)


def check(table: GroupTable) -> Iterator[Finding]:
    for use in table.uses:
        if table.read.rule.disposition.action is Action.DELETE:
            yield from _of_deleted(table, use)
        elif use.treatment is None and use.kind not in (ValueKind.KEY, ValueKind.NONE):
            name = f"{table.table.name}.{use.column}"
            what = f"{name} is personal ({use.kind}), and the rule does not say what becomes of it"
            given = f"{{kind: {use.kind}, "
            remedy = f"write {given}strategy: ..}} to replace it, or {given}keep: why it may stay}}"
            yield table.found("R223", ("columns", use.column), what, remedy)


def _of_deleted(table: GroupTable, use: ColumnUse) -> Iterator[Finding]:
    if use.treatment is not None:
        name = f"{table.table.name}.{use.column}"
        what = f"{name} has a treatment, and the disposition is delete: nothing would be left to treat"
        remedy = f"write `{use.column}: {use.kind}`, or `disposition: pseudonymize`"
        yield table.found("R222", ("columns", use.column), what, remedy)
