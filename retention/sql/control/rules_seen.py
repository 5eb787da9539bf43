"""Which texts of a rule have been planned before: the first run of a new text is a plan only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, insert, select

from retention.sql.control.tables import rule_seen
from retention.sql.control.transactions import Transactions


class RulesSeen:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def first_seen(self, rule_id: str, digest: str) -> datetime | None:
        with self._store.reading() as connection:
            return cast("datetime | None", connection.execute(_first(rule_id, digest)).scalar())

    def record_seen(self, rule_id: str, digest: str, *, at: datetime) -> None:
        """The first time stays."""
        with self._store.begin() as connection:
            if connection.execute(_first(rule_id, digest)).scalar() is None:
                connection.execute(insert(rule_seen).values(rule_id=rule_id, digest=digest, first_seen=at))


def _first(rule_id: str, digest: str) -> Select[Any]:
    return select(rule_seen.c.first_seen).where(rule_seen.c.rule_id == rule_id, rule_seen.c.digest == digest)
