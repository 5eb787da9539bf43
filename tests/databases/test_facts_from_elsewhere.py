"""Facts from elsewhere: what another dataset tells counts, to the day; where it is stale, nothing is decided by it.

Without orders, of eight customers 4 and 8 left in 2020 and are due, 1 and 5 left in 2026-03 and are retained for a
year, 2 and 6 are members, and 3 and 7 never were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from retention.model.run import RunState
from retention.runtime.fact_import import Brought, import_rows
from retention.runtime.retirement import confirm, retire
from retention.sql.disposal import Batches
from tests.databases.two_datasets import CUSTOMERS, FACTS, ORDERS, TwoDatasets, make_two
from tests.world import AS_OF, DATASETS

KNOWN, UNKNOWN, OPEN = 0, 1, 2


@pytest.fixture
def two(new_database: Callable[[], str], tmp_path: Path) -> Iterator[TwoDatasets]:
    two = make_two(new_database, tmp_path)
    yield two
    two.deployment.close()


def bring(two: TwoDatasets) -> Brought:
    (brought,) = import_rows(two.deployment, "last_order")
    assert brought.reason == ""
    return brought


def declare(two: TwoDatasets, more: str) -> None:
    """The same fact, with one more word on its rows."""
    two.write("datasets.yaml", DATASETS + ORDERS + FACTS.replace("at: ordered_on", f"at: ordered_on, {more}"))
    two.reopen()


def test_the_later_of_row_and_fact_counts_to_the_day(two: TwoDatasets) -> None:
    two.order((1, 4, date(2026, 1, 5)), (2, 4, date(2021, 1, 5)), (3, 3, date(2025, 7, 1)), (4, 8, date(2019, 1, 1)))

    bring(two)

    days = {"4": date(2026, 1, 5), "3": date(2025, 7, 1), "8": date(2019, 1, 1)}
    assert two.facts() == {key: (KNOWN, day) for key, day in days.items()}
    # 8 is due by the row of 2020; 4 is kept by its order, through 2027-01-05; 3 through 2026-07-01; nobody knows 7
    expected = {"due": 1, "retained": 4, "active": 2, "undetermined no_relationship": 1}
    assert two.verdicts() == expected
    assert two.verdicts(date(2026, 7, 2)) == {**expected, "due": 2, "retained": 3}


def test_planning_brings_what_is_told(two: TwoDatasets) -> None:
    two.order((1, 4, date(2026, 1, 5)))

    sealed = two.run("shop", "one")

    assert sealed.problems == ()
    assert two.shop.rows("SELECT id FROM customers WHERE email NOT LIKE '%@northgate.example'") == [(8,)]


def test_an_event_that_has_not_come_is_active_and_one_that_nobody_knows_is_undetermined(two: TwoDatasets) -> None:
    two.order((1, 4, None), (2, 8, date(2027, 1, 1)), (3, 4, date(2019, 1, 1)))

    assert bring(two).subjects == 2
    assert two.facts() == {"4": (OPEN, None), "8": (KNOWN, date(2027, 1, 1))}
    assert two.verdicts() == {"active": 4, "retained": 2, "undetermined no_relationship": 2}

    declare(two, "when_null: unknown")
    bring(two)
    assert two.facts()["4"] == (UNKNOWN, None)
    assert two.verdicts() == {
        "active": 3,
        "retained": 2,
        "undetermined no_relationship": 2,
        "undetermined start_unknown": 1,
    }

    declare(two, "when_null: never")
    bring(two)
    assert two.facts()["4"] == (KNOWN, date(2019, 1, 1))
    assert two.verdicts()["due"] == 1


def test_what_other_rows_tell_is_believed_after_the_cool_down(two: TwoDatasets) -> None:
    two.order((1, 4, date(2019, 1, 1)), (2, 8, None))
    bring(two)
    assert two.verdicts() == {"due": 1, "active": 3, "retained": 2, "undetermined no_relationship": 2}
    settings = (two.shop.folder / "rules" / "settings.yaml").read_text(encoding="utf-8")
    two.write("settings.yaml", settings.replace("cool_down: P0D", "cool_down: P30D"))

    declare(two, "when_null: never")  # an order without a day says nothing any more of 8
    bring(two)

    believed = two.shop.clock.now().date() + timedelta(days=30)
    two.shop.execute(f"UPDATE {two.shop.own('fact_source')} SET complete_ms = complete_ms + 400000000000")
    waiting = {"active": 2, "retained": 2, "undetermined facts_stale": 4}
    assert two.verdicts(believed) == waiting
    nobody = {"undetermined no_relationship": 2, "undetermined start_unknown": 1}
    assert two.verdicts(believed + timedelta(days=1)) == {"due": 1, "active": 2, "retained": 2, **nobody}
    bring(two)
    assert two.verdicts(believed) == waiting, "to bring it again ends nothing"


def test_what_was_never_brought_decides_nothing(two: TwoDatasets) -> None:
    # Members are members, and who left in 2026 is retained, whatever the orders say; of the others nobody can tell.
    assert two.verdicts() == {"active": 2, "retained": 2, "undetermined facts_stale": 4}


def test_what_is_stale_decides_nothing_any_more(two: TwoDatasets) -> None:
    two.order((1, 8, date(2019, 1, 1)))
    bring(two)
    complete = int(AS_OF.timestamp() * 1000) - 3 * 86_400_000

    def complete_until(ms: int) -> None:
        two.shop.execute(f"UPDATE {two.shop.own('fact_source')} SET complete_ms = :ms", ms=ms)

    complete_until(complete)
    assert two.verdicts()["due"] == 2
    complete_until(complete - 1)
    assert two.verdicts() == {"active": 2, "retained": 2, "undetermined facts_stale": 4}


def test_a_source_that_cannot_be_reached_leaves_what_is_there(two: TwoDatasets) -> None:
    two.order((1, 4, date(2026, 1, 5)))
    bring(two)
    before = two.facts()
    two.reopen("sqlite:////nowhere/at/all.db")

    (brought,) = import_rows(two.deployment, None)

    assert brought.reason.startswith("R301"), brought.reason
    assert two.facts() == before
    sealed = two.run("shop", "one")
    assert (sealed.state, sealed.problems) == (RunState.SEALED, ())
    kinds = [entry.kind for entry in two.deployment.control.ledger.latest(50)]
    assert "facts_not_brought" in kinds


def test_a_table_that_is_not_as_its_snapshot_knows_it_tells_nothing(two: TwoDatasets) -> None:
    two.in_orders("ALTER TABLE orders RENAME COLUMN ordered_on TO made_on")

    (brought,) = import_rows(two.deployment, None)

    assert brought.reason.startswith("R475 orders.ordered_on is not as the snapshot of orders knows it"), brought.reason
    assert two.verdicts()["undetermined facts_stale"] == 4


def test_a_dataset_that_is_retired_tells_nothing(two: TwoDatasets) -> None:
    two.order((1, 4, date(2026, 1, 5)))
    retire(two.deployment, "orders", "lena", "sold")
    confirm(two.deployment, "orders", "omar")

    (brought,) = import_rows(two.deployment, None)

    assert brought.reason == "R475 the dataset that tells it is retired (dataset orders)"


def test_an_event_that_had_come_is_never_moved_back(two: TwoDatasets) -> None:
    two.order((1, 4, date(2026, 1, 5)), (2, 8, date(2030, 1, 1)), (3, 3, None))
    bring(two)

    two.in_orders("DELETE FROM orders WHERE id IN (1, 2, 3)")
    two.order((4, 4, date(2019, 1, 1)), (5, 8, date(2020, 1, 1)))
    brought = bring(two)

    # 4 had ordered, and stays so; 8 had not, and what is told now counts; of 3 nothing is told any more
    assert two.facts() == {"4": (KNOWN, date(2026, 1, 5)), "8": (KNOWN, date(2020, 1, 1)), "3": (UNKNOWN, None)}
    assert (brought.written, brought.lost) == (1, 1)
    two.order((6, 3, date(2026, 2, 2)))
    assert (bring(two).written, two.facts()["3"]) == (1, (KNOWN, date(2026, 2, 2)))
    assert (bring(two).written, bring(two).lost) == (0, 0)


def test_what_was_disposed_of_before_anybody_asked_is_told(two: TwoDatasets) -> None:
    two.order((1, 4, date(2023, 6, 30)), (2, 4, date(2023, 6, 29)), (3, 7, None), (4, 8, date(2026, 6, 1)))

    sealed = two.run("orders", "one")

    assert sealed.problems == ()
    assert two.in_orders("SELECT id FROM orders ORDER BY id") == [(3,), (4,)]
    step = sealed.steps[0]
    assert (step.deleted, step.rows.get("facts told of last_order")) == (2, 1)
    bring(two)
    assert two.facts() == {"4": (KNOWN, date(2023, 6, 30)), "7": (OPEN, None), "8": (KNOWN, date(2026, 6, 1))}
    assert two.verdicts() == {"due": 1, "retained": 3, "active": 3, "undetermined no_relationship": 1}


def test_telling_and_deleting_are_one_transaction(two: TwoDatasets, monkeypatch: pytest.MonkeyPatch) -> None:
    two.order((1, 4, date(2023, 1, 5)))
    delete = Batches._delete

    def killed(self: Batches, connection: Connection) -> dict[str, int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batches, "_delete", killed)
    with pytest.raises(KeyboardInterrupt):
        two.run("orders", "one")
    bring(two)
    assert two.facts() == {"4": (KNOWN, date(2023, 1, 5))}, "by the row that is still there"
    assert two.told() == 0

    monkeypatch.setattr(Batches, "_delete", delete)
    two.shop.clock.advance(hours=1)
    two.run("orders", "one")
    assert (two.in_orders("SELECT count(*) FROM orders"), two.told()) == ([(0,)], 1)


def test_facts_go_when_their_time_is_over_and_nobody_is_left_whom_they_are_about(two: TwoDatasets) -> None:
    two.order((1, 4, date(2021, 6, 30)), (2, 99, date(2021, 6, 30)), (3, 98, date(2021, 7, 1)), (4, 97, None))

    brought = bring(two)

    # Kept for five years after the event, through 2026-06-30 of 2021-06-30: 99 is no customer, 4 is one. The clock of
    # this world stands at 2026-07-02, so that 2021-07-01 is over as well.
    assert brought.expired == 2
    assert sorted(two.facts()) == ["4", "97"]
    two.shop.execute("DELETE FROM memberships WHERE customer_id = 4")
    for table in ("invoice_lines", "invoices"):
        two.shop.execute(f"DELETE FROM {table}")
    two.shop.execute("DELETE FROM customers WHERE id = 4")
    two.run("shop", "one")
    assert sorted(two.facts()) == ["97"]


def test_facts_are_kept_until_the_last_day_of_their_time(two: TwoDatasets) -> None:
    two.order((1, 99, date(2021, 7, 2)), (2, 98, date(2021, 7, 1)))
    assert (bring(two).expired, sorted(two.facts())) == (1, ["99"])


def test_what_rows_told_that_are_gone_expires_too(two: TwoDatasets) -> None:
    two.order((1, 4, date(2023, 1, 5)))
    two.run("orders", "one")
    two.shop.clock.advance(days=365 * 2)
    assert two.told() == 1
    import_rows(two.deployment, None)
    two.shop.clock.advance(days=365 * 3)
    two.run("orders", "two")
    assert two.told() == 0


def test_facts_that_no_rule_reads_any_more_expire_by_what_was_declared_last(two: TwoDatasets) -> None:
    two.order((1, 4, date(2025, 1, 5)), (2, 8, None))
    bring(two)
    two.write("rules/shop/customers.yaml", CUSTOMERS.replace(", facts: [last_order]", ""))
    two.write("datasets.yaml", DATASETS + ORDERS)
    two.reopen()

    two.run("shop", "one")
    assert sorted(two.facts()) == ["4", "8"]
    two.shop.clock.advance(days=365 * 6)
    two.run("shop", "two")
    assert two.facts() == {}
    assert two.shop.count(two.shop.own("fact_source")) == 0


def test_rows_that_name_nobody_are_counted(two: TwoDatasets) -> None:
    two.order((1, None, date(2026, 1, 5)), (2, None, None), (3, 4, date(2026, 1, 5)))
    assert (bring(two).nameless, sorted(two.facts())) == (2, ["4"])


def test_the_ledger_says_how_many_and_never_who(two: TwoDatasets) -> None:
    two.order((1, 4711, date(2026, 1, 5)), (2, 4712, None))
    bring(two)

    (entry,) = (one for one in two.deployment.control.ledger.latest(50) if one.kind == "facts_brought")
    body = json.loads(entry.body) if isinstance(entry.body, str) else dict(entry.body)
    assert datetime.fromisoformat(str(body.pop("complete_until"))) > datetime(2026, 11, 1, tzinfo=UTC)
    assert body == {
        "fact": "last_order", "dataset": "shop", "subjects": 2, "written": 2, "lost": 0, "nameless": 0, "expired": 0,
    }  # fmt: skip
