"""``python -m retention_airflow.init``: make Airflow's pools for the datasets of the rules.

With ``--tables`` also what `retention init` makes, in the databases that Airflow's connections name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from retention.model.errors import RetentionError
from retention.policy import load_or_refuse
from retention_airflow.connections import AirflowConnections
from retention_airflow.places import home, rules_dir
from retention_airflow.pools import ServerPool, pools_for, remember


def make_pools() -> tuple[ServerPool, ...]:
    """Create what is missing; leave alone how many slots somebody gave a pool that exists. Raises RetentionError."""
    rules = load_or_refuse(rules_dir())
    resolver = AirflowConnections()
    pools = pools_for({name: resolver.url(dataset) for name, dataset in rules.datasets.items()})
    for pool in pools:
        _create(pool)
    remember(pools, home())
    return pools


def _create(pool: ServerPool) -> None:
    from airflow.models.pool import Pool

    if Pool.get_pool(pool.name) is None:
        Pool.create_or_update_pool(
            pool.name, pool.slots, f"retention: {', '.join(pool.datasets)}", include_deferred=False
        )


def make_tables() -> tuple[str, ...]:
    """The control store and our own tables in each dataset; gives the datasets. Raises RetentionError."""
    from retention.runtime.initialise import initialise
    from retention_airflow.opening import opened

    with opened() as deployment:
        datasets = tuple(deployment.datasets)
        initialise(deployment, datasets)
    return datasets


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 2 with the refusal on standard error."""
    parser = argparse.ArgumentParser(prog="python -m retention_airflow.init", description=__doc__)
    parser.add_argument("--tables", action="store_true", help="the control store and our own tables, too")
    wanted = parser.parse_args(arguments)
    try:
        pools = make_pools()
        datasets = make_tables() if wanted.tables else ()
    except RetentionError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for pool in pools:
        sys.stdout.write(
            f"pool {pool.name}: {pool.slots} slot{'s' if pool.slots > 1 else ''} for {', '.join(pool.datasets)}\n"
        )
    if datasets:
        sys.stdout.write(f"tables: {', '.join(datasets)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
