"""Claims assessments as legal records them on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in

RECORD = (
    "claim",
    "record",
    "--subject",
    "customer:4",
    "--until",
    "2029-12-31",
    "--owner",
    "A. Reed",
    "--why",
    "file 9",
)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_in(tmp_path, capsys, monkeypatch)
    shell.ok("snapshot")
    shell.ok("init")
    shell.ok("key", "new", "--file", str(shell.folder / "key"))
    monkeypatch.setenv("RETENTION_PSEUDONYM_KEY_FILE", str(shell.folder / "key"))
    monkeypatch.setenv("COLUMNS", "200")
    return shell


def test_from_recording_to_its_end(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    said = shell.ok(*RECORD, "--elements", "shop.customers:full_name,email", "--elements", "shop.visits:seen_on")
    assert said.startswith("A-0001 on customer 4: in force\nfile 9; recorded by ")
    assert (
        "through 2029-12-31; owner: A. Reed\nit needs shop.customers: full_name, email; shop.visits: seen_on\n" in said
    )
    assert " ".join(said.split()).count("they are about its subject") == 2, "customers and visits, no invoices"
    (listed,) = [line.split() for line in shell.ok("claim", "list").splitlines() if "A-0001" in line]
    assert listed[:4] == ["A-0001", "in", "force", "customer"] and "2029-12-31" in listed
    assert "A-0001" not in shell.ok("hold", "list", "--all")
    told = json.loads(shell.ok("claim", "list", "--json"))["data"][0]["hold"]
    assert (told["id"], told["claim"]["owner"], told["claim"]["through"]) == ("A-0001", "A. Reed", "2029-12-31")

    planned = " ".join(shell.ok("plan", "shop", "--as-of", AS_OF).split())
    assert "retained by law" in planned
    explained = shell.ok("explain", "shop.visits", "8", "--as-of", AS_OF, "--why-not")
    assert (
        "verdict: retained by law: the claims assessment A-0001 keeps it through 2029-12-31 (file 9; owner: A. Reed)"
        in (explained)
    )
    assert "changes next: from 2030-01-01 on: due" in explained
    assert "needs: wait until 2030-01-01, or its end by two persons (`retention claim end A-0001`)" in explained
    assert "no hold covers it" in explained

    person = shell.ok("explain", "--subject", "customer:4", "--as-of", AS_OF)
    assert "claims assessments on this person: A-0001" in person and "legal holds on" not in person

    assert "A-0001: end requested" in shell.ok("claim", "end", "A-0001", "--reason", "settled")
    refused = shell("claim", "confirm", "A-0001")
    assert (refused.code, "R362 claims assessment A-0001" in refused.err) == (2, True), refused.err
    assert "`retention claim confirm A-0001`" in shell("status").err
    assert "its end is withdrawn; in force" in shell.ok("claim", "withdraw", "A-0001")
    shell.ok("claim", "end", "A-0001", "--reason", "settled")
    monkeypatch.setenv("RETENTION_TOKEN", shell("token", "new", "noor", "--json").data["token"])
    assert "A-0001: ended" in shell.ok("claim", "end", "A-0001", "--confirm")
    assert "A-0001" not in shell.ok("claim", "list")
    assert "A-0001 on customer 4: ended" in shell.ok("claim", "show", "A-0001")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*RECORD, "--elements", "shop.customers:full_nam"), "R572", "did you mean 'full_name'?"),
        ((*RECORD, "--elements", "shop.customer:email"), "R572", "tables of shop: customers, invoice_lines"),
        ((*RECORD, "--elements", "shop.customers"), "R572", "write DATASET.TABLE:COLUMN,COLUMN"),
        ((*RECORD[:5], "31.12.2029", *RECORD[6:]), "R571", "write year, month and day"),
        ((*RECORD[:5], "2020-12-31", *RECORD[6:]), "R571", "has passed"),
        ((*RECORD[:3], "person:4", *RECORD[4:]), "R360", "customer"),
        (("claim", "show", "A-0007"), "R570", "there are: none"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    shell: Shell, arguments: tuple[str, ...], code: str, words: str
) -> None:
    said = shell(*arguments)
    assert said.code == 2
    assert code in said.err and words in " ".join(said.err.split()), said.err
    assert json.loads(shell.ok("claim", "list", "--all", "--json"))["data"] == []
