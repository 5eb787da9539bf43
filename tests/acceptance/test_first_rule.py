"""A newcomer's way: from nothing to a green plan on a table of their own, each refusal naming the next command.

The database has the shape of a music shop that many know: artists without a person, customers without a date, invoices
with their lines and a copy of the customer's address.
"""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.shell import Said, Shell

SCHEMA = """
CREATE TABLE [Artist] ([ArtistId] INTEGER NOT NULL, [Name] NVARCHAR(120),
  CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId]));
CREATE TABLE [Customer] ([CustomerId] INTEGER NOT NULL, [FirstName] NVARCHAR(40) NOT NULL,
  [LastName] NVARCHAR(20) NOT NULL, [Company] NVARCHAR(80), [Address] NVARCHAR(70), [City] NVARCHAR(40),
  [State] NVARCHAR(40), [Country] NVARCHAR(40), [PostalCode] NVARCHAR(10), [Phone] NVARCHAR(24), [Fax] NVARCHAR(24),
  [Email] NVARCHAR(60) NOT NULL, CONSTRAINT [PK_Customer] PRIMARY KEY ([CustomerId]));
CREATE TABLE [Invoice] ([InvoiceId] INTEGER NOT NULL, [CustomerId] INTEGER NOT NULL, [InvoiceDate] DATETIME NOT NULL,
  [BillingAddress] NVARCHAR(70), [BillingCity] NVARCHAR(40), [BillingState] NVARCHAR(40),
  [BillingCountry] NVARCHAR(40), [BillingPostalCode] NVARCHAR(10), [Total] NUMERIC(10,2) NOT NULL,
  CONSTRAINT [PK_Invoice] PRIMARY KEY ([InvoiceId]),
  FOREIGN KEY ([CustomerId]) REFERENCES [Customer] ([CustomerId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [InvoiceLine] ([InvoiceLineId] INTEGER NOT NULL, [InvoiceId] INTEGER NOT NULL,
  [UnitPrice] NUMERIC(10,2) NOT NULL, [Quantity] INTEGER NOT NULL,
  CONSTRAINT [PK_InvoiceLine] PRIMARY KEY ([InvoiceLineId]),
  FOREIGN KEY ([InvoiceId]) REFERENCES [Invoice] ([InvoiceId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE INDEX [IFK_InvoiceCustomerId] ON [Invoice] ([CustomerId]);
CREATE INDEX [IFK_InvoiceLineInvoiceId] ON [InvoiceLine] ([InvoiceId]);
"""
DATASETS = """\
version: 1
datasets:
  music: {title: Music shop, url_from_environment: RETENTION_MUSIC_URL, zone: Europe/Berlin, owner: you@shop.example}
"""
AS_OF = "2066-07-01T00:00:00Z"  # later than any cool-down that begins with a test
BASIS = "AO 147(3): vouchers"


def fill(path: Path) -> None:
    """Six customers; customer n has invoices in the middle of the years 2052+n to 2058+n; number 6 has none."""
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        for number in range(1, 7):
            connection.execute(
                "INSERT INTO Customer (CustomerId, FirstName, LastName, Email) VALUES (?, 'Made', 'Up', ?)",
                (number, f"{number}@northgate.example"),
            )
        for number in range(35):
            customer, year = number // 7 + 1, 2053 + number // 7 + number % 7
            connection.execute(
                "INSERT INTO Invoice (InvoiceId, CustomerId, InvoiceDate, Total) VALUES (?, ?, ?, 1)",
                (number, customer, f"{year}-06-15 12:00:00"),
            )
            connection.execute("INSERT INTO InvoiceLine VALUES (?, ?, 1, 1)", (number, number))


@dataclass
class Newcomer:
    """Types commands, and counts them."""

    shell: Shell
    patch: pytest.MonkeyPatch
    typed: list[str] = field(default_factory=list)

    def retention(self, *arguments: str) -> Said:
        self.typed.append(f"retention {' '.join(arguments)}")
        return self.shell(*arguments)

    def write(self, name: str, text: str) -> None:
        self.typed.append(f"edit {name}")
        (self.shell.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.shell.folder / name).write_text(text, encoding="utf-8")

    def export(self, name: str, value: str) -> None:
        self.typed.append(f"export {name}")
        self.patch.setenv(name, value)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.shell.folder / 'music.db'}"


@pytest.fixture
def newcomer(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    """An empty folder and a database that was there before."""
    fill(tmp_path / "music.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("RULES", "HOME", "MUSIC_URL", "PSEUDONYM_KEY", "PSEUDONYM_KEY_FILE", "CONTROL_URL", "TOKEN"):
        monkeypatch.delenv(f"RETENTION_{name}", raising=False)
    return Newcomer(Shell(tmp_path, capsys), monkeypatch)


@pytest.fixture
def with_snapshot(newcomer: Newcomer) -> Newcomer:
    newcomer.write("retention_rules/datasets.yaml", DATASETS)
    newcomer.export("RETENTION_MUSIC_URL", newcomer.url)
    assert newcomer.retention("snapshot").code == 0
    newcomer.typed.clear()
    return newcomer


def test_from_nothing_to_a_green_plan_in_less_than_ten_commands(newcomer: Newcomer) -> None:
    newcomer.write("retention_rules/datasets.yaml", DATASETS)
    newcomer.export("RETENTION_MUSIC_URL", newcomer.url)
    assert "`retention rule new music.TABLE`" in newcomer.retention("snapshot").out
    new = ("rule", "new", "music.Invoice", "--floor", "tax", "--period", "P8Y", "--basis", BASIS)
    written = newcomer.retention(*new)
    assert written.code == 0 and "wrote retention_rules/rules/music/invoice.yaml" in written.out
    assert "1 rule, 0 problems" in newcomer.retention("lint").out
    assert newcomer.retention("init").code == 0
    plan = newcomer.retention("plan", "music", "--as-of", AS_OF)
    assert plan.code == 0
    # eight years from mid 2058 are over: of the five customers 6, 5, 4, 3 and 2 invoices are of 2058 or earlier
    assert "music.invoice 35 retained by law 15 20 delete" in " ".join(plan.out.split())
    assert len(newcomer.typed) == 7 < 10, newcomer.typed


def test_who_only_follows_what_is_said_arrives(newcomer: Newcomer) -> None:
    """Every command fails until the one before it in the way was given, and says which one that is."""
    said = newcomer.retention("snapshot")
    assert (said.code, "RETENTION_RULES" in said.err, "datasets.yaml" in said.err) == (2, True, True)
    example = re.search(r"datasets\.yaml there: (\{.*\})", said.err)
    assert example is not None
    newcomer.write("retention_rules/datasets.yaml", example[1])
    said = newcomer.retention("rule", "new", "shop.Invoice")
    assert (said.code, "R117" in said.err, "`retention snapshot shop`" in said.err) == (2, True, True)
    said = newcomer.retention("snapshot", "shop")
    assert (said.code, "export RETENTION_SHOP_URL=" in said.err) == (2, True)
    newcomer.export("RETENTION_SHOP_URL", newcomer.url)
    assert newcomer.retention("snapshot", "shop").code == 0
    said = newcomer.retention("plan", "shop")
    assert (said.code, "`retention init`" in said.err) == (2, True)
    assert newcomer.retention("init").code == 0
    said = newcomer.retention("plan", "shop")
    assert (said.code, "`retention rule new shop.TABLE`" in said.out) == (0, True)
    assert "`retention rule new shop.Invoice`" in newcomer.retention("lint").out
    said = newcomer.retention("rule", "new", "shop.Invoice")
    assert said.code == 0 and "to decide" in said.out and "edit retention_rules/rules/shop/invoice.yaml" in said.out
    said = newcomer.retention("plan", "shop")
    assert (said.code, said.err.count("R540"), "write how long: P6Y" in said.err) == (2, 2, True)
    draft = newcomer.shell.folder / "retention_rules/rules/shop/invoice.yaml"
    decided = draft.read_text().replace("period: TO_DECIDE", "period: P8Y").replace("basis: TO_DECIDE", "basis: AO 147")
    newcomer.write("retention_rules/rules/shop/invoice.yaml", decided)
    assert newcomer.retention("plan", "shop", "--as-of", AS_OF).code == 0


def test_the_commands_that_are_named_lead_to_a_plan(with_snapshot: Newcomer) -> None:
    """Customers have no date: they are kept as long as invoices come, and replaced, since invoices refer to them."""
    new = ("rule", "new", "music.Customer", "--purpose", "account", "--period", "P5Y", "--basis", "GDPR 6(1)(b)")
    made = json.loads(with_snapshot.retention(*new, "--json").out)
    assert made["kind"] == "rule_new" and made["data"]["problems"] == [] and made["data"]["to_decide"] == []
    assert made["data"]["start"] == "relationship_end: the last Invoice.InvoiceDate"
    plan = None
    for step in made["data"]["next"]:
        if step.startswith("export "):
            name, value = step.removeprefix("export ").split("=")
            with_snapshot.export(name, value.replace("$PWD", str(with_snapshot.shell.folder)))
        else:
            plan = with_snapshot.retention(*step.removeprefix("retention ").split(" "))
            assert plan.code == 0, step
    assert plan is not None and "R340" not in plan.out
    again = json.loads(with_snapshot.retention("rule", "new", "music.Customer", "--print", "--json").out)
    assert [step.split(" ")[1] for step in again["data"]["next"][1:]] == ["lint", "plan"], "the rest is there"
    plan = with_snapshot.retention("plan", "music", "--as-of", AS_OF)
    # their last invoices are of the middle of 2059 to 2063: five years from 2059, 2060 and 2061 are over
    assert "music.customer 6 retained 2, undetermined 1 3 pseudonymize" in " ".join(plan.out.split())


def test_no_file_is_overwritten_and_printing_writes_none(with_snapshot: Newcomer) -> None:
    folder = with_snapshot.shell.folder / "retention_rules" / "rules"
    printed = with_snapshot.retention("rule", "new", "music.Invoice", "--print")
    assert printed.code == 0 and printed.out.startswith("# Proposed by") and not folder.exists()
    assert with_snapshot.retention("rule", "new", "music.Invoice").code == 0
    written = folder / "music" / "invoice.yaml"
    assert written.read_text() == printed.out
    written.write_text(printed.out + "# looked at\n")
    for table in ("music.Invoice", "music.InvoiceLine"):
        again = with_snapshot.retention("rule", "new", table, "--period", "P1Y", "--basis", "another")
        assert (again.code, "R542" in again.err, "invoice.yaml" in again.err, "--print" in again.err) == (
            2,
            *[True] * 3,
        )
    assert written.read_text() == printed.out + "# looked at\n"
    assert with_snapshot.retention("rule", "new", "music.Invoice", "--print").out == printed.out
    (folder / "music" / "customer.yaml").write_text("version: 1\n")
    assert "R542" in with_snapshot.retention("rule", "new", "music.Customer").err


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    [
        (["Customer"], "R541", "DATASET.TABLE"),
        (["shop.Customer"], "R303", "music"),
        (["music.customer"], "R200", "'Customer'"),
        (["music.Invoice", "--period", "P6Y"], "R543", "--basis"),
        (["music.Invoice", "--basis", "law"], "R543", "--period"),
        (["music.Invoice", "--period", "P6Y", "--basis", " "], "R543", "article"),
        (["music.Invoice", "--purpose", "a", "--floor", "b"], "R543", "keep one"),
        (["music.Invoice", "--period", "6 years", "--basis", "law"], "R110", "P6Y"),
        (["music.Invoice", "--floor", "Tax law"], "R114", "lower-case"),
        (["music.Invoice", "--start", "InvoicDate"], "R544", "'InvoiceDate'"),
        (["music.Invoice", "--start", "Total"], "R544", "InvoiceDate"),
        (["music.Artist", "--start", "relationship_end"], "R544", "ArtistId"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type(
    with_snapshot: Newcomer, arguments: list[str], code: str, remedy: str
) -> None:
    said = with_snapshot.retention("rule", "new", *arguments)
    assert (said.code, said.err.split(" ")[0]) == (2, code)
    assert remedy in said.err and "what to do:" in said.err
    assert not (with_snapshot.shell.folder / "retention_rules" / "rules").exists()


def test_the_folder_that_was_named_stands_in_the_next_commands(with_snapshot: Newcomer) -> None:
    folder = with_snapshot.shell.folder / "the rules"
    (with_snapshot.shell.folder / "retention_rules").rename(folder)
    said = with_snapshot.retention("rule", "new", "music.Invoice", "--rules", str(folder))
    assert f"retention lint --rules '{folder}'\n" in said.out
    assert f"edit {folder}/rules/music/invoice.yaml" in said.out


def test_what_was_said_stands_in_the_file(with_snapshot: Newcomer) -> None:
    arguments = ("--start", "relationship_end", "--purpose", "account", "--period", "P18M", "--basis", 'a "reason": #1')
    assert with_snapshot.retention("rule", "new", "music.Customer", *arguments, "--disposition", "delete").code == 0
    rules = json.loads(with_snapshot.retention("schedule", "--json").out)["data"]["schedule"]["clusters"][0]["rules"]
    assert rules[0]["disposition"] == "deleted"
    (clause,) = rules[0]["clauses"]
    assert (clause["id"], clause["role"], clause["period"], clause["basis"]) == (
        "account",
        "purpose",
        "P18M",
        'a "reason": #1',
    )
