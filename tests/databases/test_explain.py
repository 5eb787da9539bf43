"""`explain` decides one record as the plan does, and shows its clauses and holds; and all records of a person."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.hold import SubjectKey
from retention.runtime import holds
from retention.runtime.explain import explain
from retention.runtime.explain_person import explain_person
from retention.runtime.explanation import PersonExplained, RowsOf
from retention.runtime.plan_run import preview
from retention.runtime.work_list import work_list
from tests.world import AS_OF, DATASETS, RULES, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    world = make_world(any_database, tmp_path, customers=8)
    holds.place(world.deployment, "case 17", (SubjectKey(kind="customer", key="4"),), "lena")
    return world


@pytest.mark.parametrize(("rule", "table"), [("shop.customers", "customers"), ("shop.invoices", "invoices")])
def test_every_record_gets_the_verdict_that_the_plan_counts(world: World, rule: str, table: str) -> None:
    step = next(step for step in preview(world.deployment, "shop", AS_OF).steps if step.rule_id == rule)
    counted = Counter({(tally.verdict, tally.reason): tally.groups for tally in step.tallies})
    keys = [str(row[0]) for row in world.rows(f"SELECT id FROM {table}")]
    explained = Counter(
        (found.verdict, found.reason) for found in (explain(world.deployment, rule, key, AS_OF) for key in keys)
    )
    assert explained == counted


def test_it_shows_how_the_last_day_comes_about(world: World) -> None:
    found = explain(world.deployment, "shop.invoices", "9", datetime(2026, 7, 1, tzinfo=UTC))
    (tax,) = found.clauses
    assert (tax.start, tax.align.value, tax.period, tax.kept_through) == (
        date(2022, 6, 15),
        "calendar_year",
        "P6Y",
        date(2028, 12, 31),
    )
    assert (tax.says, tax.basis, tax.starts_at) == ("keeps", "tax law, six years", "column issued_on")
    assert [(hold.id, hold.matter) for hold in found.holds] == [("H-0001", "case 17")]


def test_a_hold_is_named_and_what_is_not_there_is_refused(world: World) -> None:
    assert explain(world.deployment, "shop.customers", "8", AS_OF).holds == ()
    for key, code in (("900", "R307"), ("eight", "R305"), ("1,2", "R305")):
        with pytest.raises(RetentionError, match=code):
            explain(world.deployment, "shop.customers", key, AS_OF)
    with pytest.raises(RetentionError, match=r"R304.*shop\.customers"):
        explain(world.deployment, "shop.customer", "8", AS_OF)


def test_a_work_list_that_nothing_was_planned_for_is_empty(world: World) -> None:
    found = work_list(world.deployment, "shop")
    assert (found.items, found.unreadable) == ((), "")


# -- what is around it, and all of a person ----------------------------------------------------------------------------


def test_what_goes_with_it_and_what_refers_to_it_is_counted(world: World) -> None:
    invoice = explain(world.deployment, "shop.invoice_lines", "11,2", AS_OF)
    assert (invoice.rule_id, invoice.key, invoice.given) == ("shop.invoices", "11", "invoice_lines 11,2")
    assert invoice.members == (RowsOf(table="invoice_lines", rows=2),)
    with pytest.raises(RetentionError, match=r"R307.*\n.*goes with invoices 11: .*--key 11`"):
        explain(world.deployment, "shop.invoices", "11,2", AS_OF)
    with pytest.raises(RetentionError, match=r"R307 table invoice_lines"):
        explain(world.deployment, "shop.invoice_lines", "11,3", AS_OF)
    customer = explain(world.deployment, "shop.customers", "5", AS_OF)
    assert customer.references == (
        RowsOf(table="invoices", rows=2, rules=("shop.invoices",)),
        RowsOf(table="memberships", rows=1),
        RowsOf(table="visits", rows=2, rules=("shop.visits",)),
    )


ADDRESS = "person5@northgate.example"
LINKED = DATASETS + "    identity_links: [{table: customers, subjects: {customer: id, visitor: email}}]\n"
VISITS = RULES["visits"].replace("subject: {kind: customer, key: customer_id}", "subject: {kind: visitor, key: email}")
BY_HAND = {
    ("shop.customers", "5"): ("retained", date(2027, 4, 1)),
    ("shop.invoices", "10"): ("due", None),
    ("shop.invoices", "11"): ("retained_by_law", date(2029, 1, 1)),
    ("shop.visits", "10"): ("due", None),
    ("shop.visits", "11"): ("retained", date(2028, 7, 2)),
}


def verdicts(found: PersonExplained) -> dict[tuple[str, str], tuple[str, date | None]]:
    return {
        (one.rule_id, one.key): (one.verdict.value, one.next_change.on if one.next_change else None)
        for one in found.records
    }


def test_every_row_of_a_person_is_found_along_identity_links(world: World) -> None:
    """Visits are about a visitor, by e-mail address; the customers say whose it is."""
    five = SubjectKey(kind="customer", key="5")
    found = explain_person(world.deployment, five, AS_OF, 100)
    assert (verdicts(found), found.linked, found.not_reached) == (BY_HAND, {}, ())

    world.execute("UPDATE visits SET email = 'Person5@northgate.example' WHERE customer_id = 6")  # somebody else's
    rules = world.folder / "rules"
    (rules / "datasets.yaml").write_text(LINKED, encoding="utf-8")
    (rules / "rules" / "shop" / "visits.yaml").write_text(VISITS, encoding="utf-8")
    deployment = world.reopened()
    for subject, linked in ((five, {"visitor": 1}), (SubjectKey(kind="visitor", key=ADDRESS), {"customer": 1})):
        found = explain_person(deployment, subject, AS_OF, 100)
        assert (verdicts(found), found.linked, found.doubts) == (BY_HAND, linked, ())
    (dataset,) = explain_person(deployment, SubjectKey(kind="visitor", key="nobody"), AS_OF, 100).datasets
    assert [one.rule_id for one in dataset.without] == ["shop.visits"]
    assert dataset.not_about == ("shop.invoices", "shop.customers")
    deployment.close()


def test_rows_beyond_those_that_are_explained_are_counted(world: World) -> None:
    world.execute("UPDATE visits SET customer_id = 5")
    found = explain_person(world.deployment, SubjectKey(kind="customer", key="5"), AS_OF, 3)
    (dataset,) = found.datasets
    assert {one.rule_id: (one.rows, len(one.records)) for one in dataset.under} == {
        "shop.customers": (1, 1),
        "shop.invoices": (2, 2),
        "shop.visits": (16, 3),
    }
