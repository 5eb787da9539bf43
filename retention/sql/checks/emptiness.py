"""A check that saw no row proves nothing, unless a second, different query agrees that there is none."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import FromClause, literal, select

from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look


def of_whole(look: Look, finding: Finding, table: FromClause) -> Finding:
    """For findings over a whole table: not applicable where it is empty, unknown where that is denied."""
    if finding.examined:
        return finding
    first = select(literal(1)).select_from(table).limit(1)
    if look.connection.execute(first).first() is None:
        return replace(finding, applicable=False)
    return replace(finding, unknown=finding.unknown + 1, note="two ways to count its rows disagree")
