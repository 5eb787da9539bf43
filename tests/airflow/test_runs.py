"""Runs of the DAG in Airflow: what Airflow does with what the engine tells. The engine is made up here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retention.model.errors import TransientError, refuse
from retention.model.run import CheckOutcome


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def told(run: Any, task_id: str, key: str = "return_value") -> Any:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query: Any = XComModel.get_many(run_id=run.run_id, key=key, dag_ids=run.dag_id, task_ids=task_id)
        rows = list(session.scalars(query))
    return XComModel.deserialize_value(rows[0]) if rows else None


def test_a_good_run_is_green_and_tells_counts_digests_and_the_head(run_dag: Callable[..., Any], engine: Any) -> None:
    run = run_dag(as_of="2026-07-01T00:00:00Z")
    assert run.state == "success"
    assert engine.calls[0][1]["as_of"] == datetime(2026, 7, 1, tzinfo=UTC)
    assert engine.calls[0][1]["external_id"] == run.run_id
    disposed = [detail for name, detail in engine.calls if name == "dispose"]
    assert disposed == ["crm.business_contacts", "crm.accounts", "crm.organizations"]
    sealed = told(run, "seal")
    assert sealed["head"]["sequence"] == 4
    assert sealed["report"] == "crm-20260701T000000Z-1a2b3c.html"
    assert told(run, "plan")["steps"]["crm.accounts"]["verdicts"] == {"retained": 7, "due": 3}


def test_the_seal_links_to_the_report_and_tells_followers(run_dag: Callable[..., Any], engine: Any) -> None:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    run = run_dag()
    assert told(run, "seal", "_link_ReportLink") == "/retention/reports/retention_crm/crm-20260701T000000Z-1a2b3c.html"
    with create_session() as session:
        event = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).one()
        assert event.asset.uri == "retention://crm/sealed"
        assert event.extra["plan_digest"] == "p" * 64
        assert event.extra["head"]["hash"] == "h" * 64


def test_plan_only_reaches_the_engine_and_every_task_succeeds(run_dag: Callable[..., Any], engine: Any) -> None:
    run = run_dag(plan_only=True)
    assert run.state == "success"
    assert engine.calls[0][1]["plan_only"] is True
    assert told(run, "crm.accounts")["deleted"] == 0
    assert told(run, "crm.accounts")["plan_only"] == "asked for"
    assert events_of(run) == [], "followers would take it for a disposal"


def events_of(run: Any) -> list[Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).all()
        return [event.extra for event in events]


def test_a_failed_rule_hides_no_other_and_the_run_is_red(run_dag: Callable[..., Any], engine: Any) -> None:
    engine.raising["dispose crm.business_contacts"] = refuse(
        "R520", "more groups than the limits allow", where="rule crm.business_contacts", remedy="raise the limit"
    )
    run = run_dag()
    assert run.state == "failed"
    assert states(run) == {
        "prepare": "success",
        "plan": "success",
        "crm.business_contacts": "failed",
        "crm.accounts": "success",
        "crm.organizations": "success",
        "verify": "success",
        "seal": "failed",
    }
    assert told(run, "seal")["problems"] == 1, "a red seal tells what it knows"
    assert told(run, "seal", "_link_ReportLink"), "and links to the report"


def test_a_red_run_is_notified_once(run_dag: Callable[..., Any], engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from retention_airflow.notify import LogNotifier

    heard: list[str] = []
    monkeypatch.setattr(LogNotifier, "notify", lambda _, context: heard.append(str(context["exception"])))
    engine.raising["dispose crm.accounts"] = refuse("R520", "too many", where="rule", remedy="raise the limit")
    assert run_dag().state == "failed"
    assert heard == ["rule crm.accounts did not run"]
    engine.raising.clear()
    assert run_dag().state == "success"
    assert len(heard) == 1


def test_checks_that_cannot_tell_turn_the_run_red(run_dag: Callable[..., Any], engine: Any) -> None:
    engine.checks = (engine.check(CheckOutcome.COULD_NOT_TELL),)
    run = run_dag()
    assert run.state == "failed"
    assert states(run)["verify"] == "failed"
    assert told(run, "verify")["checks"] == {"could_not_tell": 1}


def test_without_a_plan_only_the_seal_still_runs(run_dag: Callable[..., Any], engine: Any) -> None:
    engine.raising["plan"] = refuse("R510", "the schema differs", where="crm", remedy="retention snapshot crm")
    run = run_dag()
    assert run.state == "failed"
    assert states(run)["crm.accounts"] == "upstream_failed"
    assert states(run)["seal"] == "failed"
    assert [name for name, _ in engine.calls] == ["prepare", "plan", "seal"]


def test_without_a_run_the_seal_says_where_to_look(run_dag: Callable[..., Any], engine: Any) -> None:
    engine.raising["prepare"] = refuse("R301", "no tables of ours", where="crm", remedy="retention init")
    run = run_dag()
    assert run.state == "failed"
    assert [name for name, _ in engine.calls] == ["prepare"]


def test_a_bad_as_of_is_refused_before_anything_else(run_dag: Callable[..., Any], engine: Any) -> None:
    run = run_dag(as_of="2026-07-01T00:00:00")
    assert run.state == "failed"
    assert engine.calls == []


def test_without_a_pool_the_first_task_names_what_makes_it(
    run_dag: Callable[..., Any], engine: Any, home: Path
) -> None:
    from retention_airflow.pools import pools_file

    pools_file(home).unlink()
    run = run_dag()
    assert (run.state, states(run)["prepare"], engine.calls) == ("failed", "failed", [])
    assert {ti.pool for ti in run.get_task_instances()} == {"default_pool"}, "else no task would ever be scheduled"


def test_who_triggered_a_run_is_told_so_that_somebody_else_approves_its_plan(
    run_dag: Callable[..., Any], engine: Any
) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from retention_airflow.operators import _person

    run = run_dag()
    with create_session() as session:
        triggered_by = session.scalars(select(DagRun.triggering_user_name).where(DagRun.run_id == run.run_id)).one()
    assert triggered_by
    assert engine.calls[0][1]["started_by"] == triggered_by
    assert _person({"dag_run": SimpleNamespace(triggering_user_name=None)}) == "", "a schedule is nobody"


def test_a_plan_that_nobody_approved_fails_its_rule_at_once_and_names_the_command(
    run_dag: Callable[..., Any], engine: Any
) -> None:
    command = "`retention plan approve crm-1 --digest p --reason ...`"
    engine.raising["dispose crm.accounts"] = refuse(
        "R416", "needs an approval", where="rule crm.accounts", remedy=command
    )
    run = run_dag()
    assert (run.state, states(run)["crm.accounts"], states(run)["verify"]) == ("failed", "failed", "success")
    assert [detail for name, detail in engine.calls if name == "dispose"].count("crm.accounts") == 1, "no retry"
    engine.raising.clear()  # approved: the failed tasks are cleared
    assert run_dag().state == "success"


def test_transient_is_retried_and_terminal_is_not() -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    from retention_airflow.refusals import in_airflow_terms

    refusal = refuse("R520", "too much", where="rule a", remedy="less")

    def terminal() -> None:
        raise refusal

    def transient() -> None:
        raise TransientError(*refusal.problems)

    with pytest.raises(AirflowFailException, match="R520 rule a: too much\n  what to do: less"):
        in_airflow_terms(terminal)
    with pytest.raises(AirflowException, match="R520") as raised:
        in_airflow_terms(transient)
    assert not isinstance(raised.value, AirflowFailException)


def test_the_text_of_a_database_error_is_withheld() -> None:
    from airflow.sdk.exceptions import AirflowException
    from sqlalchemy.exc import IntegrityError

    from retention_airflow.refusals import in_airflow_terms

    def work() -> None:
        raise IntegrityError("INSERT ...", {"email": "ada@example.org"}, Exception("Key (email)=(ada@example.org)"))

    with pytest.raises(AirflowException) as raised:
        in_airflow_terms(work)
    assert "ada" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
