"""Links that could not be followed when they were last looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from retention.model.linked_subject import LinkGap
from retention.sql.control.link_tables import link_gap


def gaps_of(connection: Connection) -> tuple[LinkGap, ...]:
    """By dataset and table."""
    rows = connection.execute(select(link_gap).order_by(link_gap.c.dataset, link_gap.c.table_name))
    return tuple(
        LinkGap(dataset=row.dataset, table=row.table_name, kinds=tuple(json.loads(row.kinds)), reason=row.reason)
        for row in rows
    )


def replace_gaps(connection: Connection, gaps: Iterable[LinkGap]) -> bool:
    """False: these are the gaps that were known already."""
    wanted = tuple(sorted(gaps, key=lambda gap: (gap.dataset, gap.table)))
    if wanted == gaps_of(connection):
        return False
    connection.execute(delete(link_gap))
    for gap in wanted:
        kinds = json.dumps(gap.kinds)
        values = {"dataset": gap.dataset, "table_name": gap.table, "kinds": kinds, "reason": gap.reason}
        connection.execute(insert(link_gap).values(**values))
    return True
