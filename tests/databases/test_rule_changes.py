"""What `retention rules changes` counts, on every database: both texts of a rule compared row by row.

The world has 80 visits: 40 of 2023-01-01 and 40 of 2026-06-01, and is asked as of 2026-07-01.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.runtime.rule_changes import record_rules
from retention.runtime.text_comparison import Change, rule_changes
from retention.sql.comparison import Compared
from tests.databases.test_cool_downs import LONG, MONTH, REPLACING, VISITS, ZONED, Edited
from tests.world import AS_OF, make_world

RECORDED = datetime(2026, 8, 31, 12, tzinfo=UTC)
EFFECT = datetime(2026, 9, 30, 12, tzinfo=UTC)  # thirty days later


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Edited:
    return Edited(make_world(any_database, tmp_path, rules=["visits"]))


def changed(world: Edited, before: str, now: str) -> Change:
    """``before`` is in force for two months, then ``now`` is recorded."""
    world.write("settings.yaml", MONTH)
    world.says(before)
    world.later(days=60)
    assert rule_changes(world.world.deployment, "shop", AS_OF) == (), "what has cooled down is no change any more"
    world.says(now)
    (change,) = rule_changes(world.world.deployment, "shop", AS_OF)
    assert (change.rule_id, change.since, change.until, change.refusal) == ("shop.visits", RECORDED, EFFECT, None)
    return change


def counts(waiting: int, at_once: int, kept: int) -> Compared:
    return Compared(waiting=waiting, at_once=at_once, kept=kept)


def test_a_shorter_period(world: Edited) -> None:
    change = changed(world, LONG, VISITS)
    assert change.groups == counts(40, 0, 0)
    assert change.differences == ("rule.clauses.statistics.period: P20Y -> P25M",)


def test_a_longer_period(world: Edited) -> None:
    assert changed(world, VISITS, LONG).groups == counts(0, 0, 40)


def test_a_zone_that_moves_one_row(world: Edited) -> None:
    """2024-05-31 and 25 months keep through 2026-06-30: at midnight UTC it is still that day in Honolulu."""
    world.world.execute("UPDATE visits SET seen_on = '2024-05-31' WHERE id = 2")
    assert changed(world, ZONED, VISITS).groups == counts(1, 39, 0)


def test_delete_for_pseudonymize_is_more_irreversible(world: Edited) -> None:
    assert changed(world, REPLACING, VISITS).groups == counts(40, 0, 0)


def test_another_strategy_protects_less(world: Edited) -> None:
    other = REPLACING.replace("strategy: email", "strategy: {name: constant, value: x}")
    assert changed(world, REPLACING, other).groups == counts(40, 0, 0)


def test_a_new_rule_and_one_that_nobody_recorded_yet(world: Edited) -> None:
    world.write("settings.yaml", MONTH)
    (new,) = rule_changes(world.world.deployment, "shop", AS_OF)
    assert (new.earlier, new.since, new.groups) == ("", None, counts(40, 0, 0))
    assert "there was no rule" in new.why_none
    record_rules(world.world.deployment)
    (new,) = rule_changes(world.world.deployment, "shop", AS_OF)
    assert new.since == world.world.clock.now()


def test_an_edit_that_nobody_recorded_is_reckoned_from_the_day_of_asking(world: Edited) -> None:
    changed(world, LONG, VISITS.replace("P25M", "P30M"))
    world.later(days=30)
    world.write("rules/shop/visits.yaml", VISITS)
    world.later(days=2)
    (change,) = rule_changes(world.world.deployment, "shop", AS_OF)
    assert (change.since, change.until) == (None, datetime(2026, 11, 1, 12, tzinfo=UTC))


def test_two_edits_are_compared_one_by_one_the_first_to_end_first(world: Edited) -> None:
    changed(world, LONG, VISITS.replace("P25M", "P35M"))
    world.later(days=10)
    world.says(VISITS)
    world.world.execute("UPDATE visits SET seen_on = '2024-01-01' WHERE id IN (2, 4)")  # P35M keeps it until November
    found = rule_changes(world.world.deployment, "shop", AS_OF)
    assert [(one.until, one.groups) for one in found] == [
        (EFFECT, counts(40, 0, 0)),
        (datetime(2026, 10, 10, 12, tzinfo=UTC), counts(2, 38, 0)),
    ]


def test_a_text_that_fits_the_database_no_more_is_said_to(world: Edited) -> None:
    world.write("settings.yaml", MONTH)
    world.says(VISITS)
    world.later(days=60)
    world.says(LONG)
    world.world.execute("ALTER TABLE visits DROP COLUMN email")
    found = rule_changes(world.world.deployment, "shop", AS_OF)
    assert [(one.groups, one.refusal is not None) for one in found] == [(None, True)], "the rule itself cannot be read"
