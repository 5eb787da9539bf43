"""Open the deployment for one task, with addresses and the key from Airflow's connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retention.runtime.deployment import Deployment


@contextmanager
def opened() -> Iterator[Deployment]:
    """The deployment that the environment names; its database connections are closed at the end."""
    from retention.runtime.clock import SystemClock
    from retention.runtime.deployment import open_deployment
    from retention_airflow.connections import AirflowConnections
    from retention_airflow.places import rules_dir

    deployment = open_deployment(rules_dir(), AirflowConnections(), SystemClock())
    try:
        yield deployment
    finally:
        deployment.close()
