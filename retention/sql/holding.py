"""How each hold of a dataset covers one group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, select, union

from retention.model.hold import HoldClass
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import some


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOn:
    """One hold that covers a group, or may. ``certain``, ``possible``: by which classes, in order; what is certain is
    possible. Whom the group is about being unknown is no hold's own doubt, and stands in no ``possible``."""

    hold_id: str
    certain: tuple[HoldClass, ...]
    possible: tuple[HoldClass, ...]


def holds_on(connection: Connection, context: RuleContext, key: tuple[object, ...]) -> tuple[HoldOn, ...]:
    """Every hold that covers the root row with this key, or may, as the dataset knows them, in order."""
    root, own = context.root, context.own
    known = union(select(own.hold.c.hold_id), select(own.hold_scope.c.hold_id)).subquery("known_hold")
    coverage = replace(context.coverage, hold_id=known.c.hold_id, outside=(known, root))
    anchored = coverage.anchored(context.rule, root)
    covered = {name: (one.certainly, one.possibly) for name, one in coverage.holding(context.rule, root).items()}
    covered[HoldClass.ANCHORED] = (anchored, anchored)
    names = sorted(covered, key=list(HoldClass).index)
    here = and_(*(root.c[name] == value for name, value in zip(context.rule.primary_key, key, strict=True)))
    tests = [test for name in names for test in covered[name]]
    statement = (
        select(known.c.hold_id, *(test.label(f"t{place}") for place, test in enumerate(tests)))
        .select_from(root.join(known, some(*tests)))
        .where(here)
        .order_by(known.c.hold_id)
    )
    found = []
    for hold_id, *answers in connection.execute(statement):
        certain, possible = _named(names, answers[0::2]), _named(names, answers[1::2])
        found.append(HoldOn(hold_id=hold_id, certain=certain, possible=possible))
    return tuple(found)


def _named(names: Iterable[HoldClass], answers: Iterable[object]) -> tuple[HoldClass, ...]:
    return tuple(name for name, answer in zip(names, answers, strict=True) if answer)
