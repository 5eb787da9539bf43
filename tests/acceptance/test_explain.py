"""`retention explain` as people and programs call it: one record, one person, why not, and the page."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in
from tests.acceptance.test_report import Page
from tests.golden import assert_golden
from tests.world import DATASETS

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]
ORDERS = """\
  orders: {title: Orders, url_from_environment: RETENTION_ORDERS_URL, zone: UTC, owner: privacy@northgate.example}
"""


@pytest.fixture
def ready(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_in(tmp_path, capsys, monkeypatch)
    shell.ok("snapshot")
    shell.ok("init")
    return shell


def told(shell: Shell, *arguments: str, as_of: str = AS_OF) -> Any:
    return shell("explain", *arguments, "--as-of", as_of, "--json").data


def test_a_record_is_named_in_two_ways_and_in_no_third(ready: Shell) -> None:
    by_option = ready.ok("explain", "shop.invoices", "--key", "9", "--as-of", AS_OF)
    assert by_option == ready.ok("explain", "shop.invoices", "9", "--as-of", AS_OF)
    for arguments in (
        [],
        ["shop.invoices"],
        ["shop.invoices", "9", "--key", "9"],
        ["shop.invoices", "--subject", "a:1"],
    ):
        said = ready("explain", *arguments)
        assert (said.code, "R501" in said.err, "--subject customer:4711" in said.err) == (2, True, True)
    for subject, code in (("4", "R367"), ("customer:", "R367"), ("costumer:4", "R360")):
        assert code in ready("explain", "--subject", subject).err


def test_it_says_when_the_verdict_changes_and_by_which_line_it_was_given(ready: Shell) -> None:
    said = ready.ok("explain", "shop.invoices", "9", "--as-of", AS_OF)
    assert "verdict: retained by law: the floor tax keeps it through 2028-12-31 (tax law, six years)" in said
    assert "decided by line 3" in said
    assert "changes next: from 2029-01-01 on: due, and a run would delete it" in said
    assert "F, the latest end of its floors:      kept through 2028-12-31, by tax" in said
    assert "2 rows of invoice_lines go with it" in said
    active = ready.ok("explain", "shop.customers", "6", "--as-of", AS_OF)
    assert "decided by line 6" in active
    assert "changes next: unknown: it hangs on an event that has not come yet (end of the relationship)" in active


@pytest.mark.parametrize(("rule", "table"), [("shop.customers", "customers"), ("shop.visits", "visits")])
def test_what_is_foretold_comes_true(ready: Shell, rule: str, table: str) -> None:
    """Asked again at that instant, and just before it."""
    with sqlite3.connect(ready.folder / "shop.db") as connection:
        connection.execute("UPDATE memberships SET ended_on = '2027-02-28' WHERE customer_id = 2")  # in the future
        keys = [str(key) for (key,) in connection.execute(f"SELECT id FROM {table} WHERE id < 8")]
    changing = 0
    for key in keys:
        found = told(ready, rule, key)
        if (change := found["next_change"]) is not None:
            changing += 1
            at = datetime.fromisoformat(change["at"])
            assert told(ready, rule, key, as_of=change["at"])["verdict"] == change["verdict"] != found["verdict"]
            before = (at - timedelta(microseconds=1)).isoformat()
            assert told(ready, rule, key, as_of=before)["verdict"] == found["verdict"]
    assert changing == 3


def test_an_end_in_the_future_is_active_until_then(ready: Shell) -> None:
    with sqlite3.connect(ready.folder / "shop.db") as connection:
        connection.execute("UPDATE memberships SET ended_on = '2027-02-28' WHERE customer_id = 2")
    said = ready.ok("explain", "shop.customers", "2", "--as-of", AS_OF)
    assert "changes next: from 2027-02-28 on: retained" in said
    assert "then: from 2028-02-29 on: due" in said


def test_why_not_names_all_that_stands_between(ready: Shell) -> None:
    ready.ok("hold", "place", "customer:5", "--matter", "case 17")
    held = ready.ok("explain", "shop.customers", "5", "--why-not", "--as-of", AS_OF)
    between = held[held.index("what stands between") : held.index("F, the latest")]
    assert "legal hold H-0001 (case 17) covers it: it is on the person whom the record is about" in between
    assert "needs: the release of H-0001 by two persons" in between
    assert "the purpose membership keeps it through 2027-03-31 (GDPR 6(1)(b), contract)" in between
    assert "needs: wait until 2027-04-01" in between
    assert "without any hold it would be retained" in held
    assert "what stands between" not in ready.ok("explain", "shop.customers", "5", "--as-of", AS_OF)

    due = ready.ok("explain", "shop.invoices", "8", "--why-not", "--as-of", AS_OF)
    assert "why nothing protects it:" in due
    for words in (
        "no legal hold covers it: 1 hold in force in its dataset was looked at",
        "the floor tax has ended: it kept it through 2024-12-31",
        "no row of another group refers to it",
    ):
        assert words in due
    unknown = ready.ok("explain", "shop.customers", "3", "--why-not", "--as-of", AS_OF)
    assert "needs: a relationship to count from, or another event in the rule (relationship: otherwise)" in unknown


def test_what_refers_to_a_record_stands_between(ready: Shell) -> None:
    with sqlite3.connect(ready.folder / "shop.db") as connection:
        connection.execute(
            "CREATE TABLE reminders (id INTEGER PRIMARY KEY, invoice_id INTEGER REFERENCES invoices (id))"
        )
        connection.execute("CREATE INDEX ix_reminders_invoice_id ON reminders (invoice_id)")
        connection.execute("INSERT INTO reminders VALUES (1, 8), (2, 8)")
    ready.ok("snapshot")
    said = ready.ok("explain", "shop.invoices", "8", "--why-not", "--as-of", AS_OF)
    assert "verdict: referenced: it would be due, but 2 rows of reminders refer to it" in said
    assert "decided by line 8" in said
    assert "needs: the disposal of these rows (no rule speaks for them)" in said


def test_an_open_floor_and_a_statute_without_sign_off_say_what_they_need(ready: Shell) -> None:
    rules = ready.folder / "rules"
    (rules / "statutes").mkdir()
    (rules / "statutes" / "nl.yaml").write_text((ROOT / "retention_rules/statutes/nl.yaml").read_text())
    tax = '{id: tax, start: issued_on, align: calendar_year, period: P6Y, basis: "tax law, six years"}'
    audit = '{id: audit, start: issued_on, period: P1Y, basis: "AO 171", open_while: {column: note, equals: open}}'
    dutch = "{id: dutch, statute: nl-awr-52-4, start: issued_on, fiscal_year_ends: 12-31}"
    rule = rules / "rules" / "shop" / "invoices.yaml"
    text = rule.read_text()
    with sqlite3.connect(ready.folder / "shop.db") as connection:
        connection.execute("UPDATE invoices SET note = CASE id WHEN 8 THEN 'open' ELSE 'closed' END")

    rule.write_text(text.replace(f"  - {tax}", f"  - {tax}\n  - {audit}"))
    said = ready.ok("explain", "shop.invoices", "8", "--why-not", "--as-of", AS_OF)
    assert "the floor audit keeps it (AO 171)" in said
    assert "needs: that it no longer holds: note equals ..." in said
    assert "F, the latest end of its floors:      open: audit has no last day yet" in said
    assert "open while note equals ...: it holds" in said
    assert "verdict: due" in ready.ok("explain", "shop.invoices", "10", "--as-of", AS_OF)

    rule.write_text(text.replace(f"  - {tax}", f"  - {dutch}"))
    said = ready.ok("explain", "shop.invoices", "8", "--why-not", "--as-of", AS_OF)
    assert "verdict: undetermined: it would go by a statute that counsel has not signed off" in said
    assert "decided by line 0" in said
    assert "needs: counsel's sign-off of nl-awr-52-4, or a clause of your own" in said


def test_a_person_is_told_of_whole_and_what_was_not_reached_is_named(
    ready: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.ok("hold", "place", "customer:5", "--matter", "case 17")
    said = ready("explain", "--subject", "customer:5", "--as-of", AS_OF, "--json")
    assert said.code == 0
    assert_golden(GOLDEN / "explain_subject.json", said.out, folder=str(ready.folder))
    text = ready.ok("explain", "--subject", "customer:5", "--as-of", AS_OF)
    assert "customer 5: 5 records" in text and "legal holds on this person: H-0001" in text
    assert "memberships (read as the relationship of customers)" in text

    (ready.folder / "rules" / "datasets.yaml").write_text(DATASETS + ORDERS)
    monkeypatch.setenv("RETENTION_ORDERS_URL", f"sqlite:///{ready.folder / 'orders.db'}")
    sqlite3.connect(ready.folder / "orders.db").execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)").close()
    missing = ready("explain", "--subject", "customer:5", "--as-of", AS_OF)
    assert (missing.code, "customer 5: 5 records" in missing.out) == (1, True)
    assert "R500 dataset orders" in missing.err and "there is no snapshot of it" in missing.err
    ready.ok("snapshot", "orders")
    ready.ok("init", "orders")
    assert "no rule speaks for, and not looked at: orders" in ready.ok("explain", "--subject", "customer:5")
    monkeypatch.delenv("RETENTION_ORDERS_URL")
    gone = ready("explain", "--subject", "customer:5", "--as-of", AS_OF, "--html", str(ready.folder / "five.html"))
    assert gone.code == 1 and "R500 dataset orders: " in gone.err and "R320" in gone.err
    assert "This answer is not complete." in Page((ready.folder / "five.html").read_text()).text


def test_what_was_disposed_of_already_is_named(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.ok("key", "new", "--file", str(ready.folder / "key"))
    monkeypatch.setenv("RETENTION_PSEUDONYM_KEY_FILE", str(ready.folder / "key"))
    ready.ok("run", "shop", "--as-of", AS_OF)
    said = ready.ok("explain", "--subject", "customer:4", "--as-of", AS_OF)
    assert "customer 4: 3 records" in said, "the customer, and of each of the others the younger one"
    assert "pseudonymized earlier: this rule has pseudonymized it already, as of 2026-07-01" in said
    for rule in ("shop.customers", "shop.invoices", "shop.visits"):
        assert f"disposed of already: under {rule}, at 2026-" in said


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [["shop.customers", "5"], ["--subject", "customer:5"]])
def test_the_page_stands_alone_and_holds_no_value_of_a_person(ready: Shell, asked: list[str]) -> None:
    ready.ok("hold", "place", "customer:5", "--matter", "case <17>")
    path = ready.folder / "five.html"
    assert f"written: {path}" in ready.ok("explain", *asked, "--as-of", AS_OF, "--html", str(path))
    text = path.read_text()
    page = Page(text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not page.attributes & {"src", "srcset", "action", "background"}
    assert all(target.startswith("#r") for target in re.findall(r'href="([^"]*)"', text))
    assert not re.search(r"https?:|//|url\(|@import", text)
    with sqlite3.connect(ready.folder / "shop.db") as connection:
        values = connection.execute("SELECT email, full_name, phone, city FROM customers WHERE id = 5").fetchall()
    assert not [value for row in values for value in row if str(value) in text + ready.ok("explain", *asked)]
    assert "Held: legal hold H-0001 (case <17>) covers it" in page.text
    assert "Without any hold it would be retained." in page.text
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_page_replaces_a_page_and_nothing_else(ready: Shell) -> None:
    path = ready.folder / "page.html"
    for _ in range(2):
        ready.ok("explain", "shop.customers", "5", "--html", str(path))
    path.write_text("<html>a letter to the court</html>")
    for place, code in ((path, "R502"), (ready.folder, "R502"), (ready.folder / "nowhere" / "page.html", "R503")):
        said = ready("explain", "shop.customers", "5", "--html", str(place))
        assert (said.code, code in said.err) == (2, True)
    assert path.read_text() == "<html>a letter to the court</html>"
    assert not list(ready.folder.glob(".explain-*"))
