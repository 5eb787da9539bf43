"""How far each rule has been examined."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from retention.sql.control.records import Watermark
from retention.sql.control.stored import from_json, to_json
from retention.sql.control.tables import watermark as table
from retention.sql.control.transactions import Transactions


class Watermarks:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def watermark(self, rule_id: str) -> Watermark | None:
        with self._store.reading() as connection:
            row = connection.execute(select(table).where(table.c.rule_id == rule_id)).first()
        if row is None:
            return None
        return Watermark(
            rule_digest=row.rule_digest,
            as_of=row.as_of,
            bounds=from_json(dict[str, str], row.bounds),
            swept_at=row.swept_at,
        )

    def save_watermark(self, rule_id: str, watermark: Watermark) -> None:
        """Replaces the one before."""
        with self._store.begin() as connection:
            connection.execute(delete(table).where(table.c.rule_id == rule_id))
            connection.execute(
                insert(table).values(
                    rule_id=rule_id,
                    rule_digest=watermark.rule_digest,
                    as_of=watermark.as_of,
                    bounds=to_json(dict[str, str], dict(watermark.bounds)),
                    swept_at=watermark.swept_at,
                )
            )
