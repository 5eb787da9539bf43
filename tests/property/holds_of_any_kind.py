"""Holds on conditions, tables and the dataset around the table ``t``, and how they cover its rows, in plain Python.

``refs`` refers to ``t``, and may have a rule of its own; ``lines`` are members of ``t`` or not; the rest has no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from retention.model.condition import Compare, Not, Operator, holds
from retention.model.dataset import Source
from retention.model.hold import ConditionScope, DatasetScope, Elements, HoldClass, PlacedArea, PlacedClaim, TableScope
from retention.model.join import Join
from retention.model.rule import Action, ColumnUse, Disposition, Keep, Missing, Rule, SubjectPath, ValueKind
from tests.property.rules_of_any_kind import conditions

Answer = bool | None
REFS = Rule(
    id="d.refs", dataset="d", title="", cluster="", owner="", table="refs", primary_key=("id",), members=(),
    subject=None, zone="UTC", condition=None, relationship=None, clauses=(),
    disposition=Disposition(action=Action.DELETE),
    columns=tuple(ColumnUse(column=name, kind=ValueKind.NONE, treatment=Keep(why="")) for name in ("id", "t_id")),
    limits=None, source=Source(file="", line=1), digest="",
)  # fmt: skip
ALONG = (
    Join(columns=("person",), table="t", far_columns=("person",)),
    Join(columns=("t_id",), table="t", far_columns=("id",)),
    Join(columns=("t_id",), table="lines", far_columns=("t_id",)),
)
BACK = Join(columns=("person",), table="refs", far_columns=("person",))
_NUMBERS = st.sampled_from([1, 2, 3])
_OF_REFS = st.one_of(
    st.builds(Compare, column=st.just("person"), operator=st.just(Operator.EQUALS), values=st.tuples(_NUMBERS)),
    st.builds(Compare, column=st.just("t_id"), operator=st.just(Operator.MORE_THAN), values=st.tuples(_NUMBERS)),
)
_OF_LINES = st.builds(Compare, column=st.just("t_id"), operator=st.just(Operator.IN), values=st.tuples(_NUMBERS))
_CONDITIONS = {"t": conditions, "refs": _OF_REFS | _OF_REFS.map(lambda one: Not(part=one)), "lines": _OF_LINES}


@dataclass(frozen=True)
class Claimed:
    claim: PlacedClaim
    kind: str
    key: str


_NEEDS = st.sampled_from(
    [
        (),
        (),
        (Elements(dataset="d", table="t", columns=("note",)),),  # what a pseudonymization replaces
        (Elements(dataset="d", table="t", columns=("id",)),),
        (Elements(dataset="d", table="lines", columns=("id",)),),
        (Elements(dataset="e", table="t", columns=("note",)),),
    ]
)


@st.composite
def claims(draw: st.DrawFn, around: date, whose: list[tuple[str, str]]) -> tuple[Claimed, ...]:
    """Assessments of which the last day is near ``around``, mostly on those whom rows are about."""
    subjects = st.sampled_from([*whose, *whose, ("customer", "99"), ("lead", "a"), ("visitor", "1")])
    found = []
    for number in range(1, 1 + draw(st.sampled_from([0, 1, 2, 3]))):
        through = around + timedelta(days=draw(st.sampled_from([-1, 0, 0, 0, 1])))
        claim = PlacedClaim(claim_id=f"A-{number}", through=through, elements=draw(_NEEDS))
        kind, key = draw(subjects)
        found.append(Claimed(claim=claim, kind=kind, key=key))
    return tuple(found)


@dataclass(frozen=True)
class Held:
    """``captured``: table and id of rows that each hold captured once."""

    areas: tuple[PlacedArea, ...] = ()
    captured: frozenset[tuple[str, str, int]] = frozenset()
    others: tuple[Rule, ...] = ()  # rules beside the one that is asked
    along: tuple[Join, ...] = ()  # companions of the one that is asked


def held(ids: range) -> st.SearchStrategy[Held]:
    """Often nothing but subjects, as most deployments have it."""
    return st.just(Held()) | held_somehow(ids)


@st.composite
def held_somehow(draw: st.DrawFn, ids: range) -> Held:
    tables = st.sampled_from(["t", "t", "lines", "refs", "refs", "loose_refs", "line_refs"])
    areas: list[PlacedArea] = []
    for number in range(draw(st.sampled_from([1, 1, 2, 0]))):
        table = draw(tables)
        area: Any = TableScope(dataset="d", table=table)
        if table in _CONDITIONS and draw(st.sampled_from([True, True, False])):
            area = ConditionScope(dataset="d", table=table, condition=draw(_CONDITIONS[table]))
        elif draw(st.integers(0, 9)) == 0:
            area = DatasetScope(dataset="d")
        areas.append(PlacedArea(hold_id=f"A-{number}", area=area))
    captured = {
        (placed.hold_id, placed.area.table, draw(st.sampled_from(ids)))
        for placed in areas
        if isinstance(placed.area, ConditionScope) and draw(st.booleans())
    }
    others, along = (), ()
    if draw(st.sampled_from([True, True, False])):
        subject = draw(_SUBJECTS)
        companions = draw(st.lists(st.sampled_from(ALONG), max_size=1))
        others = (replace(REFS, subject=subject, companions=tuple(companions)),)
        along = (BACK,) if draw(st.integers(0, 3)) == 0 else ()
    return Held(areas=tuple(areas), captured=frozenset(captured), others=others, along=along)


_SUBJECTS = st.none() | st.builds(
    SubjectPath,
    kind=st.sampled_from(["customer", "customer", "lead"]),
    key=st.just("person"),
    missing=st.sampled_from(Missing),
)


# -- how they cover, in plain Python -----------------------------------------------------------------------------------


def either(answers: Iterable[Answer]) -> Answer:
    together = list(answers)
    return True if True in together else None if None in together else False


def both(*answers: Answer) -> Answer:
    return False if False in answers else None if None in answers else True


@dataclass(frozen=True)
class Around:
    """``tables``: every row of the small world by table, as the condition language reads it, with its ``id``.
    ``subject``: the subject of a row of ``t``, as text; ``by_subject``: whether holds on subjects cover it."""

    rule: Rule
    held: Held
    tables: Mapping[str, Mapping[int, Mapping[str, Any]]]
    subject: Callable[[int], str | None]
    by_subject: Callable[[SubjectPath | None, str | None], Answer]

    def covered(self, row: int) -> dict[HoldClass, Answer]:
        """Of the group of a row of ``t``. Classes that do not cover it are left out."""
        found: dict[HoldClass, Answer] = {
            HoldClass.SUBJECT: self.by_subject(self.rule.subject, self.subject(row)),
            **self._areas(self._group(row)),
            HoldClass.COMPANION: self._companion(row),
            HoldClass.SAME_SUBJECT: self._same(row),
            HoldClass.ANCHORED: self._anchored(row),
        }
        return {name: answer for name, answer in found.items() if answer is not False}

    def _group(self, row: int) -> list[tuple[str, int]]:
        lines = [number for number, line in self.tables["lines"].items() if line["t_id"] == row]
        return [("t", row), *(("lines", number) for number in (lines if self.rule.members else ()))]

    def _areas(self, rows: list[tuple[str, int]]) -> dict[HoldClass, Answer]:
        names = {ConditionScope: HoldClass.CAPTURED, TableScope: HoldClass.TABLE, DatasetScope: HoldClass.DATASET}
        found: dict[HoldClass, list[Answer]] = {}
        for placed in self.held.areas:
            answers = found.setdefault(names[type(placed.area)], [])
            answers += [self._area(placed, table, number) for table, number in rows]
        return {name: either(answers) for name, answers in found.items()}

    def _area(self, placed: PlacedArea, table: str, number: int) -> Answer:
        match placed.area:
            case DatasetScope():
                return True
            case TableScope(table=there):
                return there == table
            case ConditionScope(table=there, condition=condition) if there == table:
                once = (placed.hold_id, table, number) in self.held.captured
                return either([once, holds(condition, self.tables[table][number])])
        return False

    @property
    def _of_refs(self) -> Rule | None:
        return next(iter(self.held.others), None)

    def _ref_held(self, number: int, *, with_subject: bool) -> Answer:
        """A group of the rule over refs: one row. With what spreads to it from a group of t."""
        answers = list(self._areas([("refs", number)]).values())
        if with_subject and self._of_refs is not None:
            answers.append(self.by_subject(self._of_refs.subject, self._person(number)))
        return either(answers)

    def _person(self, number: int) -> str | None:
        person = self.tables["refs"][number]["person"]
        return None if person is None else str(person)

    def _ref_companion(self, number: int) -> Answer:
        person = self.tables["refs"][number]["person"]
        leaders = [row for row, values in self.tables["t"].items() if person is not None and values["person"] == person]
        return either(
            either([self.by_subject(self.rule.subject, self.subject(row)), *self._areas(self._group(row)).values()])
            for row in leaders
            if self.held.along
        )

    def _companion(self, row: int) -> Answer:
        answers: list[Answer] = [False]
        for join in self._of_refs.companions if self._of_refs else ():
            (mine,), (theirs,) = join.columns, join.far_columns
            for table, number in self._group(row):
                value = self.tables[table][number][theirs] if table == join.table else None
                answers += [
                    self._ref_held(ref, with_subject=True)
                    for ref, values in self.tables["refs"].items()
                    if value is not None and values[mine] == value
                ]
        return either(answers)

    def _referring(self, row: int) -> Iterator[tuple[str, int]]:
        yield from (
            (table, n)
            for table in ("refs", "loose_refs")
            for n, ref in self.tables[table].items()
            if ref["t_id"] == row
        )
        lines = {number for number, line in self.tables["lines"].items() if line["t_id"] == row}
        if self.rule.members:
            yield from (("line_refs", n) for n, ref in self.tables["line_refs"].items() if ref["line_id"] in lines)
        else:
            yield from (("lines", number) for number in lines)

    def _anchored(self, row: int) -> bool:
        for table, number in self._referring(row):
            if table == "refs" and self._of_refs:
                answers = [self._ref_held(number, with_subject=True), self._ref_companion(number)]
            else:
                answers = list(self._areas([(table, number)]).values())
            if either(answers) is True:
                return True
        return False

    def _same(self, row: int) -> Answer:
        mine, answers = self.rule.subject, []
        if mine is None:
            return False
        for table, number in self._referring(row):
            theirs = self._of_refs.subject if table == "refs" and self._of_refs else None
            if table == "refs" and self._of_refs:
                if theirs is None or theirs.kind != mine.kind:
                    continue
                spreading = either([self._ref_held(number, with_subject=False), self._ref_companion(number)])
                answers.append(both(spreading, self._one_person(mine, row, theirs, number)))
            else:
                answers.append(both(either(self._areas([(table, number)]).values()), None))
        return either(answers)

    def _one_person(self, mine: SubjectPath, row: int, theirs: SubjectPath, number: int) -> Answer:
        one, other = self.subject(row), self._person(number)
        for key, path in ((one, mine), (other, theirs)):
            if key is None and path.missing is Missing.UNKNOWN:
                return None
        return one is not None and one == other
