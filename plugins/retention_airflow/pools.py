"""Airflow pools: one per database server, so that runs on one server do not crowd each other. SQLite: one slot.

Which datasets share a server is known only to who may read their addresses. The Airflow side's init reads them once and
writes the pools' names into the home; parsing a DAG reads that file and opens no connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retention.model.errors import refuse

SERVER_SLOTS = 4
AIRFLOWS_OWN = "default_pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPool:
    """The pool of one server, with the datasets that live there."""

    name: str
    slots: int
    datasets: tuple[str, ...]


def pools_file(home: Path) -> Path:
    return home / "airflow_pools.json"


def pool_of(dataset_id: str, home: Path) -> str | None:
    """The pool of a dataset's server; None before init has made it. Airflow never schedules a task whose pool it does
    not know, and says so in the scheduler's log alone: such a dataset's tasks stand in Airflow's own pool."""
    file = pools_file(home)
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return known.get(dataset_id)


def refuse_without_pool(dataset_id: str, home: Path) -> None:
    """Raises RetentionError R597 before init has run for this dataset."""
    if pool_of(dataset_id, home) is None:
        raise refuse(
            "R597",
            "Airflow's pool for this dataset's server was not made yet: nothing would keep its runs from crowding it",
            where=f"dataset {dataset_id}, {pools_file(home)}",
            remedy="`python -m retention_airflow.init` beside Airflow, with this RETENTION_HOME; then clear this task",
        )


def pools_for(urls: Mapping[str, str]) -> tuple[ServerPool, ...]:
    """Group datasets (id -> SQLAlchemy URL) by server. Every SQLite file is a server of its own."""
    from sqlalchemy import make_url

    servers: dict[tuple[str, int], list[str]] = {}
    for dataset, text in sorted(urls.items()):
        url = make_url(text)
        if url.get_backend_name() == "sqlite":
            servers[(f"retention_{dataset}", 1)] = [dataset]
        else:
            where = re.sub(r"[^A-Za-z0-9]+", "_", f"{url.host or 'local'}_{url.port or 'default'}")
            servers.setdefault((f"retention_{url.get_backend_name()}_{where}", SERVER_SLOTS), []).append(dataset)
    return tuple(
        ServerPool(name=name, slots=slots, datasets=tuple(datasets)) for (name, slots), datasets in servers.items()
    )


def remember(pools: tuple[ServerPool, ...], home: Path) -> None:
    """Write the file that ``pool_of`` reads, whole or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    file = pools_file(home)
    fresh = file.with_suffix(".new")
    names = {dataset: pool.name for pool in pools for dataset in pool.datasets}
    fresh.write_text(json.dumps(names, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(file)
