"""Proposed rules: what is guessed from a schema, what is left to a person, and that lint takes the rest."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from retention.model.dataset import Dataset
from retention.model.errors import Problem
from retention.model.rule import Action, ValueKind
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.policy import load, snapshot_text
from retention.policy.proposals import (
    Proposal,
    RelatedTime,
    Surroundings,
    TimeCandidate,
    proposal_text,
    propose,
    wishes_of,
)
from retention.policy.proposals.kinds import guesses
from retention.policy.proposals.names import short_name, singular, words_of

DATASETS = """\
version: 1
datasets:
  shop: {title: Shop, url_from_environment: RETENTION_SHOP_URL, zone: Europe/Berlin, owner: privacy@northgate.example}
"""
SHOP = Dataset(
    id="shop",
    title="Shop",
    environment="RETENTION_SHOP_URL",
    connection=None,
    schema=None,
    zone="Europe/Berlin",
    schedule=None,
    owner="privacy@northgate.example",
)


def table(name: str, *columns: str, key: str = "id", refers: dict[str, str] | None = None) -> Table:
    """Columns as "name TYPE NOT NULL"; ``refers``: column to the table whose id it holds. Every foreign key has an
    index."""
    made = []
    for text in columns:
        named, _, rest = text.partition(" ")
        made.append(Column(name=named, type=rest.removesuffix(" NOT NULL"), nullable=not rest.endswith(" NOT NULL")))
    return Table(
        name=name,
        columns=tuple(made),
        primary_key=tuple(key.split(",")),
        foreign_keys=tuple(
            ForeignKey(columns=(column,), table=far, referred_columns=("id",)) for column, far in (refers or {}).items()
        ),
        indexes=tuple((column,) for column in refers or ()),
    )


CUSTOMERS = table("customers", "id INTEGER NOT NULL", "email VARCHAR(120) NOT NULL", "full_name VARCHAR(80) NOT NULL")
ORDERS = table(
    "orders",
    "id INTEGER NOT NULL",
    "customer_id INTEGER NOT NULL",
    "ordered_at TIMESTAMP WITH TIME ZONE NOT NULL",
    "updated_at TIMESTAMP WITH TIME ZONE NOT NULL",
    "note TEXT",
    refers={"customer_id": "customers"},
)
LINES = table(
    "order_lines",
    "order_id INTEGER NOT NULL",
    "position INTEGER NOT NULL",
    "gift_note TEXT",
    key="order_id,position",
    refers={"order_id": "orders"},
)
PARCELS = table("parcels", "id INTEGER NOT NULL", "order_id INTEGER NOT NULL", refers={"order_id": "orders"})


def schema(*tables: Table, dialect: str = "postgresql") -> Schema:
    return Schema(dialect=dialect, tables={one.name: one for one in tables})


def proposed(
    root: Table, of: Schema, *, action: Action | None = None, period: str | None = "P6Y", **more: str
) -> Proposal:
    around = Surroundings(dataset=SHOP, schema=of, **more)  # type: ignore[arg-type]
    basis = None if period is None else 'why: "because" #1'
    wishes = wishes_of(root, around, period=period, basis=basis, start=None, purpose=None, floor="law", action=action)
    return propose(root, around, wishes)


def linted(folder: Path, of: Schema, *proposals: Proposal) -> tuple[Problem, ...]:
    """The problems of a folder with these rules."""
    (folder / "snapshots").mkdir(parents=True)
    (folder / "rules" / "shop").mkdir(parents=True)
    (folder / "datasets.yaml").write_text(DATASETS)
    (folder / "snapshots" / "shop.yaml").write_text(snapshot_text(of, "shop"))
    for one in proposals:
        (folder / "rules" / "shop" / f"{one.id.removeprefix('shop.')}.yaml").write_text(proposal_text(one))
    return load(folder).problems


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BillingPostalCode", ("billing", "postal", "code")),
        ("billing_postal_code2", ("billing", "postal", "code")),
        ("IPAddress", ("ip", "address")),
        ("customerID", ("customer", "id")),
        ("order details", ("order", "details")),
    ],
)
def test_names_are_read_as_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_a_table_of_any_name_gives_an_id() -> None:
    assert [singular(word) for word in ("invoices", "companies", "addresses", "status", "people")] == [
        "invoice",
        "company",
        "address",
        "status",
        "person",
    ]
    assert short_name(words_of("Größe 1")) == "groe_1"
    assert short_name(words_of("2024_orders")) == "t_2024_orders"
    assert short_name(words_of("表")) == "t"


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("Email NVARCHAR(60)", ValueKind.EMAIL),
        ("email_address TEXT", ValueKind.EMAIL),
        ("ip_address VARCHAR(45)", ValueKind.IP),
        ("remote INET", ValueKind.IP),
        ("FirstName NVARCHAR(40)", ValueKind.GIVEN_NAME),
        ("surname TEXT", ValueKind.FAMILY_NAME),
        ("holder_name TEXT", ValueKind.NAME),
        ("product_name TEXT", ValueKind.NONE),
        ("Fax NVARCHAR(24)", ValueKind.PHONE),
        ("mobile_number BIGINT", ValueKind.PHONE),
        ("phone_verified TINYINT", ValueKind.NONE),
        ("BillingAddress NVARCHAR(70)", ValueKind.STREET),
        ("zip INTEGER", ValueKind.POSTCODE),
        ("country_code CHAR(2)", ValueKind.COUNTRY),
        ("BirthDate DATETIME", ValueKind.BIRTH_DATE),
        ("HireDate DATETIME", ValueKind.DATE),
        ("closed_ms BIGINT", ValueKind.DATE),
        ("received_at TEXT", ValueKind.DATE),
        ("user_name TEXT", ValueKind.TOKEN),
        ("device_id TEXT", ValueKind.TOKEN),
        ("customer_id INTEGER", ValueKind.KEY),
        ("iban TEXT", ValueKind.OTHER),
        ("salary NUMERIC(10, 2)", ValueKind.OTHER),
        ("Total NUMERIC(10, 2)", ValueKind.NONE),
        ("card_type TEXT", ValueKind.NONE),
        ("is_child BOOLEAN", ValueKind.NONE),
        ("note TEXT", ValueKind.FREE_TEXT),
        ("payload JSONB", ValueKind.FREE_TEXT),
        ("whatever TEXT", ValueKind.OTHER),
        ("photo BYTEA", ValueKind.OTHER),
    ],
)
def test_the_kind_is_guessed_from_name_and_type_and_in_doubt_it_is_personal(column: str, kind: ValueKind) -> None:
    found = guesses(table("things", "id INTEGER NOT NULL", column))
    assert found[column.split(" ")[0]].kind is kind


def test_a_state_beside_a_city_is_a_region_and_else_none() -> None:
    assert guesses(table("t", "id INTEGER", "state TEXT", "city TEXT"))["state"].kind is ValueKind.REGION
    assert guesses(table("t", "id INTEGER", "state TEXT"))["state"].kind is ValueKind.NONE


def test_the_subject_is_the_row_of_a_person_else_the_end_of_the_shortest_way() -> None:
    shop = schema(CUSTOMERS, ORDERS, LINES, PARCELS)
    itself = proposed(CUSTOMERS, shop).subject
    assert itself and (itself.kind, itself.key, itself.path) == ("customer", "id", ())
    one = proposed(ORDERS, shop).subject
    assert one and (one.kind, one.key, one.path) == ("customer", "customer_id", ())
    two = proposed(PARCELS, shop).subject
    assert two and (two.kind, two.key) == ("customer", "customer_id")
    assert [(step.columns, step.table, step.far_columns) for step in two.path] == [(("order_id",), "orders", ("id",))]
    assert proposed(CUSTOMERS, shop, kinds_in_use={"customers": "buyer"}).subject.kind == "buyer"  # type: ignore[arg-type, union-attr]


def test_a_subject_that_nobody_can_tell_is_left_to_a_person(tmp_path: Path) -> None:
    genres = table("genres", "id INTEGER NOT NULL", "label VARCHAR(40)", "made_on DATE NOT NULL")
    found = proposed(genres, schema(genres))
    assert found.subject is None
    (problem,) = linted(tmp_path, schema(genres), found)
    assert (problem.code, "subject" in problem.what, "nobody" in problem.remedy) == ("R540", True, True)


def test_a_row_about_a_person_is_no_person_where_it_refers_to_one() -> None:
    signups = table(
        "signups",
        "id INTEGER NOT NULL",
        "customer_id INTEGER NOT NULL",
        "email TEXT",
        "full_name TEXT",
        "phone TEXT",
        refers={"customer_id": "customers"},
    )
    refunds = table("refunds", "id INTEGER NOT NULL", "signup_id INTEGER NOT NULL", refers={"signup_id": "signups"})
    shop = schema(CUSTOMERS, signups, refunds)
    subject = proposed(refunds, shop).subject
    assert subject and (subject.kind, subject.key, len(subject.path)) == ("customer", "customer_id", 1)


def test_the_event_by_which_a_business_counts_is_chosen_and_a_change_of_the_row_is_not() -> None:
    start = proposed(ORDERS, schema(CUSTOMERS, ORDERS)).start
    assert isinstance(start, TimeCandidate) and (start.column, start.written) == ("ordered_at", "ordered_at")


@pytest.mark.parametrize(
    ("dialect", "column", "written", "an_index_serves"),
    [
        ("postgresql", "issued_on DATE", "issued_on", True),
        ("mariadb", "issued_at DATETIME", {"column": "issued_at", "zone": "Europe/Berlin"}, True),
        ("postgresql", "issued_ms BIGINT", {"column": "issued_ms", "stored": "epoch_ms"}, True),
        ("postgresql", "issued_at TEXT", {"column": "issued_at", "stored": "iso_utc"}, False),
        ("sqlite", "issued_on TEXT", {"column": "issued_on", "stored": "iso_date"}, True),
    ],
)
def test_how_a_time_is_stored_is_said_where_the_type_does_not(
    tmp_path: Path, dialect: str, column: str, written: object, an_index_serves: bool
) -> None:
    bills = table("bills", "id INTEGER NOT NULL", "customer_id INTEGER NOT NULL", f"{column} NOT NULL")
    found = proposed(bills, schema(bills, dialect=dialect))
    assert isinstance(found.start, TimeCandidate) and found.start.written == written
    assert linted(tmp_path, schema(bills, dialect=dialect), found) == ()
    assert ("R261" in {remark.code for remark in load(tmp_path).remarks}) is an_index_serves


def test_a_person_without_an_end_of_their_own_lives_as_long_as_they_do_something(tmp_path: Path) -> None:
    shop = schema(CUSTOMERS, ORDERS)
    found = proposed(CUSTOMERS, shop)
    assert isinstance(found.start, RelatedTime)
    assert (found.start.join.table, found.start.at.column) == ("orders", "ordered_at")
    assert linted(tmp_path, shop, found) == ()


def test_a_person_who_only_has_a_beginning_is_left_to_a_person(tmp_path: Path) -> None:
    members = table("members", "id INTEGER NOT NULL", "email TEXT NOT NULL", "joined_on DATE NOT NULL")
    found = proposed(members, schema(members))
    assert found.start is None and "joined_on" in proposal_text(found)
    (problem,) = linted(tmp_path, schema(members), found)
    assert (problem.code, "start" in problem.what) == ("R540", True)


def test_rows_that_make_no_sense_without_it_go_with_it_and_others_stop_a_deletion(tmp_path: Path) -> None:
    shop = schema(CUSTOMERS, ORDERS, LINES, PARCELS)
    found = proposed(ORDERS, shop)
    assert [member.table.name for member, _ in found.members] == ["order_lines"]
    assert [one.table for one in found.referrers] == ["parcels"]
    assert found.action is Action.PSEUDONYMIZE
    assert proposed(ORDERS, schema(CUSTOMERS, ORDERS, LINES)).action is Action.DELETE
    assert proposed(ORDERS, shop, ruled=("order_lines",)).members == ()  # type: ignore[arg-type]
    assert linted(tmp_path, shop, found) == ()


def test_members_stand_in_an_order_in_which_they_can_be_deleted(tmp_path: Path) -> None:
    notes = table(
        "order_notes",
        "id INTEGER NOT NULL",
        "order_id INTEGER NOT NULL",
        "photo_id INTEGER NOT NULL",
        refers={"order_id": "orders", "photo_id": "order_photos"},
    )
    photos = table("order_photos", "id INTEGER NOT NULL", "order_id INTEGER NOT NULL", refers={"order_id": "orders"})
    shop = schema(CUSTOMERS, ORDERS, notes, photos)
    found = proposed(ORDERS, shop)
    assert [member.table.name for member, _ in found.members] == ["order_photos", "order_notes"]
    assert linted(tmp_path, shop, found) == ()


def test_without_a_period_there_is_none_and_lint_says_what_to_write(tmp_path: Path) -> None:
    shop = schema(CUSTOMERS, ORDERS)
    problems = linted(tmp_path, shop, proposed(ORDERS, shop, period=None))
    assert [(problem.code, problem.what) for problem in problems] == [
        ("R540", "floors[1].period is not decided yet"),
        ("R540", "floors[1].basis is not decided yet"),
    ]
    assert "P6Y" in problems[0].remedy and "law" in problems[1].remedy


KINDS = {
    "email": ValueKind.EMAIL,
    "full_name": ValueKind.NAME,
    "first_name": ValueKind.GIVEN_NAME,
    "surname": ValueKind.FAMILY_NAME,
    "phone": ValueKind.PHONE,
    "street": ValueKind.STREET,
    "city": ValueKind.CITY,
    "postcode": ValueKind.POSTCODE,
    "region": ValueKind.REGION,
    "country": ValueKind.COUNTRY,
    "birth_date": ValueKind.BIRTH_DATE,
    "seen_at": ValueKind.DATE,
    "ip": ValueKind.IP,
    "token": ValueKind.TOKEN,
    "company": ValueKind.ORGANIZATION,
    "note": ValueKind.FREE_TEXT,
    "iban": ValueKind.OTHER,
}
TYPES = (
    "TEXT", "VARCHAR(200)", "VARCHAR(24)", "VARCHAR(8)", "CHAR(1)", "INTEGER", "NUMERIC(10, 2)", "DATE", "DATETIME",
    "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "UUID", "INET", "BYTEA", "JSONB",
)  # fmt: skip


@pytest.mark.parametrize("subject", ["row", "other"])
def test_whatever_a_column_is_lint_has_nothing_against_what_becomes_of_it(tmp_path: Path, subject: str) -> None:
    """Every kind in every type, NULL or not, unique or not: replaced as it can be, or left to a person."""
    columns, unique = [], []
    for number, (name, kind, null, once) in enumerate(itertools.product(KINDS, TYPES, (True, False), (True, False))):
        column = f"c{number}x_{name}"
        columns.append(Column(name=column, type=kind, nullable=null))
        unique += [(column,)] if once else []
    name = "customers" if subject == "row" else "letters"
    root = Table(
        name=name,
        columns=(
            Column(name="id", type="INTEGER", nullable=False),
            Column(name="customer_id", type="INTEGER", nullable=False),
            Column(name="ended_on", type="DATE", nullable=False),
            *columns,
        ),
        primary_key=("id",),
        unique=tuple(unique),
    )
    found = proposed(root, schema(root), action=Action.PSEUDONYMIZE)
    assert (found.subject and found.subject.key) == ("id" if subject == "row" else "customer_id")
    problems = linted(tmp_path, schema(root), found)
    assert {problem.code for problem in problems} == {"R540"}
    undecided = {problem.what.split(".")[1] for problem in problems}
    for column in columns:
        if column.name in undecided:
            assert not column.nullable, "NULL could be written"
            assert (column.name,) in unique or column.type in ("BYTEA", "JSONB"), "some strategy fits"
    decided = proposal_text(found)
    for column in undecided:
        decided = decided.replace(f"{column}: {{kind: ", f"{column}: {{keep: asked, kind: ").replace(
            ", strategy: TO_DECIDE}", "}"
        )
    (tmp_path / "rules" / "shop" / f"{name}.yaml").write_text(decided)
    assert load(tmp_path).problems == ()


def test_names_that_yaml_would_misread_are_quoted(tmp_path: Path) -> None:
    odd = table(
        "yes", "id INTEGER NOT NULL", "null DATE NOT NULL", "customer_id INTEGER NOT NULL", 'a:"b" TEXT', "#c TEXT",
        "line\nbreak TEXT", "x\u0085y TEXT",
    )  # fmt: skip
    found = proposed(odd, schema(odd), action=Action.PSEUDONYMIZE)
    assert linted(tmp_path, schema(odd), found) == ()
    rules = load(tmp_path).rules
    assert rules is not None and rules.rules[0].clauses[0].basis == 'why: "because" #1'
    assert [use.column for use in rules.rules[0].columns] == [column.name for column in odd.columns]
