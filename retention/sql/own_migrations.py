"""From one version of our own tables in a dataset to the next. New tables are made by the caller: see initialise.

Each step runs once, under the exclusive side of the fence, in the transaction that writes the new version: a batch sees
the tables as they were before, or as they are after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, update

from retention.sql.own_tables import SCHEMA_VERSION, OwnTables

Step = Callable[[Connection, OwnTables], None]


def _stop_workers(connection: Connection, own: OwnTables) -> None:
    """1 to 2: holds on conditions, tables and datasets. 2 to 3: facts from elsewhere. 3 to 4: claims assessments.
    A worker of an older release
    knows nothing of them: it loses its lease, writes nothing more, and is refused when it starts anew. What is there
    stays as it is."""
    connection.execute(update(own.lease).values(owner="", token=own.lease.c.token + 1, expires_ms=0))


STEPS: Mapping[int, Step] = dict.fromkeys((1, 2, 3), _stop_workers)  # by the version from which they start


def migrate(connection: Connection, own: OwnTables, version: int) -> None:
    """Bring the tables from ``version`` to this release's. Called inside of the fence, after new tables were made."""
    for step in range(version, SCHEMA_VERSION):
        STEPS[step](connection, own)
    connection.execute(update(own.meta).values(schema_version=SCHEMA_VERSION))
