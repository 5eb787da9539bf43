"""Our own tables of an older release: refused, brought up by `retention init`, and protecting throughout."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, text

from retention.model.errors import RetentionError, TransientError
from retention.model.hold import SubjectKey
from retention.runtime import holds
from retention.runtime.dispose import dispose
from retention.runtime.initialise import initialise
from retention.runtime.leases import Lease
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.sql import own_migrations
from retention.sql.initialise import check_ours
from retention.sql.lease import take
from retention.sql.own_tables import SCHEMA_VERSION
from retention.sql.server_clock import server_ms
from tests.world import AS_OF, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
VERSION_1 = Path(__file__).parent / "version_1"


@pytest.fixture
def old(any_database: str, tmp_path: Path) -> World:
    """A dataset as version 1 left it, made by the statements of that release, with a hold in force."""
    world = make_world(any_database, tmp_path)
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    database = world.deployment.database("shop")
    statements = VERSION_1 / f"{database.dialect.name}.sql"
    if not statements.exists():
        pytest.skip("version 1 did not know this kind of database")
    own = database.own
    kept = {}
    with database.reading() as connection:
        for table in (own.meta, own.fence, own.hold):
            kept[table] = [dict(row._mapping) for row in connection.execute(select(table))]
    world.deployment.close()
    with world.connected() as connection:
        own.metadata.drop_all(connection)
        if database.dialect.own_schema:
            connection.execute(text(f"DROP SCHEMA {database.dialect.own_schema} CASCADE"))
        for statement in statements.read_text().split(";\n"):
            if "CREATE" in statement:
                connection.execute(text(statement))
        for table, rows in kept.items():
            values = [row | {"schema_version": 1} if table is own.meta else row for row in rows]
            connection.execute(table.insert(), values)
    return world


def disposed_of(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    plan_run(world.deployment, handle.run_id)
    dispose(world.deployment, handle.run_id, "shop.invoices")


def test_an_older_version_is_refused_then_brought_up_and_the_hold_protects_throughout(old: World) -> None:
    database = old.deployment.database("shop")
    with database.reading() as connection, pytest.raises(RetentionError, match=r"R369(.|\n)*retention init shop"):
        check_ours(connection, database, old.deployment.control.deployment_id)
    with pytest.raises(RetentionError, match="R369"):
        disposed_of(old)
    assert old.count("invoices") == 80
    initialise(old.deployment, ["shop"])
    with database.reading() as connection:
        ours = check_ours(connection, database, old.deployment.control.deployment_id)
        held = connection.execute(select(database.own.hold.c.hold_id, database.own.hold.c.subject_key)).all()
    assert ours.schema_version == SCHEMA_VERSION
    assert [tuple(row) for row in held] == [("H-0001", "4")]
    assert _columns(old) == _columns_of_new(old)
    disposed_of(old)
    assert old.count("invoices", "customer_id = 4") == 2
    assert old.count("invoices") == 41
    initialise(old.deployment, ["shop"])  # safe to repeat


def test_a_hold_that_is_placed_meanwhile_is_pending_until_then(old: World) -> None:
    receipt = holds.place(old.deployment, "matter 2", (SubjectKey(kind="customer", key="8"),), "lena")
    assert receipt.datasets[0].reason.startswith("R369")
    initialise(old.deployment, ["shop"])
    holds.retry_pending(old.deployment)
    disposed_of(old)
    assert old.count("invoices", "customer_id IN (4, 8)") == 4


def test_a_worker_of_the_older_release_writes_nothing_more(old: World) -> None:
    database = old.deployment.database("shop")
    with database.writing() as connection:
        now = server_ms(connection, database.dialect)
        token = take(connection, database.own, "rule shop.invoices", "an older worker", now, 3600)
    assert token is not None
    initialise(old.deployment, ["shop"])
    lease = Lease(database=database, name="rule shop.invoices", token=token, seconds=3600)
    with pytest.raises(TransientError, match="R433"), database.batch() as connection:
        lease.renew(connection)
    disposed_of(old)
    assert old.count("invoices") == 41


def test_a_migration_that_fails_changes_nothing(old: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(own_migrations, "STEPS", {1: broken})
    with pytest.raises(OSError):
        initialise(old.deployment, ["shop"])
    database = old.deployment.database("shop")
    with database.reading() as connection, pytest.raises(RetentionError, match="R369"):
        check_ours(connection, database, old.deployment.control.deployment_id)
    monkeypatch.undo()
    initialise(old.deployment, ["shop"])
    disposed_of(old)
    assert old.count("invoices", "customer_id = 4") == 2


def test_version_2_gets_the_tables_of_facts_and_its_workers_stop(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    database = world.deployment.database("shop")
    with database.writing() as connection:
        now = server_ms(connection, database.dialect)
        token = take(connection, database.own, "rule shop.visits", "an older worker", now, 3600)
    assert token is not None
    world.execute(f"DROP TABLE {world.own('fact')}")
    world.execute(f"DROP TABLE {world.own('fact_source')}")
    world.execute(f"UPDATE {world.own('meta')} SET schema_version = 2")

    with pytest.raises(RetentionError, match=r"R369 .* of version 2, and this program needs 4"):
        disposed_of(world)
    initialise(world.deployment, ["shop"])

    lease = Lease(database=database, name="rule shop.visits", token=token, seconds=3600)
    with pytest.raises(TransientError, match="R433"), database.batch() as connection:
        lease.renew(connection)
    for own in (database.own.fact, database.own.fact_source):
        assert [name for name, _ in _columns(world)[own.name]] == list(own.columns.keys())
    disposed_of(world)
    assert world.count("invoices", "customer_id = 4") == 2


def _columns(world: World) -> dict[str, list[tuple[str, str]]]:
    own = world.deployment.database("shop").own
    engine = create_engine(world.url)
    found = {
        table.name: [(c["name"], str(c["type"])) for c in inspect(engine).get_columns(table.name, schema=table.schema)]
        for table in own.metadata.sorted_tables
    }
    engine.dispose()
    return found


def _columns_of_new(world: World) -> dict[str, list[tuple[str, str]]]:
    """As a dataset of this release has them that never was older."""
    own = world.deployment.database("shop").own
    dialect = create_engine(world.url).dialect
    return {
        table.name: [(c.name, c.type.compile(dialect=dialect)) for c in table.columns]
        for table in own.metadata.sorted_tables
    }
