"""Something was examined: a run that looked at nothing while there was something to look at has proved nothing."""

from __future__ import annotations

from collections.abc import Iterator

from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look

NAME = "something_examined"


def something_examined(look: Look) -> Iterator[Finding]:
    """A run that examines only what newly fell due may find nothing; one that examines everything may not."""
    for rule_id, compiled in look.compiled.items():
        if not look.executed(rule_id):
            continue
        step, root = look.steps[rule_id], compiled.context.root
        rows = look.count(root)
        nothing = step.full_sweep and step.examined == 0 and rows > 0
        yield Finding(
            check_name=NAME,
            rule_id=rule_id,
            table_name=root.name,
            examined=rows,
            violations=int(nothing),
            applicable=rows > 0,
            note="the plan looked at no row, and the table has some" if nothing else "",
        )
