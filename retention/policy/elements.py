"""Element groups: columns of one row with periods of their own, each a rule beside the one of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from retention.model.clause import Clause, Role
from retention.model.rule import Action, ColumnUse, Disposition, Keep, Relationship, Replace, Rule
from retention.model.schema import Table
from retention.policy.clauses import clauses
from retention.policy.column_uses import column_uses, consistency
from retention.policy.documents.element import ElementDocument
from retention.policy.documents.rule import RuleDocument
from retention.policy.needs import REPEATED
from retention.policy.reading import Reading

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class ElementGroup:
    """What one entry of ``elements`` says."""

    name: str
    uses: tuple[ColumnUse, ...]
    clauses: tuple[Clause, ...]

    def rule(self, row: Rule) -> Rule:
        """It replaces its columns when its own periods have ended, or a ceiling of its row is reached."""
        why = Keep(why=f"{row.id} decides on it")
        others = [replace(use, treatment=why, elsewhere=True) for use in row.columns if not self._names(use.column)]
        members = [
            replace(one, columns=tuple(replace(use, treatment=why, elsewhere=True) for use in one.columns))
            for one in row.members
        ]
        return replace(
            row,
            id=f"{row.id}-{self.name}",
            title=f"{row.title}: {self.name}",
            members=tuple(members),
            clauses=(*self.clauses, *self._ceilings_of(row)),
            settled=(),
            disposition=Disposition(action=Action.PSEUDONYMIZE),
            columns=(*self.uses, *others),
            companions=(),
            element_of=row.id,
        )

    def _names(self, column: str) -> bool:
        return any(use.column == column for use in self.uses)

    def _ceilings_of(self, row: Rule) -> Iterator[Clause]:
        """They want all of the row gone; a floor of the row protects what it needs, and not these columns."""
        yield from (replace(one, id=f"row{REPEATED}{one.id}") for one in row.of_role(Role.CEILING))

    def for_the_row(self, *, deletes: bool) -> Iterator[ColumnUse]:
        """Its columns as the rule of the row knows them."""
        kept = None if deletes else Keep(why=f"the element group {self.name} decides on it")
        yield from (replace(use, treatment=kept, elsewhere=True) for use in self.uses)

    def of_the_row(self) -> Iterator[Clause]:
        """What the deletion of the row waits for. Of a group with ceilings alone: for these."""
        kept = [one for one in self.clauses if one.role is not Role.CEILING]
        for one in kept or self.clauses:
            role = Role.PURPOSE if one.role is Role.CEILING else one.role
            yield replace(one, id=f"{self.name}{REPEATED}{one.id}", role=role, counsel="")


def element_groups(
    document: RuleDocument, root: Table, relationship: Relationship | None, reading: Reading
) -> tuple[ElementGroup, ...]:
    """Those that the file names; what is wrong with them is in ``reading``."""
    taken = dict.fromkeys(document.columns, "columns")
    names: set[str] = set()
    groups = []
    for position, entry in enumerate(document.elements):
        at: Path = ("elements", position)
        uses = column_uses(entry.columns, reading, (*at, "columns"), consistency(document))
        said = clauses(entry, document, root, relationship, reading, at)
        _check(entry, uses, taken, names, reading, at)
        groups.append(ElementGroup(name=entry.id, uses=uses, clauses=said))
        taken |= {use.column: f"the element group {entry.id}" for use in uses}
        names.add(entry.id)
    follows = document.disposition.pseudonymize
    if groups and follows is not None and follows.then_delete_after is not None:
        what = f"{document.id} deletes rows after a pseudonymization, and would not wait for its element groups"
        remedy = "write `disposition: delete`, which does wait, or take then_delete_after out"
        reading.find("R168", ("disposition",), what, remedy)
    return tuple(groups)


def _check(
    entry: ElementDocument,
    uses: tuple[ColumnUse, ...],
    taken: dict[str, str],
    names: set[str],
    reading: Reading,
    at: Path,
) -> None:
    if "-" in entry.id or entry.id in names:
        what = f"{entry.id} names two element groups" if entry.id in names else f"the name {entry.id} has a hyphen"
        reading.find("R168", (*at, "id"), what, "give each element group a name of letters, digits and _")
    for use in uses:
        if use.column in taken:
            what = f"{use.column} stands in {taken[use.column]}, too"
            reading.find("R168", (*at, "columns", use.column), what, "a column has one period: name it in one place")
    if not any(isinstance(use.treatment, Replace) for use in uses):
        what = f"the element group {entry.id} replaces no column"
        reading.find("R168", (*at, "columns"), what, "give a strategy to the columns that go first")
    if not (entry.floors or entry.purposes or entry.ceilings):
        what = f"the element group {entry.id} has no floor, no purpose and no ceiling"
        reading.find("R168", at, what, "add at least one clause with a start, a period and a basis")
