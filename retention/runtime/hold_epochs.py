"""Whether the holds that are in force in a dataset are those of the control store."""

from __future__ import annotations

from sqlalchemy import Connection

from retention.model.errors import Problem, RetentionError, TransientError, refuse
from retention.runtime.deployment import Deployment
from retention.sql.database import Database
from retention.sql.holds import epoch_here


def refuse_behind(deployment: Deployment, database: Database, connection: Connection) -> int:
    """The epoch under which a batch writes, read inside its fence.

    Raises TransientError R435 where the control store knows of holds that have not come into this dataset: a restored
    copy of the dataset, or a hold that is just being placed. Raises RetentionError R366 where it is the control store
    that was restored.
    """
    wanted = deployment.control.holds.epoch(database.dataset.id)
    here = epoch_here(connection, database.own)
    if here < wanted:
        raise TransientError(
            Problem(
                code="R435",
                what=f"the holds here are of epoch {here}, and the control store is at {wanted}",
                where=f"dataset {database.dataset.id}",
                remedy="`retention hold retry` places what is missing; after restoring a backup, do that first",
            )
        )
    if here > wanted:
        raise ahead(database.dataset.id, here=here, wanted=wanted)
    return here


def ahead(dataset_id: str, *, here: int, wanted: int) -> RetentionError:
    """A dataset that knows of holds of which the control store does not."""
    return refuse(
        "R366",
        f"the holds here are of epoch {here}, and the control store is at {wanted} only: it was restored from an older "
        "copy",
        where=f"dataset {dataset_id}",
        remedy="restore the newest copy of the control store; until then nothing is disposed of here. Where that copy "
        "is lost: place the holds anew that were placed since; what is held here stays held",
    )
