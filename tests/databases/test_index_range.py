"""Finding what is due under ten laws does not read the whole table: an index on country and date serves; on SQLite,
which compares texts with care, one on the date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select, text

from retention.model.run import RunState
from retention.runtime.compiling import Compiling, ensure_tables, live_rules
from retention.runtime.run import run_dataset
from tests.databases.people import people_world, person
from tests.processes import quiet

LAWS = {f"C{number}": 3 + number for number in range(10)}  # country: years
RULE = "floors:\n" + "".join(
    f"  - {{id: law-{country.lower()}, start: left_on, align: calendar_year, period: P{years}Y, basis: a law, "
    f"when: {{column: country, equals: {country}}}}}\n"
    for country, years in LAWS.items()
)
ROWS, DUE = 20_000, 100  # one in two hundred
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


def _rows() -> list[str]:
    """Every two-hundredth left long ago, the others within three years."""
    countries, found = list(LAWS), []
    for start in range(0, ROWS, 1000):
        values = []
        for number in range(start, start + 1000):
            left = date(2001, 1, 1) if number % 200 == 7 else date(2024, 1, 1) + timedelta(days=number % 900)
            values.append(f"({number + 1}, '{left}', '{countries[number * 7 // 200 % 10]}')")
        found.append(f"INSERT INTO people (id, left_on, country) VALUES {', '.join(values)}")
    return found


def test_an_index_serves_the_laws_of_ten_countries(any_database: str, tmp_path: Path) -> None:
    indexed = [
        "CREATE INDEX ix_people_law ON people (country, left_on)",
        "CREATE INDEX ix_people_left ON people (left_on)",
    ]
    world = people_world(any_database, tmp_path, RULE, [*_rows(), *indexed])
    database = world.deployment.database("shop")
    kind = database.dialect.name
    if kind != "sqlite":
        world.execute_as_it_is([{"postgresql": "ANALYZE people", "mariadb": "ANALYZE TABLE people"}[kind]])
    ensure_tables(world.deployment, database, AS_OF)
    with database.reading() as connection:
        live = live_rules(world.deployment, database, connection)
        compiled = Compiling(deployment=world.deployment, database=database, live=live, as_of=AS_OF).rule(
            live.rules[0], ()
        )
        root = compiled.context.root
        due = select(root.c.id).where(compiled.due)
        assert len(connection.execute(due).all()) == DUE
        spelled = str(due.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        plan = _plan(connection, kind, spelled)
    assert ("ix_people_left" if kind == "sqlite" else "ix_people_l") in plan, plan  # of two, a server takes either
    assert not any(whole in plan for whole in ("SCAN people", "Seq Scan on people", "|ALL|")), plan


def _plan(connection: Connection, kind: str, statement: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
    rows = connection.execute(text(explain + statement.replace(":", "\\:"))).all()
    return "\n".join("|".join(map(str, row)) for row in rows)


NOT_LIVE = """\
purposes:
  - id: claims
    statutes: {category: contract, jurisdiction: country, covers: [CH]}
    start: left_on
    live_while: {column: dispute, equals: open}
  - {id: news, start: told_on, period: P1Y, basis: consent, when: {column: country, equals: CH}}
"""


def test_a_purpose_of_unknown_start_that_is_not_live_is_looked_at(any_database: str, tmp_path: Path) -> None:
    """It has ended, whenever it began: no cut-off says anything of it."""
    rows = [
        person(1, left_on="2026-06-01", country="FR", dispute="closed"),
        person(2, left_on="2026-06-01", country="FR", dispute="open"),
    ]
    world = people_world(any_database, tmp_path, NOT_LIVE, rows, catalogue=True)
    done = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)
    assert done.state is RunState.SEALED, done.problems
    assert world.rows("SELECT id FROM people") == [(2,)]
