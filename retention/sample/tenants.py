"""tenants: records of the people of business customers, who say how long each is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, MetaData, String, Table, Text

from retention.sample.chance import between, dice
from retention.sample.names import locales, sentences
from retention.sample.people import LAST_DAY, groups
from retention.sample.rows import Row

METADATA = MetaData()

TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("keep_for", String(20)),  # what the contract says, such as P90D; NULL: nothing yet
    Column("contract_ended_on", Date, index=True),  # NULL or 9999-12-31: it runs
)
TENANT_RECORDS = Table(
    "tenant_records",
    METADATA,
    Column("tenant", String(40), ForeignKey("tenants.id"), primary_key=True),
    Column("record", Integer, primary_key=True, autoincrement=False),
    Column("person_ref", String(60), nullable=False, index=True),  # as the business customer calls its people
    Column("person_name", String(160)),
    Column("person_email", String(120)),
    Column("content", Text),
    Column("created_s", BigInteger, index=True),  # seconds since the epoch
)

STILL = date(9999, 12, 31)
CONTRACTS: Mapping[str, date | None] = MappingProxyType(
    {
        "aurora-hotels": None,
        "birch-school": STILL,
        "cedar-travel": None,
        "dune-bank": None,
        "elm-games": STILL,
        "fjord-foods": None,
        "gale-press": date(2026, 2, 28),
        "harbor-gym": date(2026, 6, 15),
    }
)

KEEP_FOR: Mapping[str, str] = MappingProxyType(
    {
        "aurora-hotels": "P90D",
        "birch-school": "P1Y",
        "cedar-travel": "P3Y",
        "dune-bank": "P7Y",
        "elm-games": "half a year",  # entered by hand
        "gale-press": "P18M",
        "harbor-gym": "P26W",
    }
)


def rows(people: int) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Table by table, parents first. As many records as customers."""
    yield (
        TENANTS,
        (
            {
                "id": tenant,
                "name": tenant.replace("-", " ").title(),
                "keep_for": KEEP_FOR.get(tenant),
                "contract_ended_on": ended,
            }
            for tenant, ended in CONTRACTS.items()
        ),
    )
    for some in groups(people):
        yield TENANT_RECORDS, (_record(number) for number in some)


def _record(number: int) -> Row:
    """People of different business customers may have the same number there."""
    random = dice("tenant", number)
    tenant = random.choice(tuple(CONTRACTS))
    place = random.choice(locales())
    created = datetime.combine(
        between(random, date(2017, 1, 2), min(LAST_DAY, CONTRACTS[tenant] or LAST_DAY)),
        time(random.randrange(24), random.randrange(60)),
        tzinfo=UTC,
    )
    return {
        "tenant": tenant,
        "record": number,
        "person_ref": f"{tenant}/{random.randint(1, 400)}",
        "person_name": f"{random.choice(place.given)} {random.choice(place.family)}",
        "person_email": f"member{number}@{tenant}.example" if random.random() < 0.8 else None,
        "content": random.choice(sentences()),
        "created_s": None if number % 307 == 0 else int(created.timestamp()),
    }
