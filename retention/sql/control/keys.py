"""Which keys the deployment uses. The keys themselves are never here: only names by which to recognise them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from retention.model.errors import refuse
from retention.sql.control.tables import deployment
from retention.sql.control.transactions import Transactions


class Keys:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def remembered_key(self) -> str | None:
        """The id of the key that the pseudonyms were made with; None: none was used yet."""
        return self._value(deployment.c.key_id)

    def remember_key(self, key_id: str) -> None:
        """Raises RetentionError R343 where another key was used before."""
        with self._store.begin() as connection:
            known = connection.execute(select(deployment.c.key_id)).scalar()
            if known not in (None, key_id):
                raise refuse(
                    "R343",
                    f"this key ({key_id}) is not the one that pseudonyms were made with before ({known})",
                    where="pseudonym key",
                    remedy="give the key used before: with another one every person would get a new pseudonym",
                )
            connection.execute(update(deployment).values(key_id=key_id))

    def ledger_public_key(self) -> str | None:
        """Ed25519, 32 raw bytes in hex: what the ledger's heads are verified with."""
        return self._value(deployment.c.ledger_public_key)

    def remember_ledger_public_key(self, public_key: str) -> str:
        """The first one stays; gives the one that counts."""
        with self._store.begin() as connection:
            known = connection.execute(select(deployment.c.ledger_public_key)).scalar()
            if known is None:
                connection.execute(update(deployment).values(ledger_public_key=public_key))
        return known or public_key

    def _value(self, column: Any) -> str | None:
        with self._store.reading() as connection:
            return connection.execute(select(column)).scalar()
