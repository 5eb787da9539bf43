"""Datasets that two people have retired: no hold is pending for them, and no run touches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.retirement import Retirement, RetirementState
from retention.runtime.deployment import Deployment
from retention.runtime.identity_links import hold_everywhere


def retire(deployment: Deployment, dataset_id: str, by: str, reason: str) -> Retirement | None:
    """Ask for the retirement of a dataset; nothing changes until a second person confirms. Where its revival is
    requested, that request is taken back.

    Raises RetentionError R303 (no such dataset), R367 (no reason), R392 (requested already, or done).
    """
    dataset = deployment.dataset(dataset_id).id
    at = deployment.clock.now()
    return deployment.control.retirements.request(dataset, by, _given(reason, "retirement"), at)


def confirm(deployment: Deployment, dataset_id: str, by: str) -> Retirement | None:
    """From now on no hold waits for the dataset. When this returns, no batch runs there.

    Raises RetentionError R303, R391 (the person who requested it), R392 (nobody requested it).
    """
    dataset = deployment.dataset(dataset_id).id
    retired = deployment.control.retirements.confirm(dataset, by, deployment.clock.now())
    _wait_for_batches(deployment, dataset)
    hold_everywhere(deployment)
    return retired


def revive(deployment: Deployment, dataset_id: str, by: str, reason: str) -> Retirement | None:
    """Ask for a retired dataset to be used again. Where its retirement is only requested, that is taken back at once.

    None: it is in use. Raises RetentionError R303, R367 (no reason), R392 (it is in use, or requested already).
    """
    dataset = deployment.dataset(dataset_id).id
    at = deployment.clock.now()
    return deployment.control.retirements.request_revival(dataset, by, _given(reason, "revival"), at)


def confirm_revival(deployment: Deployment, dataset_id: str, by: str) -> None:
    """The dataset gets the present holds before any run touches it. Raises RetentionError R303, R391, R392."""
    dataset = deployment.dataset(dataset_id).id
    deployment.control.retirements.confirm_revival(dataset, by, deployment.clock.now())
    hold_everywhere(deployment)


def to_do(deployment: Deployment, dataset_id: str) -> Iterator[Problem]:
    """What waits for a second person."""
    known = deployment.control.retirements.of(dataset_id)
    if known is None or known.state is RetirementState.RETIRED:
        return
    asked = known.state is RetirementState.REQUESTED
    verb, by = ("retire", known.requested_by) if asked else ("revive", known.revival_requested_by)
    yield Problem(
        code="R393",
        what=f"{by} asked to {verb} it: {known.reason if asked else known.revival_reason}",
        where=f"dataset {dataset_id}",
        remedy=f"a second person: `retention dataset {verb} {dataset_id} --confirm`",
    )


def _wait_for_batches(deployment: Deployment, dataset_id: str) -> None:
    """A batch that began before the retirement ends first. Where the dataset cannot be reached, none can commit."""
    with suppress(RetentionError, SQLAlchemyError), deployment.database(dataset_id).placing():
        pass


def _given(reason: str, what: str) -> str:
    if not reason.strip():
        raise refuse("R367", f"a {what} needs a reason", where="dataset", remedy="say why, without a person's name")
    return reason.strip()
