"""The tables of a rule's group, each with its column uses and its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from retention.model.clause import Clause
from retention.model.rule import ColumnUse, Member
from retention.model.schema import Table
from retention.policy.clauses import PLURAL
from retention.policy.finding import Finding
from retention.policy.rule_file import ReadRule


@dataclass(frozen=True, kw_only=True)
class GroupTable:
    """``path`` leads to the mapping of the file that declares the table: empty for the root."""

    read: ReadRule
    table: Table
    uses: tuple[ColumnUse, ...]
    member: Member | None  # None: the root
    path: tuple[str | int, ...]

    def found(self, code: str, path: tuple[str | int, ...], what: str, remedy: str, *, remark: bool = False) -> Finding:
        """A finding at a key below the table's own mapping."""
        place = self.read.reading.text.at(*self.path, *path)
        return Finding(code=code, at=place, what=what, remedy=remedy, remark=remark)


def group_tables(read: ReadRule) -> Iterator[GroupTable]:
    """Root first, then members as listed."""
    yield GroupTable(read=read, table=read.table, uses=read.rule.columns, member=None, path=())
    positions = {entry.table: position for position, entry in reversed(list(enumerate(read.document.goes_with)))}
    for member in read.rule.members:
        path = ("goes_with", positions[member.table])
        table = read.reading.schema.tables[member.table]
        yield GroupTable(read=read, table=table, uses=member.columns, member=member, path=path)


def element_tables(read: ReadRule) -> Iterator[GroupTable]:
    """The root table as each element group sees it: its own columns alone."""
    for position, rule in enumerate(read.elements):
        own = tuple(use for use in rule.columns if not use.elsewhere)
        of_element = replace(read, rule=rule, elements=())
        yield GroupTable(read=of_element, table=read.table, uses=own, member=None, path=("elements", position))


def clause_path(read: ReadRule, clause: Clause, element: int | None = None) -> tuple[str | int, ...]:
    """Where a clause of the rule, or of one of its element groups, is written. In front of its name may stand whose it
    is (``row/``, or an element group's), behind it the statute that it says."""
    owner, _, name = clause.id.partition(":")[0].rpartition("/")
    elements = read.document.elements
    if owner and owner != "row":
        element = next((place for place, one in enumerate(elements) if one.id == owner), None)
    here = element is not None and owner != "row"
    holder = elements[element] if element is not None and here else read.document
    for key in PLURAL.values():
        for position, entry in enumerate(getattr(holder, key)):
            if entry.id == name:
                return (*(("elements", element) if here and element is not None else ()), key, position)
    return ()


def at(
    read: ReadRule, code: str, path: tuple[str | int, ...], what: str, remedy: str, *, remark: bool = False
) -> Finding:
    """A finding at a key of the rule's file."""
    return Finding(code=code, at=read.reading.text.at(*path), what=what, remedy=remedy, remark=remark)
