"""Decide what is due, and freeze it. Previewing walks the same steps with a reader, and freezes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from retention.model.errors import RetentionError, refuse
from retention.model.plan import Plan, StepPlan
from retention.model.rule import Rule
from retention.model.run import RunHandle, RunState
from retention.runtime.compiling import LiveRules, ensure_captures, ensure_tables, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.fact_import import renew_facts
from retention.runtime.identity_links import follow_links
from retention.runtime.in_use import refuse_retired
from retention.runtime.plan_contract import refuse_other_rules, with_digest
from retention.runtime.rule_changes import changes, record_rules
from retention.runtime.step_plan import Planning, planned_alone
from retention.sql.captured import capture
from retention.sql.database import Database
from retention.sql.initialise import check_ours
from retention.sql.live_tables import LiveTables

PREVIEW = "preview"
PLAN = "plan"  # where a failure of planning is recorded, beside those of rules


def plan_run(deployment: Deployment, run_id: str) -> Plan:
    """The plan of a prepared run; planning again gives the plan that was made.

    Raises RetentionError R400 for an unknown run, R420 where the rules changed since the run was prepared, R390
    where the dataset was retired since.
    """
    runs = deployment.control.runs
    handle = runs.run(run_id).handle
    if known := runs.plan(run_id):
        return known
    refuse_retired(deployment, handle.dataset)
    refuse_other_rules(deployment, run_id, handle.rules_digest)
    record_rules(deployment)
    follow_links(deployment)
    renew_facts(deployment, handle.dataset)
    try:
        plan = _frozen(deployment, handle)
    except RetentionError as error:
        runs.save_failure(run_id, PLAN, error.problems)
        raise
    runs.save_plan(run_id, plan)
    for step in plan.steps:
        if step.refusal is not None and not step.examined:
            continue  # nobody has seen yet what this rule would do
        deployment.control.rules.record_seen(step.rule_id, step.rule_digest, at=plan.made_at)
    runs.set_state(run_id, RunState.PLANNED)
    return plan


def _frozen(deployment: Deployment, handle: RunHandle) -> Plan:
    database = deployment.database(handle.dataset)
    ensure_tables(deployment, database, handle.as_of)  # before: on MariaDB, making tables commits
    with database.session() as connection, database.planning_on(connection):
        check_ours(connection, database, deployment.control.deployment_id)
        return _planned(deployment, database, connection, handle, freeze=True)


def preview(deployment: Deployment, dataset_id: str, as_of: datetime | None) -> Plan:
    """What a run would do, as of any instant, the future included. Writes nothing but empty tables of ours."""
    database = deployment.database(deployment.dataset(dataset_id).id)
    handle = RunHandle(
        run_id=PREVIEW,
        dataset=dataset_id,
        as_of=as_of or deployment.clock.now().replace(microsecond=0),
        plan_only=False,
        external_id=PREVIEW,
        rules_digest=deployment.rules.digest,
        hold_epoch=deployment.control.holds.epoch(dataset_id),
    )
    ensure_tables(deployment, database, handle.as_of)
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        return _planned(deployment, database, connection, handle, freeze=False)


def _planned(
    deployment: Deployment, database: Database, connection: Connection, handle: RunHandle, *, freeze: bool
) -> Plan:
    live = live_rules(deployment, database, connection)
    planning = Planning(
        deployment=deployment,
        database=database,
        connection=connection,
        handle=handle,
        live=live,
        changes=changes(deployment, handle.as_of),
        freeze=freeze,
    )
    if freeze:
        _capture(database, connection, live)
    steps = tuple(planned_alone(planning, rule) for rule in live.rules)
    return with_digest(_plan(deployment, handle, live, steps))


def _capture(database: Database, connection: Connection, live: LiveRules) -> None:
    """What matches a hold's condition now stays held, also under rules that do not run."""
    ensure_captures(connection, database, live)
    tables = LiveTables(live.live, database.dataset.schema)
    capture(connection, live.holds, tables, live.live, database.dialect)


def _plan(deployment: Deployment, handle: RunHandle, live: LiveRules, steps: tuple[StepPlan, ...]) -> Plan:
    made_at = deployment.clock.now()
    return Plan(
        run_id=handle.run_id,
        dataset=handle.dataset,
        as_of=handle.as_of,
        rules_digest=handle.rules_digest,
        schema_digest=live.schema_digest,
        hold_epoch=handle.hold_epoch,
        made_at=made_at,
        expires_at=made_at + timedelta(minutes=deployment.settings.plan_lifetime_minutes),
        steps=steps,
        after=live.after,
        digest="",
    )


def step_of(plan: Plan, rule: Rule) -> StepPlan:
    """Raises RetentionError R422 where the plan has no step for the rule, or one for another text of it."""
    for step in plan.steps:
        if step.rule_id == rule.id and step.rule_digest == rule.digest:
            return step
    raise refuse(
        "R422",
        f"the plan says nothing of this rule as it stands now; it covers {', '.join(s.rule_id for s in plan.steps)}",
        where=f"rule {rule.id}, run {plan.run_id}",
        remedy="start a new run",
    )
