"""Changes of rules on every database: what would go earlier waits for thirty days, what protects more holds at once.

The world has 80 visits: 40 of 2023-01-01 and 40 of 2026-06-01, and is asked as of 2026-07-01.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.plan import Plan
from retention.model.run import RunState, SealedRun
from retention.model.verdict import Reason, Verdict
from retention.runtime.dispose import dispose
from retention.runtime.explain import explain
from retention.runtime.plan_run import plan_run, preview
from retention.runtime.prepare import prepare
from retention.runtime.rule_changes import record_rules
from retention.runtime.run import run_dataset
from tests.world import AS_OF, RULES, SETTINGS, World, make_world, write_snapshot

MONTH = SETTINGS.replace("P0D", "P30D")
VISITS = RULES["visits"]
LONG = VISITS.replace("P25M", "P20Y")  # nothing is due by it


def quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass
class Edited:
    """A world whose rules are edited, each edit as another process would meet it."""

    world: World
    runs: Iterator[int] = field(default_factory=lambda: iter(range(1, 100)))

    def says(self, text: str, name: str = "visits") -> None:
        """From now on; recorded, as after the merge of a pull request."""
        self.write(f"rules/shop/{name}.yaml", text)
        record_rules(self.world.deployment)

    def write(self, file: str, text: str) -> None:
        path = self.world.folder / "rules" / file
        path.write_text(text, encoding="utf-8")
        self.world.deployment.close()
        self.world.deployment = self.world.reopened()

    def run(self) -> SealedRun:
        sealed = run_dataset(
            self.world.deployment,
            "shop",
            as_of=AS_OF,
            plan_only=False,
            external_id=f"run {next(self.runs)}",
            told=quiet,
        )
        assert sealed.state is RunState.SEALED, sealed.problems
        return sealed

    def plan(self) -> Plan:
        handle = prepare(
            self.world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=f"plan {next(self.runs)}"
        )
        return plan_run(self.world.deployment, handle.run_id)

    def later(self, **by: float) -> None:
        self.world.clock.advance(**by)
        self.world.deployment.close()
        self.world.deployment = self.world.reopened()

    @property
    def visits(self) -> int:
        return self.world.count("visits")


def cooling(plan: Plan, rule_id: str = "shop.visits") -> dict[str, int]:
    """Groups that wait, by the day on which they are due after all."""
    step = next(step for step in plan.steps if step.rule_id == rule_id)
    assert sum(tally.groups for tally in step.tallies) == step.examined
    return {
        tally.detail: tally.groups
        for tally in step.tallies
        if (tally.verdict, tally.reason) == (Verdict.RETAINED, Reason.COOLING_DOWN)
    }


@pytest.fixture
def edited(any_database: str, tmp_path: Path) -> Callable[..., Edited]:
    """A world with one rule, recorded two months before the test begins (2026-08-31 12:00)."""

    def make(text: str, name: str = "visits") -> Edited:
        world = Edited(make_world(any_database, tmp_path, rules=[name]))
        world.write("settings.yaml", MONTH)
        world.says(text, name)
        world.later(days=60)
        return world

    return make


def test_a_shorter_period_waits_for_thirty_days_from_its_recording(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    assert one.run().steps[0].planned == 0
    one.says(VISITS)
    one.later(days=3)
    first = one.run()
    assert cooling(first.plan) == {"2026-09-30": 40}
    one.later(days=27, seconds=-1)
    again = one.run()
    assert (cooling(again.plan), one.visits) == ({"2026-09-30": 40}, 80)
    assert not again.plan.steps[0].full_sweep, "what waits is on a list, not looked for in the whole table"
    one.later(seconds=1)
    gone = one.run()
    assert (cooling(gone.plan), gone.steps[0].deleted, one.visits) == ({}, 40, 40)
    assert not gone.plan.steps[0].full_sweep


def test_a_longer_period_holds_at_once(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS)
    one.says(LONG)
    plan = one.plan()
    assert (cooling(plan), plan.steps[0].due) == ({}, 0)


def test_words_and_limits_change_nothing(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS)
    one.says(VISITS.replace("Visits", "Visits of pages") + "limits: {share: 0.9, groups: 90}\n")
    assert one.plan().steps[0].due == 40


def test_a_new_rule_waits(any_database: str, tmp_path: Path) -> None:
    one = Edited(make_world(any_database, tmp_path, rules=["visits"]))
    one.write("settings.yaml", MONTH)
    assert cooling(one.plan()) == {"2026-08-01": 40}
    one.later(days=30)
    assert one.plan().steps[0].due == 40


def test_a_rule_that_was_taken_out_and_comes_back_is_new(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS)
    path = one.world.folder / "rules" / "rules" / "shop" / "visits.yaml"
    text = path.read_text()
    path.unlink()
    one.later(days=1)
    record_rules(one.world.deployment)
    path.write_text(text)
    one.later(days=1)
    assert cooling(one.plan()) == {"2026-10-02": 40}


REPLACING = VISITS.replace("disposition: delete", "disposition: pseudonymize").replace(
    "columns: {id: key, customer_id: key, email: email, seen_on: date}",
    "columns:\n  id: {kind: key, keep: counted}\n  customer_id: {kind: key, keep: counted}\n"
    "  email: {kind: email, strategy: email}\n  seen_on: {kind: date, keep: counted}",
)


def test_delete_for_pseudonymize_waits_and_the_other_way_does_not(edited: Callable[..., Edited]) -> None:
    one = edited(REPLACING)
    one.says(VISITS)
    assert (cooling(one.plan()), one.visits) == ({"2026-09-30": 40}, 80)
    one.says(REPLACING)
    assert one.plan().steps[0].due == 40, "both texts let values be replaced"


def test_another_strategy_waits(edited: Callable[..., Edited]) -> None:
    one = edited(REPLACING)
    one.says(REPLACING.replace("strategy: email", "strategy: {name: constant, value: x}"))
    assert cooling(one.plan()) == {"2026-09-30": 40}


ZONED = VISITS.replace("cluster", "zone: Pacific/Honolulu\ncluster", 1)


def test_another_zone_waits_for_the_rows_that_it_moves(edited: Callable[..., Edited]) -> None:
    """2024-05-31 and 25 months keep through 2026-06-30: at midnight UTC it is still that day in Honolulu."""
    one = edited(ZONED)
    one.world.execute("UPDATE visits SET seen_on = '2024-05-31' WHERE id = 2")
    one.says(VISITS)
    plan = one.plan()
    assert (cooling(plan), plan.steps[0].due) == ({"2026-09-30": 1}, 39)


def test_a_wider_condition_waits_for_the_rows_that_it_takes_in(edited: Callable[..., Edited]) -> None:
    narrow = VISITS.replace("subject", "condition: {column: customer_id, at_most: 10}\nsubject", 1)
    one = edited(narrow)
    one.says(VISITS)
    plan = one.plan()
    assert (cooling(plan), plan.steps[0].due) == ({"2026-09-30": 30}, 10)


def test_two_edits_wait_for_both(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    one.says(VISITS.replace("P25M", "P35M"))
    one.later(days=10)
    one.says(VISITS)
    one.world.execute("UPDATE visits SET seen_on = '2024-01-01' WHERE id IN (2, 4)")  # P35M keeps it until November
    assert cooling(one.plan()) == {"2026-09-30": 38, "2026-10-10": 2}
    one.later(days=20)
    plan = one.plan()
    assert (cooling(plan), plan.steps[0].due) == ({"2026-10-10": 2}, 38)
    one.later(days=10)
    assert one.plan().steps[0].due == 40


def test_a_revert_is_as_if_nothing_had_been(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS)
    one.says(VISITS.replace("P25M", "P1M"))
    one.later(days=5)
    one.says(VISITS)
    plan = one.plan()
    assert (cooling(plan), plan.steps[0].due) == ({}, 40)


COUNSEL = "ceilings:\n  - {id: gone, start: seen_on, period: P2Y, basis: statute 12, counsel: opinion 7}\ndisposition"


def test_a_ceiling_that_counsel_marked_waits_for_nothing(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    one.says(LONG.replace("disposition", COUNSEL.replace(", counsel: opinion 7", ""), 1))
    assert cooling(one.plan()) == {"2026-09-30": 40}
    one.says(LONG.replace("disposition", COUNSEL, 1))
    assert one.plan().steps[0].due == 40


def test_a_batch_hears_the_earlier_text_anew(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS.replace("P25M", "P30M"))
    one.says(VISITS)
    handle = prepare(one.world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="x")
    assert plan_run(one.world.deployment, handle.run_id).steps[0].due == 40, "both texts let them go"
    one.world.execute("UPDATE visits SET seen_on = '2024-05-01' WHERE id = 2")  # P25M has ended, P30M has not
    result = dispose(one.world.deployment, handle.run_id, "shop.visits")
    assert (result.deleted, result.spared) == (39, {"retained": 1})
    assert one.world.count("visits", "id = 2") == 1


def test_a_run_heeds_the_texts_that_it_was_planned_with_and_refuses_without(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS.replace("P25M", "P30M"))
    one.says(VISITS)
    handle = prepare(one.world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="x")
    plan = plan_run(one.world.deployment, handle.run_id)
    assert [one.until for one in plan.steps[0].awaited] == [datetime(2026, 9, 30, 12, tzinfo=UTC)]
    with one.world.deployment.control.begin() as connection:
        connection.exec_driver_sql("DELETE FROM rule_text")
    with pytest.raises(RetentionError, match="R445"):
        dispose(one.world.deployment, handle.run_id, "shop.visits")
    assert one.visits == 80


def test_a_text_that_fits_the_database_no_more_lets_nothing_go(edited: Callable[..., Edited]) -> None:
    one = edited(VISITS)
    one.world.execute("ALTER TABLE visits DROP COLUMN email")
    write_snapshot(one.world.folder / "rules", one.world.url)
    one.says(VISITS.replace(" email: email,", ""))
    assert cooling(one.plan()) == {"2026-09-30": 40}


def test_a_shorter_cool_down_waits_itself(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    one.says(VISITS)
    one.write("settings.yaml", SETTINGS)
    assert cooling(one.plan()) == {"2026-09-30": 40}
    one.later(days=30)
    assert one.plan().steps[0].due == 40


def test_a_preview_of_the_future_sees_what_will_have_cooled_down(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    one.write("rules/shop/visits.yaml", VISITS)  # recorded by nobody yet: it would be today
    deployment = one.world.deployment
    assert cooling(preview(deployment, "shop", AS_OF)) == {"2026-09-30": 40}
    assert cooling(preview(deployment, "shop", datetime(2026, 9, 30, 12, tzinfo=UTC) - timedelta(seconds=1))) != {}
    assert cooling(preview(deployment, "shop", datetime(2026, 9, 30, 12, tzinfo=UTC))) == {}


def test_a_record_says_since_when_it_would_be_due(edited: Callable[..., Edited]) -> None:
    one = edited(LONG)
    one.says(VISITS)
    found = explain(one.world.deployment, "shop.visits", "2", AS_OF)
    assert (found.verdict, found.reason) == (Verdict.RETAINED, Reason.COOLING_DOWN)
    assert found.due_from == datetime(2026, 9, 30, 12, tzinfo=UTC)
    assert "2026-09-30" in found.why
    assert found.next_change is not None
    assert (found.next_change.at, found.next_change.verdict) == (found.due_from, Verdict.DUE)
    assert found.line == "8", "by which it will be due"
    recent = explain(one.world.deployment, "shop.visits", "3", AS_OF)  # of 2026-06-01
    assert [between.kind for between in recent.between] == ["purpose"], "the cool-down will be over long before"


def test_a_rule_that_an_earlier_release_planned_is_not_new(any_database: str, tmp_path: Path) -> None:
    one = Edited(make_world(any_database, tmp_path, rules=["visits"]))
    one.write("settings.yaml", MONTH)
    deployment = one.world.deployment
    seen = one.world.clock.now() - timedelta(days=31)
    deployment.control.rules.record_seen("shop.visits", deployment.rule("shop.visits").digest, at=seen)
    assert one.plan().steps[0].due == 40
