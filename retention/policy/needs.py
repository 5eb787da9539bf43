"""What floors need of rows of other tables, and which rules keep it for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from retention.model.choice import Tiers
from retention.model.clause import Clause, NeededBy, Needs
from retention.model.rule import Rule
from retention.model.schema import Table
from retention.model.starting_point import runs_from_relationship
from retention.planning.needs import deletes
from retention.planning.reliance import written_in
from retention.policy.digest import rule_digest
from retention.policy.documents.clause import FloorDocument
from retention.policy.paths import path_of
from retention.policy.reading import Reading

REPEATED = "/"  # in the id of a clause that a row repeats of its element group: no name of a file has it


def needs(entry: FloorDocument, root: Table, reading: Reading, at: tuple[str | int, ...]) -> tuple[Needs, ...]:
    """Of one floor; what is wrong is left in ``reading``."""
    found = []
    for position, document in enumerate(entry.needs):
        here = (*at, "needs", position)
        if not document.path or not document.columns:
            what = f"{entry.id} does not say what it needs of which row"
            reading.find("R169", here, what, "write the steps to the row (path), and its columns (columns)")
            continue
        end = path_of(document.path, root, reading, (*here, "path"))
        if end is None:
            continue
        table, steps = end
        there = [reading.column(table, name, (*here, "columns")) for name in document.columns]
        if None not in there:
            found.append(Needs(path=steps, columns=tuple(sorted(set(document.columns)))))
    return tuple(found)


def countable_elsewhere(clause: Clause) -> bool:
    """Whether the floor can be told from its own row: another rule asks about it without the relationship."""
    return not runs_from_relationship(clause.start.event) and not isinstance(clause.varies, Tiers)


def with_needs(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Every rule with the floors of others in its dataset that need something of its groups."""
    together = tuple(rules)
    return tuple(_needed(rule, together) for rule in together)


def _needed(rule: Rule, rules: Iterable[Rule]) -> Rule:
    found = tuple(one for other in rules if other.dataset == rule.dataset for one in _by(other, rule))
    if not found:
        return rule
    changed = replace(rule, needed_by=found)
    return replace(changed, digest=rule_digest(changed))


def _by(other: Rule, rule: Rule) -> Iterator[NeededBy]:
    """Of a row and its element groups each says its own floors: those that the row repeats are left out."""
    if (other.element_of or other.id) == (rule.element_of or rule.id):
        return
    written = written_in(rule)
    for clause in other.clauses:
        for one in () if REPEATED in clause.id else clause.needs:
            table = one.path[-1].table
            if table in rule.tables and (deletes(rule) or written[table] & set(one.columns)):
                plain = replace(clause, needs=())
                yield NeededBy(rule=other.id, table=other.table, zone=other.zone, clause=plain, path=one.path)
