"""Legal holds: placed in every dataset or pending there, stacked, released by two, and what their receipts say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from retention.model.dataset import Dataset
from retention.model.errors import RetentionError, TransientError
from retention.model.hold import DatasetReceipt, HoldClass, HoldState, SubjectKey
from retention.runtime import hold_copies, holds, persons, stop
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.hold_epochs import refuse_behind
from retention.runtime.initialise import initialise
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.sql.control.tables import hold_subject
from retention.sql.hold_receipts import trace
from tests.world import AS_OF, DATASETS, KEY, SetClock, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
EIGHT = SubjectKey(kind="customer", key="8")
TWELVE = SubjectKey(kind="customer", key="12")
FIRST = int(SetClock().now().timestamp()) * 1000  # the epoch of the first change of the holds; each has one more
ARCHIVE = """\
  archive:
    title: Archive
    url_from_environment: RETENTION_ARCHIVE_URL
    zone: UTC
    owner: privacy@northgate.example
"""


@dataclass(frozen=True)
class Addresses:
    """An address for each dataset."""

    urls: Mapping[str, str]

    def url(self, dataset: Dataset) -> str:
        return self.urls[dataset.id]

    def pseudonym_key(self) -> str | None:
        return KEY


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    world = make_world(any_database, tmp_path)
    yield world
    world.deployment.close()


@pytest.fixture
def two(sqlite_database: str, tmp_path: Path) -> Iterator[World]:
    """A world whose second dataset is not there yet."""
    world = make_world(sqlite_database, tmp_path)
    world.deployment.close()
    (tmp_path / "rules" / "datasets.yaml").write_text(DATASETS + ARCHIVE)
    world.deployment = deployment_of(world, f"sqlite:///{tmp_path / 'nowhere' / 'archive.db'}")
    yield world
    world.deployment.close()


def deployment_of(world: World, archive: str) -> Deployment:
    addresses = Addresses({"shop": world.url, "archive": archive})
    return Deployment(world.folder / "rules", world.folder / "home", addresses, world.clock)


def found_archive(world: World) -> None:
    """The second dataset can be reached from now on."""
    path = world.folder / "archive.db"
    path.touch()
    world.deployment.close()
    world.deployment = deployment_of(world, f"sqlite:///{path}")
    initialise(world.deployment, ["archive"])


def here(deployment: Deployment, dataset: str = "shop") -> tuple[int, set[tuple[str, str, str]]]:
    """(epoch, (hold, kind, key)) as they stand in the dataset."""
    database = deployment.database(dataset)
    own = database.own
    with database.reading() as connection:
        epoch = connection.execute(own.fence.select()).one().epoch
        rows = connection.execute(own.hold.select()).all()
    return epoch, {(row.hold_id, row.kind, row.subject_key) for row in rows}


def code(error: pytest.ExceptionInfo[RetentionError]) -> str:
    return error.value.problems[0].code


# -- placing -----------------------------------------------------------------------------------------------------------


def test_a_receipt_counts_the_rows_of_roots_and_members(world: World) -> None:
    receipt = holds.place(world.deployment, "matter 1", (FOUR, EIGHT), "lena")
    assert receipt.hold.state is HoldState.IN_FORCE
    assert receipt.hold.placed_by == "lena"
    assert receipt.datasets == (
        DatasetReceipt(
            dataset="shop",
            in_force=True,
            reason="",
            protected=(("customers", 2), ("invoice_lines", 8), ("invoices", 4), ("visits", 4)),
            classes=(
                ("customers", HoldClass.SUBJECT, 2),
                ("invoice_lines", HoldClass.SUBJECT, 8),
                ("invoices", HoldClass.SUBJECT, 4),
                ("visits", HoldClass.SUBJECT, 4),
            ),
            gone=(),
            not_linked=("memberships",),
            no_rule=("memberships",),
        ),
    )
    assert here(world.deployment) == (FIRST, {("H-0001", "customer", "4"), ("H-0001", "customer", "8")})
    assert holds.listing(world.deployment) == (receipt.hold,)
    assert world.deployment.control.holds.epoch("shop") == FIRST


def test_a_key_that_nobody_has_yet_is_held_all_the_same(world: World) -> None:
    receipt = holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="99999"),), "lena")
    assert receipt.hold.state is HoldState.IN_FORCE
    assert {count for _, count in receipt.datasets[0].protected} == {0}
    world.execute(
        "INSERT INTO customers (id, email, full_name, registered_on) "
        "VALUES (99999, 'late@northgate.example', 'Late Comer', '2018-01-01')"
    )
    assert dict(holds.receipt(world.deployment, "H-0001").datasets[0].protected)["customers"] == 1


def test_a_uuid_is_held_in_the_form_given_and_in_the_canonical_one(world: World) -> None:
    given = "6F9619FF-8B86-D011-B42D-00CF4FC964FF"
    holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key=given),), "lena")
    assert {key for _, _, key in here(world.deployment)[1]} == {given, given.lower()}


def test_an_unknown_kind_of_subject_is_refused_with_the_kinds_that_there_are(world: World) -> None:
    with pytest.raises(RetentionError) as error:
        holds.place(world.deployment, "matter 1", (SubjectKey(kind="custommer", key="4"),), "lena")
    assert code(error) == "R360"
    assert "did you mean customer" in str(error.value)
    assert holds.listing(world.deployment) == ()


@pytest.mark.parametrize(
    ("matter", "subjects"),
    [
        ("  ", (FOUR,)),
        ("matter 1", ()),
        ("matter 1", (SubjectKey(kind="customer", key=" "),)),
        ("matter 1", (SubjectKey(kind="customer", key="x" * 256),)),
    ],
)
def test_a_hold_without_matter_or_subject_is_refused(
    sqlite_database: str, tmp_path: Path, matter: str, subjects: tuple[SubjectKey, ...]
) -> None:
    world = make_world(sqlite_database, tmp_path)
    with pytest.raises(RetentionError) as error:
        holds.place(world.deployment, matter, subjects, "lena")
    assert code(error) == "R367"
    assert holds.listing(world.deployment) == ()


def test_what_had_gone_is_named_with_its_run(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    plan_run(world.deployment, handle.run_id)
    for rule in ("shop.invoices", "shop.visits"):
        dispose(world.deployment, handle.run_id, rule)
    gone = holds.place(world.deployment, "matter 1", (FOUR,), "lena").datasets[0]
    assert {(rule, run) for rule, run, _ in gone.gone} == {
        ("shop.invoices", handle.run_id),
        ("shop.visits", handle.run_id),
    }
    assert dict(gone.protected) == {"customers": 1, "invoice_lines": 2, "invoices": 1, "visits": 1}
    stranger = holds.place(world.deployment, "matter 2", (SubjectKey(kind="customer", key="4000"),), "lena")
    assert stranger.datasets[0].gone == ()


def test_the_trace_of_a_person_is_the_one_that_the_database_makes(world: World) -> None:
    from sqlalchemy import literal, select

    from retention.sql.disposal import trace_text

    subject = SubjectKey(kind="customer", key="Ä ' 李 %s")
    database, secret = world.deployment.database("shop"), world.deployment.control.trace_secret
    digest = database.dialect.keyed_digest("trace", trace_text(subject.kind, literal(subject.key)))
    with database.session() as connection:
        database.dialect.install_secrets(connection, {"trace": secret})
        with database.reading_on(connection):
            made = connection.execute(select(database.dialect.bytes_of(digest, 0, 8))).scalar_one()
    assert bytes(made) == trace(secret, subject)


def test_a_table_that_is_no_longer_there_is_not_searched_and_the_hold_is_in_force(world: World) -> None:
    world.execute("DROP TABLE visits")
    receipt = holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    assert receipt.hold.state is HoldState.IN_FORCE
    assert "visits" not in dict(receipt.datasets[0].protected)


# -- releasing ---------------------------------------------------------------------------------------------------------


def test_of_two_holds_on_one_person_the_other_one_stays(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    holds.place(world.deployment, "matter 2", (FOUR, EIGHT), "lena")
    requested = holds.request_release(world.deployment, "H-0001", "lena", "settled")
    assert requested.state is HoldState.RELEASE_REQUESTED
    assert here(world.deployment)[1] == {
        ("H-0001", "customer", "4"),
        ("H-0002", "customer", "4"),
        ("H-0002", "customer", "8"),
    }
    with pytest.raises(RetentionError) as same:
        holds.confirm_release(world.deployment, "H-0001", "lena")
    assert code(same) == "R362"
    assert ("H-0001", "customer", "4") in here(world.deployment)[1]
    released, copies = holds.confirm_release(world.deployment, "H-0001", "otto")
    assert released.state is HoldState.RELEASED
    assert [copy.reason for copy in copies] == [""]
    assert here(world.deployment) == (FIRST + 2, {("H-0002", "customer", "4"), ("H-0002", "customer", "8")})


def test_a_release_needs_a_reason_and_a_known_hold(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    with pytest.raises(RetentionError) as reason:
        holds.request_release(world.deployment, "H-0001", "lena", " ")
    assert code(reason) == "R367"
    with pytest.raises(RetentionError) as unknown:
        holds.request_release(world.deployment, "H-0007", "lena", "settled")
    assert code(unknown) == "R361"
    assert "H-0001" in str(unknown.value)


def test_two_persons_release_a_hold_with_tokens(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = world.deployment
    monkeypatch.delenv("RETENTION_TOKEN", raising=False)
    me = persons.who_acts(deployment)
    token = persons.new_token(deployment, "otto", me)
    holds.place(deployment, "matter 1", (FOUR,), me)
    holds.request_release(deployment, "H-0001", me, "settled")
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert persons.who_acts(deployment) == me
    monkeypatch.setenv("RETENTION_TOKEN", token)
    assert persons.who_acts(deployment) == "otto"
    assert holds.confirm_release(deployment, "H-0001", persons.who_acts(deployment))[0].state is HoldState.RELEASED


def test_a_token_of_nobody_is_refused_and_not_repeated(world: World) -> None:
    with pytest.raises(RetentionError) as error:
        persons.who_acts(world.deployment, "made-up-token")
    assert code(error) == "R365"
    assert "made-up-token" not in str(error.value)
    with pytest.raises(RetentionError) as name:
        persons.new_token(world.deployment, "  ", "lena")
    assert code(name) == "R368"


# -- datasets that cannot be reached -----------------------------------------------------------------------------------


def test_a_dataset_that_cannot_be_reached_is_pending_until_it_can(two: World) -> None:
    receipt = holds.place(two.deployment, "matter 1", (FOUR,), "lena")
    shop, archive = sorted(receipt.datasets, key=lambda one: one.dataset, reverse=True)
    assert shop.in_force
    assert not archive.in_force
    assert archive.reason.startswith("R301")
    assert receipt.hold.state is HoldState.PENDING
    assert two.deployment.control.holds.pending("archive")
    assert not two.deployment.control.holds.pending("shop")

    found_archive(two)
    assert two.deployment.control.holds.pending("archive")
    database = two.deployment.database("archive")
    with pytest.raises(TransientError), database.batch() as connection:
        refuse_behind(two.deployment, database, connection)

    assert [copy.reason for copy in holds.retry_pending(two.deployment)] == ["", ""]
    assert holds.listing(two.deployment)[0].state is HoldState.IN_FORCE
    assert here(two.deployment, "archive") == (FIRST, {("H-0001", "customer", "4")})
    with database.batch() as connection:
        assert refuse_behind(two.deployment, database, connection) == FIRST


def test_a_dataset_that_comes_later_gets_the_holds_before_anything_runs_there(two: World) -> None:
    holds.place(two.deployment, "matter 1", (FOUR,), "lena")
    found_archive(two)
    prepare(two.deployment, "archive", as_of=AS_OF, plan_only=False, external_id="one")
    assert here(two.deployment, "archive") == (FIRST, {("H-0001", "customer", "4")})
    assert holds.listing(two.deployment)[0].state is HoldState.IN_FORCE


def test_a_dataset_that_was_restored_gets_the_holds_again(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    database = world.deployment.database("shop")
    with database.placing() as connection:
        connection.execute(database.own.hold.delete())
        connection.execute(database.own.fence.update().values(epoch=0))
    with pytest.raises(TransientError), database.batch() as connection:
        refuse_behind(world.deployment, database, connection)
    holds.retry_pending(world.deployment)
    assert here(world.deployment) == (FIRST, {("H-0001", "customer", "4")})


def test_a_control_store_that_was_restored_takes_no_hold_away(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    copy = _copy_of_the_control_store(world)
    holds.place(world.deployment, "matter 2", (EIGHT,), "lena")
    epoch = here(world.deployment)[0]
    _restored(world, copy)

    assert hold_copies.catch_up(world.deployment, "shop").reason.startswith("R366")

    assert here(world.deployment) == (epoch, {("H-0001", "customer", "4"), ("H-0002", "customer", "8")})
    database = world.deployment.database("shop")
    with pytest.raises(RetentionError, match="R366"), database.batch() as connection:
        refuse_behind(world.deployment, database, connection)


def test_what_a_restored_control_store_places_reaches_every_dataset(world: World) -> None:
    """Its next hold is of an epoch that the dataset has not had, so that it does not seem to be there already."""
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    copy = _copy_of_the_control_store(world)
    holds.place(world.deployment, "matter 2", (EIGHT,), "lena")
    _restored(world, copy)
    world.clock.advance(hours=1)

    receipt = holds.place(world.deployment, "matter 3", (TWELVE,), "lena")

    assert receipt.datasets[0].in_force
    held = {key for _, _, key in here(world.deployment)[1]}
    assert held == {"4", "8", "12"}


def _copy_of_the_control_store(world: World) -> bytes:
    world.deployment.close()
    return (world.folder / "home" / "control.db").read_bytes()


def _restored(world: World, copy: bytes) -> None:
    world.deployment.close()
    (world.folder / "home" / "control.db").write_bytes(copy)
    world.deployment = world.reopened()


# -- a crash anywhere protects more ------------------------------------------------------------------------------------


class Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", ["before the dataset", "within the dataset", "after the dataset"])
def test_after_a_crash_while_placing_nothing_runs_before_the_hold_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    broken = {
        "before the dataset": "retention.runtime.hold_copies.catch_up",
        "within the dataset": "retention.runtime.hold_copies.bring_to",
        "after the dataset": "retention.sql.control.holds.Holds.record_copy",
    }

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(broken[step], crash)
        with pytest.raises(Crash):
            holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    assert holds.listing(world.deployment)[0].state is HoldState.PENDING
    database = world.deployment.database("shop")
    if here(world.deployment)[0] == 0:
        with pytest.raises(TransientError), database.batch() as connection:
            refuse_behind(world.deployment, database, connection)
    else:
        assert here(world.deployment)[1] == {("H-0001", "customer", "4")}
    assert world.deployment.control.holds.pending("shop")
    prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    assert here(world.deployment) == (FIRST, {("H-0001", "customer", "4")})
    holds.retry_pending(world.deployment)
    assert holds.listing(world.deployment)[0].state is HoldState.IN_FORCE


def test_a_run_that_waits_places_the_hold_of_a_process_that_died(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    plan_run(world.deployment, handle.run_id)
    world.deployment.control.holds.add("matter 1", (FOUR,), "lena", world.clock.now())
    monkeypatch.setattr("retention.runtime.batches.FENCE_PATIENCE", 0.1)
    dispose(world.deployment, handle.run_id, "shop.invoices")
    assert here(world.deployment) == (FIRST, {("H-0001", "customer", "4")})
    assert world.count("invoices", "customer_id = 4") == 2
    assert world.count("invoices") < 80


def test_after_a_crash_while_releasing_the_dataset_still_protects(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    holds.request_release(world.deployment, "H-0001", "lena", "settled")

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("retention.runtime.hold_copies.bring_to", crash)
        with pytest.raises(Crash):
            holds.confirm_release(world.deployment, "H-0001", "otto")
    assert here(world.deployment)[1] == {("H-0001", "customer", "4")}
    holds.retry_pending(world.deployment)
    assert here(world.deployment) == (FIRST + 1, set())


# -- the stop switch ---------------------------------------------------------------------------------------------------


def test_the_stop_switch_is_in_the_control_store_and_in_the_dataset(world: World) -> None:
    receipt = stop.stop(world.deployment, "lena", "something is wrong")
    assert receipt.reached == ("shop",)
    assert receipt.stop is not None
    with pytest.raises(RetentionError) as refused:
        prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    assert code(refused) == "R412"
    assert _stops_here(world) == [("lena", "something is wrong")]
    stop.stop(world.deployment, "otto", "me too")
    assert _stops_here(world) == [("lena", "something is wrong")]
    assert stop.resume(world.deployment, "otto").stop is None
    assert _stops_here(world) == []
    prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")


def test_a_run_is_halted_by_the_dataset_alone(world: World) -> None:
    """Somebody restored the control store, or it was another process that read it a moment ago."""
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    plan_run(world.deployment, handle.run_id)
    stop.stop(world.deployment, "lena", "something is wrong")
    world.deployment.control.stops.resume("otto", world.clock.now())
    before = world.count("invoices")
    with pytest.raises(RetentionError) as refused:
        dispose(world.deployment, handle.run_id, "shop.invoices")
    assert code(refused) == "R412"
    assert world.count("invoices") == before


def test_a_dataset_that_cannot_be_reached_is_named_by_the_switch(two: World) -> None:
    receipt = stop.stop(two.deployment, "lena", "something is wrong")
    assert receipt.reached == ("shop",)
    assert [dataset for dataset, _ in receipt.not_reached] == ["archive"]
    with pytest.raises(RetentionError) as reason:
        stop.stop(two.deployment, "lena", "  ")
    assert code(reason) == "R367"


def _stops_here(world: World) -> list[tuple[str, str]]:
    database = world.deployment.database("shop")
    with database.reading() as connection:
        return [(row.stopped_by, row.reason) for row in connection.execute(database.own.stop.select())]


def test_events_are_in_the_ledger_without_anything_of_the_person(world: World) -> None:
    deployment = world.deployment
    secretive = SubjectKey(kind="customer", key="the-key-of-a-person")
    holds.place(deployment, "the matter", (secretive,), "lena")
    holds.request_release(deployment, "H-0001", "lena", "the reason")
    holds.confirm_release(deployment, "H-0001", "otto")
    stop.stop(deployment, "lena", "the reason")
    stop.resume(deployment, "lena")
    entries = deployment.control.ledger.latest()
    assert [entry.kind for entry in entries] == [
        "hold_placed",
        "hold_in_force",
        "hold_release_requested",
        "hold_released",
        "stopped",
        "resumed",
    ]
    assert "the-key-of-a-person" not in str([replace(entry, previous="") for entry in entries])


def test_nothing_of_a_hold_but_its_ids_is_counted_twice(world: World) -> None:
    """A person named twice is one person, and one hold placed twice is two holds."""
    holds.place(world.deployment, "matter 1", (FOUR, FOUR), "lena")
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    with world.deployment.control.reading() as connection:
        assert connection.execute(select(func.count()).select_from(hold_subject)).scalar() == 2
    receipt = holds.receipt(world.deployment, "H-0002")
    assert dict(receipt.datasets[0].protected)["customers"] == 1
