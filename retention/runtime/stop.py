"""The stop switch: in the control store, where runs look between batches, and in each dataset, behind the fence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError, refuse
from retention.runtime.clock import milliseconds
from retention.runtime.deployment import Deployment
from retention.sql.control.records import Stop
from retention.sql.own_tables import OwnTables
from retention.sql.stop import lift_stop, put_stop


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchReceipt:
    """``stop`` None: everything may run again. ``not_reached``: (dataset, why)."""

    stop: Stop | None
    reached: tuple[str, ...]
    not_reached: tuple[tuple[str, str], ...]


def stop(deployment: Deployment, by: str, reason: str) -> SwitchReceipt:
    """Halt every run within one batch. In the datasets that were reached no batch runs when this returns.

    Raises RetentionError R367 without a reason.
    """
    if not reason.strip():
        raise refuse("R367", "a stop needs a reason", where="stop switch", remedy="say why, without a person's name")
    switch = deployment.control.stops.stop(by, reason.strip(), deployment.clock.now())

    def put(connection: Connection, own: OwnTables) -> None:
        put_stop(connection, own, by=switch.by, reason=switch.reason, since_ms=milliseconds(switch.since))

    return _everywhere(deployment, put, switch)


def resume(deployment: Deployment, by: str) -> SwitchReceipt:
    """Let runs begin again. A dataset that cannot be reached stays stopped: resume again when it can."""
    deployment.control.stops.resume(by, deployment.clock.now())
    return _everywhere(deployment, lift_stop, None)


def _everywhere(
    deployment: Deployment, change: Callable[[Connection, OwnTables], None], switch: Stop | None
) -> SwitchReceipt:
    reached: list[str] = []
    not_reached: list[tuple[str, str]] = []
    for dataset_id in deployment.datasets:
        try:
            database = deployment.database(dataset_id)
            with database.placing() as connection:
                change(connection, database.own)
        except RetentionError as error:
            not_reached.append((dataset_id, f"{error.problems[0].code} {error.problems[0].what}"))
        except SQLAlchemyError as error:
            not_reached.append((dataset_id, f"the database failed: {type(error).__name__}"))
        else:
            reached.append(dataset_id)
    return SwitchReceipt(stop=switch, reached=tuple(reached), not_reached=tuple(not_reached))
