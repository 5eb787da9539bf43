"""marketing: leads from buttons and forms of others, what they did, what they were sent, and who else has a copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Table

from retention.sample.addresses import DEVICES, ip_address
from retention.sample.chance import between, dice
from retention.sample.names import companies
from retention.sample.people import LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()

LEADS = Table(
    "leads",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),  # of who has registered since, as far as anybody noticed
    Column("email", String(120), nullable=False),
    Column("full_name", String(160)),
    Column("company", String(120)),
    Column("phone", String(40)),
    Column("country", String(2)),
    Column("source", String(40), nullable=False),
    Column("collected_on", Date, index=True),
    Column("opted_out_on", Date, index=True),
)
CONTACTS = Table(
    "contacts",  # what the person did: opening an e-mail is none of it
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lead_id", Integer, ForeignKey("leads.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # form, click, reply, call
    Column("contacted_on", Date, nullable=False, index=True),
)
EMAIL_EVENTS = Table(
    "email_events",  # the application keeps the reference, the database does not know of it
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("lead_id", Integer, nullable=False, index=True),
    Column("campaign", String(40), nullable=False),
    Column("event", String(20), nullable=False),  # opened, clicked, forwarded
    Column("happened_at", DateTime(timezone=True), nullable=False),
    Column("ip", String(45)),
    Column("device", String(20)),
)
OUTSIDE_COPIES = Table(
    "outside_copies",
    METADATA,
    Column("system", String(40), primary_key=True),
    Column("external_id", String(40), primary_key=True),
    Column("lead_id", Integer, nullable=False, index=True),  # of a lead that may have gone since
    Column("sent_on", Date, nullable=False),
)

SYSTEMS = ("sales-cloud", "audience-network")
SOURCES = ("share-button", "sign-in-button", "whitepaper-form", "webinar-form")
EVENTS = ("opened", "opened", "opened", "clicked", "forwarded")


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first. One lead for two customers."""
    for some in groups(max(40, people // 2)):
        yield LEADS, (_lead(number) for number in some)
        yield CONTACTS, (contact for number in some for contact in _contacts(number))
        yield EMAIL_EVENTS, (event for number in some for event in _events(number))
        yield OUTSIDE_COPIES, (copy for number in some for copy in _copies(number))


def _collected(lead: int) -> date:
    return between(dice("collected", lead), date(2018, 1, 8), LAST_DAY)


def _registered(lead: int) -> Person | None:
    """One in four has become a customer, of the same number."""
    return person(lead) if lead % 4 == 1 else None


def _lead(lead: int) -> Row:
    """Sales does not always notice that a lead has become a customer."""
    random, who = dice("lead", lead), _registered(lead)
    name = person(lead).full_name
    return {
        "id": lead,
        "customer_id": lead if who and lead % 20 != 1 else None,
        "email": who.email if who else f"lead{lead}@mail.northgate.example",
        "full_name": None if random.random() < 0.1 else name,
        "company": random.choice((None, random.choice(companies()))),
        "phone": None if random.random() < 0.5 else person(lead).phone,
        "country": person(lead).country,
        "source": random.choice(SOURCES),
        "collected_on": None if lead % 199 == 0 else _collected(lead),
        "opted_out_on": between(random, _collected(lead), LAST_DAY) if random.random() < 0.15 else None,
    }


def _contacts(lead: int) -> Iterator[Row]:
    """Half of them never did anything but leave their address."""
    random = dice("contacts made", lead)
    for position in range(random.choice((0, 0, 1, 2))):
        made = between(random, _collected(lead), min(LAST_DAY, _collected(lead) + timedelta(days=1_200)))
        yield {
            "id": lead * 10 + position,
            "lead_id": lead,
            "kind": random.choice(("form", "click", "reply", "call")),
            "contacted_on": LAST_DAY + timedelta(days=400) if lead % 211 == 0 else made,
        }


def _events(lead: int) -> Iterator[Row]:
    random = dice("events", lead)
    for position in range(random.randint(0, 6)):
        day = between(random, _collected(lead), LAST_DAY)
        at = datetime.combine(day, time(random.randrange(24), random.randrange(60)), tzinfo=UTC)
        yield {
            "id": lead * 10 + position,
            "lead_id": lead,
            "campaign": f"{day:%Y-%m}",
            "event": random.choice(EVENTS),
            "happened_at": at,
            "ip": ip_address(random),
            "device": random.choice(DEVICES),
        }


def _copies(lead: int) -> Iterator[Row]:
    random = dice("copies", lead)
    for system in SYSTEMS:
        if random.random() < 0.8:
            yield {
                "system": system,
                "external_id": _external_id(random),
                "lead_id": lead,
                "sent_on": min(LAST_DAY, _collected(lead) + timedelta(days=1)),
            }


def _external_id(random: Random) -> str:
    return f"{random.getrandbits(64):016x}"
