"""What one check came to for one table or column, and where it is kept for others to assert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert

from retention.sql.own_tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Counts and words; never a value. ``column`` empty: about the table. ``rule_id`` empty: about the dataset."""

    check_name: str
    rule_id: str
    table_name: str
    column_name: str = ""
    examined: int = 0
    violations: int = 0
    unknown: int = 0
    applicable: bool = True  # False: the journal shows no change, or a second query agrees that the table is empty
    note: str = ""


def save_findings(connection: Connection, own: OwnTables, run_id: str, findings: Iterable[Finding]) -> None:
    """Replace what an earlier attempt found."""
    connection.execute(delete(own.finding).where(own.finding.c.run_id == run_id))
    rows = [{"run_id": run_id, **asdict(finding)} for finding in findings]
    if rows:
        connection.execute(insert(own.finding), rows)
