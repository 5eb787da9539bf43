"""What a floor needs of another row stays there as long as the floor keeps its own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.model.verdict import Verdict
from retention.runtime.explain import explain
from retention.runtime.plan_run import preview
from tests.databases.people import people_world, person
from tests.world import World

PEOPLE = """\
version: 1
id: shop.people
title: People
dataset: shop
cluster: people
table: people
subject: {kind: person, key: id}
purposes: [{id: contract, start: left_on, period: P1Y, basis: contract}]
disposition: pseudonymize
columns:
  id: key
  tenant_id: key
  left_on: {kind: date, keep: counted}
  told_on: {kind: date, keep: counted}
  country: {kind: country, keep: statistics}
  dispute: {kind: name, strategy: suppress}
"""
STAYS = """\
version: 1
id: shop.stays
title: Stays
dataset: shop
cluster: stays
table: stays
zone: Asia/Tokyo
subject: {kind: person, key: id, path: [{columns: {person_id: id}, table: people}]}
floors:
  - id: books
    start: ended_on
    align: calendar_year
    period: P3Y
    basis: books of three years
    needs: [{path: [{columns: {person_id: id}, table: people}], columns: [dispute]}]
disposition: delete
columns: {id: key, person_id: key, began_on: date, ended_on: date}
"""
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = [
    *(person(key, left_on="2020-01-01", dispute=f"Person Number{key}") for key in range(1, 7)),
    person(7, left_on="2025-06-01", dispute="Person Number7"),
    # 2022 + 3 years: through 2025-12-31, over on the first of January in Tokyo
    "INSERT INTO stays VALUES (1, 1, '2021-01-01', '2022-02-01')",
    # 2023: through 2026-12-31
    "INSERT INTO stays VALUES (2, 2, '2021-01-01', '2023-02-01')",
    # one over, one not
    "INSERT INTO stays VALUES (3, 3, '2021-01-01', '2022-02-01'), (4, 3, '2021-01-01', '2024-02-01')",
    # when it ended, nobody knows
    "INSERT INTO stays VALUES (5, 4, '2021-01-01', NULL)",
    # one keeps for certain, of the other nobody knows
    "INSERT INTO stays VALUES (6, 5, '2021-01-01', NULL), (7, 5, '2021-01-01', '2024-02-01')",
    # over, and kept for a purpose of its own all the same
    "INSERT INTO stays VALUES (8, 7, '2021-01-01', '2021-02-01')",
]
EXPECTED = {
    1: (Verdict.DUE, None),
    2: (Verdict.RETAINED_BY_LAW, date(2026, 12, 31)),
    3: (Verdict.RETAINED_BY_LAW, date(2027, 12, 31)),
    4: (Verdict.UNDETERMINED, None),
    5: (Verdict.RETAINED_BY_LAW, date(2027, 12, 31)),
    6: (Verdict.DUE, None),  # no stay at all
    7: (Verdict.RETAINED, None),
}


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return people_world(any_database, tmp_path, PEOPLE, ROWS, stays=STAYS)


def test_a_name_stays_as_long_as_the_books_need_it(world: World) -> None:
    found = {key: explain(world.deployment, "shop.people", str(key), AS_OF) for key in EXPECTED}
    assert {key: one.verdict for key, one in found.items()} == {key: verdict for key, (verdict, _) in EXPECTED.items()}
    for key, (verdict, last) in EXPECTED.items():
        if verdict is Verdict.RETAINED_BY_LAW:
            assert found[key].because == (
                f"the floor shop.stays/books keeps it through {last} (rows of stays need it: books of three years)"
            )
    (step,) = [step for step in preview(world.deployment, "shop", AS_OF).steps if step.rule_id == "shop.people"]
    counted = Counter({(tally.verdict, tally.reason): tally.groups for tally in step.tallies})
    assert counted == Counter((one.verdict, one.reason) for one in found.values())


def test_what_two_needs_of_one_floor_keep_goes_when_it_is_over(any_database: str, tmp_path: Path) -> None:
    """Both are asked by the name of one floor."""
    need = "{path: [{columns: {person_id: id}, table: people}], columns: [%s]}"
    stays = STAYS.replace(f"[{need % 'dispute'}]", f"[{need % 'dispute'}, {need % 'country'}]")
    people = PEOPLE.replace("{kind: country, keep: statistics}", "{kind: country, strategy: suppress}")
    world = people_world(any_database, tmp_path, people, ROWS, stays=stays)
    (needing,) = [rule.needed_by for rule in world.deployment.rules.rules if rule.id == "shop.people"]
    assert len(needing) == 2
    found = {key: explain(world.deployment, "shop.people", str(key), AS_OF).verdict for key in EXPECTED}
    assert found == {key: verdict for key, (verdict, _) in EXPECTED.items()}
    (step,) = [step for step in preview(world.deployment, "shop", AS_OF).steps if step.rule_id == "shop.people"]
    assert Counter({tally.verdict: tally.groups for tally in step.tallies}) == Counter(found.values())


def test_the_day_before_it_is_over_it_is_still_needed(world: World) -> None:
    earlier = datetime(2025, 12, 31, 14, 59, tzinfo=UTC)  # 23:59 in Tokyo
    assert explain(world.deployment, "shop.people", "1", earlier).verdict is Verdict.RETAINED_BY_LAW
    midnight = datetime(2025, 12, 31, 15, 0, tzinfo=UTC)
    assert explain(world.deployment, "shop.people", "1", midnight).verdict is Verdict.DUE
    ahead = explain(world.deployment, "shop.people", "1", earlier).ahead
    assert [(one.at, one.verdict) for one in ahead] == [(midnight, Verdict.DUE)]


def test_what_the_law_does_not_need_may_go(any_database: str, tmp_path: Path) -> None:
    world = people_world(any_database, tmp_path, PEOPLE, ROWS, stays=STAYS.replace("[dispute]", "[country]"))
    assert explain(world.deployment, "shop.people", "2", AS_OF).verdict is Verdict.DUE


TENANTS = """\
version: 1
id: shop.tenants
title: Tenants and their people
dataset: shop
cluster: people
table: tenants
goes_with:
  - table: people
    columns:
      id: key
      tenant_id: key
      left_on: {kind: date, keep: counted}
      told_on: {kind: date, keep: counted}
      country: {kind: country, keep: statistics}
      dispute: {kind: name, strategy: suppress}
subject: {nobody: tenants are companies}
purposes: [{id: contract, start: closed_on, period: P1Y, basis: contract}]
disposition: pseudonymize
columns:
  id: key
  months: none
  how_long: none
  country: {kind: country, keep: statistics}
  closed_on: {kind: date, keep: counted}
"""


def test_what_goes_with_another_row_is_needed_as_well(any_database: str, tmp_path: Path) -> None:
    rows = [
        "INSERT INTO tenants (id, closed_on) VALUES (1, '2020-01-01'), (2, '2020-01-01')",
        person(1, tenant_id=1, dispute="Person Number1"),
        person(2, tenant_id=2, dispute="Person Number2"),
        person(3, tenant_id=2, dispute="Person Number3"),
        "INSERT INTO stays VALUES (1, 1, '2021-01-01', '2022-02-01'), (2, 3, '2021-01-01', '2023-02-01')",
    ]
    world = people_world(any_database, tmp_path, TENANTS, rows, stays=STAYS)
    said = {key: explain(world.deployment, "shop.tenants", key, AS_OF) for key in ("1", "2")}
    assert {key: one.verdict for key, one in said.items()} == {"1": Verdict.DUE, "2": Verdict.RETAINED_BY_LAW}
    (step,) = [step for step in preview(world.deployment, "shop", AS_OF).steps if step.rule_id == "shop.tenants"]
    assert {tally.verdict: tally.groups for tally in step.tallies} == {Verdict.DUE: 1, Verdict.RETAINED_BY_LAW: 1}


NAMED = """\
version: 1
id: shop.people
title: People
dataset: shop
cluster: people
table: people
subject: {kind: person, key: id}
purposes: [{id: contract, start: left_on, period: P1Y, basis: contract}]
disposition: %s
columns: {id: key, tenant_id: key, left_on: %s, told_on: %s, dispute: %s}
elements:
  - id: country
    columns: {country: {kind: country, strategy: suppress}}
    floors:
      - id: books
        start: told_on
        period: P3Y
        basis: books of three years
        needs: [{path: [{columns: {tenant_id: id}, table: tenants}], columns: [how_long]}]
"""
COMPANIES = TENANTS[: TENANTS.index("goes_with")] + TENANTS[TENANTS.index("subject") :].replace(
    "how_long: none", "how_long: {kind: other, strategy: suppress}"
)
KEPT = "{kind: date, keep: counted}"


@pytest.mark.parametrize(
    "columns",
    [("delete", "date", "date", "name"), ("pseudonymize", KEPT, KEPT, "{kind: name, strategy: suppress}")],
    ids=["deleted", "pseudonymized"],
)
def test_an_element_group_needs_it_too(tmp_path: Path, sqlite_database: str, columns: tuple[str, ...]) -> None:
    """Whatever becomes of the row that it is a part of; and it is asked once."""
    rows = [
        "INSERT INTO tenants (id, closed_on) VALUES (1, '2020-01-01'), (2, '2020-01-01')",
        person(1, tenant_id=1, left_on="2020-01-01", told_on="2024-06-01"),
        person(2, tenant_id=2, left_on="2020-01-01", told_on="2020-06-01"),
    ]
    world = people_world(sqlite_database, tmp_path, NAMED % columns, rows, tenants=COMPANIES)
    assert [one.name for one in world.deployment.rules.rule("shop.tenants").needed_by] == ["shop.people-country/books"]
    said = {key: explain(world.deployment, "shop.tenants", key, AS_OF).verdict for key in ("1", "2")}
    assert said["1"] is Verdict.RETAINED_BY_LAW
    assert said["2"] is not Verdict.RETAINED_BY_LAW
