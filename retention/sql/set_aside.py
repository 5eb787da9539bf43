"""Candidates that the database refused to write: kept where they are, and named by their number."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from retention.sql.own_tables import OwnTables


def set_aside(
    connection: Connection, own: OwnTables, run_id: str, rule_id: str, candidate: int, reason: str, now_ms: int
) -> None:
    """``reason`` is the kind of error; its text may quote a row, and is not kept."""
    values = {"run_id": run_id, "rule_id": rule_id, "seq": candidate, "reason": reason, "at_ms": now_ms}
    connection.execute(insert(own.set_aside).values(values))
