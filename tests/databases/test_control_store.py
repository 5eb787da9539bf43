"""The control store on every database that can keep it: what is put into it comes out of it, and what it refuses."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import BLANK_SCHEMA, LargeBinary, MetaData, Text, create_engine, make_url, text

from retention.model.condition import Compare, Operator
from retention.model.errors import Problem, RetentionError, TransientError
from retention.model.hold import ConditionScope, DatasetScope, HoldState, PlacedArea, SubjectKey, TableScope
from retention.model.plan import Plan, StepPlan, Tally
from retention.model.rule import Action
from retention.model.run import (
    Check,
    CheckOutcome,
    RunHandle,
    RunState,
    SignedHead,
    StepResult,
    Verification,
)
from retention.model.verdict import Reason, Verdict
from retention.sql.control import engines
from retention.sql.control.migrate import MIGRATIONS
from retention.sql.control.records import HoldCopy, Watermark
from retention.sql.control.store import ControlStore
from retention.sql.control.tables import METADATA, SCHEMA, SCHEMA_REVISION, VERSION_TABLE
from retention.sql.control.transactions import connect
from retention.sql.dialects import mariadb_session
from tests.database_servers import PostgreSQLServer
from tests.mariadb_server import MariaDBServer

NOW = datetime(2026, 7, 1, 12, 30, 15, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SECRET = bytes(range(32))


@pytest.fixture
def store(any_database: str) -> Iterator[ControlStore]:
    store = ControlStore.create(any_database, at=NOW)
    yield store
    store.close()


def handle(number: int = 1, dataset: str = "crm") -> RunHandle:
    return RunHandle(
        run_id=f"{dataset}-{number}",
        dataset=dataset,
        as_of=NOW,
        plan_only=False,
        external_id=f"scheduled__{number}",
        rules_digest="a" * 64,
        hold_epoch=3,
    )


def plan(run_id: str) -> Plan:
    tallies = (
        Tally(verdict=Verdict.DUE, reason=Reason.PERIODS_ENDED, detail="", groups=4),
        Tally(verdict=Verdict.REFERENCED, reason=Reason.NONE, detail="invoices", groups=2),
    )
    step = StepPlan(
        rule_id="crm.accounts",
        rule_digest="b" * 64,
        table="accounts",
        action=Action.PSEUDONYMIZE,
        full_sweep=True,
        examined=6,
        table_rows=10,
        tallies=tallies,
        due=4,
        due_digest="c" * 64,
        plan_only="",
        refusal=Problem(code="R430", what="too many", where="rule crm.accounts", remedy="raise limits"),
    )
    return Plan(
        run_id=run_id,
        dataset="crm",
        as_of=NOW,
        rules_digest="a" * 64,
        schema_digest="d" * 64,
        hold_epoch=3,
        made_at=NOW,
        expires_at=LATER,
        steps=(step, replace(step, rule_id="crm.tickets", refusal=None)),
        after={"crm.accounts": ("crm.tickets",), "crm.tickets": ()},
        digest="e" * 64,
    )


def step_result(run_id: str, rule_id: str = "crm.accounts") -> StepResult:
    return StepResult(
        run_id=run_id,
        rule_id=rule_id,
        table="accounts",
        planned=5,
        deleted=0,
        pseudonymized=3,
        spared={"held": 1, "vanished": 1},
        set_aside=0,
        unexplained=0,
        rows={"accounts": 3, "notes": 7},
        batches=2,
        resumed=True,
        plan_only="",
        batch_ms_median=12.5,
        batch_ms_max=99.75,
    )


def verification(run_id: str) -> Verification:
    check = Check(
        name="in_range",
        rule_id="crm.accounts",
        table="accounts",
        column="email",
        examined=3,
        violations=0,
        unknown=1,
        outcome=CheckOutcome.COULD_NOT_TELL,
        by="great_expectations",
    )
    return Verification(run_id=run_id, checks=(check,), not_examined=("blobs of attachments",))


def head() -> SignedHead:
    return SignedHead(
        deployment="one", sequence=7, hash="f" * 64, signed_at=NOW, key_id="0123456789abcdef", signature="00" * 64
    )


def code(error: pytest.ExceptionInfo[RetentionError]) -> str:
    return error.value.problems[0].code


# -- opening -----------------------------------------------------------------------------------------------------------


def test_making_it_twice_keeps_what_it_is(any_database: str) -> None:
    first = ControlStore.create(any_database, at=NOW)
    first.rules.record_seen("crm.accounts", "x", at=NOW)
    again = ControlStore.create(any_database, at=LATER)
    opened = ControlStore.open(any_database)
    assert first.deployment_id == again.deployment_id == opened.deployment_id
    assert first.trace_secret == opened.trace_secret
    assert len(first.trace_secret) == 32
    assert opened.rules.first_seen("crm.accounts", "x") == NOW
    for store in (first, again, opened):
        store.close()


def test_several_make_it_at_once_and_get_the_same(any_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: ControlStore.create(any_database, at=NOW), range(4)))
    assert len({(store.deployment_id, store.trace_secret) for store in stores}) == 1
    for store in stores:
        store.close()


def test_another_store_has_another_identity_and_secret(tmp_path: Path) -> None:
    one = ControlStore.create(f"sqlite:///{tmp_path / 'one.db'}", at=NOW)
    two = ControlStore.create(f"sqlite:///{tmp_path / 'two.db'}", at=NOW)
    assert one.deployment_id != two.deployment_id
    assert one.trace_secret != two.trace_secret


def test_an_empty_database_is_not_initialised(any_database: str) -> None:
    with pytest.raises(RetentionError) as error:
        ControlStore.open(any_database)
    assert code(error) == "R351"
    assert "retention init" in error.value.problems[0].remedy


def test_opening_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(RetentionError) as error:
        ControlStore.open(f"sqlite:///{tmp_path / 'control.db'}")
    assert code(error) == "R351"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("version", "expected"), [("9999", "R352"), ("0000", "R354")])
def test_another_form_is_refused(any_database: str, version: str, expected: str) -> None:
    ControlStore.create(any_database, at=NOW).close()
    engine = create_engine(any_database)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {_qualified(any_database, VERSION_TABLE)} SET version_num = '{version}'"))
    engine.dispose()
    with pytest.raises(RetentionError) as error:
        ControlStore.open(any_database)
    assert code(error) == expected
    if expected == "R352":
        with pytest.raises(RetentionError) as refused:
            ControlStore.create(any_database, at=NOW)
        assert code(refused) == "R352"


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "mssql://localhost/control",
        "mariadb://h",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+asyncpg://h/d",
    ],
)
def test_an_address_of_no_use_is_refused(address: str) -> None:
    with pytest.raises(RetentionError) as error:
        ControlStore.open(address)
    assert code(error) == "R350"


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    path.write_text("a shopping list, longer than the hundred bytes of a header that SQLite would look at first\n" * 3)
    before = path.read_bytes()
    for attempt in (ControlStore.open, lambda url: ControlStore.create(url, at=NOW)):
        with pytest.raises(RetentionError) as error:
            attempt(f"sqlite:///{path}")
        assert code(error) == "R350"
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetentionError) as error:
        ControlStore.create(f"sqlite:///{tmp_path / 'missing' / 'control.db'}", at=NOW)
    assert code(error) == "R350"


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mysql"])
def test_a_server_that_does_not_answer_can_be_tried_again_and_its_password_is_not_told(driver: str) -> None:
    with pytest.raises(TransientError) as error:
        ControlStore.open(f"{driver}://lena:whisper@127.0.0.1:1/control")
    assert code(error) == "R350"
    assert "whisper" not in str(error.value)
    assert "lena" not in str(error.value)


def test_a_file_that_may_only_be_read_can_be_read_and_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    ControlStore.create(f"sqlite:///{path}", at=NOW).close()
    store = ControlStore.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert store.stops.stopped() is None
    with pytest.raises(RetentionError) as error:
        store.stops.stop("lena", "why", NOW)
    assert code(error) == "R353"
    store.close()


def test_an_account_without_rights_cannot_write(postgresql: PostgreSQLServer) -> None:
    url = postgresql.fresh()
    database = url.split("?", 1)[0].rsplit("/", 1)[1]
    ControlStore.create(url, at=NOW).close()
    postgresql.execute("DROP ROLE IF EXISTS control_reader")
    postgresql.execute("CREATE ROLE control_reader LOGIN")
    postgresql.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO control_reader", database)
    postgresql.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO control_reader", database)
    store = ControlStore.open(postgresql.url(database, "control_reader"))
    with pytest.raises(RetentionError) as error:
        store.rules.record_seen("crm.accounts", "x", at=NOW)
    assert code(error) == "R353"
    store.close()
    postgresql.execute("DROP OWNED BY control_reader", database)


def test_an_account_of_mariadb_without_rights_cannot_write(mariadb_database: str, mariadb: MariaDBServer) -> None:
    database = str(make_url(mariadb_database).database)
    ControlStore.create(mariadb_database, at=NOW).close()
    mariadb.execute("CREATE OR REPLACE USER control_reader@localhost")
    mariadb.execute(f"GRANT SELECT ON {database}.* TO control_reader@localhost")
    store = ControlStore.open(mariadb.url(database, "control_reader"))
    assert store.stops.stopped() is None
    with pytest.raises(RetentionError) as error:
        store.rules.record_seen("crm.accounts", "x", at=NOW)
    assert code(error) == "R353"
    store.close()
    mariadb.execute("DROP USER control_reader@localhost")


def test_a_table_that_takes_nothing_back_is_refused(mariadb_database: str, mariadb: MariaDBServer) -> None:
    ControlStore.create(mariadb_database, at=NOW).close()
    mariadb.execute("ALTER TABLE ledger ENGINE=Aria", str(make_url(mariadb_database).database))
    for use in (ControlStore.open, lambda url: ControlStore.create(url, at=NOW)):
        with pytest.raises(RetentionError, match=r"ledger is kept by Aria(.|\n)*ALTER TABLE ledger") as error:
            use(mariadb_database)
        assert code(error) == "R350"


def test_a_database_with_other_tables_is_left_alone(mariadb_database: str, mariadb: MariaDBServer) -> None:
    database = str(make_url(mariadb_database).database)
    mariadb.execute("CREATE TABLE run (distance int)", database)
    with pytest.raises(RetentionError, match="holds other tables") as error:
        ControlStore.create(mariadb_database, at=NOW)
    assert code(error) == "R350"
    assert mariadb.execute("SHOW TABLES", database) == [("run",)]


def _later(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mariadb_session, "_OLDEST", (99, 0))


def _clustered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mariadb_session, "_in_cluster", lambda connection: True)


@pytest.mark.parametrize(("unfit", "expected"), [(_later, "R318"), (_clustered, "R324")])
def test_a_server_whose_locks_are_not_known_to_hold_is_refused(
    mariadb_database: str, monkeypatch: pytest.MonkeyPatch, unfit: Callable[[pytest.MonkeyPatch], None], expected: str
) -> None:
    ControlStore.create(mariadb_database, at=NOW).close()
    unfit(monkeypatch)
    with pytest.raises(RetentionError) as error:
        ControlStore.open(mariadb_database)
    assert code(error) == expected


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(any_database: str) -> None:
    ControlStore.create(any_database, at=NOW).close()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == SCHEMA_REVISION
    assert _beyond_the_code(any_database) == []


@pytest.mark.parametrize("made", [0, 1, 5, 16])
def test_what_a_dying_process_half_made_is_completed(
    any_database: str, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = 0

    def create_table(self: Operations, *args: Any, **options: Any) -> Any:
        nonlocal tables
        tables += 1
        if tables > made:
            raise KeyboardInterrupt
        return real(self, *args, **options)

    real = Operations.create_table
    with monkeypatch.context() as patch:
        patch.setattr(Operations, "create_table", create_table)
        with pytest.raises(KeyboardInterrupt):
            ControlStore.create(any_database, at=NOW)
    assert tables == made + 1
    ControlStore.create(any_database, at=NOW).close()
    assert _beyond_the_code(any_database) == []


def _beyond_the_code(url: str) -> list[Any]:
    """How the database's tables differ from the code's."""
    transactions = connect(url)
    schema = transactions.schema
    with transactions.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": schema is not None,
                "include_name": lambda name, kind, parents: name == schema if kind == "schema" else True,
                "version_table": VERSION_TABLE,
                "version_table_schema": schema,
                "compare_type": _is_other_type,
            },
        )
        differences = compare_metadata(context, METADATA if schema else _without_schema())
    transactions.close()
    return list(differences)


def _is_other_type(context: MigrationContext, there: object, here: object, found: Any, wanted: Any) -> bool | None:
    """None: as Alembic compares them; it does not know what we call a text on MariaDB."""
    if context.dialect.name == "mariadb" and isinstance(wanted, Text | LargeBinary) and wanted.length is None:
        return type(found).__name__ != ("LONGTEXT" if isinstance(wanted, Text) else "LONGBLOB")
    return None


def _without_schema() -> MetaData:
    plain = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(plain, schema=None, referred_schema_fn=lambda *_: BLANK_SCHEMA)
    return plain


# -- runs --------------------------------------------------------------------------------------------------------------


def test_preparing_twice_gives_the_run_that_was_recorded(store: ControlStore) -> None:
    first = store.runs.prepare(handle(), run_secret=SECRET, at=NOW)
    other = replace(handle(), run_id="crm-other", as_of=LATER)
    assert store.runs.prepare(other, run_secret=b"x" * 32, at=LATER) == first == handle()
    assert store.runs.run_secret("crm-1") == SECRET
    record = store.runs.by_external_id("crm", "scheduled__1")
    assert record is not None
    assert record.handle == handle()
    assert record.created_at == NOW
    assert store.runs.by_external_id("billing", "scheduled__1") is None


def test_everything_of_a_run_comes_back_as_it_was(store: ControlStore) -> None:
    store.runs.prepare(handle(), run_secret=SECRET, at=NOW)
    assert store.runs.plan("crm-1") is None
    assert store.runs.verification("crm-1") is None
    store.runs.save_plan("crm-1", plan("crm-1"))
    store.runs.save_step("crm-1", step_result("crm-1", "crm.tickets"))
    store.runs.save_step("crm-1", step_result("crm-1"))
    store.runs.save_verification("crm-1", verification("crm-1"))
    assert store.runs.plan("crm-1") == plan("crm-1")
    assert store.runs.step_results("crm-1") == (step_result("crm-1"), step_result("crm-1", "crm.tickets"))
    assert store.runs.step_result("crm-1", "crm.tickets") == step_result("crm-1", "crm.tickets")
    assert store.runs.step_result("crm-1", "crm.notes") is None
    assert store.runs.verification("crm-1") == verification("crm-1")


def test_a_sealed_run_says_how_it_ended(store: ControlStore) -> None:
    for number in (1, 2, 3):
        store.runs.prepare(handle(number), run_secret=SECRET, at=NOW + timedelta(minutes=number))
    seal = {"head": head(), "report": "/home/reports/crm-2.html", "at": LATER}
    store.runs.save_sealed("crm-2", state=RunState.SEALED, problems=(), **seal)
    store.runs.save_sealed("crm-3", state=RunState.FAILED, problems=("set aside: 2",), **seal)
    record = store.runs.run("crm-2")
    assert (record.state, record.head, record.ended_at) == (RunState.SEALED, head(), LATER)
    assert store.runs.run("crm-3").problems == ("set aside: 2",)
    assert store.runs.last_sealed("crm") == record
    assert store.runs.last_sealed("billing") is None
    assert [run.handle.run_id for run in store.runs.runs_of("crm", 2)] == ["crm-3", "crm-2"]
    assert [run.handle.run_id for run in store.runs.recent()] == ["crm-3", "crm-2", "crm-1"]


def test_a_failure_is_kept_until_the_rule_succeeds(store: ControlStore) -> None:
    store.runs.prepare(handle(), run_secret=SECRET, at=NOW)
    problem = Problem(code="R432", what="another run is writing", where="rule crm.accounts", remedy="wait")
    store.runs.save_failure("crm-1", "crm.accounts", (problem,))
    store.runs.save_failure("crm-1", "crm.accounts", (problem, problem))
    store.runs.save_failure("crm-1", "crm.tickets", (problem,))
    assert store.runs.run("crm-1").failures == {"crm.accounts": (problem, problem), "crm.tickets": (problem,)}
    store.runs.save_step("crm-1", step_result("crm-1"))
    assert store.runs.run("crm-1").failures == {"crm.tickets": (problem,)}


def test_an_unknown_run_is_refused_with_recent_ones(store: ControlStore) -> None:
    store.runs.prepare(handle(), run_secret=SECRET, at=NOW)
    attempts = (
        lambda: store.runs.run("crm-9"),
        lambda: store.runs.plan("crm-9"),
        lambda: store.runs.run_secret("crm-9"),
        lambda: store.runs.set_state("crm-9", RunState.FAILED),
        lambda: store.runs.save_step("crm-9", step_result("crm-9")),
        lambda: store.runs.save_failure("crm-9", "crm.accounts", ()),
    )
    for attempt in attempts:
        with pytest.raises(RetentionError) as error:
            attempt()
        assert code(error) == "R400"
        assert "crm-1" in str(error.value)


def test_a_forgotten_secret_is_gone_from_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    store = ControlStore.create(f"sqlite:///{path}", at=NOW)
    secret = hashlib.sha256(b"this test").digest()
    store.runs.prepare(handle(), run_secret=secret, at=NOW)
    assert secret in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    store.runs.forget_run_secret("crm-1")
    assert store.runs.run_secret("crm-1") is None
    assert secret not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    store.close()


# -- rules, keys, pools, stop, persons ---------------------------------------------------------------------------------


def test_a_watermark_replaces_the_one_before(store: ControlStore) -> None:
    assert store.watermarks.watermark("crm.accounts") is None
    first = Watermark(rule_digest="a", as_of=NOW, bounds={"tax": "2020-01-01", "use": ""}, swept_at=NOW)
    second = replace(first, as_of=LATER, bounds={"tax": "2020-02-01"})
    store.watermarks.save_watermark("crm.accounts", first)
    assert store.watermarks.watermark("crm.accounts") == first
    store.watermarks.save_watermark("crm.accounts", second)
    assert store.watermarks.watermark("crm.accounts") == second
    assert store.watermarks.watermark("crm.tickets") is None


def test_the_first_time_that_a_rule_was_seen_stays(store: ControlStore) -> None:
    assert store.rules.first_seen("crm.accounts", "a") is None
    store.rules.record_seen("crm.accounts", "a", at=NOW)
    store.rules.record_seen("crm.accounts", "a", at=LATER)
    store.rules.record_seen("crm.accounts", "b", at=LATER)
    assert store.rules.first_seen("crm.accounts", "a") == NOW
    assert store.rules.first_seen("crm.accounts", "b") == LATER


def test_times_are_one_instant_whatever_their_zone(store: ControlStore) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    store.rules.record_seen("crm.accounts", "a", at=elsewhere)
    seen = store.rules.first_seen("crm.accounts", "a")
    assert seen == NOW
    assert seen is not None
    assert seen.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="zone"):
        store.rules.record_seen("crm.accounts", "b", at=datetime(2026, 7, 1))  # noqa: DTZ001


def test_another_key_than_before_is_refused(store: ControlStore) -> None:
    assert store.keys.remembered_key() is None
    store.keys.remember_key("k1")
    store.keys.remember_key("k1")
    with pytest.raises(RetentionError) as error:
        store.keys.remember_key("k2")
    assert code(error) == "R343"
    assert store.keys.remembered_key() == "k1"


def test_the_first_public_key_of_the_ledger_stays(store: ControlStore) -> None:
    assert store.keys.remember_ledger_public_key("aa" * 32) == "aa" * 32
    assert store.keys.remember_ledger_public_key("bb" * 32) == "aa" * 32
    assert store.keys.ledger_public_key() == "aa" * 32


def test_versions_of_a_pool_never_change(store: ControlStore) -> None:
    assert store.pools.latest("given_name@en_US") is None
    first = store.pools.add_first("given_name@en_US", ("Ada", "Zoë", "李"), digest="d1", faker="40.0")
    assert store.pools.add_first("given_name@en_US", ("Bob",), digest="d2", faker="41.0") == first
    assert first.version == 1
    second = store.pools.add("given_name@en_US", ("Bob",), digest="d2", faker="41.0")
    assert second.version == 2
    assert store.pools.latest("given_name@en_US") == second
    assert store.pools.version("given_name@en_US", 1) == first
    assert first.values == ("Ada", "Zoë", "李")
    assert store.pools.version("given_name@en_US", 3) is None
    assert store.pools.latest("given_name@de_DE") is None


def test_the_stop_switch_keeps_the_first_who_stopped(store: ControlStore) -> None:
    assert store.stops.stopped() is None
    store.stops.stop("lena", "something is wrong", NOW)
    assert store.stops.stop("otto", "me too", LATER).by == "lena"
    stop = store.stops.stopped()
    assert stop is not None
    assert (stop.by, stop.reason, stop.since) == ("lena", "something is wrong", NOW)
    assert store.stops.resume("otto", LATER)
    assert not store.stops.resume("otto", LATER)
    assert store.stops.stopped() is None
    assert [entry.kind for entry in store.ledger.latest()] == ["stopped", "resumed"]


def test_a_token_is_kept_as_a_hash_alone(any_database: str) -> None:
    store = ControlStore.create(any_database, at=NOW)
    store.persons.add_token("otto", "the-token-of-otto", made_by="lena", at=NOW)
    assert store.persons.person("the-token-of-otto") == "otto"
    assert store.persons.person("another") is None
    assert store.persons.names() == ("otto",)
    with pytest.raises(RetentionError) as error:
        store.persons.add_token("otto", "second", made_by="lena", at=NOW)
    assert code(error) == "R364"
    with store.reading() as connection:
        kept = connection.execute(text(f"SELECT * FROM {_qualified(any_database, 'person_token')}")).all()
    assert "the-token-of-otto" not in str(kept)
    assert "the-token-of-otto" not in str(store.ledger.latest())
    store.close()


def _qualified(url: str, table: str) -> str:
    return f"{SCHEMA}.{table}" if url.startswith("postgresql") else table


# -- holds -------------------------------------------------------------------------------------------------------------


def test_a_hold_is_pending_until_every_dataset_has_its_epoch(store: ControlStore) -> None:
    subjects = (SubjectKey(kind="customer", key="4711"), SubjectKey(kind="customer", key="Ä 'quoted'"))
    record = store.holds.add("matter 1", subjects, "lena", NOW)
    assert record.hold.id == "H-0001"
    assert record.hold.state is HoldState.PENDING
    assert set(record.hold.subjects) == set(subjects)
    assert store.holds.pending("crm")
    assert store.holds.epoch("crm") == record.epoch
    store.holds.record_copy(HoldCopy(dataset="crm", epoch=record.epoch, reason=""))
    store.holds.settle(("crm", "billing"), NOW)
    assert not store.holds.pending("crm")
    assert store.holds.pending("billing")
    assert store.holds.record("H-0001").hold.state is HoldState.PENDING
    store.holds.record_copy(HoldCopy(dataset="billing", epoch=record.epoch, reason=""))
    store.holds.settle(("crm", "billing"), NOW)
    assert store.holds.record("H-0001").hold.state is HoldState.IN_FORCE


def test_an_epoch_is_the_time_or_one_more_than_the_last(store: ControlStore) -> None:
    """So that a store which was restored does not give one again that it gave before."""
    first, second = (store.holds.add("matter", (SubjectKey(kind="customer", key="1"),), "lena", NOW) for _ in range(2))
    later = store.holds.add("matter", (SubjectKey(kind="customer", key="1"),), "lena", NOW + timedelta(seconds=2))
    assert first.epoch == round(NOW.timestamp() * 1000)
    assert (second.epoch, later.epoch) == (first.epoch + 1, first.epoch + 2000)


def test_the_areas_of_a_hold_and_what_the_ledger_says_of_them(store: ControlStore) -> None:
    secret = Compare(column="email", operator=Operator.EQUALS, values=("lena@northgate.example",))
    areas = (
        ConditionScope(dataset="crm", table="accounts", condition=secret),
        TableScope(dataset="crm", table="accounts"),
        DatasetScope(dataset="billing"),
    )
    assert store.holds.add("matter 1", (), "lena", NOW, areas=areas).hold.areas == areas
    store.holds.add("matter 2", (), "lena", NOW, areas=areas[1:2])
    placed = {PlacedArea(hold_id="H-0001", area=area) for area in areas}
    assert store.holds.wanted().areas == placed | {PlacedArea(hold_id="H-0002", area=areas[1])}
    store.releases.request("H-0001", "lena", "settled", NOW)
    store.releases.confirm("H-0001", "otto", NOW, protects_until=NOW)
    assert store.holds.wanted().areas == {PlacedArea(hold_id="H-0002", area=areas[1])}
    entry = store.ledger.latest()[0]
    assert "rows of crm.accounts where email equals ..." in entry.body
    assert "lena@northgate.example" not in str(store.ledger.latest())


def test_many_subjects_of_one_hold(store: ControlStore) -> None:
    subjects = tuple(SubjectKey(kind="customer", key=str(number)) for number in range(1_501))
    record = store.holds.add("matter 1", subjects, "lena", NOW)
    wanted = store.holds.wanted()
    assert wanted.epoch == record.epoch
    assert {subject for _, subject in wanted.protected} == set(subjects)
    assert wanted.released == frozenset()


def test_a_released_hold_no_longer_protects_and_raises_the_epoch(store: ControlStore) -> None:
    subject = SubjectKey(kind="customer", key="4711")
    store.holds.add("matter 1", (subject,), "lena", NOW)
    store.holds.add("matter 2", (subject,), "lena", NOW)
    store.releases.request("H-0001", "lena", "settled", NOW)
    assert {hold_id for hold_id, _ in store.holds.wanted().protected} == {"H-0001", "H-0002"}
    with pytest.raises(RetentionError) as same:
        store.releases.confirm("H-0001", "lena", NOW, protects_until=NOW)
    assert code(same) == "R362"
    before = store.holds.epoch("crm")
    record = store.releases.confirm("H-0001", "otto", NOW, protects_until=NOW)
    assert (record.hold.state, record.released_by) == (HoldState.RELEASED, "otto")
    assert (record.release_requested_by, record.release_reason) == ("lena", "settled")
    wanted = store.holds.wanted()
    assert wanted.epoch == before + 1
    assert wanted.protected == {("H-0002", subject)}
    assert wanted.released == {"H-0001"}
    for attempt in (
        lambda: store.releases.confirm("H-0001", "otto", NOW, protects_until=NOW),
        lambda: store.releases.request("H-0001", "otto", "again", NOW),
        lambda: store.releases.confirm("H-0002", "otto", NOW, protects_until=NOW),
    ):
        with pytest.raises(RetentionError) as wrong:
            attempt()
        assert code(wrong) == "R363"
    with pytest.raises(RetentionError) as unknown:
        store.holds.record("H-0009")
    assert code(unknown) == "R361"
    assert "H-0001, H-0002" in str(unknown.value)


# -- several processes -------------------------------------------------------------------------------------------------


def _writes(url: str, name: str, times: int) -> None:
    store = ControlStore.open(url)
    for number in range(times):
        store.ledger.append("event", {"by": name, "number": number}, NOW)
        store.pools.add_first("city@en_US", (name,), digest=name, faker="40.0")
    store.close()


def test_several_processes_write_without_losing_anything(any_database: str) -> None:
    store = ControlStore.create(any_database, at=NOW)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_writes, args=(any_database, name, 15)) for name in ("one", "two")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    entries = store.ledger.latest(100)
    assert [entry.sequence for entry in entries] == list(range(1, 31))
    for before, after in pairwise(entries):
        assert after.previous == before.hash()
    assert store.pools.version("city@en_US", 2) is None
    store.close()


def test_a_writer_that_waits_too_long_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.05)
    path = tmp_path / "control.db"
    store = ControlStore.create(f"sqlite:///{path}", at=NOW)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError) as error:
        store.ledger.append("event", {}, NOW)
    assert code(error) == "R355"
    assert store.ledger.tip()[0] == 0
    other.execute("ROLLBACK")
    other.close()
    store.ledger.append("event", {}, NOW)
    assert store.ledger.tip()[0] == 1
    store.close()
