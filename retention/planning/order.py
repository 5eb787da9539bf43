"""The order in which the rules of a dataset run: tables that refer to others before those, rows before their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from retention.model.errors import refuse
from retention.model.rule import Rule
from retention.model.schema import Schema


def run_order(rules: Iterable[Rule], schema: Schema) -> Mapping[str, tuple[str, ...]]:
    """For every rule the ids of those that run before it, in name order: some table of their groups refers to a table
    of its group, or it is an element group of their rows: nothing is written to a row that goes. Raises RetentionError
    R281, naming the rules, where these references run in a circle.
    """
    ordered = sorted(rules, key=lambda rule: rule.id)
    after = {rule.id: tuple(other.id for other in ordered if _before(other, rule, schema)) for rule in ordered}
    sequence(after)
    return after


def sequence(after: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The rule ids one after the other, by name where the order leaves a choice (Kahn's algorithm).

    Raises RetentionError R281 for a circle.
    """
    waiting = {rule: set(before) for rule, before in after.items()}
    done: list[str] = []
    while waiting:
        ready = min((rule for rule, before in waiting.items() if not before), default=None)
        if ready is None:
            circle = _circle(waiting)
            raise refuse(
                "R281",
                f"the groups of these rules refer to each other in a circle: {' -> '.join(circle)}",
                where=f"rule {circle[0]}",
                remedy="let one of the tables go with the other (goes_with), so that both are disposed of as one group",
            )
        done.append(ready)
        del waiting[ready]
        for before in waiting.values():
            before.discard(ready)
    return tuple(done)


def _before(rule: Rule, other: Rule, schema: Schema) -> bool:
    return other.element_of == rule.id or _refers(rule, other, schema)


def _refers(rule: Rule, other: Rule, schema: Schema) -> bool:
    if rule.table == other.table:  # also rule and other being the same: what it refers to in itself goes with it
        return False
    theirs = set(other.tables)
    tables = (schema.tables[name] for name in rule.tables if name in schema.tables)
    return any(key.table in theirs - {table.name} for table in tables for key in table.foreign_keys)


def _circle(waiting: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Walk back from the first name until one returns; every rule left waits for another that is left."""
    path = [min(waiting)]
    while True:
        step = min(waiting[path[-1]])
        if step in path:
            return (*path[path.index(step) :], step)
        path.append(step)
