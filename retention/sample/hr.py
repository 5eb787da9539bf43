"""hr: who applied for a job, with the documents they sent. Applicants are no customers, but some are both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from sqlalchemy import Column, Date, ForeignKey, Integer, MetaData, String, Table, Text

from retention.sample.chance import between, dice
from retention.sample.names import Locale, locales, sentences
from retention.sample.people import LAST_DAY, Person, person
from retention.sample.rows import Row

METADATA = MetaData()

JOB_APPLICATIONS = Table(
    "job_applications",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("applicant_id", Integer, nullable=False, index=True),  # the same person's applications have the same
    Column("full_name", String(160), nullable=False),
    Column("email", String(120), nullable=False),
    Column("phone", String(40)),
    Column("street", String(160)),
    Column("city", String(80)),
    Column("country", String(2)),  # where the applicant lives
    Column("job_state", String(8)),  # where the job is, country and state: US-CA, US-TX, DE, NL
    Column("received_on", Date, index=True),
    Column("decision", String(20), nullable=False),  # open, rejected, withdrawn, hired
    Column("closed_on", Date, index=True),  # the rejection's receipt, the withdrawal, the hiring; 9999-12-31: open
    Column("pool_consent_on", Date, index=True),  # asked to be kept in mind for other jobs
    Column("pool_withdrawn_on", Date),
    Column("employed_until", Date, index=True),  # of who was hired; 9999-12-31: still
    Column("complaint", String(10), nullable=False),  # with an authority or a court: none, open, closed
    Column("notes", Text),
)
APPLICATION_DOCUMENTS = Table(
    "application_documents",
    METADATA,
    Column("application_id", Integer, ForeignKey("job_applications.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("file_name", String(160), nullable=False),
    Column("content", Text),
)

OPEN = date(9999, 12, 31)
FIRST = date(2019, 1, 7)  # of the applicant tracking system
FROM = ("US", "US", "US", "DE", "DE", "AT", "AT", "NL", "NL", "GB", "FR", "GR")  # where applicants live
JOBS = {"US": ("US-CA", "US-CA", "US-TX"), "DE": ("DE", "US-CA"), "AT": ("AT", "DE"), "NL": ("NL", "NL", "US-CA")}
DECISIONS = ("rejected", "rejected", "rejected", "rejected", "withdrawn", "hired")
DOCUMENTS = ("letter", "curriculum", "certificate")


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first. One applicant for ten customers, each with one application or two."""
    numbers = range(1, max(30, people // 10) + 1)
    yield JOB_APPLICATIONS, (row for number in numbers for row, _ in _applications(number))
    yield (
        APPLICATION_DOCUMENTS,
        (paper for number in numbers for _, papers in _applications(number) for paper in papers),
    )


def _applications(applicant: int) -> Iterator[tuple[Row, list[Row]]]:
    """Every seventh is a customer too, and writes from the same address."""
    random = dice("applicant", applicant)
    who = person(applicant) if applicant % 7 == 0 else None
    country = random.choice(FROM)
    place = next((one for one in locales() if one.country == country), locales()[0])
    name = who.full_name if who else f"{random.choice(place.given)} {random.choice(place.family)}"
    for position in range(random.choice((1, 1, 1, 2))):
        application = applicant * 10 + position
        row: Row = {
            "id": application,
            "applicant_id": applicant,
            "full_name": name,
            "country": None if applicant % 53 == 0 else country,
            **_reached_at(random, applicant, who, place),
            **_procedure(random, country, application),
        }
        yield row, _documents(random, application)


def _reached_at(random: Random, applicant: int, who: Person | None, place: Locale) -> Row:
    return {
        "email": who.email if who else f"applicant{applicant}@jobs.northgate.example",
        "phone": who.phone if who else f"+1 555 3{applicant // 10_000 % 100:02d} {applicant % 10_000:04d}",
        "street": f"{random.randint(1, 180)} {random.choice(place.streets)}",
        "city": random.choice(place.cities),
    }


def _procedure(random: Random, country: str, application: int) -> Row:
    """Some are open, some were forgotten: decided, and nobody knows when."""
    received = between(random, FIRST, LAST_DAY)
    closed = received + timedelta(days=random.randint(3, 120))
    is_open = closed > LAST_DAY
    decision = "open" if is_open else random.choice(DECISIONS)
    consent = closed if decision == "rejected" and random.random() < 0.3 else None
    job = random.choice(JOBS.get(country, ("US-CA", country)))
    return {
        "job_state": job,
        "received_on": None if application % 89 == 0 else received,
        "decision": decision,
        "closed_on": OPEN if is_open else None if application % 97 == 0 else closed,
        "pool_consent_on": consent,
        "pool_withdrawn_on": between(random, consent, LAST_DAY) if consent and random.random() < 0.2 else None,
        "employed_until": _employed_until(random, closed) if decision == "hired" else None,
        "complaint": "open" if application % 71 == 0 else "closed" if application % 61 == 0 else "none",
        "notes": random.choice((None, random.choice(sentences()))),
    }


def _employed_until(random: Random, hired: date) -> date | None:
    """Most still work here; of a few nobody entered the end."""
    chance = random.random()
    return OPEN if chance < 0.6 else None if chance < 0.7 else between(random, hired, LAST_DAY)


def _documents(random: Random, application: int) -> list[Row]:
    return [
        {
            "application_id": application,
            "position": position,
            "kind": kind,
            "file_name": f"{kind}-{application}.pdf",
            "content": random.choice(sentences()),
        }
        for position, kind in enumerate(DOCUMENTS[: random.randint(1, 3)], start=1)
    ]
