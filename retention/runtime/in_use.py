"""Which datasets are in use: all that two people have not retired."""

from __future__ import annotations

from retention.model.errors import refuse
from retention.runtime.deployment import Deployment


def in_use(deployment: Deployment) -> tuple[str, ...]:
    """In the order of datasets.yaml."""
    known = deployment.control.retirements.all()
    return tuple(dataset for dataset in deployment.datasets if dataset not in known or not known[dataset].retired)


def refuse_retired(deployment: Deployment, dataset_id: str) -> None:
    """Raises RetentionError R390: no run touches a dataset that two people have retired."""
    known = deployment.control.retirements.of(dataset_id)
    if known is not None and known.retired:
        raise refuse(
            "R390",
            f"the dataset is {known.in_words}",
            where=f"dataset {dataset_id}",
            remedy=f'to use it again: `retention dataset revive {dataset_id} --reason ".."`, and a second person; '
            "else pause its DAG, or take the dataset and its rules out of the rules folder",
        )
