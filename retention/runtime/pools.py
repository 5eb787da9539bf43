"""Pools of made-up values: filled once by Faker, kept as versions in the control store, copied to datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from anonymizers.pools import POOLS
from anonymizers.registry import get
from retention.model.errors import RetentionError, refuse
from retention.model.rule import Action, Replace, Rule
from retention.policy.naming import choose_from
from retention.runtime.deployment import Deployment
from retention.sql.control.records import Pool
from retention.sql.database import Database
from retention.sql.pools import content_digest, copy_pool
from retention.sql.pseudonymize import pool_name

_FIRST = 1
_ATTEMPTS = 8  # for each value that is wanted: a locale with few names ends with fewer
# What Faker calls each family, the first that a locale knows.
_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "given_name": ("first_name",),
    "family_name": ("last_name",),
    "street": ("street_address",),
    "city": ("city",),
    "postcode": ("postcode",),
    "region": ("administrative_unit", "state", "region", "province", "county", "department_name"),
    "organization": ("company",),
}


def ensure_pools(deployment: Deployment, database: Database, rules: Iterable[Rule]) -> Mapping[str, int]:
    """Make the pools that the rules name, and copy them to the dataset. Gives name ("city@en_US") to version.

    Raises RetentionError R344 where Faker cannot fill one, R345 where the dataset holds another one of that version.
    """
    names = sorted(set(_names(rules, deployment.settings.locale)))
    pools = [deployment.control.pools.latest(name) or _make(deployment, name) for name in names]
    if pools:
        with database.writing() as connection:
            for pool in pools:
                copy_pool(connection, database.own, database.dialect, pool)
    return {pool.name: pool.version for pool in pools}


def _names(rules: Iterable[Rule], locale: str) -> Iterator[str]:
    for rule in rules:
        if rule.disposition.action is not Action.PSEUDONYMIZE:
            continue
        for use in (*rule.columns, *(use for member in rule.members for use in member.columns)):
            if isinstance(use.treatment, Replace):
                for pick in get(use.treatment.strategy).picks(use.treatment.params):
                    yield pool_name(pick, locale)


def _make(deployment: Deployment, name: str) -> Pool:
    from faker import VERSION

    values = fill_pool(name, _FIRST, deployment.settings.pool_size)
    return deployment.control.pools.add_first(name, values, digest=content_digest(values), faker=VERSION)


def fill_pool(name: str, version: int, size: int) -> tuple[str, ...]:
    """Up to ``size`` distinct values in code point order; the same for the same name, version, size and Faker release.

    Raises RetentionError R344 for a locale that Faker does not know, or that has no such values."""
    family, _, locale = name.partition("@")
    made = _provider(family, locale, seed=f"{name} {version}")
    values: set[str] = set()
    for _ in range(_ATTEMPTS * size):
        value = made()
        if 0 < len(value) <= POOLS[family].longest and value.isprintable() and value == value.strip():
            values.add(value)
        if len(values) == size:
            break
    if len(values) < 2:
        raise _unfillable(family, locale)
    return tuple(sorted(values))


def _provider(family: str, locale: str, *, seed: str) -> Callable[[], str]:
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        raise refuse(
            "R344",
            f"Faker knows no locale {locale!r}",
            where=f"pool {family}@{locale}",
            remedy=choose_from(locale, AVAILABLE_LOCALES, what="locales"),
        )
    faker = Faker(locale)
    faker.seed_instance(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    for provider in _PROVIDERS[family]:
        made: Callable[[], str] | None = getattr(faker, provider, None)
        if made is not None:
            return made
    raise _unfillable(family, locale)


def _unfillable(family: str, locale: str) -> RetentionError:
    return refuse(
        "R344",
        f"Faker has no values of the kind {family} for the locale {locale} that are at most {POOLS[family].longest} "
        "characters long",
        where=f"pool {family}@{locale}",
        remedy="give the strategy another locale, such as {name: " + family + ", locale: en_US}, or use constant",
    )
