"""The command line end to end: from a database and rules to a sealed run, holds, stop, ledger, report."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in
from tests.golden import assert_golden

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return shell_in(tmp_path, capsys, monkeypatch)


@pytest.fixture
def ready(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """With snapshot, own tables and key."""
    shell.ok("snapshot")
    shell.ok("init")
    shell.ok("key", "new", "--file", str(shell.folder / "key"))
    monkeypatch.setenv("RETENTION_PSEUDONYM_KEY_FILE", str(shell.folder / "key"))
    return shell


def rows(shell: Shell, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(shell.folder / "shop.db") as connection:
        return connection.execute(statement).fetchall()


def test_from_nothing_to_a_sealed_run(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    lint = shell("lint")
    assert (lint.code, "R117" in lint.out, "retention snapshot shop" in lint.out) == (2, True, True)
    assert "5 tables, 22 columns" in shell.ok("snapshot", "shop")
    assert "3 rules, 0 problems, 0 remarks" in shell.ok("lint")
    assert "unchanged" in shell.ok("snapshot")

    before = shell("plan", "shop")
    assert (before.code, "R351" in before.err, "retention init" in before.err) == (2, True, True)
    assert "Ready: shop" in shell.ok("init", "shop")

    plan = shell.ok("plan", "shop", "--as-of", AS_OF)
    assert "shop.customers 40 retained 10, active 10, undetermined 10 10 pseudonymize" in " ".join(plan.split())
    assert "R340" in plan and "retention key new" in plan, "without a key the step would refuse, and says so"
    assert rows(shell, "SELECT count(*) FROM invoices") == [(80,)]

    shell.ok("key", "new", "--file", str(shell.folder / "key"))
    monkeypatch.setenv("RETENTION_PSEUDONYM_KEY_FILE", str(shell.folder / "key"))
    run = " ".join(shell.ok("run", "shop", "--as-of", AS_OF).split())
    assert "shop.invoices 80 retained by law 40 40 ·" in run
    assert "shop.customers 40 retained 10, active 10, undetermined 10 · 10" in run
    assert "verification passed" in run and "sealed; report:" in run
    assert rows(shell, "SELECT count(*) FROM invoices") == [(40,)]
    assert rows(shell, "SELECT count(*) FROM customers WHERE email LIKE '%@northgate.example'") == [(30,)]

    status = shell.ok("status")
    assert "sealed" in status and "undetermined" in status and "Nothing failed" in status
    report = Path(shell.ok("report").strip())
    assert report.parent == shell.folder / "home" / "reports"
    report.unlink()
    assert Path(shell.ok("report").strip()).is_file(), "a report that is missing is written anew"
    again = shell.ok("verify", report.stem)
    assert "cannot be told any more: the run is sealed, its key and its lists destroyed; at sealing" in again
    assert "findings" not in again
    with sqlite3.connect(shell.folder / "shop.db") as connection:
        connection.execute("UPDATE customers SET city = 'Elsewhere' WHERE email LIKE '%@person.example'")
    wrong = shell("verify", report.stem)
    assert (wrong.code, "verification did not pass; the run is sealed" in wrong.out) == (1, True)
    assert "Nothing failed" in shell.ok("status"), "what sealed the run stays on record"


def test_a_plan_only_run_records_and_writes_nothing(ready: Shell) -> None:
    run = ready.ok("run", "shop", "--as-of", AS_OF, "--plan-only")
    assert "a plan only was asked for" in run
    assert rows(ready, "SELECT count(*) FROM invoices") == [(80,)]
    status = ready("status")
    assert status.code == 1
    assert "R466 rule shop.invoices: 40 due groups are still there: a plan only was asked for" in status.err


def test_explain_says_how_a_date_comes_about(ready: Shell) -> None:
    said = ready.ok("explain", "shop.invoices", "9", "--as-of", AS_OF)
    assert "verdict: retained by law" in said
    assert "2022-06-15, moved to the end of its calendar year, + 6 years = kept through 2028-12-31" in said
    assert "verdict: due" in ready.ok("explain", "shop.invoices", "9", "--as-of", "2029-01-01T00:00:00Z")
    assert "no relationship" in ready.ok("explain", "shop.customers", "3", "--as-of", AS_OF)
    gone = ready("explain", "shop.customers", "4711")
    assert (gone.code, "R307" in gone.err) == (2, True)


def test_a_hold_is_placed_by_one_person_and_released_by_two(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = ready.ok("hold", "place", "customer:4", "--matter", "case 17")
    assert "H-0001 on customer 4: in force" in placed
    why = "they are about its subject"
    for counted in ("customers 1", "invoice_lines 4", "invoices 2", "visits 2"):
        assert f"shop {counted} {why}" in " ".join(placed.split())
    assert "hold H-0001 (they are about its subject): case 17" in ready.ok(
        "explain", "shop.customers", "4", "--as-of", AS_OF
    )
    ready.ok("run", "shop", "--as-of", AS_OF)
    assert rows(ready, "SELECT count(*) FROM invoices WHERE customer_id = 4") == [(2,)]

    assert "protects until a second person confirms" in ready.ok("hold", "release", "H-0001", "--reason", "settled")
    alone = ready("hold", "confirm", "H-0001")
    assert (alone.code, "R362" in alone.err) == (2, True)
    assert "R461" in ready("status").err
    monkeypatch.setenv("RETENTION_TOKEN", ready.ok("token", "new", "mara").strip())
    assert "H-0001: released" in ready.ok("hold", "release", "H-0001", "--confirm")
    assert "none" in ready.ok("hold", "list")
    assert "confirmed by mara" in ready.ok("hold", "list", "--all")
    nobody = ready("hold", "place", "customer:5", "--matter", "x", "--token", "made up")
    assert (nobody.code, "R365" in nobody.err, "made up" in nobody.err) == (2, True, False)


def test_a_dataset_is_retired_by_two_and_revived_by_two(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.ok("hold", "place", "customer:4", "--matter", "case 17")
    asked = ready.ok("dataset", "retire", "shop", "--reason", "the server is gone")
    assert "nothing changes until a second person confirms" in asked
    alone = ready("dataset", "retire", "shop", "--confirm")
    assert (alone.code, "R391" in alone.err) == (2, True)
    assert "R393" in ready("status").err
    token = ready.ok("token", "new", "mara").strip()
    monkeypatch.setenv("RETENTION_TOKEN", token)
    assert "mara: the server is gone" in ready.ok("dataset", "retire", "shop", "--confirm")

    refused = ready("run", "shop", "--as-of", AS_OF)
    assert (refused.code, "R390" in refused.err, "retention dataset revive shop" in refused.err) == (2, True, True)
    ready.ok("lint")
    assert "retired by" in ready.ok("status")
    assert "shop: no run touches it: retired by" in ready.ok("hold", "show", "H-0001")
    ready.ok("hold", "place", "customer:5", "--matter", "case 18")
    assert rows(ready, "SELECT count(*) FROM retention_hold") == [(1,)]

    ready.ok("dataset", "revive", "shop", "--reason", "it is back")
    monkeypatch.delenv("RETENTION_TOKEN")
    assert "shop: in use" in ready.ok("dataset", "revive", "shop", "--confirm")
    assert rows(ready, "SELECT count(*) FROM retention_hold") == [(2,)]
    ready.ok("run", "shop", "--as-of", AS_OF)


def test_a_second_person_approves_a_plan(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ready.folder / "rules" / "settings.yaml"
    settings.write_text(settings.read_text() + "approval: required\n")
    planned = ready("run", "shop", "--plan", "--as-of", AS_OF, "--json")
    assert (planned.code, planned.data["waits_for_approval"]) == (0, True)
    run, digest = planned.data["run_id"], planned.data["plan"]["digest"]
    assert rows(ready, "SELECT count(*) FROM invoices") == [(80,)]
    assert f"R416 run {run}" in ready("status").err and "planned, not approved" in ready("status").out
    shown = ready.ok("plan", "show", run)
    assert f"retention plan approve {run} --digest {digest} --reason" in shown
    assert "shop.invoices 80 retained by law 40 40 delete" in " ".join(shown.split())

    failed = ready("run", "--resume", run)
    assert (failed.code, failed.err.count("R416"), "R428" in failed.err) == (1, 3, False), failed.err
    alone = ready("plan", "approve", run, "--reason", "looks right")
    assert (alone.code, "R418" in alone.err) == (2, True)
    monkeypatch.setenv("RETENTION_TOKEN", ready.ok("token", "new", "mara").strip())
    other = ready("plan", "approve", run, "--digest", "0" * 64, "--reason", "looks right")
    assert (other.code, "R419" in other.err) == (2, True)
    said = ready("plan", "approve", run, "--digest", digest, "--reason", "looks right", "--json")
    assert_golden(GOLDEN / "plan_approve.json", said.out)
    assert_golden(GOLDEN / "plan_show.json", ready("plan", "show", run, "--json").out)
    assert "approved by mara" in ready("status").out
    assert "plan_approved" in ready.ok("ledger", "show", "--last", "1")
    assert "sealed" in ready.ok("run", "--resume", run)
    assert rows(ready, "SELECT count(*) FROM invoices") == [(40,)]

    monkeypatch.delenv("RETENTION_TOKEN")
    again = ready("run", "shop", "--plan", "--as-of", "2029-01-01T00:00:00Z")
    assert "R410" in again.err, "a plan that can be carried out cannot look into the future"
    rows(ready, "UPDATE invoices SET issued_on = '2017-01-01' WHERE id = 9")
    later = ready("run", "shop", "--plan", "--json").data["run_id"]
    assert f"{later}: plan" in ready.ok("plan", "reject", later, "--reason", "wrong year")
    refused = ready("run", "--resume", later)
    assert (refused.code, "R417" in refused.err, "wrong year" in refused.err) == (1, True, True)


def test_the_stop_switch(ready: Shell) -> None:
    assert "stopped: no batch begins" in ready.ok("stop", "--reason", "an audit")
    refused = ready("run", "shop")
    assert (refused.code, "R412" in refused.err, "an audit" in refused.err) == (2, True, True)
    assert "R412" in ready("status").err
    ready.ok("resume")
    ready.ok("run", "shop", "--as-of", AS_OF)


def test_the_ledger_finds_what_was_changed(ready: Shell) -> None:
    ready.ok("run", "shop", "--as-of", AS_OF)
    head = ready.folder / "head.json"
    ready.ok("ledger", "export", str(head))
    assert "the ledger is whole" in ready.ok("ledger", "verify", str(head))
    assert "run_sealed" in ready.ok("ledger", "show", "--last", "2")
    with sqlite3.connect(ready.folder / "home" / "control.db") as connection:
        connection.execute("UPDATE ledger SET body = replace(body, '40', '41')")
    changed = ready("ledger", "verify", str(head))
    assert (changed.code, "the ledger was changed" in changed.out) == (1, True)


def test_a_run_that_fails_says_what_to_do_and_goes_on_where_it_was(ready: Shell) -> None:
    settings = ready.folder / "rules" / "settings.yaml"
    loose = settings.read_text()
    settings.write_text("version: 1\nlimits: {share: 0.1, groups: 20}\ncool_down: P0D\nfirst_run_is_plan_only: false\n")
    failed = ready("run", "shop", "--as-of", AS_OF)
    assert failed.code == 1
    assert (failed.out + failed.err).count("R430") == 2, "two rules, each once"
    assert "R430 rule shop.invoices: 40 of 80 groups" in failed.err and "raise limits" in failed.err
    assert "nothing was written" in failed.out or "of what was written, verification passed" in failed.out
    status = ready("status")
    assert "R464" in status.err and "R466" not in status.err and "raise limits" in status.err
    settings.write_text(loose)
    assert "sealed" in ready.ok("run", "shop", "--as-of", AS_OF)
    assert rows(ready, "SELECT count(*) FROM invoices") == [(40,)]


def test_programs_get_one_envelope(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """One golden file for each kind of answer: keys may be added within a version, none may change or go."""
    known = {"folder": str(ready.folder)}

    def golden(kind: str, *arguments: str, code: int = 0) -> None:
        said = ready(*arguments, "--json")
        assert (said.code, said.err) == (code, ""), said.out
        document = json.loads(said.out)
        if kind == "run":  # of many alike the first; their number is the verifier's affair
            del document["data"]["verification"]["checks"][1:], document["data"]["verification"]["not_examined"][1:]
        assert_golden(GOLDEN / f"{kind}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n", **known)

    golden("lint", "lint")
    golden("snapshot", "snapshot")
    golden("schedule", "schedule")
    golden("rule_new", "rule", "new", "shop.memberships", "--print")
    golden("init", "init")
    golden("plan", "plan", "shop", "--as-of", AS_OF)
    golden("hold_place", "hold", "place", "customer:4", "--matter", "case 17")
    golden("hold_list", "hold", "list")
    golden("hold_show", "hold", "show", "H-0001")
    golden("explain", "explain", "shop.customers", "4", "--as-of", AS_OF)
    golden("run", "run", "shop", "--as-of", AS_OF)
    golden("status", "status")
    golden("report", "report")
    golden("hold_release", "hold", "release", "H-0001", "--reason", "settled")
    golden("hold_confirm_refused", "hold", "confirm", "H-0001", code=2)
    golden("hold_withdraw", "hold", "withdraw", "H-0001")
    ready.ok("hold", "release", "H-0001", "--reason", "settled")
    golden("token_new", "token", "new", "mara")
    monkeypatch.setenv("RETENTION_TOKEN", ready("token", "new", "noor", "--json").data["token"])
    golden("hold_confirm", "hold", "confirm", "H-0001")
    golden("hold_retry", "hold", "retry")
    golden("dataset_retire", "dataset", "retire", "shop", "--reason", "the server is gone")
    golden("dataset_revive", "dataset", "revive", "shop", "--reason", "it is needed")
    golden("stop", "stop", "--reason", "an audit")
    golden("resume", "resume")
    golden("ledger_show", "ledger", "show", "--last", "3")
    golden("ledger_export", "ledger", "export", str(ready.folder / "head.json"))
    golden("ledger_verify", "ledger", "verify", str(ready.folder / "head.json"))
    golden("usage", "plan", code=2)


def test_the_retention_schedule_is_made_from_the_rules(ready: Shell) -> None:
    said = " ".join(ready.ok("schedule").split())
    assert "purchases shop.invoices floor tax for 6 years from the end of the" in said
    page, table = str(ready.folder / "schedule.html"), str(ready.folder / "schedule.csv")
    assert ready.ok("schedule", "--html", page, "--csv", table).splitlines() == [f"wrote {page}", f"wrote {table}"]
    assert Path(page).read_text().startswith("<!doctype html>")
    nowhere = ready("schedule", "--html", str(ready.folder / "no" / "x.html"))
    assert (nowhere.code, "R560" in nowhere.err, "what to do" in nowhere.err) == (2, True, True)


def test_the_sample_company_is_built_once(shell: Shell) -> None:
    built = shell.ok("sample", "--people", "30", "--sqlite", str(shell.folder / "company"))
    assert f"export RETENTION_CRM_URL=sqlite:///{shell.folder}/company/crm.db" in built
    again = shell("sample", "--people", "30", "--sqlite", str(shell.folder / "company"))
    assert (again.code, "R381" in again.err) == (2, True)
    without = shell("sample", "--people", "30")
    assert (without.code, "RETENTION_CRM_URL" in without.err) == (2, True)
