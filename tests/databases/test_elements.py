"""Columns of one row with periods of their own: they are replaced first, and the row goes when all have ended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.model.hold import SubjectKey
from retention.model.run import CheckOutcome, RunState, Verification
from retention.model.verdict import Verdict
from retention.runtime import holds
from retention.runtime import run as run_module
from retention.runtime.deployment import Deployment
from retention.runtime.explain import explain
from retention.runtime.run import run_dataset
from retention.runtime.verify_run import verify_run
from tests.databases.people import people_world, person
from tests.processes import quiet
from tests.world import World

RULE = """\
version: 1
id: shop.people
title: People
dataset: shop
cluster: people
table: people
subject: {kind: person, key: id}
floors:
  - {id: books, start: left_on, period: P10Y, basis: ten years of books}
disposition: delete
columns: {id: key, tenant_id: key, left_on: date, told_on: date, country: country}
elements:
  - id: card
    columns: {dispute: {kind: token, strategy: suppress}}
    purposes:
      - {id: debit, start: told_on, period: P13M, basis: 13 months after the last debit}
"""
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
ROWS = [
    # row through 2034-01-01, card through 2026-05-31: the card goes
    person(1, left_on="2024-01-01", told_on="2025-04-30", dispute="tok-00000001"),
    # card through 2026-07-15
    person(2, left_on="2024-01-01", told_on="2025-06-15", dispute="tok-00000002"),
    # row through 2025-01-01, card through 2026-05-31: both have ended, the row goes
    person(3, left_on="2015-01-01", told_on="2025-04-30", dispute="tok-00000003"),
    # row through 2025-01-01, card through 2026-07-15: the row waits for its card
    person(4, left_on="2015-01-01", told_on="2025-06-15", dispute="tok-00000004"),
    # when the last debit was, nobody knows: neither goes
    person(5, left_on="2015-01-01", told_on=None, dispute="tok-00000005"),
    # held
    person(6, left_on="2024-01-01", told_on="2025-04-30", dispute="tok-00000006"),
]


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return people_world(any_database, tmp_path, RULE, ROWS)


def _run(world: World, name: str, as_of: datetime = AS_OF) -> None:
    sealed = run_dataset(world.deployment, "shop", as_of=as_of, plan_only=False, external_id=name, told=quiet)
    assert sealed.state is RunState.SEALED, sealed


def _tokens(world: World) -> dict[int, object]:
    rows = world.rows("SELECT id, dispute, country FROM people ORDER BY id")
    return {key: "gone" if not str(token or "").startswith("tok-") else "there" for key, token, _ in rows}


def test_the_card_goes_and_the_row_stays(world: World) -> None:
    holds.place(world.deployment, "case 17", (SubjectKey(kind="person", key="6"),), "lena")
    _run(world, "one")
    assert _tokens(world) == {1: "gone", 2: "there", 4: "there", 5: "there", 6: "there"}
    assert world.rows("SELECT id, left_on IS NULL FROM people WHERE id = 1") == [(1, 0)]
    _run(world, "two")  # what was replaced is not replaced again
    assert _tokens(world) == {1: "gone", 2: "there", 4: "there", 5: "there", 6: "there"}


def test_each_element_group_has_a_verdict_of_its_own(world: World) -> None:
    verdicts = {
        rule: [explain(world.deployment, rule, str(key), AS_OF).verdict for key in range(1, 7)]
        for rule in ("shop.people", "shop.people-card")
    }
    law, due, kept, unknown = Verdict.RETAINED_BY_LAW, Verdict.DUE, Verdict.RETAINED, Verdict.UNDETERMINED
    assert verdicts == {
        "shop.people": [law, law, due, kept, unknown, law],
        "shop.people-card": [due, kept, due, kept, unknown, due],
    }
    waits = explain(world.deployment, "shop.people", "4", AS_OF)
    assert "the purpose card/debit keeps it through 2026-07-15" in waits.because


def test_the_row_goes_once_its_card_has_had_its_time(world: World) -> None:
    _run(world, "one")
    world.clock.time = datetime(2026, 7, 20, 12, tzinfo=UTC)
    _run(world, "two", datetime(2026, 7, 17, tzinfo=UTC))
    assert _tokens(world) == {1: "gone", 2: "gone", 5: "there", 6: "gone"}


def test_verification_finds_a_value_that_came_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def verify_after(deployment: Deployment, run_id: str) -> Verification:
        """An application writes back what it had in its memory."""
        world.execute("UPDATE people SET dispute = 'tok-00000001' WHERE id = 1")
        return verify_run(deployment, run_id)

    monkeypatch.setattr(run_module, "verify_run", verify_after)
    sealed = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)
    assert sealed.state is RunState.FAILED
    assert sealed.verification is not None
    wrong = {(check.name, check.table) for check in sealed.verification.checks if check.outcome is CheckOutcome.WRONG}
    assert {
        ("nothing_due_left", "people"),
        ("originals_gone_same_subject", "people (card)"),
        ("originals_gone_anywhere", "people (card)"),
    } <= wrong


def test_a_table_that_becomes_empty_is_verified(any_database: str, tmp_path: Path) -> None:
    """The card goes in one run, and the row with the last of them in the next."""
    row = person(1, left_on="2016-07-10", told_on="2025-04-30", dispute="tok-00000001")
    world = people_world(any_database, tmp_path, RULE, [row])
    _run(world, "one")
    assert _tokens(world) == {1: "gone"}
    world.clock.time = datetime(2026, 7, 20, 12, tzinfo=UTC)
    _run(world, "two", datetime(2026, 7, 17, tzinfo=UTC))
    assert _tokens(world) == {}
