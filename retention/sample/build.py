"""Building the sample company's databases, in bulk and in constant memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine, create_engine, insert, inspect, make_url

from retention.model.errors import refuse
from retention.sample import billing, crm, hr, marketing, portal, support, tenants, web
from retention.sample.rows import Row

DATASETS: Mapping[str, ModuleType] = {
    "crm": crm,
    "billing": billing,
    "support": support,
    "portal": portal,
    "web": web,
    "hr": hr,
    "marketing": marketing,
    "tenants": tenants,
}
CHUNK = 5_000
Progress = Callable[[str, str, int], None]  # dataset, table, rows written so far


def build_all(
    urls: Mapping[str, str], people: int, progress: Progress | None = None
) -> Mapping[str, Mapping[str, int]]:
    """Make and fill the databases behind ``urls`` (dataset id -> SQLAlchemy URL); gives rows by dataset and table.

    Raises RetentionError before the first write: R380 for an unknown dataset, R381 where one of the tables is there
    already, R382 for a number of people that is none.
    """
    if people < 1:
        raise refuse("R382", f"{people} people make no company", where="--people", remedy="write a number of 1 or more")
    for dataset in urls:
        if dataset not in DATASETS:
            raise refuse(
                "R380",
                f"the sample company has no dataset {dataset!r}; valid are {', '.join(DATASETS)}",
                where="sample",
                remedy="name one of those",
            )
    engines = {dataset: _engine(url) for dataset, url in urls.items()}
    for dataset, engine in engines.items():
        _refuse_occupied(dataset, engine)
    try:
        return {dataset: _fill(dataset, engine, people, progress or _silent) for dataset, engine in engines.items()}
    finally:
        for engine in engines.values():
            engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        sqlite3.connect(parsed.database).close()
    return create_engine(parsed, hide_parameters=True)


def _refuse_occupied(dataset: str, engine: Engine) -> None:
    there = set(inspect(engine).get_table_names()) & set(DATASETS[dataset].METADATA.tables)
    if there:
        raise refuse(
            "R381",
            f"the database has tables of these names already: {', '.join(sorted(there))}",
            where=f"dataset {dataset}",
            remedy="give an empty database; the sample overwrites nothing",
        )


def _fill(dataset: str, engine: Engine, people: int, progress: Progress) -> dict[str, int]:
    module = DATASETS[dataset]
    counts: dict[str, int] = {}
    with engine.begin() as connection:
        module.METADATA.create_all(connection)
        for table, rows in module.rows(people):
            counts.setdefault(table.name, 0)
            for chunk in _chunks(rows):
                connection.execute(insert(table), chunk)
                counts[table.name] += len(chunk)
                progress(dataset, table.name, counts[table.name])
    return counts


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _silent(dataset: str, table: str, rows: int) -> None:
    """Nobody watches."""
