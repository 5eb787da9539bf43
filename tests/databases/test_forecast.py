"""What falls due in coming months, what holds keep back, and what other rules would change, counted on each database.

The expected months are worked out record by record: `explain` decides each of them as of the last second of a month.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.model.hold import SubjectKey
from retention.model.verdict import Verdict
from retention.runtime import holds
from retention.runtime.against import against
from retention.runtime.deployment import Deployment
from retention.runtime.explain import explain
from retention.runtime.forecast import forecast
from retention.runtime.forecast_page import forecast_html
from retention.runtime.horizon import months_ahead
from retention.runtime.report import rewrite_report
from retention.runtime.run import run_dataset
from tests.databases.people import people_world, person
from tests.processes import quiet
from tests.world import World

AS_OF = datetime(2026, 6, 15, tzinfo=UTC)
RULE = """\
zone: America/New_York
floors:
  - {id: books, start: left_on, period: P1Y, basis: a law}
purposes:
  - {id: news, start: told_on, period: %s, basis: consent}
"""
ROWS = [
    person(1, left_on="2020-01-01", told_on="2020-01-01"),  # due now
    person(2, left_on="2025-06-20", told_on="2020-01-01"),  # from 2026-06-21 on
    person(3, left_on="2025-06-30", told_on="2020-01-01"),  # from 2026-07-01 on: July, not June
    person(4, left_on="2020-01-01", told_on="2026-02-10"),  # P6M: 2026-08-11, P1Y: 2027-02-11
    person(5, left_on="2026-03-01", told_on="2020-01-01"),  # held: would be due from 2027-03-02 on
    person(6, left_on="2020-01-01", told_on="2020-01-01"),  # held: due now, but for that
    person(7, left_on=None, told_on="2020-01-01"),  # unknown
    person(8, left_on="2026-05-01", told_on="2031-01-01"),  # beyond the months
]
KEYS = range(1, 9)


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    world = people_world(any_database, tmp_path, RULE % "P6M", ROWS)
    held = (SubjectKey(kind="person", key="5"), SubjectKey(kind="person", key="6"))
    holds.place(world.deployment, "case 17", held, "lena")
    return world


def test_the_report_of_a_run_shows_what_falls_due_next(world: World, tmp_path: Path) -> None:
    """Where that is asked for: the same figures as the forecast's own, in a chart and beneath it."""
    done = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="one", told=quiet)
    found = forecast(world.deployment, "shop", AS_OF, quiet, months=12)
    plain = rewrite_report(world.deployment, done.run_id).read_text(encoding="utf-8")
    assert "What falls due next" not in plain and "<svg" not in plain
    page = rewrite_report(world.deployment, done.run_id, found).read_text(encoding="utf-8")
    assert "What falls due next" in page and "2026-06-15 00:00:00 UTC" in page
    assert page.count("<svg") == 1 and "2026-08: 1 due" in page and "2027-03: 1 held back" in page
    assert '<th scope="row">2026-07</th><td>1</td><td>0</td>' in page
    assert drawn_of(forecast_html(found)).replace("h2", "h3") == drawn_of(page)
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")


def drawn_of(page: str) -> str:
    begins = page.index('<div class="ahead">')
    return page[begins : page.index("</details>", begins)]


def test_each_month_has_what_falls_due_in_it(world: World) -> None:
    found = forecast(world.deployment, "shop", AS_OF, quiet, months=12)
    (rule,) = found.rules
    assert (rule.due_now, rule.held_now, rule.undetermined) == (1, 1, 1)
    assert {one.month: one.due for one in rule.months if one.due} == {"2026-06": 1, "2026-07": 1, "2026-08": 1}
    assert {one.month: one.held_back for one in rule.months if one.held_back} == {"2027-03": 1}
    assert rule.later == 4  # both that are held, the unknown, the far one
    named = [one.month for one in rule.months]
    assert [*named[:2], named[-1]] == ["2026-06", "2026-07", "2027-05"]


def test_it_is_what_deciding_each_record_at_each_month_gives(world: World) -> None:
    months = months_ahead(AS_OF, "UTC", 4)
    first: Counter[str] = Counter()
    for key in KEYS:
        at = [AS_OF, *(month.ends for month in months)]
        due = [explain(world.deployment, "shop.people", str(key), one).verdict is Verdict.DUE for one in at]
        first[["now", *(month.name for month in months), "later"][[*due, True].index(True)]] += 1
    (rule,) = forecast(world.deployment, "shop", AS_OF, quiet, months=4).rules
    said = {"now": rule.due_now, **{one.month: one.due for one in rule.months}, "later": rule.later}
    assert {name: groups for name, groups in said.items() if groups} == dict(first)


def test_other_rules_move_rows_earlier_later_or_for_ever(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "rules", other)
    path = other / "rules" / "shop" / "people.yaml"
    longer = path.read_text().replace("P6M", "P1Y").replace("left_on, period: P1Y", "left_on, period: P13M")
    path.write_text(longer)
    deployment = world.deployment
    changed = Deployment(other, deployment.home, deployment.resolver, deployment.clock)
    (moved,) = against(deployment, changed, "shop", AS_OF, quiet, months=9).rules
    # 2 a month later, 3 in July still; 4: 2027-02 for 2026-08. 1 is due either way, 5 and 6 are held, 7 and 8 never.
    assert (moved.earlier, moved.later, moved.never, moved.newly, moved.same) == (0, 2, 0, 0, 6)
    (back,) = against(changed, deployment, "shop", AS_OF, quiet, months=9).rules
    assert (back.earlier, back.later, back.never, back.newly, back.same) == (2, 0, 0, 0, 6)
    (short,) = against(deployment, changed, "shop", AS_OF, quiet, months=6).rules
    assert (short.later, short.never) == (1, 1)  # in six months, 4 goes by the present rule alone
    path.unlink()
    without = Deployment(other, deployment.home, deployment.resolver, deployment.clock)
    (gone,) = against(deployment, without, "shop", AS_OF, quiet, months=4).rules
    assert (gone.said, gone.never) == ("there is no such rule any more", 4)
