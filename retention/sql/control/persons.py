"""Persons who act with a token of their own. The store keeps the token's hash alone."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import insert, select

from retention.model.errors import refuse
from retention.sql.control.ledger import append
from retention.sql.control.tables import person_token
from retention.sql.control.transactions import Transactions


class Persons:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def person(self, token: str) -> str | None:
        """The name of the person whose token this is."""
        statement = select(person_token.c.name).where(person_token.c.token_hash == _hash(token))
        with self._store.reading() as connection:
            return connection.execute(statement).scalar()

    def names(self) -> tuple[str, ...]:
        """Everybody who has a token, in name order."""
        with self._store.reading() as connection:
            return tuple(connection.execute(select(person_token.c.name).order_by(person_token.c.name)).scalars())

    def add_token(self, name: str, token: str, *, made_by: str, at: datetime) -> None:
        """Recorded in the ledger. Raises RetentionError R364 where the name has a token already."""
        with self._store.begin() as connection:
            if connection.execute(select(person_token.c.name).where(person_token.c.name == name)).first():
                raise refuse(
                    "R364",
                    f"{name} has a token already",
                    where="persons",
                    remedy="use that token, or make one under another name",
                )
            connection.execute(
                insert(person_token).values(name=name, token_hash=_hash(token), made_by=made_by, made_at=at)
            )
            append(connection, "token_made", {"name": name, "by": made_by}, at)


def _hash(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()
