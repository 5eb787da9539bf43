"""Claims assessments on every database: floors with a last day, placed and ended like holds.

Customer 4 of the world has one due invoice of two, one due visit of two, and is due to be pseudonymized. It is
2026-07-02.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from retention.model.errors import RetentionError
from retention.model.hold import Elements, HoldReceipt, HoldState, SubjectKey
from retention.model.verdict import Reason, Verdict
from retention.runtime import claims, holds
from retention.runtime.dispose import dispose
from retention.runtime.explain import explain
from retention.runtime.plan_run import plan_run, preview
from retention.runtime.prepare import prepare
from retention.runtime.run import run_dataset
from retention.runtime.status import status
from tests.databases.test_cool_downs import MONTH, quiet
from tests.world import AS_OF, RULES, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
LAST = date(2026, 7, 10)
BY_LAW, DUE = (Verdict.RETAINED_BY_LAW, Reason.CLAIM), (Verdict.DUE, Reason.PERIODS_ENDED)


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path)


def record(world: World, *elements: Elements, through: date = LAST, subject: SubjectKey = FOUR) -> HoldReceipt:
    return claims.record(
        world.deployment, (subject,), "lena", owner="A. Reed", through=through, why="file 9", elements=elements
    )


def verdict(world: World, rule: str, key: str, as_of: datetime = AS_OF) -> tuple[Verdict, Reason]:
    found = explain(world.deployment, f"shop.{rule}", key, as_of)
    return found.verdict, found.reason


def run(world: World, as_of: datetime) -> None:
    world.clock.time = max(world.clock.time, as_of)
    run_dataset(world.deployment, "shop", as_of=as_of, plan_only=False, external_id=str(as_of), told=quiet)


def left(world: World) -> tuple[int, int, bool]:
    """Invoices and visits of customer 4, and whether the name is still there."""
    named = world.count("customers", "id = 4 AND full_name = 'Person Number4'")
    return world.count("invoices", "customer_id = 4"), world.count("visits", "customer_id = 4"), bool(named)


def test_it_keeps_through_its_last_day_in_the_zone_of_each_rule(world: World) -> None:
    path = world.folder / "rules" / "rules" / "shop" / "visits.yaml"
    path.write_text(RULES["visits"] + "zone: America/Los_Angeles\n", encoding="utf-8")
    world.deployment.close()
    world.deployment = world.reopened()
    receipt = record(world)
    assert receipt.hold.state is HoldState.IN_FORCE
    assert receipt.datasets[0].protected == (("customers", 1), ("invoice_lines", 4), ("invoices", 2), ("visits", 2))
    for at in (AS_OF, datetime(2026, 7, 10, 23, 59, 59, tzinfo=UTC)):
        run(world, at)
        assert left(world) == (2, 2, True)
    run(world, datetime(2026, 7, 11, tzinfo=UTC))
    assert left(world) == (1, 2, False), "in Los Angeles it is still the 10th"
    run(world, datetime(2026, 7, 11, 7, tzinfo=UTC))
    assert left(world) == (1, 1, False)
    own, record_of = world.deployment.database("shop").own, world.deployment.control.holds.record
    assert record_of("A-0001").hold.state is HoldState.IN_FORCE, "in the last zone it is still the 10th"
    run(world, datetime(2026, 7, 11, 12, tzinfo=UTC))
    assert record_of("A-0001").hold.state is HoldState.RELEASED
    with world.deployment.database("shop").reading() as connection:
        assert [connection.execute(select(table)).all() for table in (own.claim, own.hold)] == [[], []]
    kinds = [entry.kind for entry in world.deployment.control.ledger.latest() if "claim" in entry.kind]
    assert kinds == ["claim_recorded", "claim_in_force", "claim_ended"]


def test_it_is_counted_and_told_as_a_floor_and_a_hold_is_above_it(world: World) -> None:
    record(world)
    tallies = {step.rule_id: step.tallies for step in preview(world.deployment, "shop", AS_OF).steps}
    kept = [tally.groups for tally in tallies["shop.visits"] if (tally.verdict, tally.reason) == BY_LAW]
    assert kept == [2]
    found = explain(world.deployment, "shop.visits", "8", AS_OF)
    assert (found.verdict, found.reason) == BY_LAW
    assert found.because == "the claims assessment A-0001 keeps it through 2026-07-10 (file 9; owner: A. Reed)"
    assert (found.holds, found.ends.floors.kept_through) == ((), LAST)
    assert found.next_change is not None
    assert (found.next_change.at, found.next_change.verdict) == (datetime(2026, 7, 11, tzinfo=UTC), Verdict.DUE)
    assert verdict(world, "invoices", "9") == (Verdict.RETAINED_BY_LAW, Reason.NONE), "a floor of its own"

    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    held = explain(world.deployment, "shop.visits", "8", AS_OF)
    assert (held.verdict, held.but_for_holds) == (Verdict.HELD, Verdict.RETAINED_BY_LAW)
    assert [hold.id for hold in holds.listing(world.deployment)] == ["H-0001"]
    assert [one.hold.id for one in claims.details(world.deployment)] == ["A-0001"]
    with pytest.raises(RetentionError, match="R573"):
        holds.request_release(world.deployment, "A-0001", "lena", "settled")
    with pytest.raises(RetentionError, match=r"R570(.|\n)*A-0001"):
        claims.request_end(world.deployment, "H-0001", "lena", "settled")


NAME = Elements(dataset="shop", table="customers", columns=("full_name",))
DAY = Elements(dataset="shop", table="customers", columns=("registered_on",))
AMOUNT = Elements(dataset="shop", table="invoice_lines", columns=("amount",))


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ((NAME,), (1, 1, True)),
        ((DAY,), (1, 1, False)),  # a column that no rule replaces
        ((AMOUNT,), (2, 1, False)),  # a row of the group: the invoice stays
        ((NAME, AMOUNT), (2, 1, True)),
    ],
)
def test_with_elements_it_keeps_no_more_than_these(
    world: World, elements: tuple[Elements, ...], expected: tuple[int, int, bool]
) -> None:
    record(world, *elements)
    run(world, AS_OF)
    assert left(world) == expected


def test_what_follows_a_pseudonymization_is_a_deletion(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    path = world.folder / "rules" / "rules" / "shop" / "visits.yaml"
    later = "disposition: {pseudonymize: {then_delete_after: P1D}}"
    columns = "columns: {id: {kind: key, keep: key}, customer_id: {kind: key, keep: key}, "
    columns += "email: {kind: email, strategy: email}, seen_on: {kind: date, keep: counted by year}}"
    text = RULES["visits"].replace("disposition: delete", later)
    path.write_text(text[: text.index("columns:")] + columns + "\n", encoding="utf-8")
    world.deployment.close()
    world.deployment = world.reopened()
    record(world, Elements(dataset="shop", table="visits", columns=("seen_on",)))
    run(world, AS_OF)
    assert world.count("visits", "id = 8 AND email = 'person4@northgate.example'") == 0, "another column"
    run(world, datetime(2026, 7, 5, tzinfo=UTC))
    assert left(world)[1] == 2
    run(world, datetime(2026, 7, 11, tzinfo=UTC))
    assert left(world)[1] == 1


def test_what_was_planned_before_is_not_disposed_of(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="before")
    plan_run(world.deployment, handle.run_id)
    record(world)
    dispose(world.deployment, handle.run_id, "shop.visits")
    assert (left(world)[1], world.count("visits")) == (2, 41)


def test_of_whom_a_row_is_nobody_knows(world: World) -> None:
    world.execute("UPDATE invoices SET customer_id = NULL WHERE id = 16")
    record(world)
    found = explain(world.deployment, "shop.invoices", "16", AS_OF)
    assert (found.verdict, found.reason) == (Verdict.UNDETERMINED, Reason.SUBJECT_UNKNOWN)
    assert found.next_change is not None and found.next_change.at == datetime(2026, 7, 11, tzinfo=UTC)
    run(world, AS_OF)
    assert world.count("invoices", "id = 16") == 1
    run(world, datetime(2026, 7, 11, tzinfo=UTC))
    assert world.count("invoices", "id = 16") == 0


def test_two_persons_end_it_early_and_it_cools_down(world: World) -> None:
    (world.folder / "rules" / "settings.yaml").write_text(MONTH, encoding="utf-8")
    world.deployment.close()
    world.deployment = world.reopened()
    run(world, AS_OF)
    world.clock.advance(days=31)
    record(world, through=date(2029, 12, 31))
    claims.request_end(world.deployment, "A-0001", "lena", "settled")
    assert [p.remedy for p in status(world.deployment).problems if p.code == "R461"] == [
        "a second person: `retention claim confirm A-0001`"
    ]
    with pytest.raises(RetentionError, match="R362"):
        claims.confirm_end(world.deployment, "A-0001", "lena")
    claims.confirm_end(world.deployment, "A-0001", "otto")
    until = datetime(2026, 9, 1, 12, tzinfo=UTC)
    found = explain(world.deployment, "shop.invoices", "9", datetime(2029, 1, 1, tzinfo=UTC))
    assert found.reason is Reason.CLAIM, "the explanation of a day to come knows what stands now"
    ahead = explain(world.deployment, "shop.visits", "8", datetime(2026, 8, 2, tzinfo=UTC)).next_change
    assert ahead is not None and ahead.at == until
    run(world, datetime(2026, 9, 1, 11, 59, tzinfo=UTC))
    assert left(world) == (2, 2, True)
    run(world, until)
    assert left(world) == (1, 1, False)


@pytest.mark.parametrize(
    ("owner", "why", "through"),
    [(" ", "file 9", LAST), ("A. Reed", " ", LAST), ("A. Reed", "file 9", date(2026, 7, 1))],
)
def test_what_is_not_complete_is_refused(world: World, owner: str, why: str, through: date) -> None:
    with pytest.raises(RetentionError, match="R571"):
        claims.record(world.deployment, (FOUR,), "lena", owner=owner, through=through, why=why)
    assert claims.details(world.deployment) == ()
