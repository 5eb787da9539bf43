"""A floor and a ceiling that contradict each other: kept, counted, given to an owner, settled by counsel's choice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.model.verdict import Verdict
from retention.runtime.explain import explain
from retention.runtime.plan_run import preview
from retention.runtime.run import run_dataset
from retention.runtime.status import status
from tests.databases.people import people_world, person
from tests.processes import quiet
from tests.world import World

# An applicant under both laws: gone four weeks after the decision, kept four years from it.
RULE = """\
floors:
  - {id: ca, start: told_on, period: P4Y, basis: Californian law, when: {column: dispute, equals: both}}
ceilings:
  - {id: nl, start: left_on, period: P4W, basis: Dutch practice}
"""
ROWS = [
    # gone by 2026-05-29, kept through 2030-05-01: in conflict from the 30th on
    person(1, left_on="2026-05-01", told_on="2026-05-01", dispute="both"),
    person(2, left_on="2026-05-01", told_on="2026-05-01", dispute="one"),  # Dutch law alone: due
    person(3, left_on="2026-06-10", told_on="2026-06-10", dispute="both"),  # not reached before 2026-07-08
    person(4, left_on="2021-05-01", told_on="2021-05-01", dispute="both"),  # both have ended
    person(5, left_on=None, told_on="2026-05-01", dispute="both"),  # whether the ceiling is reached nobody knows
    person(6, left_on="2026-05-01", told_on="2026-05-01", dispute=None),  # whether the floor applies nobody knows
]
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
CHOICE = "conflicts:\n  - {floor: ca, ceiling: nl, prevails: %s, counsel: 'A. Reed, 2026-06-20'}\n"
OPEN = {
    1: Verdict.CONFLICT,
    2: Verdict.DUE,
    3: Verdict.RETAINED_BY_LAW,
    4: Verdict.DUE,
    5: Verdict.RETAINED_BY_LAW,
    6: Verdict.UNDETERMINED,
}


def _verdicts(world: World) -> dict[int, Verdict]:
    return {key: explain(world.deployment, "shop.people", str(key), AS_OF).verdict for key in OPEN}


def _counted(world: World) -> dict[Verdict, int]:
    (step,) = preview(world.deployment, "shop", AS_OF).steps
    return {
        verdict: sum(tally.groups for tally in step.tallies if tally.verdict is verdict)
        for verdict in {tally.verdict for tally in step.tallies}
    }


@pytest.mark.parametrize(
    ("choice", "changed"),
    [
        ("", {}),
        (CHOICE % "floor", {1: Verdict.RETAINED_BY_LAW}),
        # The ceiling outweighs the floor where it is reached: what is unknown of either keeps its row.
        (CHOICE % "ceiling", {1: Verdict.DUE, 5: Verdict.UNDETERMINED, 6: Verdict.DUE}),
    ],
)
def test_counsel_chooses(any_database: str, tmp_path: Path, choice: str, changed: dict[int, Verdict]) -> None:
    world = people_world(any_database, tmp_path, RULE + choice, ROWS)
    expected = OPEN | changed
    assert _verdicts(world) == expected
    said = list(expected.values())
    assert _counted(world) == {verdict: said.count(verdict) for verdict in set(said)}


def test_a_conflict_has_an_owner_a_deadline_and_both_citations(any_database: str, tmp_path: Path) -> None:
    world = people_world(any_database, tmp_path, RULE, ROWS)
    run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)
    assert world.rows("SELECT id FROM people ORDER BY id") == [(1,), (3,), (5,), (6,)]  # its own rows alone stop
    (problem,) = [one for one in status(world.deployment).problems if one.code == "R467"]
    assert "1 group of people" in problem.what
    assert "ca (Californian law)" in problem.what and "nl (Dutch practice)" in problem.what
    assert "due by 2026-08-01" in problem.what  # 30 days from the run of 2026-07-02
    assert problem.where == "rule shop.people, owner privacy@northgate.example"
    assert "conflicts: [{floor: ca, ceiling: nl, prevails: ..," in problem.remedy
    world.clock.advance(days=40)
    (late,) = [one for one in status(world.deployment).problems if one.code == "R467"]
    assert "2026-08-01, 10 days ago" in late.what


def test_explain_says_which_two_contradict_each_other(any_database: str, tmp_path: Path) -> None:
    world = people_world(any_database, tmp_path, RULE, ROWS)
    found = explain(world.deployment, "shop.people", "1", AS_OF)
    assert found.because == (
        "the floor ca keeps it through 2030-05-01 (Californian law), and the ceiling nl has been reached since "
        "2026-05-29 (Dutch practice): counsel has to choose between the two"
    )
