"""Holds on more than a few subjects, as a person places them on the command line."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_in(tmp_path, capsys, monkeypatch)
    shell.ok("snapshot")
    shell.ok("init")
    shell.ok("key", "new", "--file", str(shell.folder / "key"))
    monkeypatch.setenv("RETENTION_PSEUDONYM_KEY_FILE", str(shell.folder / "key"))
    monkeypatch.setenv("COLUMNS", "200")
    return shell


def place(shell: Shell, *arguments: str) -> str:
    return " ".join(shell.ok("hold", "place", "--matter", "case 17", *arguments).split())


def deleted(shell: Shell) -> dict[str, int]:
    """Rule -> groups that a run deleted."""
    said = shell("run", "shop", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.out
    return {step["rule_id"]: step["deleted"] for step in json.loads(said.out)["data"]["steps"]}


def test_a_table_and_a_condition(shell: Shell) -> None:
    said = place(shell, "--table", "shop.invoice_lines", "--where", "shop.visits: {column: customer_id, in: [4, 8]}")
    assert "H-0001 on rows of shop.visits where customer_id is one of 4, 8, every row of shop.invoice_lines" in said
    assert "in force" in said
    assert "shop invoices 80 it is on their table" in said
    assert "shop visits 4 they match its condition, or did once" in said
    assert deleted(shell) == {"shop.invoices": 0, "shop.visits": 38, "shop.customers": 0}
    assert "80 held: a legal hold covers them: it is on their table" in " ".join(
        shell.ok("plan", "shop", "--as-of", AS_OF).split()
    )
    explained = shell.ok("explain", "shop.visits", "8", "--as-of", AS_OF)
    assert "verdict: held" in explained
    assert "hold H-0001 (they match its condition, or did once): case 17" in explained
    with sqlite3.connect(shell.folder / "home" / "control.db") as store:
        bodies = store.execute("SELECT body FROM ledger WHERE kind = 'hold_placed'").fetchall()
    assert "customer_id is one of ..." in bodies[0][0], "the ledger has no constant of a condition"


def test_a_dataset(shell: Shell) -> None:
    assert "on everything in shop: in force" in place(shell, "--dataset", "shop")
    assert set(deleted(shell).values()) == {0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--table", "shop.visit"],
            "R384 --table: the table 'visit' is not in the snapshot of shop what to do: did you",
        ),
        (["--table", "visits"], "R384 --table: 'visits' names no table of a dataset what to do: write DATASET.TABLE"),
        (["--dataset", "shup"], "R384 --dataset: there is no dataset 'shup' what to do: did you mean 'shop'?"),
        (
            ["--where", "shop.visits: {column: mail, equals: x}"],
            "R201 --where:1: the column 'mail' is not in the table",
        ),
        (["--where", "shop.visits: {column: email, like: x}"], "R106 --where:1"),
        (["--where", "shop.visits: {column: customer_id, equals: 1 OR 1=1}"], "R2"),
        (["--where", "shop.visits"], "R105 --where:1"),
        (["--kind", "customer"], "R367 hold place: --kind is of a list, and there is none"),
        (["--subjects-from", "nowhere.txt"], "R389 nowhere.txt: the list cannot be read"),
        ([], "R367 hold: a hold needs at least one subject"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_placed(shell: Shell, arguments: list[str], told: str) -> None:
    said = shell("hold", "place", "--matter", "case 17", *arguments)
    assert said.code == 2
    assert told in " ".join(said.err.split())
    assert shell("hold", "list", "--json").data == []


def test_a_list_of_subjects(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    pasted = "\ufeff# of the lawsuit\r\n 4 \r\n\r\n8\r\n12\r\n16\r\n20\r\n24\r\n8\r\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pasted.encode())))
    said = place(shell, "--subjects-from", "-", "--kind", "customer")
    assert "H-0001 on customer 4, customer 8, customer 12, customer 16, customer 20, 1 more: in force" in said
    assert deleted(shell)["shop.visits"] == 34

    wrong = shell.folder / "list.txt"
    wrong.write_text("customer:30\nsomebody\ncostumer:3\n")
    refused = shell("hold", "place", "--matter", "case 18", "--subjects-from", str(wrong))
    assert (refused.code, "R387" in refused.err) == (2, True)
    assert "line 2" in refused.err and "line 3" in refused.err and "somebody" not in refused.err
    assert len(shell("hold", "list", "--json").data) == 1
