"""What a run cannot finish as it was reviewed it does not begin."""

from __future__ import annotations

from pathlib import Path

from retention.model.run import RunState
from retention.runtime.deployment import Deployment
from tests.databases.test_runs import run
from tests.world import FixedResolver, make_world


def test_a_rule_whose_column_is_gone_writes_nothing_and_hides_no_other(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    world.execute("ALTER TABLE visits DROP COLUMN email")
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert any("R440" in problem and "email" in problem for problem in sealed.problems), sealed.problems
    assert world.count("visits") == 80
    assert world.count("invoices") == 40
    world.deployment.close()


def test_nothing_is_pseudonymized_in_part_for_want_of_the_key(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    world.deployment.close()
    without = FixedResolver(any_database, None)
    world.deployment = Deployment(tmp_path / "rules", tmp_path / "home", without, world.clock)
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert any("R340" in problem and "retention key new" in problem for problem in sealed.problems), sealed.problems
    assert world.count("customers", "email LIKE '%@northgate.example'") == 40
    assert world.count("visits") == 40, "other rules are not hindered"
    world.deployment.close()
