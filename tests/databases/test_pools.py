"""Pools: filled once, the same for everybody, and refused where a copy differs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select, update

from anonymizers.pools import POOLS
from retention.model.errors import RetentionError
from retention.runtime.pools import ensure_pools, fill_pool
from tests.world import World, make_world

WANTED = {"given_name@en_US": 1, "family_name@en_US": 1, "city@en_US": 1}


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path, customers=4)


def _ensured(world: World) -> dict[str, int]:
    deployment = world.deployment
    return dict(ensure_pools(deployment, deployment.database("shop"), deployment.rules.rules))


def test_the_pools_that_rules_name_are_made_and_copied_once(world: World) -> None:
    assert _ensured(world) == WANTED
    assert _ensured(world) == WANTED
    own, pools = world.deployment.database("shop").own, world.deployment.control.pools
    with world.connected() as connection:
        for name in WANTED:
            kept = pools.latest(name)
            assert kept is not None
            query = select(own.pool_value.c.value).where(own.pool_value.c.name == name)
            copied = connection.execute(query.order_by(own.pool_value.c.position)).scalars().all()
            assert tuple(copied) == kept.values
            recorded = connection.execute(select(own.pool).where(own.pool.c.name == name)).one()
            assert (recorded.version, recorded.size, recorded.digest) == (1, len(kept.values), kept.digest)
            assert recorded.faker == kept.faker


def test_a_changed_copy_is_refused(world: World) -> None:
    _ensured(world)
    own = world.deployment.database("shop").own
    with world.connected() as connection:
        connection.execute(update(own.pool_value).where(own.pool_value.c.position == 0).values(value="Somebody"))
    with pytest.raises(RetentionError, match=r"R345 pool city@en_US.*\n.*delete this version"):
        _ensured(world)


def test_a_later_version_is_used_beside_the_first(world: World) -> None:
    _ensured(world)
    values = ("Aville", "Bville")
    digest = hashlib.sha256(b"Aville\nBville\n").hexdigest()
    world.deployment.control.pools.add("city@en_US", values, digest=digest, faker="by hand")
    assert _ensured(world) == {**WANTED, "city@en_US": 2}


@pytest.mark.parametrize("family", POOLS)
def test_a_pool_is_the_same_each_time_and_fits_its_columns(family: str) -> None:
    values = fill_pool(f"{family}@en_US", 1, 64)
    assert values == fill_pool(f"{family}@en_US", 1, 64)
    assert list(values) == sorted(set(values))
    assert 40 < len(values) <= 64
    assert all(0 < len(value) <= POOLS[family].longest for value in values)


def test_another_version_or_locale_is_another_pool() -> None:
    first = fill_pool("city@en_US", 1, 64)
    assert first != fill_pool("city@en_US", 2, 64)
    assert first != fill_pool("city@de_DE", 1, 64)


def test_an_unknown_locale_lists_those_that_there_are() -> None:
    with pytest.raises(RetentionError, match=r"R344 pool city@de_De: Faker knows no locale 'de_De'\n.*mean 'de_DE'"):
        fill_pool("city@de_De", 1, 64)


def test_a_locale_without_such_values_is_refused() -> None:
    with pytest.raises(RetentionError, match=r"R344 pool region@en_NZ"):
        fill_pool("region@en_NZ", 1, 64)
