"""How laws count, row by row: many rows under few clauses, with nothing else that could decide.

100,000 rows for each database in `make test-deep`, a few thousand in `make test`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import pytest
from hypothesis import event as hypothesis_event
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.model.choice import PeriodColumn, Unit
from retention.model.clause import Clause, Role
from retention.model.condition import Condition
from retention.model.rule import Action, Disposition
from retention.model.starting_point import ColumnEvent, Event, RelationshipEnd, StartingPoint, Stored, TimeColumn
from retention.model.verdict import Verdict
from retention.planning.decide import decide
from retention.sql.codes import code
from retention.sql.verdicts import CompiledRule
from tests.property.facts_of_any_kind import ToldFacts
from tests.property.holds_of_any_kind import Held
from tests.property.links_of_any_kind import Linked
from tests.property.rules_of_any_kind import (
    BEGAN,
    MONTHS,
    Asked,
    alignments,
    as_ofs,
    choices,
    comparisons_elsewhere,
    countings,
    leads,
    relationships,
    rules,
    several_events,
    short,
    starts,
    tiers,
)
from tests.property.test_sql_follows_decide import _QUIETLY, Arena, arena, said_of
from tests.property.worlds_of_rows import COLUMNS, World, worlds

__all__ = ["arena"]
ROWS = 150
SHALLOW, DEEP = 25, 700
PER_MONTH = PeriodColumn(at=MONTHS, unit=Unit.MONTHS)


class About(Enum):
    """What a clause is about, and little else."""

    LENGTHS = "lengths"
    STORED = "stored"
    SEVERAL = "several"
    COUNTING = "counting"
    OPEN = "open"


@st.composite
def clauses(draw: st.DrawFn, name: str) -> Clause:
    about, role = draw(st.sampled_from(About)), draw(st.sampled_from(Role))
    at = draw(starts.map(lambda at: ColumnEvent(at=at)))
    event: Event = (
        RelationshipEnd()
        if about is About.LENGTHS
        else draw(several_events(related=True))
        if about is About.SEVERAL
        else at
    )
    clause = Clause(
        id=name,
        role=role,
        start=StartingPoint(event=event, align=draw(alignments)),
        period=draw(short),
        basis="",
        when=draw(st.sampled_from([None, None, None, comparisons_elsewhere()]).flatmap(_or_none)),
        counting=draw(countings) if about is About.COUNTING else None,
        varies=draw(tiers) if about is About.LENGTHS else PER_MONTH if about is About.STORED else None,
        open_while=draw(comparisons_elsewhere()) if about is About.OPEN and role is Role.FLOOR else None,
        unsigned=about is About.OPEN and draw(st.booleans()),
    )
    hypothesis_event(f"{role}, about {about.value}")
    return clause


def _or_none(
    strategy: st.SearchStrategy[Condition] | None,
) -> st.SearchStrategy[Condition] | st.SearchStrategy[None]:
    return st.none() if strategy is None else strategy


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    ended = TimeColumn(
        column="ended_date", stored=Stored.DATE, open_values=draw(st.sampled_from([(), ("9999-12-31",)]))
    )
    said = tuple(draw(clauses(f"c{n}")) for n in range(draw(st.integers(1, 2))))
    rule = replace(
        draw(rules(COLUMNS)),
        condition=None,
        members=(),
        subject=None,
        relationship=replace(draw(relationships), window=None, end=ended, start=BEGAN),
        clauses=said,
        settled=draw(choices(said)),
        disposition=Disposition(action=Action.DELETE),
    )
    return Asked(rule=rule, as_of=draw(as_ofs), lead=draw(leads))


def alone(world: World) -> World:
    """Without holds, and without rows that refer to the group."""
    return replace(
        world, holds=(), held=Held(), linked=Linked(), told=ToldFacts(), lines=(), line_refs=frozenset(), refs={},
        loose_refs=frozenset(),
    )  # fmt: skip


def compare(arena: Arena, data: st.DataObject, asked: st.SearchStrategy[Asked], rows: int = ROWS) -> None:
    """Verdict by verdict, and what is due."""
    question = data.draw(asked, label="asked")
    world = alone(data.draw(worlds(question, arena.dialect, rows=rows), label="world"))
    context = arena.context(question, world)
    with arena.filled(world, context) as connection:
        said = said_of(connection, CompiledRule(context))
    for row in world.rows:
        facts = world.facts_of(row, question.rule, unclassified=False, covered={})
        decision = decide(question.rule, facts, question.as_of, question.lead)
        expected = code(decision.verdict, decision.reason, decision.conflict), decision.verdict is Verdict.DUE
        assert said[row.id][:2] == expected, (row, facts)
    assert len(said) == len(world.rows)


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_counts_as_decide_does(arena: Arena, data: st.DataObject) -> None:
    compare(arena, data, questions())


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_counts_as_decide_does_deep(arena: Arena, data: st.DataObject) -> None:
    compare(arena, data, questions())
