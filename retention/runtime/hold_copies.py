"""Bringing a dataset to the holds that the control store knows. A crash on the way protects more."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError
from retention.runtime.deployment import Deployment
from retention.runtime.hold_epochs import ahead
from retention.runtime.in_use import in_use
from retention.sql.control.records import HoldCopy
from retention.sql.holds import bring_to, epoch_here
from retention.sql.initialise import check_ours


def catch_up(deployment: Deployment, dataset_id: str) -> HoldCopy:
    """Copy into one dataset what it does not have yet, behind the fence. Says why where it cannot be reached. Holds
    that all datasets have by then are in force.

    The control store is read while the fence is held: who comes later brings what is newer. Safe to repeat.
    """
    known = deployment.control.holds.copy(dataset_id)
    try:
        epoch = _copied(deployment, dataset_id)
    except RetentionError as error:
        reason = f"{error.problems[0].code} {error.problems[0].what}"
        copy = HoldCopy(dataset=dataset_id, epoch=known.epoch, reason=reason)
    except SQLAlchemyError as error:
        copy = HoldCopy(dataset=dataset_id, epoch=known.epoch, reason=f"the database failed: {type(error).__name__}")
    else:
        copy = HoldCopy(dataset=dataset_id, epoch=epoch, reason="")
    if copy != known:
        deployment.control.holds.record_copy(copy)
        deployment.control.holds.settle(in_use(deployment), deployment.clock.now())
    return copy


def bring_up_to_date(deployment: Deployment) -> tuple[HoldCopy, ...]:
    """Every dataset that is not retired; holds that all of them have are in force from then on."""
    copies = tuple(catch_up(deployment, dataset_id) for dataset_id in in_use(deployment))
    deployment.control.holds.settle(in_use(deployment), deployment.clock.now())
    return copies


def _copied(deployment: Deployment, dataset_id: str) -> int:
    database = deployment.database(dataset_id)
    with database.reading() as connection:  # nothing to do: no batch need wait
        check_ours(connection, database, deployment.control.deployment_id)
        here = epoch_here(connection, database.own)
        if here == deployment.control.holds.epoch(dataset_id):
            return here
    with database.placing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        wanted = deployment.control.holds.wanted()
        here = epoch_here(connection, database.own)
        if here > wanted.epoch:
            raise ahead(dataset_id, here=here, wanted=wanted.epoch)
        if here < wanted.epoch:
            bring_to(
                connection,
                database.own,
                epoch=wanted.epoch,
                protected=wanted.protected,
                released=wanted.released,
                areas=frozenset(placed for placed in wanted.areas if placed.area.dataset == dataset_id),
            )
    return wanted.epoch
