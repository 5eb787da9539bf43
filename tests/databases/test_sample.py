"""The sample company: always the same, whole, dirty where it says so, and the repository's rules at work on it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Date, DateTime, Select, Table, create_engine, func, select, text, tuple_

from retention.model.errors import RetentionError
from retention.model.run import RunState
from retention.model.verdict import Verdict
from retention.policy import load, load_datasets
from retention.runtime.explain import explain
from retention.runtime.plan_run import preview
from retention.runtime.run import run_dataset
from retention.sample import build_all, marketing, support, web
from retention.sample.people import LAST_DAY, person
from tests.days import rows_of
from tests.due_by_hand import due, page_view
from tests.sample_company import DATASETS, MODULES, ROOT, Company, make_company
from tests.world import AS_OF

PEOPLE = 1_000

DIRT = {
    "nobody knows the address": ("crm", "SELECT count(*) FROM accounts WHERE email IS NULL"),
    "nobody knows the country": ("crm", "SELECT count(*) FROM accounts WHERE country IS NULL"),
    "a child": ("crm", "SELECT count(*) FROM accounts WHERE child_found_on IS NOT NULL"),
    "still, as NULL": ("crm", "SELECT count(*) FROM service_periods WHERE ended_on IS NULL"),
    "still, as a day": ("crm", "SELECT count(*) FROM service_periods WHERE ended_on = '9999-12-31'"),
    "began nobody knows when": ("crm", "SELECT count(*) FROM service_periods WHERE started_on IS NULL"),
    "ends in the future": (
        "crm",
        "SELECT count(*) FROM service_periods WHERE ended_on > '2026-07-01' AND ended_on < '9999-12-31'",
    ),
    "never had a service": (
        "crm",
        "SELECT count(*) FROM accounts WHERE id NOT IN (SELECT account_id FROM service_periods)",
    ),
    "one person, two accounts": (
        "crm",
        "SELECT count(*) FROM accounts a, accounts b WHERE a.id < b.id AND a.given_name = b.given_name"
        " AND a.family_name = b.family_name AND a.phone = b.phone AND a.street = b.street",
    ),
    "two people, one address": (
        "crm",
        "SELECT count(*) FROM accounts a, accounts b WHERE a.id < b.id AND a.family_name <> b.family_name"
        " AND a.street = b.street AND a.city = b.city AND a.postcode = b.postcode",
    ),
    "an instant with a zone": ("crm", "SELECT count(*) FROM consents WHERE given_at IS NOT NULL"),
    "withdrawn": ("crm", "SELECT count(*) FROM consents WHERE withdrawn_on IS NOT NULL"),
    "a card never used": ("billing", "SELECT count(*) FROM payment_methods WHERE last_debit_on IS NULL"),
    "an end never entered": ("billing", "SELECT count(*) FROM subscriptions WHERE ended_on IS NULL"),
    "an invoice of nobody knows where": ("billing", "SELECT count(*) FROM invoices WHERE billing_country IS NULL"),
    "an audit": ("billing", "SELECT count(*) FROM invoices WHERE tax_audit = 'open'"),
    "open, as milliseconds": ("support", "SELECT count(*) FROM support_tickets WHERE closed_ms = 253402214400000"),
    "closed, nobody knows when": ("support", "SELECT count(*) FROM support_tickets WHERE closed_ms IS NULL"),
    "a text that is no time": ("support", "SELECT count(*) FROM support_tickets WHERE opened_at = 'yesterday'"),
    "a telephone number in a note": ("support", "SELECT count(*) FROM ticket_notes WHERE note LIKE '%+1 555%'"),
    "a message of nobody known": ("support", "SELECT count(*) FROM messages WHERE customer_id IS NULL"),
    "a developer who is no customer": ("portal", "SELECT count(*) FROM portal_profiles WHERE customer_id IS NULL"),
    "seen by a clock that ran ahead": (
        "portal",
        "SELECT count(*) FROM portal_profiles WHERE last_active_ms > 1900000000000",
    ),
    "a comment of last week": ("portal", "SELECT count(*) FROM blog_comments WHERE posted_at = 'last week'"),
    "a cookie set nobody knows when": ("web", "SELECT count(*) FROM cookies WHERE first_set_ms IS NULL"),
    "an application of nobody knows where": ("hr", "SELECT count(*) FROM job_applications WHERE country IS NULL"),
    "closed, and nobody wrote down when": ("hr", "SELECT count(*) FROM job_applications WHERE closed_on IS NULL"),
    "kept in California, too old for Europe": (
        "hr",
        "SELECT count(*) FROM job_applications WHERE job_state = 'US-CA' AND country IN ('DE', 'NL') "
        "AND decision = 'rejected' AND pool_consent_on IS NULL AND closed_on BETWEEN '2023-01-01' AND '2025-12-01'",
    ),
    "a contact in the future": ("marketing", "SELECT count(*) FROM contacts WHERE contacted_on > '2027-01-01'"),
    "a lead that nobody noticed to be a customer": (
        "marketing",
        "SELECT count(*) FROM leads WHERE customer_id IS NULL AND email LIKE 'customer%'",
    ),
    "a record of nobody knows when": ("tenants", "SELECT count(*) FROM tenant_records WHERE created_s IS NULL"),
    "a period that is none": ("tenants", "SELECT count(*) FROM tenants WHERE keep_for = 'half a year'"),
    "no period agreed": ("tenants", "SELECT count(*) FROM tenants WHERE keep_for IS NULL"),
    "an agreement that runs, as a day": (
        "tenants",
        "SELECT count(*) FROM tenants WHERE contract_ended_on = '9999-12-31'",
    ),
    "a page viewed in the future": ("web", "SELECT count(*) FROM page_views WHERE viewed_at > '2030-01-01'"),
}
MAY_BE_LATER = {
    ("service_periods", "ended_on"),
    ("subscriptions", "ended_on"),
    ("payment_methods", "expires_on"),
    ("page_views", "viewed_at"),
    ("job_applications", "closed_on"),
    ("job_applications", "employed_until"),
    ("contacts", "contacted_on"),
    ("tenants", "contract_ended_on"),
}


@pytest.fixture(scope="module")
def company(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = make_company(new_database, tmp_path_factory.mktemp("company"), PEOPLE)
    yield made
    made.deployment.close()


def rows(url: str, statement: str | Select[Any]) -> list[tuple[Any, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(statement) if isinstance(statement, str) else statement).all()
    engine.dispose()
    return [tuple(row) for row in found]


def number(url: str, statement: str | Select[Any]) -> int:
    return int(rows(url, statement)[0][0])


def digest(url: str, module: ModuleType) -> str:
    """Over every value of every row."""
    found = [rows(url, select(table).order_by(*table.primary_key.columns)) for table in module.METADATA.sorted_tables]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def tables() -> Iterator[tuple[str, Table]]:
    for dataset, module in MODULES.items():
        for table in module.METADATA.sorted_tables:
            yield dataset, table


def test_what_building_counts_is_there(company: Company) -> None:
    for dataset, table in tables():
        counted = company.counts[dataset][table.name]
        assert counted == number(company.urls[dataset], f"SELECT count(*) FROM {table.name}") > 0, table.name
    assert company.counts["crm"]["accounts"] == company.counts["billing"]["subscriptions"] == PEOPLE


def test_about_twenty_six_rows_a_person(company: Company) -> None:
    rows = sum(sum(counts.values()) for counts in company.counts.values())
    assert 25 * PEOPLE < rows < 27 * PEOPLE


def test_always_the_same(new_database: Callable[[], str]) -> None:
    one, two = ({dataset: new_database() for dataset in DATASETS} for _ in range(2))
    build_all(one, 60)
    build_all(two, 60)
    for dataset, module in MODULES.items():
        assert digest(one[dataset], module) == digest(two[dataset], module)


def test_more_people_leave_the_first_as_they_were(new_database: Callable[[], str], company: Company) -> None:
    url = new_database()
    build_all({"billing": url}, 30)
    invoices = "SELECT * FROM invoices WHERE customer_id <= 30 ORDER BY id"
    assert rows(url, invoices) == rows(company.urls["billing"], invoices) != []


def test_the_same_in_another_process() -> None:
    code = "from retention.sample.people import person; print([person(n) for n in (1, 97, 211, 1_000_000)])"
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert told.stdout.strip() == repr([person(n) for n in (1, 97, 211, 1_000_000)])


@pytest.mark.parametrize("what", DIRT)
def test_the_dirt_is_there(company: Company, what: str) -> None:
    dataset, statement = DIRT[what]
    assert number(company.urls[dataset], statement) > 0


@pytest.mark.parametrize("script", [("Α", "ώ"), ("一", "鿿"), ("À", "ÿ")])
def test_names_in_several_scripts(script: tuple[str, str]) -> None:
    first, last = script
    assert any(first <= letter <= last for n in range(1, 300) for letter in person(n).full_name)


def test_an_invoice_holds_a_copy_of_the_address(company: Company) -> None:
    homes = rows(company.urls["crm"], "SELECT id, street, city, postcode FROM accounts")
    copies = rows(
        company.urls["billing"], "SELECT customer_id, billing_street, billing_city, billing_postcode FROM invoices"
    )
    assert copies
    assert set(copies) <= set(homes)


def test_nothing_happened_after_the_demo(company: Company) -> None:
    for dataset, table in tables():
        for column in table.columns:
            if isinstance(column.type, Date | DateTime) and (table.name, column.name) not in MAY_BE_LATER:
                latest = rows(company.urls[dataset], select(func.max(column)))[0][0]
                day = latest.date() if isinstance(latest, datetime) else latest
                assert date(1990, 1, 1) < day <= LAST_DAY, f"{table.name}.{column.name}"


def test_no_orphans(company: Company) -> None:
    """Nor where the database would not mind."""
    keys = [
        (dataset, key.columns.values(), [element.column for element in key.elements])
        for dataset, table in tables()
        for key in table.foreign_key_constraints
    ]
    keys.append(("support", [support.TICKET_NOTES.c.ticket_id], [support.SUPPORT_TICKETS.c.id]))
    keys.append(("marketing", [marketing.EMAIL_EVENTS.c.lead_id], [marketing.LEADS.c.id]))
    for dataset, near, far in keys:
        dangling = select(func.count()).where(tuple_(*near).not_in(select(*far)), near[0].is_not(None))
        assert number(company.urls[dataset], dangling) == 0, str(near[0])
    assert len(keys) == 13


def test_a_database_that_is_not_empty_is_left_alone(company: Company) -> None:
    with pytest.raises(RetentionError, match="R381") as refusal:
        build_all(company.urls, 5)
    assert "accounts" in str(refusal.value)
    assert number(company.urls["crm"], "SELECT count(*) FROM accounts") == PEOPLE


def test_what_cannot_be_built(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(RetentionError, match="crm, billing, support"):
        build_all({"cmr": url}, 5)
    with pytest.raises(RetentionError, match="R382"):
        build_all({"crm": url}, 0)
    assert not list(tmp_path.iterdir())


def test_the_rules_fit_these_databases(company: Company) -> None:
    assert load(company.deployment.rules_dir).problems == ()


def test_the_committed_snapshots_are_those_of_the_sample(tmp_path: Path) -> None:
    """What the repository holds is what `retention snapshot` would write for the sample on SQLite."""
    names = iter(DATASETS)
    made = make_company(lambda: f"sqlite:///{tmp_path / next(names)}.db", tmp_path / "company", 5)
    made.deployment.close()
    for dataset in load_datasets(ROOT / "retention_rules"):
        fresh = tmp_path / "company" / "rules" / "snapshots" / f"{dataset}.yaml"
        assert fresh.read_text() == (ROOT / "retention_rules" / "snapshots" / f"{dataset}.yaml").read_text()


def test_what_is_due_is_what_a_person_would_find(company: Company) -> None:
    """And every rule's verdicts add up to the rows of its table."""
    found = {}
    for dataset in DATASETS:
        for step in preview(company.deployment, dataset, AS_OF).steps:
            assert step.table_rows == company.counts[dataset][step.table], step.rule_id
            assert step.examined == sum(tally.groups for tally in step.tallies) == step.table_rows, step.rule_id
            found[step.rule_id] = step.due
    by_hand = due(PEOPLE)
    assert found == by_hand
    assert min(by_hand.values()) > 0


def test_a_time_can_be_part_of_a_key(company: Company) -> None:
    """The big table's rows are named by when and which."""
    views = list(rows_of(web, "page_views", PEOPLE))
    for view in (min(views, key=lambda view: view["viewed_at"]), views[0]):
        key = f"{view['viewed_at'].isoformat()},{view['id']}"
        found = explain(company.deployment, "web.page_views", key, AS_OF)
        assert (found.verdict is Verdict.DUE) == page_view(view)
    for wrong in ("yesterday,4", "2026-07-01T00:00:00Z,4", "4"):
        with pytest.raises(RetentionError, match="R305"):
            explain(company.deployment, "web.page_views", wrong, AS_OF)


def test_every_verdict_and_nothing_left_to_do(company: Company) -> None:
    """Runs last: it changes the databases."""
    seen: set[Verdict] = set()
    deleted = pseudonymized = 0
    for dataset in DATASETS:
        run = run_dataset(
            company.deployment, dataset, as_of=AS_OF, plan_only=False, external_id="one", told=lambda *_: None
        )
        assert run.state is RunState.SEALED, run.problems
        seen |= {tally.verdict for step in run.plan.steps for tally in step.tallies if tally.groups}
        deleted += sum(step.deleted for step in run.steps)
        pseudonymized += sum(step.pseudonymized for step in run.steps)
        assert sum(step.due for step in preview(company.deployment, dataset, AS_OF).steps) == 0
    assert seen >= set(Verdict) - {Verdict.RESTRICTED, Verdict.DUE_NOW, Verdict.PSEUDONYMIZED}
    assert deleted > PEOPLE
    assert pseudonymized > PEOPLE / 4
    kept = number(
        company.urls["crm"], "SELECT count(*) FROM accounts WHERE email = 'customer17@mail.northgate.example'"
    )
    assert kept == 1
