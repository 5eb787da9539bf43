"""A rule document against its snapshot -> a rule of the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from retention.model.fact import ToldEnd
from retention.model.join import Join
from retention.model.rule import Action, Approval, Disposition, Limits, Member, Relationship, Rule, SubjectPath
from retention.model.schema import Table
from retention.policy.clauses import clauses
from retention.policy.column_uses import column_uses, consistency
from retention.policy.conditions import condition
from retention.policy.digest import rule_digest
from retention.policy.documents.disposition import DispositionDocument
from retention.policy.documents.rule import (
    LookupDocument,
    MemberDocument,
    RelationshipDocument,
    RuleDocument,
    SubjectDocument,
)
from retention.policy.documents.step import StepDocument
from retention.policy.elements import element_groups
from retention.policy.joins import found_join, given_join
from retention.policy.naming import choose_from
from retention.policy.paths import path_of, to_one
from retention.policy.reading import LookedUp, Reading
from retention.policy.settled import settled
from retention.policy.times import time_column


@dataclass(frozen=True, kw_only=True)
class ReadRule:
    """A rule and what it was read from. The rule lacks the parts for which there are findings. ``elements``: the rules
    of its element groups, as they stand in the document."""

    rule: Rule
    document: RuleDocument
    reading: Reading
    table: Table
    elements: tuple[Rule, ...] = ()


def convert(document: RuleDocument, reading: Reading) -> ReadRule | None:
    """None when the root table is unknown. Findings are left in ``reading``."""
    table = reading.table(document.table, ("table",))
    if table is None:
        return None
    reading.lookups = {name: _lookup(name, entry, table, reading) for name, entry in document.lookups.items()}
    when = document.condition
    related = _relationship(document.relationship, table, reading) if document.relationship else None
    said = clauses(document, document, table, related, reading)
    groups = element_groups(document, table, related, reading)
    deletes = document.disposition.pseudonymize is None
    said = (*said, *(clause for group in groups if deletes for clause in group.of_the_row()))
    rule = Rule(
        id=document.id,
        dataset=document.dataset,
        title=document.title,
        cluster=document.cluster,
        owner=document.owner or reading.dataset.owner,
        table=table.name,
        primary_key=table.primary_key,
        members=_members(document, table, reading),
        subject=_subject(document.subject, table, reading),
        zone=document.zone or reading.dataset.zone,
        condition=condition(when, table, reading, ("condition",)) if when else None,
        relationship=related,
        clauses=said,
        settled=settled(document.conflicts, said, reading),
        disposition=_disposition(document.disposition),
        columns=(
            *column_uses(document.columns, reading, ("columns",), consistency(document)),
            *(use for group in groups for use in group.for_the_row(deletes=deletes)),
        ),
        limits=Limits(share=document.limits.share, groups=document.limits.groups) if document.limits else None,
        source=reading.text.at(),
        digest="",
        approval=document.approval or Approval.NONE,
        companions=_companions(document.companions, table, reading),
    )
    return ReadRule(
        rule=_with_digest(rule),
        document=document,
        reading=reading,
        table=table,
        elements=tuple(_with_digest(group.rule(rule)) for group in groups),
    )


def _with_digest(rule: Rule) -> Rule:
    return replace(rule, digest=rule_digest(rule))


def _members(document: RuleDocument, root: Table, reading: Reading) -> tuple[Member, ...]:
    members: dict[str, Member] = {}
    for position, entry in enumerate(document.goes_with):
        path = ("goes_with", position)
        table = reading.table(entry.table, (*path, "table"))
        if table is None:
            continue
        if table.name in (root.name, *members):
            what = f"the table {table.name} stands twice in the group of {document.id}"
            reading.find("R210", (*path, "table"), what, "a table takes part in a group once: take the second out")
            continue
        parent = entry.parent or root.name
        if parent not in (root.name, *members):
            known = ", ".join((root.name, *members))
            what = f"the parent {parent!r} is not listed before its member {table.name}"
            reading.find("R209", (*path, "parent"), what, f"list parents first; known here: {known}")
            continue
        join = _member_join(entry, table, reading.schema.tables[parent], reading, path)
        if join is not None:
            uses = column_uses(entry.columns, reading, (*path, "columns"), consistency(document))
            members[table.name] = Member(
                table=table.name, parent=parent, join=join, columns=uses, primary_key=table.primary_key
            )
    return tuple(members.values())


def _member_join(
    entry: MemberDocument, table: Table, parent: Table, reading: Reading, path: tuple[str | int, ...]
) -> Join | None:
    here = (*path, "join") if entry.join else path
    join = (
        given_join(entry.join, table, parent, reading, here) if entry.join else found_join(table, parent, reading, here)
    )
    return to_one(join, table, parent, reading, here)


def _subject(document: SubjectDocument, root: Table, reading: Reading) -> SubjectPath | None:
    if document.kind is None or document.key is None:
        return None
    found = path_of(document.path, root, reading, ("subject", "path"))
    if found is None:
        return None
    near, steps = found
    if reading.column(near, document.key, ("subject", "key")) is None:
        return None
    return SubjectPath(kind=document.kind, key=document.key, path=steps, missing=document.when_missing)


def _lookup(name: str, document: LookupDocument, root: Table, reading: Reading) -> LookedUp | None:
    if not document.path:
        what = f"the lookup {name} has no path: a column of {root.name} itself needs none"
        reading.find("R144", ("lookups", name, "path"), what, "write {column: ..} in the condition, or add the steps")
        return None
    found = path_of(document.path, root, reading, ("lookups", name, "path"))
    if found is None:
        return None
    table, steps = found
    column = reading.column(table, document.column, ("lookups", name, "column"))
    return None if column is None else LookedUp(path=steps, table=table, column=column)


def _companions(documents: Iterable[StepDocument], root: Table, reading: Reading) -> tuple[Join, ...]:
    joins = []
    for position, step in enumerate(documents):
        path = ("companions", position)
        far = reading.table(step.table, (*path, "table"))
        joins.append(None if far is None else given_join(step.columns, root, far, reading, (*path, "columns")))
    return tuple(join for join in joins if join is not None)


def _relationship(document: RelationshipDocument, root: Table, reading: Reading) -> Relationship | None:
    here = ("relationship", "otherwise")
    otherwise = time_column(document.otherwise, root, reading, here) if document.otherwise else None
    told = _told(document.facts, reading)
    if document.table is None or document.end is None:
        alone = Relationship(join=None, end=None, window=document.window, otherwise=otherwise, told=told)
        return alone if told else None
    table = reading.table(document.table, ("relationship", "table"))
    if table is None:
        return None
    if document.join:
        join = given_join(document.join, root, table, reading, ("relationship", "join"))
    else:
        join = found_join(root, table, reading, ("relationship",), both_ways=True)
    end = time_column(document.end, table, reading, ("relationship", "end"))
    start = time_column(document.start, table, reading, ("relationship", "start")) if document.start else None
    if join is None or end is None:
        return None
    return Relationship(join=join, end=end, window=document.window, otherwise=otherwise, told=told, start=start)


def _told(names: Iterable[str], reading: Reading) -> tuple[ToldEnd, ...]:
    """In the order of their names: in which one they stand in the file says nothing."""
    told = {}
    for position, name in enumerate(names):
        if name not in reading.facts:
            remedy = choose_from(name, reading.facts, what="facts of datasets.yaml")
            reading.find("R247", ("relationship", "facts", position), f"the fact {name!r} is not declared", remedy)
        elif fact := reading.facts[name]:
            told[name] = ToldEnd(fact=fact.id, time=fact.time, fresh_days=fact.fresh_days)
    return tuple(told[name] for name in sorted(told))


def _disposition(document: DispositionDocument) -> Disposition:
    if document.pseudonymize is None:
        return Disposition(action=Action.DELETE)
    return Disposition(action=Action.PSEUDONYMIZE, then_delete_after=document.pseudonymize.then_delete_after)
