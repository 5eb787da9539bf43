"""Pools of made-up names and places, in several scripts, from which everybody in the sample is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from faker import Faker

from retention.sample.chance import SEED

SIZE = 400  # of each pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """One country's pools. ``share``: of a hundred people, how many live there."""

    country: str
    share: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    regions: tuple[str, ...]
    postcodes: tuple[str, ...]


_COUNTRIES = (
    ("US", "en_US", 46),
    ("DE", "de_DE", 14),
    ("FR", "fr_FR", 11),
    ("GB", "en_GB", 11),
    ("NL", "nl_NL", 8),
    ("GR", "el_GR", 5),
    ("JP", "ja_JP", 5),
)


@cache
def locales() -> tuple[Locale, ...]:
    """Always the same, whatever else uses Faker."""
    return tuple(_locale(country, locale, share) for country, locale, share in _COUNTRIES)


def _locale(country: str, locale: str, share: int) -> Locale:
    faker = Faker(locale)
    faker.seed_instance(f"{SEED} {locale}")

    def pool(make: Callable[[], str]) -> tuple[str, ...]:
        return tuple(str(make()).replace("\n", " ") for _ in range(SIZE))

    region = getattr(faker, "state", None) or faker.city
    return Locale(
        country=country,
        share=share,
        given=pool(faker.first_name),
        family=pool(faker.last_name),
        streets=pool(faker.street_name if hasattr(faker, "street_name") else faker.city),
        cities=pool(faker.city),
        regions=pool(region),
        postcodes=pool(faker.postcode),
    )


@cache
def sentences() -> tuple[str, ...]:
    """What people write to a support desk."""
    faker = Faker("en_US")
    faker.seed_instance(f"{SEED} sentences")
    return tuple(faker.sentence(nb_words=9) for _ in range(SIZE))


@cache
def companies() -> tuple[str, ...]:
    faker = Faker("en_US")
    faker.seed_instance(f"{SEED} companies")
    return tuple(faker.company() for _ in range(SIZE))
