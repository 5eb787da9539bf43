"""The first step of a run: choose the as-of, record the rules and the hold epoch. Nothing is examined yet."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from retention.model.errors import refuse
from retention.model.run import RunHandle
from retention.runtime.deployment import Deployment
from retention.runtime.forgetting import forget_what_is_over
from retention.runtime.hold_copies import catch_up
from retention.runtime.identity_links import follow_links
from retention.runtime.in_use import refuse_retired
from retention.runtime.rule_changes import record_rules
from retention.sql.initialise import check_ours
from retention.sql.server_clock import server_now


def prepare(
    deployment: Deployment,
    dataset_id: str,
    *,
    as_of: datetime | None,
    plan_only: bool,
    external_id: str,
    started_by: str = "",
) -> RunHandle:
    """The run with this external id: a new one, or the one that was prepared before, with the as-of that it got then.

    ``started_by``: the person, who cannot approve the run's plan; empty: a schedule.

    Raises RetentionError: R400s for an as-of that cannot be, a stopped system; R390 for a retired dataset; R310s
    where our own tables are missing or not ours; TransientError R301 where the dataset cannot be reached.
    """
    rules = deployment.rules
    dataset = deployment.dataset(dataset_id)
    refuse_retired(deployment, dataset.id)
    if known := deployment.control.runs.by_external_id(dataset.id, external_id):
        return known.handle
    refuse_when_stopped(deployment)
    instant = _chosen(deployment, as_of)  # before the server's clock is read: what lies between takes time
    database = deployment.database(dataset.id)
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        latest = server_now(connection, database.dialect)
    deployment.control.releases.end(deployment.clock.now())
    catch_up(deployment, dataset.id)
    forget_what_is_over(deployment, dataset.id)
    follow_links(deployment)
    if not plan_only:
        _refuse_future(dataset.id, instant, latest)
    record_rules(deployment)
    handle = RunHandle(
        run_id=_run_id(dataset.id, instant),
        dataset=dataset.id,
        as_of=instant,
        plan_only=plan_only,
        external_id=external_id,
        rules_digest=rules.digest,
        hold_epoch=deployment.control.holds.epoch(dataset.id),
        started_by=started_by,
    )
    return deployment.control.runs.prepare(handle, run_secret=secrets.token_bytes(32), at=deployment.clock.now())


def _refuse_future(dataset_id: str, as_of: datetime, latest: datetime) -> None:
    if as_of > latest:
        raise refuse(
            "R410",
            f"as-of {as_of.isoformat()} is later than the database server's clock; a run that writes cannot be",
            where=f"dataset {dataset_id}",
            remedy="leave as-of out, or ask for a plan only: plan, explain and forecast may look into the future",
        )


def refuse_when_stopped(deployment: Deployment) -> None:
    """Raises RetentionError R412 while the stop switch is on."""
    stop = deployment.control.stops.stopped()
    if stop is not None:
        raise refuse(
            "R412",
            f"the system is stopped since {stop.since.isoformat()} by {stop.by}: {stop.reason}",
            where="stop switch",
            remedy="`retention resume`, once the reason is gone; then start the run again",
        )


def _chosen(deployment: Deployment, as_of: datetime | None) -> datetime:
    """Whole seconds, UTC."""
    instant = as_of or deployment.clock.now()
    if instant.tzinfo is None:
        raise refuse(
            "R411",
            "as-of has no zone",
            where="as-of",
            remedy="write date, time and zone, for example 2026-07-01T00:00:00Z",
        )
    return instant.astimezone(UTC).replace(microsecond=0)


def _run_id(dataset_id: str, as_of: datetime) -> str:
    return f"{dataset_id}-{as_of:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
