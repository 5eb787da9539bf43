"""web: cookies, and the views of every page: the big table, on PostgreSQL with a partition for each month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    event,
    text,
)

from retention.sample.addresses import DEVICES, ip_address
from retention.sample.chance import between, dice
from retention.sample.people import LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()

COOKIES = Table(
    "cookies",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),  # NULL: nobody signed in while it was there
    Column("name", String(40), nullable=False),
    Column("kind", String(20), nullable=False),  # session, persistent
    Column("token", String(40), nullable=False),
    Column("device", String(20)),
    Column("first_set_ms", BigInteger, index=True),  # milliseconds since the epoch; a new visit does not change it
    Column("last_seen_at", DateTime, index=True),  # UTC, without a zone
    Column("consent_withdrawn_on", Date, index=True),
)
PAGE_VIEWS = Table(
    "page_views",
    METADATA,
    Column("viewed_at", DateTime, nullable=False),  # UTC, without a zone
    Column("id", BigInteger, nullable=False, autoincrement=False),
    Column("customer_id", Integer, index=True),  # NULL: not signed in
    Column("ip", String(45)),
    Column("device", String(20)),
    Column("page", String(120), nullable=False),
    Column("seconds", Integer),
    PrimaryKeyConstraint("viewed_at", "id"),  # the month's column first: a month is one stretch of every list of keys
    postgresql_partition_by="RANGE (viewed_at)",
)
PAGES = ("/", "/pricing", "/docs", "/docs/api", "/status", "/blog", "/support")
OLDEST = date(2023, 3, 1)  # what was viewed before is gone already
MONTHS = 48  # from the oldest one


def _month(number: int) -> date:
    """The first day of a month, counted from that of OLDEST."""
    years, months = divmod(OLDEST.month - 1 + number, 12)
    return date(OLDEST.year + years, months + 1, 1)


def _partitions() -> Iterator[str]:
    for number in range(MONTHS):
        first, after = _month(number), _month(number + 1)
        yield (
            f"CREATE TABLE page_views_{first:%Y_%m} PARTITION OF page_views "
            f"FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
        )
    yield "CREATE TABLE page_views_other PARTITION OF page_views DEFAULT"


@event.listens_for(PAGE_VIEWS, "after_create")
def _in_partitions(_: Table, connection: Connection, **__: object) -> None:
    if connection.dialect.name == "postgresql":
        for statement in _partitions():
            connection.execute(text(statement))


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table."""
    for some in groups(people):
        yield COOKIES, (row for number in some for row in _cookies(person(number)))
        yield PAGE_VIEWS, (row for number in some for row in _views(person(number)))


def _since(who: Person) -> tuple[date, date] | None:
    """The days on which somebody could be seen; None for who had left by then."""
    first, last = max(who.joined, OLDEST), who.left or LAST_DAY
    return (first, last) if first <= last else None


def _cookies(who: Person) -> Iterator[Row]:
    random, days = dice("cookies", who.number), _since(who)
    for position in range(random.randint(0, 2) if days else 0):
        cookie = who.number * 10 + position
        kind = random.choice(("session", "persistent", "persistent"))
        first, last = days or (OLDEST, OLDEST)
        first_set = _at(random, between(random, first, last))
        stayed = timedelta(hours=random.randint(0, 9)) if kind == "session" else timedelta(days=random.randrange(500))
        seen = min(first_set + stayed, datetime.combine(LAST_DAY, time(23, 59)))
        yield {
            "id": cookie,
            "customer_id": who.number if random.random() < 0.4 else None,
            "name": "ngc_session" if kind == "session" else random.choice(("ngc_visitor", "ngc_choices")),
            "kind": kind,
            "token": f"{random.getrandbits(128):032x}",
            "device": random.choice(DEVICES),
            "first_set_ms": None if cookie % 401 == 0 else _milliseconds(_ahead(first_set, cookie % 397 == 0)),
            "last_seen_at": seen,
            "consent_withdrawn_on": between(random, seen.date(), LAST_DAY) if random.random() < 0.1 else None,
        }


def _ahead(moment: datetime, is_ahead: bool) -> datetime:
    """Some devices live years ahead."""
    return moment.replace(year=2031, day=1) if is_ahead else moment


def _milliseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp()) * 1000


def _views(who: Person) -> Iterator[Row]:
    random, days = dice("views", who.number), _since(who)
    for position in range(random.randint(0, 12) if days else 0):
        view = who.number * 100 + position
        first, last = days or (OLDEST, OLDEST)
        at = _at(random, between(random, first, last))
        yield {
            "viewed_at": _ahead(at, view % 15_100 == 0),
            "id": view,
            "customer_id": who.number if random.random() < 0.3 else None,
            "ip": ip_address(random),
            "device": random.choice(DEVICES),
            "page": random.choice(PAGES),
            "seconds": random.randrange(600),
        }


def _at(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(random.randrange(24), random.randrange(60), random.randrange(60)))
