"""support: tickets with notes, messages with attachments. Times are stored as three programs stored them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

from retention.sample.chance import between, dice
from retention.sample.names import sentences
from retention.sample.people import LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()
STILL_OPEN = 253_402_214_400_000  # 9999-12-31

SUPPORT_TICKETS = Table(
    "support_tickets",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("contact_name", String(160)),
    Column("contact_email", String(120)),
    Column("contact_phone", String(40)),
    Column("country", String(2)),
    Column("title", String(200), nullable=False),
    Column("status", String(20), nullable=False),  # open, closed
    Column("opened_at", String(30), index=True),  # ISO text in UTC
    Column("closed_ms", BigInteger, index=True),  # milliseconds since the epoch; STILL_OPEN
)
TICKET_NOTES = Table(
    "ticket_notes",  # the application keeps the reference, the database does not know of it
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ticket_id", Integer, nullable=False, index=True),
    Column("author", String(80), nullable=False),
    Column("note", Text),
)
MESSAGES = Table(
    "messages",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("channel", String(20), nullable=False),  # email, form, letter
    Column("sender", String(120)),
    Column("country", String(2)),
    Column("content", Text),
    Column("received_at", DateTime, index=True),  # UTC, without a zone
    Column("conversation_ended_on", Date, index=True),
)
ATTACHMENTS = Table(
    "attachments",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("message_id", Integer, ForeignKey("messages.id"), nullable=False, index=True),
    Column("file_name", String(160), nullable=False),
    Column("content", Text),
)


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first."""
    for some in groups(people):
        tickets = [one for number in some for one in _tickets(person(number))]
        messages = [one for number in some for one in _messages(person(number))]
        yield SUPPORT_TICKETS, (row for row, _ in tickets)
        yield TICKET_NOTES, (note for _, notes in tickets for note in notes)
        yield MESSAGES, (row for row, _ in messages)
        yield ATTACHMENTS, (file for _, files in messages for file in files)


def _tickets(who: Person) -> Iterator[tuple[Row, list[Row]]]:
    random = dice("tickets", who.number)
    for position in range(random.choice((0, 1, 1, 2))):
        ticket = who.number * 10 + position
        opened = between(random, who.joined, who.left or LAST_DAY)
        is_open = opened > date(2026, 3, 1) and who.left is None and random.random() < 0.7
        notes: list[Row] = [
            {
                "id": ticket * 10 + note,
                "ticket_id": ticket,
                "author": f"agent{random.randint(1, 40)}",
                "note": _note(random, who),
            }
            for note in range(random.randint(0, 2))
        ]
        yield _ticket(random, who, ticket, opened, is_open=is_open), notes


def _ticket(random: Random, who: Person, ticket: int, opened: date, *, is_open: bool) -> Row:
    at = datetime.combine(opened, time(random.randrange(24), random.randrange(60)), tzinfo=UTC)
    closed = at + timedelta(hours=random.randint(1, 200))
    forgotten = ticket % 997 == 0  # closed, and nobody knows when
    return {
        "id": ticket,
        "customer_id": who.number,
        "contact_name": who.full_name,
        "contact_email": who.email,
        "contact_phone": who.phone,
        "country": _country(who),
        "title": random.choice(sentences()),
        "status": "open" if is_open else "closed",
        "opened_at": "yesterday" if ticket % 991 == 0 else f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "closed_ms": STILL_OPEN if is_open else None if forgotten else int(closed.timestamp() * 1000),
    }


def _country(who: Person) -> str | None:
    """As in the account."""
    return None if who.number % 503 == 0 else who.country


def _note(random: Random, who: Person) -> str:
    """Now and then with a telephone number or an address in it."""
    said = random.choice(sentences())
    chance = random.random()
    if chance < 0.15:
        return f"{said} Please call back at {who.phone}."
    if chance < 0.25:
        return f"{said} Writes from {who.email} now."
    return said


def _messages(who: Person) -> Iterator[tuple[Row, list[Row]]]:
    random = dice("messages", who.number)
    if random.random() < 0.4:
        return
    message = who.number
    received = between(random, who.joined, who.left or LAST_DAY)
    ended = received + timedelta(days=random.randint(0, 60))
    files: list[Row] = [
        {"id": message, "message_id": message, "file_name": f"scan{message}.pdf", "content": random.choice(sentences())}
        for _ in range(random.choice((0, 0, 1)))
    ]
    row = {
        "id": message,
        "customer_id": None if message % 601 == 0 else who.number,
        "channel": random.choice(("email", "email", "form", "letter")),
        "sender": who.email,
        "country": _country(who),
        "content": f"{random.choice(sentences())} {who.full_name}",
        "received_at": datetime.combine(received, time(random.randrange(24), random.randrange(60))),
        "conversation_ended_on": None if message % 401 == 0 else min(ended, LAST_DAY),
    }
    yield row, files
