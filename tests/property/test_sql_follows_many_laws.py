"""Many clauses that apply by the value of one column, as laws of countries do: SQL sorts them by value, decide() asks
each. Values overlap, differ by case alone, and are missing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from retention.model.clause import Clause, Role
from retention.model.condition import Compare, Operator
from retention.model.rule import Action, Disposition
from retention.model.starting_point import ColumnEvent, StartingPoint
from tests.property.rules_of_any_kind import OWNER, Asked, alignments, as_ofs, leads, rules, short, starts
from tests.property.test_sql_follows_decide import _QUIETLY, Arena, arena
from tests.property.test_sql_follows_terms import compare
from tests.property.worlds_of_rows import COLUMNS

__all__ = ["arena"]
ROWS = 100
OF_ROW = (("open", "closed", "new"), ("open", "closed", "new"), ("open", "closed", "Open"), ("open", "Ä"))
OF_OWNER = ("DE", "US", "FR")


@st.composite
def laws(draw: st.DrawFn) -> tuple[Clause, ...]:
    """Three to six, mostly of one column and counted from one event, as the laws of a category are."""
    usual, always = draw(starts), draw(st.booleans())
    elsewhere = draw(st.booleans())
    values = OF_OWNER if elsewhere else draw(st.sampled_from(OF_ROW))

    def law(number: int) -> Clause:
        asked = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        compare = Compare(
            column="country" if elsewhere else "word",
            operator=Operator.EQUALS
            if len(asked) == 1
            else draw(st.sampled_from([*[Operator.IN] * 5, Operator.NOT_IN])),
            values=tuple(asked),
            via=OWNER if elsewhere else (),
        )
        at = usual if draw(st.integers(0, 5)) else draw(starts)
        role = draw(st.sampled_from([Role.FLOOR, Role.FLOOR, Role.PURPOSE, Role.CEILING]))
        return Clause(
            id=f"law{number}",
            role=role,
            start=StartingPoint(event=ColumnEvent(at=at), align=draw(alignments)),
            period=draw(short),
            basis="",
            when=compare if number or not always else None,
            unsigned=not draw(st.integers(0, 9)),
        )

    return tuple(law(number) for number in range(draw(st.integers(3, 6))))


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    rule = replace(
        draw(rules(COLUMNS)),
        condition=None,
        members=(),
        subject=None,
        relationship=None,
        clauses=draw(laws()),
        settled=(),
        disposition=Disposition(action=Action.DELETE),
    )
    return Asked(rule=rule, as_of=draw(as_ofs), lead=draw(leads))


@settings(max_examples=15, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_laws_sorted_by_value_decide_as_each_of_them(arena: Arena, data: st.DataObject) -> None:
    compare(arena, data, questions(), ROWS)
