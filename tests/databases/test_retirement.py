"""Datasets that are given up: by two people, in the ledger; no hold waits for them and no run touches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retention.model.dataset import Dataset
from retention.model.errors import RetentionError, TransientError
from retention.model.hold import HoldState, SubjectKey
from retention.model.retirement import RetirementState
from retention.runtime import holds, retirement
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.hold_epochs import refuse_behind
from retention.runtime.initialise import initialise
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.status import status
from tests.world import AS_OF, DATASETS, KEY, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
ARCHIVE = """\
  archive:
    title: Archive
    url_from_environment: RETENTION_ARCHIVE_URL
    zone: UTC
    owner: privacy@northgate.example
"""


@dataclass
class Addresses:
    """An address for each dataset, which may change."""

    urls: dict[str, str] = field(default_factory=dict)

    def url(self, dataset: Dataset) -> str:
        return self.urls[dataset.id]

    def pseudonym_key(self) -> str | None:
        return KEY


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    """``shop`` on any database, ``archive`` nowhere."""
    world = make_world(any_database, tmp_path)
    world.deployment.close()
    (tmp_path / "rules" / "datasets.yaml").write_text(DATASETS + ARCHIVE)
    reopen(world, {"shop": world.url, "archive": f"sqlite:///{tmp_path / 'nowhere' / 'archive.db'}"})
    yield world
    world.deployment.close()


def reopen(world: World, urls: Mapping[str, str]) -> None:
    world.deployment.close()
    addresses = Addresses(dict(urls))
    world.deployment = Deployment(world.folder / "rules", world.folder / "home", addresses, world.clock)


def retired(deployment: Deployment, dataset: str) -> None:
    retirement.retire(deployment, dataset, "lena", "the server is gone")
    retirement.confirm(deployment, dataset, "otto")


def refusal(error: pytest.ExceptionInfo[RetentionError]) -> str:
    return error.value.problems[0].code


def test_a_hold_no_longer_waits_for_a_retired_dataset(world: World) -> None:
    deployment = world.deployment
    assert holds.place(deployment, "matter 1", (FOUR,), "lena").hold.state is HoldState.PENDING
    asked = retirement.retire(deployment, "archive", "lena", "the server is gone")
    assert asked is not None
    assert (asked.state, asked.retired) == (RetirementState.REQUESTED, False)
    assert holds.retry_pending(deployment)[1].reason.startswith("R301")
    assert holds.listing(deployment)[0].state is HoldState.PENDING

    given_up = retirement.confirm(deployment, "archive", "otto")
    assert given_up is not None
    assert given_up.in_words == "retired by lena and otto: the server is gone"
    assert holds.listing(deployment)[0].state is HoldState.IN_FORCE
    receipt = holds.receipt(deployment, "H-0001")
    assert [(one.dataset, one.in_force, one.retired, one.reason) for one in receipt.datasets] == [
        ("shop", True, False, ""),
        ("archive", False, True, "retired by lena and otto: the server is gone"),
    ]
    assert [copy.dataset for copy in holds.retry_pending(deployment)] == ["shop"]
    assert holds.place(deployment, "matter 2", (FOUR,), "lena").hold.state is HoldState.IN_FORCE


def test_one_person_alone_retires_nothing(world: World) -> None:
    retirement.retire(world.deployment, "archive", "lena", "the server is gone")
    with pytest.raises(RetentionError) as same:
        retirement.confirm(world.deployment, "archive", "lena")
    assert refusal(same) == "R391"
    known = world.deployment.control.retirements.of("archive")
    assert known is not None
    assert not known.retired
    assert holds.place(world.deployment, "matter 1", (FOUR,), "lena").hold.state is HoldState.PENDING


@pytest.mark.parametrize("step", ["before prepare", "before plan", "before dispose", "before a batch"])
def test_no_run_touches_a_retired_dataset(world: World, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    deployment = world.deployment
    before = world.count("invoices")
    if step == "before prepare":
        retired(deployment, "shop")
        with pytest.raises(RetentionError) as refused:
            prepare(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
        assert "retention dataset revive shop" in refused.value.problems[0].remedy
    else:
        run_id = prepare(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one").run_id
        if step == "before plan":
            retired(deployment, "shop")
            with pytest.raises(RetentionError) as refused:
                plan_run(deployment, run_id)
        else:
            plan_run(deployment, run_id)
            if step == "before dispose":
                retired(deployment, "shop")
            else:  # the step has begun: the next batch looks again
                monkeypatch.setattr(
                    "retention.runtime.dispose.refuse_retired", lambda deployment, _: retired(deployment, "shop")
                )
            with pytest.raises(RetentionError) as refused:
                dispose(deployment, run_id, "shop.invoices")
    assert refusal(refused) == "R390"
    assert world.count("invoices") == before


def test_a_batch_that_looked_before_the_retirement_cannot_commit_after_it(world: World) -> None:
    """The epoch of the holds rises, and a retired dataset never follows."""
    database = world.deployment.database("shop")
    with database.batch() as connection:
        assert refuse_behind(world.deployment, database, connection) == 0
    retired(world.deployment, "shop")
    with pytest.raises(TransientError), database.batch() as connection:
        refuse_behind(world.deployment, database, connection)


def test_a_dataset_is_revived_by_two_and_gets_the_holds_first(world: World) -> None:
    deployment = world.deployment
    retired(deployment, "shop")
    holds.place(deployment, "matter 1", (FOUR,), "lena")
    asked = retirement.revive(deployment, "shop", "lena", "the server is back")
    assert asked is not None
    assert (asked.state, asked.retired) == (RetirementState.REVIVAL_REQUESTED, True)
    with pytest.raises(RetentionError) as same:
        retirement.confirm_revival(deployment, "shop", "lena")
    assert refusal(same) == "R391"
    with pytest.raises(RetentionError) as still:
        prepare(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    assert refusal(still) == "R390"

    retirement.confirm_revival(deployment, "shop", "otto")
    assert deployment.control.retirements.of("shop") is None
    assert dict(holds.receipt(deployment, "H-0001").datasets[0].protected)["customers"] == 1
    run_id = prepare(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="two").run_id
    plan_run(deployment, run_id)
    dispose(deployment, run_id, "shop.invoices")
    assert world.count("invoices", "customer_id = 4") == 2
    assert world.count("invoices") < 80


def test_a_request_is_taken_back_by_asking_for_the_opposite(world: World) -> None:
    deployment = world.deployment
    retirement.retire(deployment, "archive", "lena", "a mistake")
    assert retirement.revive(deployment, "archive", "otto", "it is used") is None
    retired(deployment, "archive")
    retirement.revive(deployment, "archive", "lena", "a mistake")
    back = retirement.retire(deployment, "archive", "otto", "it is gone")
    assert back is not None
    assert (back.state, back.revival_requested_by, back.reason) == (RetirementState.RETIRED, "", "the server is gone")
    assert [entry.kind for entry in deployment.control.ledger.latest()] == [
        "retirement_requested",
        "retirement_withdrawn",
        "retirement_requested",
        "dataset_retired",
        "revival_requested",
        "revival_withdrawn",
    ]


def test_what_cannot_be_asked_for_is_refused(world: World) -> None:
    deployment = world.deployment

    def refused(step: str, *arguments: str) -> str:
        with pytest.raises(RetentionError) as error:
            getattr(retirement, step)(deployment, *arguments)
        return refusal(error)

    assert refused("retire", "archiv", "lena", "gone") == "R303"
    assert refused("retire", "archive", "lena", " ") == "R367"
    assert refused("confirm", "archive", "otto") == "R392"
    assert refused("revive", "archive", "lena", "why not") == "R392"
    assert refused("confirm_revival", "archive", "lena") == "R392"
    retirement.retire(deployment, "archive", "lena", "gone")
    assert refused("retire", "archive", "otto", "gone") == "R392"
    assert refused("confirm_revival", "archive", "otto") == "R392"
    retirement.confirm(deployment, "archive", "otto")
    assert refused("retire", "archive", "otto", "gone") == "R392"
    assert refused("confirm", "archive", "otto") == "R392"
    retirement.revive(deployment, "archive", "lena", "back")
    assert refused("revive", "archive", "otto", "back") == "R392"
    assert refused("confirm", "archive", "otto") == "R392"


def test_status_names_what_waits_for_a_second_person_and_nothing_of_a_retired_dataset(world: World) -> None:
    deployment = world.deployment
    holds.place(deployment, "matter 1", (FOUR,), "lena")

    def codes() -> list[str]:
        return [problem.code for problem in status(deployment, ["archive"]).problems]

    assert codes() == ["R460", "R462"]
    retirement.retire(deployment, "archive", "lena", "the server is gone")
    assert codes() == ["R460", "R393", "R462"]
    retirement.confirm(deployment, "archive", "otto")
    assert codes() == []
    shown = status(deployment, ["archive"]).datasets[0].retirement
    assert shown is not None
    assert shown.confirmed_by == "otto"
    retirement.revive(deployment, "archive", "lena", "it is back")
    assert codes() == ["R393"]
    world.deployment.close()
    (world.folder / "archive.db").touch()
    reopen(world, {"shop": world.url, "archive": f"sqlite:///{world.folder / 'archive.db'}"})
    initialise(world.deployment, ["archive"])
    retirement.confirm_revival(world.deployment, "archive", "otto")
    assert [problem.code for problem in status(world.deployment, ["archive"]).problems] == []
