"""Rows that refer to rows of their own table: those that nobody refers to go first, one generation a run."""

from __future__ import annotations

from pathlib import Path

from retention.model.verdict import Verdict
from retention.runtime.run import run_dataset
from tests.databases.test_runs import quiet
from tests.databases.test_second_reference import RULE, ids, run_over
from tests.world import AS_OF

TABLES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_on DATE NOT NULL, earlier INTEGER REFERENCES orders (id))",
    "CREATE INDEX ix_orders_earlier ON orders (earlier)",
    # 1 refers to itself; 4 to 3, and 3 to 2; 6, which is young, to 5; 7 and 8 to each other.
    "INSERT INTO orders VALUES (1, '2018-01-01', 1), (2, '2018-01-01', NULL), (3, '2018-01-01', 2)",
    "INSERT INTO orders VALUES (4, '2018-01-01', 3), (5, '2018-01-01', NULL), (6, '2026-06-30', 5)",
    "INSERT INTO orders VALUES (7, '2018-01-01', NULL), (8, '2018-01-01', 7)",
    "UPDATE orders SET earlier = 8 WHERE id = 7",
)
ORDERS = RULE.replace(
    """\
goes_with:
  - {table: items, join: {order_id: id}, columns: {id: key, order_id: key, replaced_id: key}}
""",
    "",
).replace("placed_on: date}", "placed_on: date, earlier: key}")


def test_a_generation_goes_with_each_run_and_what_is_needed_stays(any_database: str, tmp_path: Path) -> None:
    first, deployment = run_over(any_database, tmp_path, TABLES, ORDERS)
    (step,) = first.plan.steps
    assert (step.count(Verdict.DUE), step.count(Verdict.REFERENCED)) == (2, 5)
    assert ids(any_database, "orders") == [[2, 3, 5, 6, 7, 8]]
    for name, left in (("two", [2, 5, 6, 7, 8]), ("three", [5, 6, 7, 8]), ("four", [5, 6, 7, 8])):
        sealed = run_dataset(deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name, told=quiet)
        assert sealed.problems == ()
        assert ids(any_database, "orders") == [left]
