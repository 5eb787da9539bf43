"""The people of the sample. A person is a function of a number, so that every dataset knows the same ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from random import Random

from retention.sample.chance import between, dice
from retention.sample.names import Locale, locales

FIRST_DAY = date(2012, 1, 2)
LAST_DAY = date(2026, 6, 28)  # nothing that is not meant to be dirt is later
SHARED_HOME = 97  # every so many people live with the one before
SECOND_ACCOUNT = 211  # every so many accounts are the person before, registered again
CHILD = 1_999  # every so many were found to be under 13
TOGETHER = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``left`` None: still a customer. ``child_found``: the day on which somebody learned that this is a child."""

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
    child_found: date | None

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
    first = _registered_first(number)
    who, home, account = dice("person", first), dice("home", _household(number)), dice("customer", number)
    place = _place(home)
    joined = between(account, FIRST_DAY, date(2026, 5, 1))
    child = number % CHILD == 7
    return Person(
        number=number,
        given=who.choice(place.given),
        family=who.choice(place.family),
        email=f"customer{number}@mail.northgate.example",
        login=f"ngc{number:07d}",
        phone=_phone(first),
        street=f"{home.randint(1, 180)} {home.choice(place.streets)}",
        city=home.choice(place.cities),
        postcode=home.choice(place.postcodes),
        region=home.choice(place.regions),
        country=place.country,
        born=between(who, date(1940, 1, 1), date(1996, 12, 31)) if not child else joined - timedelta(days=4_100),
        joined=joined,
        left=_left(account, joined),
        child_found=between(account, joined, LAST_DAY) if child else None,
    )


def _registered_first(number: int) -> int:
    return number - 1 if number > 1 and number % SECOND_ACCOUNT == 0 else number


def _household(number: int) -> int:
    first = _registered_first(number)
    return _household(first - 1) if first % SHARED_HOME == 0 else first


def _left(random: Random, joined: date) -> date | None:
    """Nearly half have left, after a month or more."""
    stayed = random.random() < 0.55 or joined > LAST_DAY - timedelta(days=31)
    return None if stayed else between(random, joined + timedelta(days=30), LAST_DAY)


def _phone(number: int) -> str:
    """Area code 555 is not in use."""
    return f"+1 555 {200 + number // 10_000 % 800} {number % 10_000:04d}"


@cache
def _shares() -> list[int]:
    return list(accumulate(place.share for place in locales()))


def _place(random: Random) -> Locale:
    return locales()[bisect_right(_shares(), random.randrange(_shares()[-1]))]
