"""crm: accounts, the periods in which they were customers, business contacts, consents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

from retention.sample.chance import between, dice
from retention.sample.names import companies, locales
from retention.sample.people import FIRST_DAY, LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()

ORGANIZATIONS = Table(
    "organizations",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(120), nullable=False),
    Column("country", String(2), nullable=False),
)
AGREEMENTS = Table(
    "agreements",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("organization_id", Integer, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date, index=True),  # NULL: it runs
)
BUSINESS_CONTACTS = Table(
    "business_contacts",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("organization_id", Integer, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("full_name", String(120), nullable=False),
    Column("email", String(120)),
    Column("phone", String(40)),
    Column("title", String(80)),
    Column("department", String(80)),
)
ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("email", String(120), unique=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("given_name", String(80)),
    Column("family_name", String(80)),
    Column("phone", String(40)),
    Column("street", String(160)),
    Column("city", String(80)),
    Column("postcode", String(20)),
    Column("region", String(80)),
    Column("country", String(2)),
    Column("birth_date", Date),
    Column("area", String(40)),
    Column("preferences", Text),
    Column("registered_at", DateTime),  # local time of San Jose, without a zone
    Column("child_found_on", Date, index=True),  # the day on which support learned that the person is under 13
)
SERVICE_PERIODS = Table(
    "service_periods",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("service", String(40), nullable=False),
    Column("started_on", Date),  # NULL: it began before there was this system
    Column("ended_on", Date, index=True),  # NULL or 9999-12-31: it runs
)
CONSENTS = Table(
    "consents",
    METADATA,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("purpose", String(40), primary_key=True),
    Column("given_at", DateTime(timezone=True)),
    Column("withdrawn_on", Date, index=True),
)
SURVEY_ANSWERS = Table(
    "survey_answers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("answer", Text),
    Column("extra", Text),  # nobody knows what this is
)

SERVICES = ("storage", "gateway", "monitoring")
AREAS = ("networking", "security", "cloud", "education")
STILL = date(9999, 12, 31)


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first."""
    organizations = max(2, people // 20)
    yield ORGANIZATIONS, _organizations(organizations)
    yield AGREEMENTS, _agreements(organizations)
    yield BUSINESS_CONTACTS, _contacts(max(4, people // 5), organizations)
    for some in groups(people):
        yield ACCOUNTS, (_account(person(number)) for number in some)
        yield SERVICE_PERIODS, (period for number in some for period in _periods(person(number)))
        yield CONSENTS, (consent for number in some for consent in _consents(person(number)))
    yield SURVEY_ANSWERS, ({"id": number, "answer": "fine", "extra": "?"} for number in range(1, people // 100 + 2))


def _organizations(count: int) -> Iterator[Row]:
    random = dice("organizations")
    for number in range(1, count + 1):
        country = random.choice(locales()).country
        yield {"id": number, "name": f"{random.choice(companies())} {number}", "country": country}


def _agreements(organizations: int) -> Iterator[Row]:
    random = dice("agreements")
    for number in range(1, organizations + 1):
        started = between(random, FIRST_DAY, date(2024, 12, 31))
        ended = None if random.random() < 0.5 else between(random, started, LAST_DAY)
        kind = random.choice(("customer", "partner", "vendor"))
        yield {"id": number, "organization_id": number, "kind": kind, "started_on": started, "ended_on": ended}


def _contacts(count: int, organizations: int) -> Iterator[Row]:
    random = dice("contacts")
    for number in range(1, count + 1):
        place = random.choice(locales())
        yield {
            "id": number,
            "organization_id": random.randint(1, organizations),
            "full_name": f"{random.choice(place.given)} {random.choice(place.family)}",
            "email": f"contact{number}@partner.northgate.example",
            "phone": f"+1 555 1{number // 10_000 % 100:02d} {number % 10_000:04d}",
            "title": random.choice(("Engineer", "Buyer", "Director")),
            "department": random.choice(("IT", "Purchasing", "Legal")),
        }


def _account(who: Person) -> Row:
    random = dice("account", who.number)
    registered = datetime.combine(who.joined, time(random.randrange(24), random.randrange(60), random.randrange(60)))
    return {
        "id": who.number,
        "email": None if who.number % 499 == 0 else who.email,
        "login": who.login,
        "given_name": who.given,
        "family_name": who.family,
        "phone": None if random.random() < 0.1 else who.phone,
        "street": who.street,
        "city": who.city,
        "postcode": who.postcode,
        "region": who.region,
        "country": None if who.number % 503 == 0 else who.country,
        "birth_date": None if random.random() < 0.2 else who.born,
        "area": random.choice(AREAS),
        "preferences": random.choice((None, "newsletter: yes", "newsletter: no; language: en")),
        "registered_at": registered,
        "child_found_on": who.child_found,
    }


def _periods(who: Person) -> Iterator[Row]:
    """One in fifty never had a service, one in five had an earlier one; some ends lie in the future, some starts were
    lost."""
    random = dice("periods", who.number)
    if who.number % 50 == 13:
        return
    base = {"id": 2 * who.number, "account_id": who.number, "service": random.choice(SERVICES)}
    if who.number % 5 == 0:
        end = between(random, who.joined, who.left or LAST_DAY)
        yield {**base, "id": 2 * who.number - 1, "started_on": who.joined, "ended_on": end}
    ended = who.left or (STILL if random.random() < 0.3 else None)
    if ended is None and who.number % 301 == 0:
        ended = LAST_DAY + timedelta(days=random.randrange(100, 900))  # notice was given
    yield {**base, "started_on": None if who.number % 101 == 0 else who.joined, "ended_on": ended}


def _consents(who: Person) -> Iterator[Row]:
    random = dice("consents", who.number)
    if random.random() < 0.2:
        return
    given = datetime.combine(who.joined, time(random.randrange(24), random.randrange(60)), tzinfo=UTC)
    withdrawn = between(random, who.joined, LAST_DAY) if random.random() < 0.3 else None
    yield {"account_id": who.number, "purpose": "newsletter", "given_at": given, "withdrawn_on": withdrawn}
    if random.random() < 0.25:
        yield {"account_id": who.number, "purpose": "research", "given_at": None, "withdrawn_on": None}
