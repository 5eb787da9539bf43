"""A strategy or a keep for every personal column of what is pseudonymized, and neither where the row is deleted."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.rule import Action, ColumnUse, ValueKind
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable


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
