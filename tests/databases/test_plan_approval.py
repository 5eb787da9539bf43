"""A second person approves a plan: who, when, why, and exactly that plan."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from retention.model.approval import Decision
from retention.model.errors import Persistence, RetentionError
from retention.model.plan import Plan
from retention.model.run import RunState
from retention.runtime.dispose import dispose
from retention.runtime.plan_approval import approve, reject, waits_for_approval
from retention.runtime.plan_contract import with_digest
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.run import resume
from retention.runtime.status import status
from tests.databases.test_runs import quiet, run
from tests.world import AS_OF, RULES, SETTINGS, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    """Every plan needs an approval."""
    made = make_world(any_database, tmp_path)
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS + "approval: required\n")
    made.deployment = made.reopened()
    return made


def planned(world: World, name: str = "one", *, plan_only: bool = False) -> Plan:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=plan_only, external_id=name, started_by="lena")
    return plan_run(world.deployment, handle.run_id)


def refused(code: str, *words: str) -> AbstractContextManager[pytest.ExceptionInfo[RetentionError]]:
    return pytest.raises(RetentionError, match=f"(?s)^{code} .*{'.*'.join(words)}")


def test_nothing_is_disposed_of_before_a_second_person_approved(world: World) -> None:
    plan = planned(world)
    assert waits_for_approval(world.deployment, plan)
    problem = next(one for one in status(world.deployment).problems if one.code == "R416")
    assert f"retention plan approve {plan.run_id} --digest {plan.digest}" in problem.remedy
    with refused("R416", f"retention plan approve {plan.run_id}") as raised:
        dispose(world.deployment, plan.run_id, "shop.invoices")
    assert raised.value.persistence is Persistence.TERMINAL

    with refused("R418", "lena started this run"):
        approve(world.deployment, plan.run_id, "lena", "looks right")
    with refused("R419", "reason"):
        approve(world.deployment, plan.run_id, "omar", "  ")
    with refused("R419", "not the digest of the plan"):
        approve(world.deployment, plan.run_id, "omar", "looks right", "0" * 64)
    with refused("R400"):
        approve(world.deployment, "shop-0", "omar", "looks right")
    assert world.count("invoices") == 80

    approve(world.deployment, plan.run_id, "omar", "looks right", plan.digest)
    with refused("R419", "omar approved its plan already"):
        approve(world.deployment, plan.run_id, "mara", "looks right")
    sealed = resume(world.deployment, plan.run_id, quiet)
    assert (sealed.state, world.count("invoices")) == (RunState.SEALED, 40)
    assert f"Plan <code>{plan.digest[:12]}</code> approved by omar" in Path(sealed.report).read_text()
    (taken,) = world.deployment.control.approvals.decisions(plan.run_id)
    assert (taken.by, taken.reason, taken.digest) == ("omar", "looks right", plan.digest)
    entry = next(one for one in world.deployment.control.ledger.latest() if one.kind == "plan_approved")
    assert json.loads(entry.body) == {"by": "omar", "plan_digest": plan.digest, "run_id": plan.run_id}
    with refused("R419", "sealed"):
        reject(world.deployment, plan.run_id, "mara", "too late")


def test_another_plan_needs_an_approval_of_its_own(world: World) -> None:
    plan = planned(world)
    approve(world.deployment, plan.run_id, "omar", "looks right")
    later = planned(world, "two")
    with refused("R416", "and has none"):
        dispose(world.deployment, later.run_id, "shop.invoices")
    longer = with_digest(replace(plan, expires_at=plan.expires_at + timedelta(days=30)))
    world.deployment.control.runs.save_plan(plan.run_id, longer)
    with refused("R416", "the one of omar is for another plan"):
        dispose(world.deployment, plan.run_id, "shop.invoices")
    assert world.count("invoices") == 80


def test_an_approval_expires_with_its_plan(world: World) -> None:
    plan = planned(world)
    approve(world.deployment, plan.run_id, "omar", "looks right")
    late = planned(world, "two")
    world.clock.time = max(plan.expires_at, late.expires_at) + timedelta(microseconds=1)
    with refused("R423"):
        dispose(world.deployment, plan.run_id, "shop.invoices")
    with refused("R423"):
        approve(world.deployment, late.run_id, "omar", "looks right")
    assert not waits_for_approval(world.deployment, late)


def test_what_was_rejected_is_refused_for_good(world: World) -> None:
    plan = planned(world)
    approve(world.deployment, plan.run_id, "omar", "looks right")
    reject(world.deployment, plan.run_id, "lena", "invoices of 2018 are before the court")
    for again in (approve, reject):
        with refused("R417", "lena rejected the plan", "before the court", "start a new run"):
            again(world.deployment, plan.run_id, "mara", "looks right after all")
    sealed = resume(world.deployment, plan.run_id, quiet)
    assert sealed.state is RunState.FAILED
    assert ["R417" in problem for problem in sealed.problems] == [True] * 3, "each rule says so, and nothing else"
    assert world.count("invoices") == 80
    kinds = [one.decision for one in world.deployment.control.approvals.decisions(plan.run_id)]
    assert kinds == [Decision.APPROVED, Decision.REJECTED]


def test_a_plan_only_needs_no_approval(world: World) -> None:
    assert run(world, plan_only=True).state is RunState.SEALED
    plan = planned(world, "two", plan_only=True)
    with refused("R419", "nothing can be disposed of"):
        approve(world.deployment, plan.run_id, "omar", "looks right")


def test_a_rejection_holds_before_the_next_batch(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path, customers=240, rules=["invoices"])
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS + "batch_groups: 100\n")
    world.deployment = world.reopened()
    plan = planned(world)

    def meanwhile(done: int, total: int) -> None:
        assert (done, total) == (100, 240), "no further batch began"
        reject(world.reopened(), plan.run_id, "omar", "wrong year")

    with refused("R417"):
        dispose(world.deployment, plan.run_id, "shop.invoices", meanwhile)
    assert world.count("invoices") == 480 - 100


def test_one_rule_may_ask_for_an_approval(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    digests = {rule.id: rule.digest for rule in world.deployment.rules.rules}
    (tmp_path / "rules" / "rules" / "shop" / "visits.yaml").write_text(RULES["visits"] + "approval: required\n")
    world.deployment = world.reopened()
    assert {rule.id: rule.digest for rule in world.deployment.rules.rules} == digests, "it is no other rule by that"
    failed = run(world)
    assert failed.state is RunState.FAILED
    assert ["R416" in problem for problem in failed.problems] == [True], failed.problems
    assert (world.count("invoices"), world.count("visits")) == (40, 80)
    approve(world.deployment, failed.run_id, "omar", "looks right")
    assert resume(world.deployment, failed.run_id, quiet).state is RunState.SEALED
    assert world.count("visits") == 40


def test_an_approval_asked_for_after_the_plan_binds_it(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path, rules=["visits"])
    plan = planned(world)
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS + "approval: required\n")
    world.deployment = world.reopened()
    with refused("R416"):
        dispose(world.deployment, plan.run_id, "shop.visits")
