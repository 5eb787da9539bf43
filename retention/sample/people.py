"""The people of the sample. A person is a function of a number, so that every dataset knows the same ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from random import Random

from retention.sample.names import SEED, Locale, locales

FIRST_DAY = date(2012, 1, 2)
LAST_DAY = date(2026, 6, 28)  # nothing that is not meant to be dirt is later
STREET_OF_TWO = 97  # every so many people share an address with the one before
TOGETHER = 2_000
SECOND_ACCOUNT = 211  # every so many are the one before, registered again


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``left`` None: still a customer."""

    number: int
    given: str
    family: str
    email: str
    login: str
    phone: str
    street: str
    city: str
    postcode: str
    region: str
    country: str
    born: date
    joined: date
    left: date | None

    @property
    def full_name(self) -> str:
        return f"{self.given} {self.family}"


def groups(people: int) -> Iterator[range]:
    """The numbers of all people, some at a time: all rows of some people are made together."""
    for first in range(1, people + 1, TOGETHER):
        yield range(first, min(people, first + TOGETHER - 1) + 1)


@lru_cache(maxsize=TOGETHER)
def person(number: int) -> Person:
    """Person ``number`` (from 1), always the same."""
    random = Random(f"{SEED} person {number}")  # noqa: S311  made-up people need no secret
    alias = number - 1 if number > 1 and number % SECOND_ACCOUNT == 0 else number
    who = random if alias == number else Random(f"{SEED} person {alias}")  # noqa: S311
    place = _place(who)
    at_home = Random(f"{SEED} home {number - 1 if number % STREET_OF_TWO == 0 else number}")  # noqa: S311
    given, family = who.choice(place.given), who.choice(place.family)
    joined = _day(random, FIRST_DAY, date(2026, 5, 1))
    return Person(
        number=number,
        given=given,
        family=family,
        email=f"customer{number}@mail.northgate.example",
        login=f"ngc{number:07d}",
        phone=_phone(alias),
        street=f"{at_home.randint(1, 180)} {at_home.choice(place.streets)}",
        city=at_home.choice(place.cities),
        postcode=at_home.choice(place.postcodes),
        region=at_home.choice(place.regions),
        country=place.country,
        born=_day(who, date(1940, 1, 1), date(2006, 12, 31)),
        joined=joined,
        left=_left(random, joined),
    )


def _left(random: Random, joined: date) -> date | None:
    if random.random() < 0.55:
        return None
    return _day(random, joined + timedelta(days=30), LAST_DAY) if joined + timedelta(days=31) < LAST_DAY else None


def _phone(number: int) -> str:
    """Area code 555 is not in use."""
    return f"+1 555 {200 + number // 10_000 % 800} {number % 10_000:04d}"


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days + 1))


def between(random: Random, first: date, last: date) -> date:
    """Some day from ``first`` to ``last``; ``first`` where there is none between."""
    return _day(random, first, last) if last > first else first


@cache
def _shares() -> list[int]:
    return list(accumulate(place.share for place in locales()))


def _place(random: Random) -> Locale:
    return locales()[bisect_right(_shares(), random.randrange(_shares()[-1]))]
