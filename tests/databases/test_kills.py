"""A worker that really dies, again and again: nothing is done twice, half done or lost."""

from __future__ import annotations

import random
import time
from pathlib import Path

from retention.model.run import RunState
from retention.runtime import ledger
from retention.runtime.run import resume
from tests.databases.test_races import PEOPLE, SMALL_BATCHES, planned
from tests.databases.test_runs import quiet
from tests.processes import disposing, killed
from tests.world import KEY, RULES, make_world


def test_a_run_survives_workers_that_are_killed(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path, customers=PEOPLE)
    (tmp_path / "rules" / "settings.yaml").write_text(SMALL_BATCHES)
    world.deployment = world.reopened()
    run_id = planned(world, "killed")
    chance = random.Random(1)
    for _ in range(6):
        process = disposing(any_database, tmp_path, KEY, run_id, tuple(f"shop.{name}" for name in RULES))
        time.sleep(chance.uniform(0.8, 2.2))
        killed(process)
        assert world.count("invoice_lines") == 2 * world.count("invoices"), "a group is half gone"

    sealed = resume(world.deployment, run_id, quiet)

    assert sealed.problems == ()
    assert sealed.state is RunState.SEALED
    done = {step.rule_id: step for step in sealed.steps}
    assert done["shop.invoices"].rows == {"invoices": PEOPLE, "invoice_lines": 2 * PEOPLE}
    assert done["shop.visits"].rows == {"visits": PEOPLE}
    assert done["shop.customers"].rows == {"customers": PEOPLE // 4}
    assert world.count("invoices") == PEOPLE
    assert world.count("customers", "email LIKE '%@northgate.example'") == PEOPLE - PEOPLE // 4
    assert sealed.head is not None
    assert ledger.verify(world.deployment, [sealed.head]).passed
