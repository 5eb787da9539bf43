"""Make what runs need: the control store, the ledger's signing key, and our own tables in each dataset."""

from __future__ import annotations

from collections.abc import Iterable

from retention.runtime.deployment import Deployment
from retention.runtime.ledger_key import ensure_signing_key
from retention.sql.control.store import ControlStore
from retention.sql.initialise import initialise_dataset


def initialise(deployment: Deployment, dataset_ids: Iterable[str]) -> None:
    """Safe to repeat. Raises RetentionError before the first write where a dataset is unknown or not ours."""
    wanted = [deployment.dataset(dataset_id) for dataset_id in dataset_ids]
    for dataset in wanted:
        deployment.resolver.url(dataset)
    deployment.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = deployment.clock.now()
    ControlStore.create(deployment.control_url, at=now).close()
    ensure_signing_key(deployment)
    for dataset in wanted:
        database = deployment.database(dataset.id)
        initialise_dataset(database, deployment_id=deployment.control.deployment_id, now=now)
