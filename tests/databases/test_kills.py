"""A process that dies at any named step: nothing is done twice, half done or lost, and the run can be ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from retention.model.run import RunState
from retention.runtime import ledger
from retention.runtime.journal_chains import BATCH
from retention.runtime.run import resume
from retention.runtime.seal import seal
from retention.runtime.verify_run import verify_run
from retention.sql.control.ledger import entries
from tests.databases.agreement import PEOPLE, Agreement, rows_of, world_with_facts
from tests.processes import Place, dies, quiet, running

NAME = "killed"  # of the run
FIRST_OF_A_BATCH = (
    ("fence_shared",),
    ("refuse_behind_stop",),
    ("renew",),
    ("epoch_here",),
    ("judge_anew",),
    ("record_originals",),
    ("keep_facts",),
)
PREPARING = (("prepare",), ("freeze the plan",), ("save_plan",), ("record_seen",), ("leased",), ("last_of",))
DELETING = (
    *FIRST_OF_A_BATCH,
    ("write members",),
    ("write members", "write root"),
    ("write root", "append"),
    ("append", "commit the batch"),
    ("append", "committed"),  # the batch is written, and nobody has heard of it
    ("append", "append", "committed"),
)
PSEUDONYMIZING = (
    ("release the lease",),
    ("save_step",),
    ("lock_roots",),
    *(("lock_roots", *step) for step in FIRST_OF_A_BATCH[4:]),
    ("lock_roots", "write root"),
    ("lock_roots", "write_marks"),
    ("lock_roots", "append"),
    ("lock_roots", "append", "commit the batch"),
    ("lock_roots", "append", "committed"),
    ("lock_roots", "append", "release the lease"),
    ("save_step",),
)
VERIFYING = (("verify",), ("save_verification",))
SEALING = (
    ("follow",),
    ("save_followed",),
    ("save_followed", "save_followed"),
    ("sign_head",),
    ("write_report",),
    ("save_sealed",),
    ("forget the originals",),
)


@pytest.mark.parametrize("some", [2, pytest.param(1, marks=pytest.mark.deep)], ids=["every second", "every"])
def test_a_run_that_dies_at_every_step_ends_as_one_that_never_did(
    new_database: Callable[[], str], tmp_path: Path, some: int
) -> None:
    undisturbed = world_with_facts(new_database(), tmp_path / "undisturbed")
    running(undisturbed.deployment, NAME)
    world = world_with_facts(new_database(), tmp_path / "killed")
    place, agreement = Place.of(world), Agreement(world)
    first = some - 1 if world.url.startswith("sqlite") else 0  # the other half than on servers
    world.deployment.close()

    for at in PREPARING[first::some]:
        dies(running, place, at, NAME)
    known = world.deployment.control.runs.by_external_id("shop", NAME)
    assert known is not None
    run_id = known.handle.run_id
    for at in (*DELETING, *PSEUDONYMIZING, *VERIFYING)[first::some]:
        dies(running, place, at, NAME)
        agreement.holds(run_id)
    verify_run(world.deployment, run_id)
    for at in SEALING[first::some]:
        dies(seal, place, at, run_id)
        agreement.holds(run_id)
    sealed = resume(world.deployment, run_id, quiet)

    assert sealed.problems == ()
    assert sealed.state is RunState.SEALED
    assert rows_of(world) == rows_of(undisturbed)
    assert agreement.contents() == Agreement(undisturbed).contents()
    assert agreement.holds(run_id) == {
        "shop.invoices": 5 * PEOPLE // 4,
        "shop.visits": PEOPLE,
        "shop.customers": PEOPLE // 4,
    }
    assert sealed.head is not None
    assert ledger.verify(world.deployment, [sealed.head]).passed
    database = world.deployment.database("shop")
    with world.deployment.control.reading() as control, database.reading() as connection:
        taken = [
            json.loads(entry.entry.body)["journal_hash"] for entry in entries(control) if entry.entry.kind == BATCH
        ]
        written = connection.execute(select(database.own.journal.c.hash)).scalars()
        assert sorted(taken) == sorted(written), "the ledger has each batch once"
