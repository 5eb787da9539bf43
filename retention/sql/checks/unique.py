"""Unique keys are still unique in every table that the run wrote to: those of the committed snapshot count."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select

from retention.sql.checks.emptiness import of_whole
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look

NAME = "unique_keys"


def unique_keys(look: Look) -> Iterator[Finding]:
    for table in look.touched_tables:
        known = look.snapshot.tables.get(table)
        live = look.tables[table]
        for key in dict.fromkeys((known.primary_key, *known.unique) if known else ()):
            if not key or not set(key) <= set(live.c.keys()):
                continue
            columns = [live.c[name] for name in key]
            there = and_(*(column.is_not(None) for column in columns))
            several = select(func.count().label("n")).select_from(live).where(there).group_by(*columns)
            surplus = several.having(func.count() > 1).subquery()
            finding = Finding(
                check_name=NAME,
                rule_id="",
                table_name=table,
                column_name=", ".join(key),
                examined=look.count(live),
                violations=look.number(select(func.coalesce(func.sum(surplus.c.n - 1), 0))),
            )
            yield of_whole(look, finding, look.tables[finding.table_name])
