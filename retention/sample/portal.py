"""portal: the developers' profiles with their comments, and the comments below the blog. All of it is public."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

from retention.sample.addresses import ip_address
from retention.sample.chance import between, dice
from retention.sample.names import sentences
from retention.sample.people import LAST_DAY, Person, groups, person
from retention.sample.rows import Row

METADATA = MetaData()

PORTAL_PROFILES = Table(
    "portal_profiles",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, unique=True),  # NULL: a developer who is no customer, as far as anybody knows
    Column("login", String(80), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("bio", Text),
    Column("created_at", DateTime, nullable=False),  # UTC, without a zone
    Column("last_active_ms", BigInteger, index=True),  # milliseconds since the epoch
)
PORTAL_COMMENTS = Table(
    "portal_comments",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("profile_id", Integer, ForeignKey("portal_profiles.id"), nullable=False, index=True),
    Column("topic", String(80), nullable=False),
    Column("author_name", String(120), nullable=False),  # a copy of the name that the profile shows
    Column("body", Text, nullable=False),
    Column("posted_on", Date, nullable=False),
)
BLOG_COMMENTS = Table(
    "blog_comments",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("post", String(80), nullable=False),
    Column("customer_id", Integer, index=True),  # NULL: written without signing in
    Column("author_name", String(120)),
    Column("author_email", String(120)),
    Column("author_ip", String(45)),
    Column("body", Text, nullable=False),
    Column("posted_at", String(30), index=True),  # ISO text in UTC
    Column("name_withdrawn_on", Date, index=True),  # the author asked not to be named any more
)

TOPICS = ("routing", "storage", "billing-api", "firewalls", "sdk")
POSTS = ("release-notes", "how-we-route", "a-week-on-call", "our-data-centers")


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first. A profile has the number of its person."""
    for some in groups(people):
        profiles = [one for number in some for one in _profiles(person(number))]
        yield PORTAL_PROFILES, (row for row, _ in profiles)
        yield PORTAL_COMMENTS, (comment for _, comments in profiles for comment in comments)
        yield BLOG_COMMENTS, (row for number in some for row in _blog_comments(person(number)))


def _profiles(who: Person) -> Iterator[tuple[Row, list[Row]]]:
    """One person in three is a developer; most came with their account and were last seen before they left."""
    random = dice("portal", who.number)
    if who.number % 3 != 2:
        return
    until = who.left or LAST_DAY
    active = between(random, max(who.joined, until - timedelta(days=900)), until)
    comments: list[Row] = [
        {
            "id": who.number * 10 + position,
            "profile_id": who.number,
            "topic": random.choice(TOPICS),
            "author_name": who.full_name,
            "body": random.choice(sentences()),
            "posted_on": between(random, who.joined, active),
        }
        for position in range(random.randint(0, 3))
    ]
    yield _profile(random, who, active), comments


def _profile(random: Random, who: Person, active: date) -> Row:
    """Now and then the time of the last visit was lost, or a clock ran years ahead."""
    seen = datetime.combine(active, time(random.randrange(24), random.randrange(60)), tzinfo=UTC)
    if who.number % 443 == 0:
        seen = seen.replace(year=2031, day=1)
    return {
        "id": who.number,
        "customer_id": None if who.number % 29 == 0 else who.number,
        "login": f"dev-{who.login}",
        "display_name": who.full_name,
        "bio": random.choice((None, f"{who.given} builds things with networks.")),
        "created_at": datetime.combine(who.joined, time(random.randrange(24), random.randrange(60))),
        "last_active_ms": None if who.number % 383 == 0 else int(seen.timestamp() * 1000),
    }


def _blog_comments(who: Person) -> Iterator[Row]:
    random = dice("blog", who.number)
    for position in range(random.choice((0, 0, 1, 1, 2))):
        comment = who.number * 10 + position
        posted = between(random, who.joined, who.left or LAST_DAY)
        at = datetime.combine(posted, time(random.randrange(24), random.randrange(60)), tzinfo=UTC)
        yield {
            "id": comment,
            "post": random.choice(POSTS),
            "customer_id": None if random.random() < 0.1 else who.number,
            "author_name": who.full_name,
            "author_email": None if random.random() < 0.05 else who.email,
            "author_ip": ip_address(random),
            "body": random.choice(sentences()),
            "posted_at": "last week" if comment % 1_510 == 0 else f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "name_withdrawn_on": between(random, posted, LAST_DAY) if random.random() < 0.04 else None,
        }
