"""Which holds cover one row, and by which class."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, and_, case, literal, select, union

from retention.model.hold import HoldClass
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import some


def holds_on(
    connection: Connection, context: RuleContext, key: tuple[object, ...]
) -> tuple[tuple[str, HoldClass], ...]:
    """(hold, class) for every hold that certainly covers the root row with this key, as the dataset knows them, in
    order; of several classes the first."""
    root, own = context.root, context.own
    known = union(select(own.hold.c.hold_id), select(own.hold_scope.c.hold_id)).subquery("known_hold")
    coverage = replace(context.coverage, hold_id=known.c.hold_id, outside=(known, root))
    covered = coverage.holding(context.rule, root)
    tests = [(one.certainly, literal(name.value)) for name, one in sorted(covered.items(), key=_in_order)]
    here = and_(*(root.c[name] == value for name, value in zip(context.rule.primary_key, key, strict=True)))
    statement = (
        select(known.c.hold_id, case(*tests, else_=literal("")))
        .select_from(root.join(known, some(*(test for test, _ in tests))))
        .where(here)
        .order_by(known.c.hold_id)
    )
    return tuple((hold_id, HoldClass(name)) for hold_id, name in connection.execute(statement))


def _in_order(item: tuple[HoldClass, object]) -> int:
    return list(HoldClass).index(item[0])
