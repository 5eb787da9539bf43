"""Which holds cover the groups of a rule, as SQL: by a subject, a condition, a table, the dataset, and what these
spread to. They stack: whatever is released, the others still cover the group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, Table, exists, false, literal, or_, select, true
from sqlalchemy.sql.elements import False_

from retention.model.dataset import IdentityLink
from retention.model.hold import Area, ConditionScope, DatasetScope, HoldClass, PlacedArea, TableScope
from retention.model.join import Join
from retention.model.rule import Missing, Rule
from retention.model.schema import Schema
from retention.sql.captured import captured_table, condition_on, is_captured
from retention.sql.conditions import certainly, every, possibly, some
from retention.sql.dialects.base import Dialect
from retention.sql.group import Reference, member_chain, references_to, rows_of_root
from retention.sql.holds_here import HoldsHere
from retention.sql.leaves import joined
from retention.sql.linked_holds import LinkedHolds
from retention.sql.own_tables import OwnTables
from retention.sql.subjects import held, perhaps_held, subject_key

_CLASSES: Mapping[type[Area], HoldClass] = {
    ConditionScope: HoldClass.CAPTURED,
    TableScope: HoldClass.TABLE,
    DatasetScope: HoldClass.DATASET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Neither is ever NULL, and ``certainly`` implies ``possibly``; between the two nobody can tell."""

    certainly: ColumnElement[bool]
    possibly: ColumnElement[bool]

    @property
    def never(self) -> bool:
        return isinstance(self.possibly, False_)


def _surely(test: ColumnElement[bool]) -> Covered:
    return Covered(certainly=test, possibly=test)


NOT_COVERED = _surely(false())


def any_of(parts: Iterable[Covered]) -> Covered:
    together = tuple(parts)
    return Covered(
        certainly=some(*(part.certainly for part in together)), possibly=some(*(part.possibly for part in together))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """``rules``: those of the dataset whose tables and columns are there. ``blind``: the others that have companions.
    ``hold_id``: look at this hold alone; an expression of the enclosing statement, whose tables are ``outside``.
    ``on_subjects``: the rows of the table ``hold`` that are looked at."""

    rules: tuple[Rule, ...]
    blind: tuple[Rule, ...]
    schema: Schema  # live, with declared references
    tables: Mapping[str, Table]
    own: OwnTables
    dialect: Dialect
    holds: HoldsHere
    links: tuple[IdentityLink, ...] = ()  # of the dataset, whose tables and columns are there
    hold_id: ColumnElement[str] | None = None
    outside: tuple[FromClause, ...] = ()
    on_subjects: FromClause

    def holding(self, rule: Rule, root: FromClause) -> dict[HoldClass, Covered]:
        """Every class by which the group of a ``root`` row may be held; those that cannot be are left out."""
        spread = {HoldClass.COMPANION: self.companion(rule, root), HoldClass.SAME_SUBJECT: self._same(rule, root)}
        return {**self._direct(rule, root), **{name: one for name, one in spread.items() if not one.never}}

    # -- subjects and areas --------------------------------------------------------------------------------------

    def _direct(self, rule: Rule, root: FromClause) -> dict[HoldClass, Covered]:
        return {HoldClass.SUBJECT: self.subject(rule, root), **self._by_area(rule, root)}

    def _by_area(self, rule: Rule, root: FromClause) -> dict[HoldClass, Covered]:
        found: dict[HoldClass, list[Covered]] = {}
        for placed in self.holds.areas:
            if _touches(placed.area, rule.tables):
                found.setdefault(_CLASSES[type(placed.area)], []).append(self._area(rule, root, placed))
        return {name: any_of(parts) for name, parts in found.items()}

    def subject(self, rule: Rule, root: FromClause) -> Covered:
        """By a hold on a person whom the group is about."""
        if rule.subject is None:
            return NOT_COVERED
        key, linked = self._subject_key(rule, root), self._linked
        by_link = linked.certainly(rule.subject, key)
        certain = some(held(rule.subject, key, self.on_subjects, self.hold_id), by_link)
        if self.hold_id is not None:
            return _surely(certain)
        perhaps = perhaps_held(rule.subject, key, self.on_subjects)
        return Covered(certainly=certain, possibly=some(perhaps, by_link, linked.possibly(rule.subject, key)))

    @property
    def _linked(self) -> LinkedHolds:
        return LinkedHolds(
            links=self.links,
            tables=self.tables,
            holds=self.on_subjects,
            dialect=self.dialect,
            in_doubt=self.holds.in_doubt,
            hold_id=self.hold_id,
        )

    def _area(self, rule: Rule, root: FromClause, placed: PlacedArea) -> Covered:
        if isinstance(placed.area, DatasetScope):
            return self._of_hold(placed, _surely(true()))
        return self._of_hold(placed, self._some_row(rule, root, placed.area.table, lambda row: self._row(placed, row)))

    def _of_hold(self, placed: PlacedArea, covered: Covered) -> Covered:
        if self.hold_id is None:
            return covered
        mine = self.hold_id == literal(placed.hold_id)
        return Covered(certainly=every(mine, covered.certainly), possibly=every(mine, covered.possibly))

    def _row(self, placed: PlacedArea, row: FromClause) -> Covered:
        """Whether the area covers a row of its table."""
        area = placed.area
        if not isinstance(area, ConditionScope):
            return _surely(true())
        key = self.schema.tables[area.table].primary_key
        captured = captured_table(self.tables[area.table], key, self.dialect)
        once, now = is_captured(captured, placed.hold_id, key, row), condition_on(area, row, self.dialect)
        return Covered(certainly=some(certainly(now), once), possibly=some(possibly(now), once))

    def _some_row(self, rule: Rule, root: FromClause, table: str, test: Callable[[FromClause], Covered]) -> Covered:
        """A row of one table of the group: the whole group is held."""
        if table == rule.table:
            return test(root)
        rows, member = rows_of_root(rule, self.tables, table, root)
        return self._exists(rows, test(member))

    # -- what they spread to -------------------------------------------------------------------------------------

    def companion(self, rule: Rule, root: FromClause) -> Covered:
        """Declared to stay along with a held group."""
        declared = self._companions()
        return any_of(self._along(leader, join, rule, root) for leader, join in declared if join.table in rule.tables)

    def _companions(self) -> Iterator[tuple[Rule, Join]]:
        return ((leader, join) for leader in (*self.rules, *self.blind) for join in leader.companions)

    def _along(self, leader: Rule, join: Join, rule: Rule, root: FromClause) -> Covered:
        if leader in self.blind:  # nobody can tell which of its groups are held
            unknown = Covered(certainly=false(), possibly=true() if self.holds.any else false())
            return self._some_row(rule, root, join.table, lambda _: unknown)
        leading = self.tables[leader.table].alias()
        if join.table == rule.table:
            rows = select(1).select_from(leading).where(joined(leading, root, join)).correlate(root)
        else:
            rows, member = rows_of_root(rule, self.tables, join.table, root)
            rows = rows.where(joined(leading, member, join))
        return self._exists(rows, any_of(self._direct(leader, leading).values()))

    def anchored(self, rule: Rule, root: FromClause) -> ColumnElement[bool]:
        """A row under a hold refers to a row of the group."""
        tests = [self._exists(*found).certainly for found in self._referring(rule, root, of_same_subject=False)]
        return some(*tests)

    def _same(self, rule: Rule, root: FromClause) -> Covered:
        """A row under a hold refers to a row of the group, and both are about one person. A hold on that person needs
        no looking at: what is about the person is held by itself."""
        if rule.subject is None:
            return NOT_COVERED
        return any_of(self._exists(*found) for found in self._referring(rule, root, of_same_subject=True))

    def _referring(
        self, rule: Rule, root: FromClause, *, of_same_subject: bool
    ) -> Iterator[tuple[Select[tuple[int]], Covered]]:
        """For each reference onto the group the rows that refer, and whether these are under a hold."""
        for reference in references_to(rule, self.schema):
            owners = [one for one in self.rules if reference.table in one.tables and not one.element_of]
            for owner in owners:
                rows, referring = self._referring_rows(reference, rule, root)
                rows, leading = self._up(rows, owner, reference.table, referring)
                if not of_same_subject:
                    yield rows, any_of((self.subject(owner, leading), self._spreading(owner, leading)))
                elif same := self._one_person(owner, rule):
                    yield rows, _both(self._spreading(owner, leading), same(leading, root))
            areas = [placed for placed in self.holds.areas if not owners and _touches(placed.area, (reference.table,))]
            if areas:
                rows, referring = self._referring_rows(reference, rule, root)
                under = any_of(self._of_hold(placed, self._row(placed, referring)) for placed in areas)
                nobody_knows = Covered(certainly=false(), possibly=true())  # whom a row without a rule is about
                yield rows, _both(under, nobody_knows) if of_same_subject else under

    def _spreading(self, owner: Rule, leading: FromClause) -> Covered:
        """Held for another reason than its own subject."""
        return any_of((*self._by_area(owner, leading).values(), self.companion(owner, leading)))

    def _one_person(self, owner: Rule, rule: Rule) -> Callable[[FromClause, FromClause], Covered] | None:
        """Whether rows of both rules can be about one person, and the test of it."""
        if owner.subject is None or rule.subject is None or owner.subject.kind != rule.subject.kind:
            return None
        unknown = [one.subject.missing is Missing.UNKNOWN for one in (owner, rule) if one.subject is not None]

        def same(leading: FromClause, root: FromClause) -> Covered:
            keys = self._subject_key(owner, leading), self._subject_key(rule, root)
            equal = certainly(keys[0] == keys[1])
            missing = [key.is_(None) for key, anybody in zip(keys, unknown, strict=True) if anybody]
            return Covered(certainly=equal, possibly=or_(equal, *missing))

        return same

    def _referring_rows(
        self, reference: Reference, rule: Rule, root: FromClause
    ) -> tuple[Select[tuple[int]], FromClause]:
        referring = self.tables[reference.table].alias()
        key = reference.key
        join = Join(columns=key.columns, table=reference.member, far_columns=key.referred_columns)
        if reference.member == rule.table:
            return select(1).select_from(referring).where(joined(referring, root, join)).correlate(root), referring
        rows, member = rows_of_root(rule, self.tables, reference.member, root)
        return rows.where(joined(referring, member, join)), referring

    def _up(
        self, rows: Select[tuple[int]], owner: Rule, table: str, row: FromClause
    ) -> tuple[Select[tuple[int]], FromClause]:
        """Along the group of its own to the root of a row."""
        near = row
        for member in member_chain(owner, table):
            far = self.tables[member.parent].alias()
            rows, near = rows.where(joined(near, far, member.join)), far
        return rows, near

    def _exists(self, rows: Select[tuple[int]], covered: Covered) -> Covered:
        rows = rows.correlate(*self.outside) if self.outside else rows

        def some_row(test: ColumnElement[bool]) -> ColumnElement[bool]:
            return test if isinstance(test, False_) else exists(rows.where(test))

        return Covered(certainly=some_row(covered.certainly), possibly=some_row(covered.possibly))

    def _subject_key(self, rule: Rule, root: FromClause) -> ColumnElement[str]:
        return subject_key(rule.subject, root, self.tables, self.dialect)


def _both(one: Covered, other: Covered) -> Covered:
    return Covered(certainly=every(one.certainly, other.certainly), possibly=every(one.possibly, other.possibly))


def _touches(area: Area, tables: tuple[str, ...]) -> bool:
    return isinstance(area, DatasetScope) or area.table in tables
