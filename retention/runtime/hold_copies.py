"""Bringing a dataset to the holds that the control store knows. A crash on the way protects more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError
from retention.model.hold import ConditionScope, PlacedArea
from retention.model.schema import Schema
from retention.runtime.deployment import Deployment
from retention.runtime.hold_epochs import ahead
from retention.runtime.in_use import in_use
from retention.sql.captured import capture, ensure_captured, let_go
from retention.sql.control.records import HoldCopy, WantedHolds
from retention.sql.database import Database
from retention.sql.holds import bring_to, epoch_here
from retention.sql.holds_here import HoldsHere, holds_here
from retention.sql.initialise import check_ours
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect


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
    while True:  # until nobody changes the holds between the two
        prepared = _captures_prepared(deployment, database)
        with database.placing() as connection:
            check_ours(connection, database, deployment.control.deployment_id)
            wanted = deployment.control.holds.wanted()
            if wanted.epoch == prepared.epoch:
                _bring(connection, database, wanted, prepared.live)
                return wanted.epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """``live``: the schema as it is, where conditions capture rows; None where none does."""

    epoch: int
    live: Schema | None


def _captures_prepared(deployment: Deployment, database: Database) -> _Prepared:
    """Outside of the fence, since a database may end a transaction in which tables are made."""
    wanted = deployment.control.holds.wanted()
    areas = _areas(wanted, database)
    if not any(isinstance(placed.area, ConditionScope) for placed in areas):
        return _Prepared(epoch=wanted.epoch, live=None)
    with database.writing() as connection:
        live = reflect(connection, database)
        tables, holds = LiveTables(live, database.dataset.schema), HoldsHere(epoch=wanted.epoch, areas=tuple(areas))
        ensure_captured(connection, holds, tables, live, database.dialect)
    return _Prepared(epoch=wanted.epoch, live=live)


def _bring(connection: Connection, database: Database, wanted: WantedHolds, live: Schema | None) -> None:
    """Inside of the fence."""
    here = epoch_here(connection, database.own)
    if here > wanted.epoch:
        raise ahead(database.dataset.id, here=here, wanted=wanted.epoch)
    if here == wanted.epoch:
        return
    released, areas = wanted.released, _areas(wanted, database)
    let_go(connection, database.own, database.dataset.id, database.dialect, released)
    bring_to(
        connection,
        database.own,
        epoch=wanted.epoch,
        protected=wanted.protected,
        released=released,
        areas=areas,
        in_doubt=wanted.in_doubt,
        claims=wanted.claims,
    )
    if live is not None:
        tables = LiveTables(live, database.dataset.schema)
        holds = holds_here(connection, database.own, database.dataset.id)
        capture(connection, holds, tables, live, database.dialect)


def _areas(wanted: WantedHolds, database: Database) -> frozenset[PlacedArea]:
    return frozenset(placed for placed in wanted.areas if placed.area.dataset == database.dataset.id)
