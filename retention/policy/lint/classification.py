"""Every column of every table of the group is classified: a column that nobody thought of is where data stay."""

from __future__ import annotations

from collections.abc import Iterator

from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable
from retention.policy.naming import choose_from


def check(table: GroupTable) -> Iterator[Finding]:
    classified = {use.column for use in table.uses}
    names = [column.name for column in table.table.columns]
    missing = [name for name in names if name not in classified]
    if missing:
        noun = "the column" if len(missing) == 1 else "the columns"
        what = (
            f"{noun} {', '.join(missing)} of {table.table.name} {'is' if len(missing) == 1 else 'are'} not classified"
        )
        remedy = f"say what kind of value it holds, such as `{missing[0]}: none` or `{missing[0]}: email`"
        yield table.found("R202", ("columns",), what, remedy)
    for use in table.uses:
        if use.column not in names:
            what = f"the column {use.column!r} is not in the table {table.table.name}"
            remedy = choose_from(use.column, missing or names, what="not classified yet" if missing else "columns")
            yield table.found("R201", ("columns", use.column), what, remedy)
