"""What a run kept to be verified by is forgotten when the run is sealed; of one that never is, after a deadline."""

from __future__ import annotations

from datetime import timedelta

from retention.model.run import RunState
from retention.runtime.deployment import Deployment
from retention.sql.control.records import RunRecord
from retention.sql.forgetting import forget_candidates, forget_originals


def forget_what_is_over(deployment: Deployment, dataset_id: str) -> None:
    """The digests of originals, the key under which they were made, and the lists of whom and what a run was about.

    A run is over when it is sealed, or when ``originals_lifetime_days`` have passed since it was begun and its plan has
    expired: then verifying it says that it could not tell. The key goes last, so that a crash leaves this to be done
    again.
    """
    runs = deployment.control.runs
    over = [one.handle.run_id for one in runs.with_secret(dataset_id) if _is_over(deployment, one)]
    if not over:
        return
    database = deployment.database(dataset_id)
    with database.writing() as connection:
        forget_originals(connection, database.own, over)
        forget_candidates(connection, database.dialect, over)
    for run_id in over:
        runs.forget_run_secret(run_id)


def _is_over(deployment: Deployment, record: RunRecord) -> bool:
    if record.state is RunState.SEALED:
        return True
    now, lifetime = deployment.clock.now(), timedelta(days=deployment.settings.originals_lifetime_days)
    plan = deployment.control.runs.plan(record.handle.run_id)
    return record.created_at + lifetime < now and (plan is None or plan.expires_at < now)
