"""Canary people prove that each check can fail: a fault is planted after a clean run, and the check for it must say
*wrong* or *could not tell*. Customer 8 left in 2020 and was pseudonymized; 5 was there until lately, 6 still is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import column, create_engine, select, table, text

from retention.model.hold import SubjectKey
from retention.model.run import Check, CheckOutcome, RunState, Verification
from retention.runtime import expectations, holds
from retention.runtime import verify_run as verifying
from retention.runtime.dispose import dispose
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.seal import seal
from retention.runtime.verify_run import verify_run
from retention.sql.checks.finding import save_findings
from retention.sql.pseudonymize import written_digest
from tests import world as shop
from tests.world import AS_OF, World, make_world

WRONG, COULD_NOT_TELL = CheckOutcome.WRONG, CheckOutcome.COULD_NOT_TELL
PASSED, NOT_APPLICABLE = CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE
EMAIL, NAME, PHONE = "person8@northgate.example", "Person Number8", "+1 415 555 0008"
STREET = "8 Canary Wharf Lane"

LEADS = """\
version: 1
id: shop.leads
title: Leads
dataset: shop
cluster: leads
table: leads
subject: {kind: customer, key: customer_id}
purposes:
  - {id: contact, start: asked_on, period: P1Y, basis: "GDPR 6(1)(f)"}
disposition: delete
columns: {id: key, customer_id: key, given: given_name, family: family_name, street: street, asked_on: date}
"""


@dataclass
class Ran:
    """A world in which a run has disposed of what was due, and nobody has looked yet."""

    world: World
    run_id: str

    def verify(self) -> Verification:
        return verify_run(self.world.deployment, self.run_id)

    def verify_without_expectations(self) -> Verification:
        """Our own verifier alone, where a test asks it alone: Great Expectations takes as long again."""
        with patch.object(verifying, "checks_of", return_value=()):
            return self.verify()

    def own(self, name: str) -> str:
        """One of our own tables, as this database names it."""
        return self.world.own(name)

    def unchecked(self, *statements: str) -> None:
        """Statements that foreign keys would forbid."""
        with self.world.connected() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = replica"))
            if connection.dialect.name == "mariadb":
                connection.execute(text("SET foreign_key_checks = 0"))
            for statement in statements:
                connection.execute(text(statement))


def disposed(world: World, name: str = "one") -> Ran:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    for step in plan_run(world.deployment, handle.run_id).steps:
        dispose(world.deployment, handle.run_id, step.rule_id)
    return Ran(world, handle.run_id)


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    made = make_world(any_database, tmp_path, customers=16)
    yield made
    made.deployment.close()


@pytest.fixture
def ran(world: World) -> Ran:
    return disposed(world)


def of(verification: Verification, name: str, table: str = "", by: str = "verifier", column: str = "") -> list[Check]:
    return [
        check
        for check in verification.checks
        if (check.name, check.by) == (name, by) and table in ("", check.table) and column in ("", check.column)
    ]


def outcome(
    verification: Verification, name: str, table: str = "", by: str = "verifier", column: str = ""
) -> CheckOutcome:
    (check,) = of(verification, name, table, by, column)
    return check.outcome


def bad(verification: Verification) -> set[tuple[str, str, str]]:
    return {
        (check.name, check.table, check.outcome.value)
        for check in verification.checks
        if check.outcome in (WRONG, COULD_NOT_TELL)
    }


# -- a clean run -----------------------------------------------------------------------------------------------------


def test_a_clean_run_passes_every_check_and_counts_what_may_stay(ran: Ran) -> None:
    verification = ran.verify()
    assert bad(verification) == set()
    assert verification.passed
    assert {check.by for check in verification.checks} == {"verifier", "great_expectations"}
    (customers,) = of(verification, "originals_gone_same_subject", "customers")
    assert customers.examined == 16
    assert "permitted by the verdict on the row" in customers.note
    assert {check.column for check in of(verification, "in_range")} == {"email", "full_name", "phone", "city"}
    assert ran.world.deployment.control.runs.verification(ran.run_id) == verification


def test_verifying_again_replaces_the_findings(ran: Ran) -> None:
    first = ran.verify()
    before = ran.world.count(ran.own("finding"))
    assert ran.verify() == first
    assert ran.world.count(ran.own("finding")) == before > 0


def test_a_run_that_changed_nothing_passes_with_its_residue_checks_not_applicable(ran: Ran) -> None:
    again = disposed(ran.world, "two")
    verification = again.verify_without_expectations()
    assert verification.passed
    for name in ("originals_gone_same_subject", "originals_gone_anywhere", "in_range", "counts_agree"):
        assert {check.outcome for check in of(verification, name)} == {NOT_APPLICABLE}
    assert {check.outcome for check in of(verification, "nothing_due_left")} == {PASSED}


def test_an_empty_table_is_not_applicable(world: World) -> None:
    world.execute("DELETE FROM visits WHERE seen_on > '2024-01-01'")
    verification = disposed(world).verify_without_expectations()
    assert world.count("visits") == 0
    assert outcome(verification, "nothing_due_left", "visits") is NOT_APPLICABLE
    assert outcome(verification, "originals_gone_anywhere", "visits") is NOT_APPLICABLE
    assert verification.passed


# -- faults: what the run should have done ---------------------------------------------------------------------------


def test_a_due_row_left_is_wrong(ran: Ran) -> None:
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (900, 5, '2020-01-01')")
    assert outcome(ran.verify_without_expectations(), "nothing_due_left", "visits") is WRONG


def test_a_deleted_row_that_is_back_is_wrong_for_great_expectations_too(ran: Ran) -> None:
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (10, 5, '2023-01-01')")
    verification = ran.verify()
    assert outcome(verification, "nothing_due_left", "visits") is WRONG
    assert outcome(verification, "nothing_due_left", "visits", "great_expectations") is WRONG
    assert outcome(verification, "counts_agree", "visits") is WRONG


def test_a_row_back_under_a_key_that_was_deleted_cannot_be_told(ran: Ran) -> None:
    """A new visit of today with the number of an old one: perhaps the key was given again."""
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (10, 5, '2026-06-30')")
    assert outcome(ran.verify_without_expectations(), "counts_agree", "visits") is COULD_NOT_TELL


def test_a_group_that_the_database_refused_to_write_is_excused(ran: Ran) -> None:
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (10, 5, '2023-01-01')")
    (seq,) = ran.world.rows(f"SELECT seq FROM {ran.own('candidate__shop_visits')} WHERE k1 = 10")[0]
    ran.world.execute(
        f"INSERT INTO {ran.own('set_aside')} (run_id, rule_id, seq, reason, at_ms) "
        f"VALUES ('{ran.run_id}', 'shop.visits', {seq}, 'IntegrityError', 0)"
    )
    (check,) = of(ran.verify_without_expectations(), "nothing_due_left", "visits")
    assert check.outcome is PASSED
    assert check.note.startswith("1 due groups wait with a reason")


def test_a_run_that_looked_at_nothing_is_wrong(ran: Ran) -> None:
    runs = ran.world.deployment.control.runs
    plan = runs.plan(ran.run_id)
    assert plan is not None
    blind = replace(plan, steps=tuple(replace(step, examined=0, tallies=()) for step in plan.steps))
    runs.save_plan(ran.run_id, blind)
    verification = ran.verify_without_expectations()
    assert {check.outcome for check in of(verification, "something_examined")} == {WRONG}


# -- faults: originals -----------------------------------------------------------------------------------------------


def test_an_original_in_a_row_of_the_same_person_is_wrong(ran: Ran) -> None:
    ran.world.execute(f"UPDATE customers SET full_name = '{NAME}' WHERE id = 8")
    verification = ran.verify_without_expectations()
    assert outcome(verification, "originals_gone_same_subject", "customers") is WRONG
    assert outcome(verification, "marks_valid") is WRONG


def test_an_original_that_was_marked_as_written_is_wrong(ran: Ran) -> None:
    """As if the statement had marked the row and written nothing: the mark is valid, the name is still there."""
    mark = ran.own("mark__shop_customers__customers")
    ran.world.execute(f"UPDATE customers SET full_name = '{NAME}' WHERE id = 8")
    database = ran.world.deployment.database("shop")
    with database.writing() as connection:
        replaced = ("email", "full_name", "phone", "city")
        customers = table("customers", *map(column, ("id", *replaced)))
        digest = written_digest([customers.c[name] for name in replaced], database.dialect)
        written = connection.execute(select(digest).where(customers.c.id == 8)).scalar_one()
        connection.execute(text(f"UPDATE {mark} SET written = :written WHERE k1 = 8"), {"written": written})
    verification = ran.verify_without_expectations()
    assert outcome(verification, "marks_valid") is PASSED
    assert outcome(verification, "nothing_due_left", "customers") is PASSED
    assert outcome(verification, "originals_gone_same_subject", "customers") is WRONG
    assert outcome(verification, "in_range", "customers", column="full_name") is WRONG


def test_an_original_in_a_table_without_a_rule_is_wrong(ran: Ran) -> None:
    ran.world.execute("CREATE TABLE mailing (id INTEGER PRIMARY KEY, remark TEXT)")
    ran.world.execute(f"INSERT INTO mailing (id, remark) VALUES (1, '{EMAIL.upper()}')")
    verification = ran.verify_without_expectations()
    assert outcome(verification, "originals_gone_anywhere", "mailing") is WRONG
    assert outcome(verification, "originals_gone_same_subject", "customers") is PASSED


def test_an_address_or_a_number_inside_somebody_elses_note_is_wrong(ran: Ran) -> None:
    notes = {11: f"wrote to {EMAIL.upper()}, no answer", 13: "call (1) 415-555.0008 back", 21: f"see {EMAIL}."}
    for invoice, note in notes.items():
        ran.world.execute(f"UPDATE invoices SET note = :note WHERE id = {invoice}", note=note)
    (check,) = of(ran.verify_without_expectations(), "originals_gone_anywhere", "invoices")
    assert (check.outcome, check.violations) == (WRONG, 3)
    assert check.note.startswith("left in note")


def test_a_note_of_the_same_person_that_the_law_keeps_is_permitted(ran: Ran) -> None:
    ran.world.execute("UPDATE invoices SET note = :note WHERE id = 17", note=f"wrote to {EMAIL}")
    (check,) = of(ran.verify_without_expectations(), "originals_gone_anywhere", "invoices")
    assert check.outcome is PASSED
    assert "permitted" in check.note


def test_an_address_that_two_people_shared_tells_nothing(world: World) -> None:
    world.execute(f"UPDATE visits SET email = '{EMAIL}' WHERE customer_id = 5")
    world.execute(f"UPDATE invoices SET note = 'wrote to {EMAIL}' WHERE id = 11")
    assert outcome(disposed(world).verify_without_expectations(), "originals_gone_anywhere", "invoices") is PASSED


def test_a_full_name_beside_its_street_is_wrong(any_database: str, tmp_path: Path, monkeypatch: Any) -> None:
    engine = create_engine(any_database)
    with engine.begin() as connection:
        columns = "id INTEGER PRIMARY KEY, customer_id INTEGER, given TEXT, family TEXT, street TEXT, asked_on DATE"
        connection.execute(text(f"CREATE TABLE leads ({columns})"))
        connection.execute(text(f"INSERT INTO leads VALUES (1, 8, 'Canary', 'Yellow', '{STREET}', '2020-01-01')"))
        connection.execute(text("CREATE TABLE labels (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT)"))
    engine.dispose()
    monkeypatch.setitem(shop.RULES, "leads", LEADS)
    ran = disposed(make_world(any_database, tmp_path, customers=16))
    assert ran.world.count("leads") == 0
    ran.world.execute(f"INSERT INTO labels VALUES (1, 'Somebody', 'Else', '{STREET}')")
    assert outcome(ran.verify_without_expectations(), "originals_gone_anywhere", "labels") is PASSED, (
        "a street alone is anybody's"
    )
    ran.world.execute(f"INSERT INTO labels VALUES (2, 'Canary', 'Yellow', '{STREET}')")
    (check,) = of(ran.verify_without_expectations(), "originals_gone_anywhere", "labels")
    assert (check.outcome, check.violations) == (WRONG, 1)


def test_without_the_runs_key_nothing_can_be_told_of_originals(ran: Ran) -> None:
    ran.world.deployment.control.runs.forget_run_secret(ran.run_id)
    verification = ran.verify_without_expectations()
    for name in ("originals_gone_same_subject", "originals_gone_anywhere"):
        assert {check.outcome for check in of(verification, name)} == {COULD_NOT_TELL}
    assert outcome(verification, "nothing_due_left", "visits") is PASSED
    assert not verification.passed


def test_a_sealed_run_keeps_the_verification_that_it_was_sealed_with(ran: Ran) -> None:
    first = ran.verify()
    assert seal(ran.world.deployment, ran.run_id).state is RunState.SEALED
    again = ran.verify_without_expectations()
    assert outcome(again, "originals_gone_anywhere", "visits") is COULD_NOT_TELL
    assert ran.world.deployment.control.runs.verification(ran.run_id) == first


# -- faults: what was written ----------------------------------------------------------------------------------------


def test_a_value_outside_of_its_range_is_wrong(ran: Ran) -> None:
    for customer, name, value in (
        (4, "city", "Elsewhere"),
        (8, "email", "x@person.example"),
        (12, "phone", "+1 1"),
        (16, "full_name", "A B"),
    ):
        ran.world.execute(f"UPDATE customers SET {name} = :value WHERE id = {customer}", value=value)
    verification = ran.verify()
    for name in ("city", "email", "phone", "full_name"):
        (check,) = of(verification, "in_range", "customers", column=name)
        assert (check.outcome, check.violations) == (WRONG, 1)
    for name in ("city", "email", "phone"):  # of a name its pattern asks two words alone
        assert outcome(verification, "in_range", "customers", "great_expectations", name) is WRONG
    (marks,) = of(verification, "marks_valid")
    assert (marks.outcome, marks.violations) == (WRONG, 4)


def test_a_mark_without_its_row_is_wrong(ran: Ran) -> None:
    ran.world.execute("DELETE FROM memberships WHERE customer_id = 8")
    ran.unchecked("DELETE FROM customers WHERE id = 8")
    assert outcome(ran.verify_without_expectations(), "marks_valid") is WRONG


def test_a_wrong_count_in_the_journal_is_found(ran: Ran) -> None:
    journal = ran.own("journal")
    rows = '{"customers": 7}'
    ran.world.execute(
        f"UPDATE {journal} SET groups = 7, {ran.world.quoted('rows')} = :rows WHERE rule_id = 'shop.customers'",
        rows=rows,
    )
    ran.world.execute(f"UPDATE {journal} SET groups = groups - 1 WHERE rule_id = 'shop.visits'")
    verification = ran.verify()
    assert outcome(verification, "counts_agree", "customers") is WRONG
    assert outcome(verification, "counts_agree", "visits") is COULD_NOT_TELL
    assert outcome(verification, "marks_counted", "customers", "great_expectations") is WRONG


# -- faults: holds ---------------------------------------------------------------------------------------------------


def place(world: World, key: str) -> str:
    return holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key=key),), "lena").hold.id


def test_a_mark_on_a_held_row_is_wrong(world: World) -> None:
    place(world, "4")
    ran = disposed(world)
    mark = ran.own("mark__shop_customers__customers")
    names = "rule_id, rule_digest, method, pools, key_id, run_id, marked_on, written"
    ran.world.execute(f"INSERT INTO {mark} (k1, {names}) SELECT 4, {names} FROM {mark} WHERE k1 = 8")
    assert outcome(ran.verify_without_expectations(), "no_mark_on_held", "customers") is WRONG


def test_a_batch_that_concerned_a_held_person_is_wrong(world: World) -> None:
    hold = place(world, "99")  # in force before the run; then it turns out to cover customer 8 as well
    ran = disposed(world)
    assert ran.verify_without_expectations().passed
    ran.world.execute(f"INSERT INTO {ran.own('hold')} (kind, subject_key, hold_id) VALUES ('customer', '8', '{hold}')")
    verification = ran.verify_without_expectations()
    assert {check.outcome for check in of(verification, "no_batch_on_held")} == {WRONG}
    assert outcome(verification, "no_mark_on_held", "customers") is WRONG


def test_a_hold_that_nobody_placed_makes_it_impossible_to_tell(ran: Ran) -> None:
    ran.world.execute(f"INSERT INTO {ran.own('hold')} (kind, subject_key, hold_id) VALUES ('customer', '8', 'H-9999')")
    verification = ran.verify_without_expectations()
    assert outcome(verification, "no_mark_on_held", "customers") is COULD_NOT_TELL
    assert outcome(verification, "no_batch_on_held", "customers") is COULD_NOT_TELL


def test_a_hold_that_came_after_the_batch_is_no_fault(ran: Ran) -> None:
    place(ran.world, "8")
    assert ran.verify_without_expectations().passed


# -- faults: keys ----------------------------------------------------------------------------------------------------


def test_an_orphan_is_wrong(ran: Ran) -> None:
    ran.unchecked("INSERT INTO invoice_lines (invoice_id, position, amount) VALUES (10, 1, 5)")
    verification = ran.verify()
    assert outcome(verification, "no_orphan", "invoice_lines") is WRONG
    assert outcome(verification, "no_orphan", "invoice_lines", "great_expectations") is WRONG


def test_a_reference_that_nobody_enforces_and_that_the_run_did_not_break_is_said(ran: Ran) -> None:
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (900, 4711, '2026-06-01')")
    (check,) = of(ran.verify_without_expectations(), "no_orphan", "visits")
    assert check.outcome is PASSED
    assert check.note.startswith("1 rows refer to something else")


def test_a_duplicate_key_is_wrong(ran: Ran) -> None:
    if ran.world.url.startswith("postgresql"):
        ran.world.execute("ALTER TABLE customers DROP CONSTRAINT customers_email_key")
    elif ran.world.url.startswith("mariadb"):
        ran.world.execute("ALTER TABLE customers DROP INDEX email")
    else:
        ((ddl,),) = ran.world.rows("SELECT sql FROM sqlite_master WHERE name = 'customers'")
        same = ddl.replace("UNIQUE (email)", "CHECK (id > 0)")
        assert same != ddl
        ran.unchecked(
            "PRAGMA legacy_alter_table = ON",
            "ALTER TABLE customers RENAME TO before",
            same,
            "INSERT INTO customers SELECT * FROM before",
            "DROP TABLE before",
        )
    ran.world.execute("UPDATE customers SET email = 'same@northgate.example' WHERE id IN (5, 6)")
    verification = ran.verify()
    assert outcome(verification, "unique_keys", "customers", column="email") is WRONG
    assert outcome(verification, "unique_keys", "customers", "great_expectations") is WRONG


def test_a_table_that_is_not_as_its_rule_knows_it_cannot_be_told(ran: Ran) -> None:
    ran.world.execute("ALTER TABLE customers DROP COLUMN city")
    verification = ran.verify_without_expectations()
    for name in ("nothing_due_left", "originals_gone_same_subject", "originals_gone_anywhere"):
        assert COULD_NOT_TELL in {check.outcome for check in of(verification, name, "customers")}
    assert not verification.passed


# -- Great Expectations ----------------------------------------------------------------------------------------------


def test_a_finding_that_was_lost_is_wrong(ran: Ran, monkeypatch: Any) -> None:
    def forgetful(connection: Any, own: Any, run_id: str, findings: Any) -> None:
        save_findings(connection, own, run_id, tuple(findings)[:-1])

    monkeypatch.setattr(verifying, "save_findings", forgetful)
    assert outcome(ran.verify(), "findings_complete", by="great_expectations") is WRONG


def test_what_our_verifier_found_is_asserted(ran: Ran) -> None:
    ran.world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (900, 5, '2020-01-01')")
    ran.world.deployment.control.runs.forget_run_secret(ran.run_id)
    verification = ran.verify()
    assert outcome(verification, "findings_without_violations", by="great_expectations") is WRONG
    assert outcome(verification, "findings_without_unknown", by="great_expectations") is WRONG


@pytest.mark.parametrize(
    ("error", "says"), [(ImportError("no"), "pip install"), (RuntimeError(EMAIL), "failed with RuntimeError")]
)
def test_without_great_expectations_it_could_not_be_told(
    ran: Ran, monkeypatch: Any, error: Exception, says: str
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(expectations, "import_module", broken)
    verification = ran.verify()
    (check,) = (check for check in verification.checks if check.by == "great_expectations")
    assert check.outcome is COULD_NOT_TELL
    assert says in check.note
    assert EMAIL not in repr(verification)


# -- no value of a person --------------------------------------------------------------------------------------------


def test_nothing_that_is_found_says_a_value(
    ran: Ran, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    import great_expectations

    results: list[str] = []
    run: Callable[..., Any] = great_expectations.Checkpoint.run

    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = run(self, *args, **kwargs)
        results.append(outcome.describe() + repr([r.to_json_dict() for r in outcome.run_results.values()]))
        return outcome

    monkeypatch.setattr(great_expectations.Checkpoint, "run", recorded)
    ran.world.execute("CREATE TABLE mailing (id INTEGER PRIMARY KEY, remark TEXT)")
    ran.world.execute(f"INSERT INTO mailing (id, remark) VALUES (1, '{EMAIL}'), (2, '{PHONE}')")
    ran.world.execute(f"UPDATE customers SET full_name = '{NAME}', city = '{EMAIL}', phone = '{EMAIL}' WHERE id = 8")
    ran.world.execute("UPDATE invoices SET note = :note WHERE id = 11", note=f"wrote to {EMAIL}")
    with caplog.at_level(logging.INFO):
        verification = ran.verify()
    assert len(bad(verification)) > 5
    findings = ran.world.rows(f"SELECT * FROM {ran.own('finding')}")
    printed = capfd.readouterr()
    said = [repr(verification), repr(findings), caplog.text, printed.out, printed.err, *results]
    assert len(results) == 1
    for canary in (EMAIL, NAME, PHONE, "person8", "Number8", "5550008", "555 0008"):
        assert not [text for text in said if canary.lower() in text.lower()], canary
