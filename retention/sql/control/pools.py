"""Pools of made-up values. A version never changes: everybody's pseudonyms hang on it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, insert, select

from retention.sql.control.records import Pool
from retention.sql.control.stored import from_json, to_json
from retention.sql.control.tables import pool
from retention.sql.control.transactions import Transactions


class Pools:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def latest(self, name: str) -> Pool | None:
        with self._store.reading() as connection:
            return _version(connection, name, _latest_number(connection, name))

    def version(self, name: str, number: int) -> Pool | None:
        with self._store.reading() as connection:
            return _version(connection, name, number)

    def add_first(self, name: str, values: Iterable[str], *, digest: str, faker: str) -> Pool:
        """Version 1. Where the pool has a version already, its latest one is returned and nothing is added."""
        with self._store.begin() as connection:
            known = _version(connection, name, _latest_number(connection, name))
            return known or _add(connection, name, 1, tuple(values), digest, faker)

    def add(self, name: str, values: Iterable[str], *, digest: str, faker: str) -> Pool:
        """A further version."""
        with self._store.begin() as connection:
            number = _latest_number(connection, name) + 1
            return _add(connection, name, number, tuple(values), digest, faker)


def _latest_number(connection: Connection, name: str) -> int:
    highest = select(func.coalesce(func.max(pool.c.version), 0)).where(pool.c.name == name)
    return int(connection.execute(highest).scalar_one())


def _version(connection: Connection, name: str, number: int) -> Pool | None:
    row = connection.execute(select(pool).where(pool.c.name == name, pool.c.version == number)).first()
    if row is None:
        return None
    values = from_json(tuple[str, ...], row.pool_values)
    return Pool(name=name, version=number, values=values, digest=row.digest, faker=row.faker)


def _add(connection: Connection, name: str, number: int, values: tuple[str, ...], digest: str, faker: str) -> Pool:
    text = to_json(tuple[str, ...], values)
    connection.execute(insert(pool).values(name=name, version=number, digest=digest, faker=faker, pool_values=text))
    return Pool(name=name, version=number, values=values, digest=digest, faker=faker)
