"""Rows of other groups that refer to what a rule deletes: a group goes only when none is left (*referenced*)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from retention.model.clause import Clause, Role
from retention.model.rule import Action, Replace, Rule
from retention.model.schema import ForeignKey, Schema, Table
from retention.planning.counting import kept_through
from retention.planning.needs import deletes
from retention.policy.finding import Finding
from retention.policy.lint.tables import at, group_tables
from retention.policy.rule_file import ReadRule

_DAYS = tuple(date(year, month, day) for year in range(2023, 2027) for month in range(1, 13) for day in (1, 15, 28))


@dataclass(frozen=True, kw_only=True)
class _Reference:
    """Rows of ``table`` refer to rows of ``onto``, which ``read`` deletes, and do not go with them."""

    read: ReadRule
    onto: str
    table: Table
    key: ForeignKey

    @property
    def columns(self) -> str:
        return f"{self.table.name}({', '.join(self.key.columns)})"

    @property
    def never_null(self) -> bool:
        found = [self.table.column(name) for name in self.key.columns]
        return all(column is not None and not column.nullable for column in found)

    def found(self, code: str, what: str, remedy: str, *, remark: bool) -> Finding:
        return at(self.read, code, ("disposition",), what, remedy, remark=remark)


def check(rules: Sequence[ReadRule], schema: Schema, *, complete: bool) -> Iterator[Finding]:
    """The rules of one dataset. Not ``complete``: a table may have a rule that could not be read."""
    owners = {table: read for read in rules for table in read.rule.tables}
    named = {entry.table for read in rules for entry in read.document.goes_with}  # also what is wrong with its entry
    for read in rules:
        for reference in _references(read, schema):
            owner = owners.get(reference.table.name)
            if owner is None:
                if complete and reference.table.name not in named:
                    yield _without_a_rule(reference)
            elif not deletes(owner.rule):
                yield from _stays(reference, owner)
            elif reference.never_null:
                yield from _stays_longer(reference, owner.rule)


def _references(read: ReadRule, schema: Schema) -> Iterator[_Reference]:
    if not deletes(read.rule):
        return
    for onto in read.rule.tables:
        for table, key in schema.referring_to(onto):
            if table.name not in read.rule.tables:
                yield _Reference(read=read, onto=onto, table=table, key=key)


def _without_a_rule(reference: _Reference) -> Finding:
    name, onto = reference.table.name, reference.onto
    what = (
        f"no rule disposes of {name}: a row of {onto} to which {reference.columns} refers is never deleted "
        f"by {reference.read.rule.id}"
    )
    remedy = f"write a rule for {name}, or let it go with {onto} (goes_with)"
    return reference.found("R259", what, remedy, remark=True)


def _stays(reference: _Reference, owner: ReadRule) -> Iterator[Finding]:
    """Pseudonymized rows stay, and their links with them, but where the link itself is cut."""
    name, onto = reference.table.name, reference.onto
    uses = next(table.uses for table in group_tables(owner) if table.table.name == name)
    cut = {use.column for use in uses if isinstance(use.treatment, Replace) and use.treatment.strategy == "null"}
    if cut & set(reference.key.columns):
        return
    what = (
        f"{owner.rule.id} pseudonymizes {name} and never deletes it: a row of {onto} to which {reference.columns} "
        f"refers is never deleted by {reference.read.rule.id}"
    )
    link = "" if reference.never_null else f', or cut the link there ({reference.key.columns[0]}: strategy: "null")'
    remedy = f"pseudonymize {onto}, too; or say then_delete_after in {owner.rule.source.file}{link}"
    yield reference.found("R258", what, remedy, remark=not reference.never_null)


def _stays_longer(reference: _Reference, owner: Rule) -> Iterator[Finding]:
    rule = reference.read.rule
    if rule.disposition.action is not Action.DELETE:
        return
    ceilings = rule.of_role(Role.CEILING)
    for floor in owner.of_role(Role.FLOOR):
        shorter = [clause for clause in ceilings or rule.clauses if _lasts_longer(floor, clause)]
        if shorter and (ceilings or len(shorter) == len(rule.clauses)):
            ended = ", ".join(f"the {clause.role} {clause.id} ({clause.period})" for clause in shorter)
            what = (
                f"the floor {floor.id} ({floor.period}, {floor.basis}) of {owner.id} keeps rows of "
                f"{reference.table.name} longer than {ended} of {rule.id} lasts, and {reference.columns} always refers "
                f"to a row of {reference.onto}: those rows are left as referenced until then"
            )
            remedy = f"nothing, where that is meant; else let {reference.onto} be pseudonymized instead of deleted"
            yield reference.found("R260", what, remedy, remark=True)


def _lasts_longer(one: Clause, other: Clause) -> bool:
    """From any day on, whichever of its periods applies."""
    return bool(one.known_terms and other.known_terms) and all(
        _is_later(kept_through(day, longer), kept_through(day, shorter))
        for longer in one.known_terms
        for shorter in other.known_terms
        for day in _DAYS
    )


def _is_later(one: date | None, other: date | None) -> bool:
    return other is not None and (one is None or one > other)
