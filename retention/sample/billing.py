"""billing: means of payment, subscriptions, invoices with their lines. A customer is an account's number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import Column, Date, ForeignKey, Integer, MetaData, Numeric, String, Table

from retention.sample.chance import between, dice
from retention.sample.people import LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()

PAYMENT_METHODS = Table(
    "payment_methods",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("card_token", String(80), nullable=False),
    Column("expires_on", Date, index=True),
    Column("holder_name", String(160)),
    Column("street", String(160)),
    Column("city", String(80)),
    Column("postcode", String(20)),
    Column("country", String(2)),
    Column("last_debit_on", Date, index=True),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("plan", String(40), nullable=False),
    Column("country", String(2)),  # in which the customer signed
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date, index=True),  # 9999-12-31: it runs
)
INVOICES = Table(
    "invoices",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("subscription_id", Integer, ForeignKey("subscriptions.id"), index=True),
    Column("issued_on", Date, index=True),
    Column("billing_name", String(160)),
    Column("billing_street", String(160)),  # a copy of the address as it was
    Column("billing_city", String(80)),
    Column("billing_postcode", String(20)),
    Column("billing_country", String(2)),
    Column("total", Numeric(10, 2), nullable=False),
    Column("tax_audit", String(10), nullable=False),  # none, open, closed
)
INVOICE_LINES = Table(
    "invoice_lines",
    METADATA,
    Column("invoice_id", Integer, ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("description", String(160), nullable=False),
    Column("amount", Numeric(10, 2), nullable=False),
)

PLANS = (("basic", Decimal("9.00")), ("team", Decimal("29.00")), ("enterprise", Decimal("99.00")))
STILL = date(9999, 12, 31)


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first. One subscription a person, of the same number."""
    for some in groups(people):
        invoices = [one for number in some for one in _invoices(person(number))]
        yield PAYMENT_METHODS, (row for number in some for row in _means(person(number)))
        yield SUBSCRIPTIONS, (_subscription(person(number)) for number in some)
        yield INVOICES, (row for row, _ in invoices)
        yield INVOICE_LINES, (line for _, lines in invoices for line in lines)


def _means(who: Person) -> Iterator[Row]:
    random = dice("means", who.number)
    if random.random() < 0.3:
        return
    yield {
        "id": who.number,
        "customer_id": who.number,
        "card_token": f"tok_{random.getrandbits(80):020x}",
        "expires_on": date(random.randint(2019, 2030), random.randint(1, 12), 1),
        "holder_name": who.full_name,
        "street": who.street,
        "city": who.city,
        "postcode": who.postcode,
        "country": who.country,
        "last_debit_on": _last_debit(random, who),
    }


def _last_debit(random: Random, who: Person) -> date | None:
    """Shortly before they left or a while ago; some cards were replaced by another means, some never used."""
    chance = random.random()
    if chance < 0.02:
        return None
    until = who.left or LAST_DAY
    return between(random, who.joined if chance < 0.1 else max(who.joined, until - timedelta(days=200)), until)


def _subscription(who: Person) -> Row:
    """Some ends were never entered."""
    ended = who.left or STILL
    return {
        "id": who.number,
        "customer_id": who.number,
        "plan": _plan(who)[0],
        "country": _country(who),
        "started_on": who.joined,
        "ended_on": None if who.number % 407 == 0 else ended,
    }


def _country(who: Person) -> str | None:
    """As in the account."""
    return None if who.number % 503 == 0 else who.country


def _plan(who: Person) -> tuple[str, Decimal]:
    return PLANS[who.number % len(PLANS)]


def _invoices(who: Person) -> Iterator[tuple[Row, list[Row]]]:
    """One each year of the subscription, at most three; ids are ten times the person's number and more."""
    random = dice("invoices", who.number)
    plan, price = _plan(who)
    day, until = who.joined, who.left or LAST_DAY
    step = timedelta(days=max(365, (until - day).days // 3))
    for number in range(3):
        if day > until:
            return
        invoice = who.number * 10 + number
        lines: list[Row] = [
            {
                "invoice_id": invoice,
                "position": position,
                "description": f"{plan}, part {position}",
                "amount": price,
            }
            for position in range(1, random.randint(2, 3))
        ]
        yield _invoice(who, invoice, day, price * len(lines)), lines
        day += step


def _invoice(who: Person, invoice: int, day: date, total: Decimal) -> Row:
    return {
        "id": invoice,
        "customer_id": who.number,
        "subscription_id": who.number,
        "issued_on": None if invoice % 4999 == 0 else day,
        "billing_name": who.full_name,
        "billing_street": who.street,
        "billing_city": who.city,
        "billing_postcode": who.postcode,
        "billing_country": _country(who),
        "total": total,
        "tax_audit": "open" if invoice % 601 == 0 else "closed" if invoice % 83 == 0 else "none",
    }
