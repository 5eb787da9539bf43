"""Dispose of what a plan calls due under one rule, batch by batch, as far as it still is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from retention.model.errors import RetentionError, refuse
from retention.model.plan import Plan, StepPlan
from retention.model.rule import Action, Rule
from retention.model.run import RunState, StepResult
from retention.runtime.batches import BatchLoop
from retention.runtime.compiling import Compiling, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.identity_links import follow_links
from retention.runtime.in_use import refuse_retired
from retention.runtime.keys import PseudonymKey, require_key
from retention.runtime.leases import leased
from retention.runtime.needs import needs, prepare_facts, tells
from retention.runtime.plan_approval import refuse_rejected, refuse_unapproved
from retention.runtime.plan_contract import (
    planned,
    refuse_beyond_limits,
    refuse_changed,
    refuse_expired,
    refuse_other_candidates,
    refuse_other_rules,
)
from retention.runtime.plan_run import step_of
from retention.runtime.pools import ensure_pools
from retention.runtime.prepare import refuse_when_stopped
from retention.runtime.rule_changes import planned_texts
from retention.runtime.session import worker
from retention.runtime.step_plan import following
from retention.runtime.step_result import result_of
from retention.runtime.withheld import text_withheld
from retention.sql.database import Database
from retention.sql.disposal import Pseudonyms
from retention.sql.initialise import check_ours
from retention.sql.verdicts import CompiledRule

Progress = Callable[[int, int], None]  # groups looked at so far, groups planned


def dispose(deployment: Deployment, run_id: str, rule_id: str, progress: Progress | None = None) -> StepResult:
    """What came of one step. Doing it again goes on where it was left, and changes nothing that was done.

    Raises RetentionError before the first write where the plan is missing (R421), was changed since it was made (R414),
    does not cover the rule (R422), refuses the step, is rejected (R417), was made for other rules (R420), limits (R430)
    or another schema (R425), is expired (R423), not approved although it must be (R416), or where its list of
    candidates is another (R415) or gone (R429); where the system is stopped (R412), or the dataset retired (R390).
    Raises TransientError where another worker holds the rule (R432) or a hold is being placed (R431).
    """
    try:
        with text_withheld(f"rule {rule_id}, run {run_id}"):
            return _dispose(deployment, run_id, rule_id, progress)
    except RetentionError as error:
        deployment.control.runs.save_failure(run_id, rule_id, error.problems)
        raise


def _dispose(deployment: Deployment, run_id: str, rule_id: str, progress: Progress | None) -> StepResult:
    runs = deployment.control.runs
    plan = planned(deployment, run_id)
    rule = deployment.rule(rule_id)
    done = runs.step_result(run_id, rule_id)
    if done is not None and not done.failed:
        return done
    refuse_changed(plan)
    step = step_of(plan, rule)
    if step.refusal is not None:
        raise RetentionError(step.refusal)
    if step.plan_only or step.due == 0:
        result = result_of(step, run_id, entries=(), resumed=False, timings=())
    else:
        _refuse_unbound(deployment, plan, step, rule)
        runs.set_state(run_id, RunState.DISPOSING)
        result = _write(deployment, plan, step, rule, progress)
    runs.save_step(run_id, result)
    return result


def _refuse_unbound(deployment: Deployment, plan: Plan, step: StepPlan, rule: Rule) -> None:
    """What binds a plan, as far as it can be told without the dataset."""
    refuse_rejected(deployment, plan)
    refuse_other_rules(deployment, plan.run_id, plan.rules_digest)
    refuse_expired(deployment, plan)
    refuse_beyond_limits(deployment, rule, step)
    refuse_unapproved(deployment, plan, step, rule)


def _write(deployment: Deployment, plan: Plan, step: StepPlan, rule: Rule, progress: Progress | None) -> StepResult:
    refuse_when_stopped(deployment)
    refuse_retired(deployment, plan.dataset)
    follow_links(deployment)
    database = deployment.database(plan.dataset)
    key = require_key(deployment) if step.action is Action.PSEUDONYMIZE else None
    with _session(deployment, database, plan.run_id, key) as connection:
        compiled = _compiled(deployment, database, connection, plan, step)
        pseudonyms = _pseudonyms(deployment, database, connection, rule, key)
        with database.writing_on(connection):
            prepare_facts(deployment, database, connection, compiled.context)
        with leased(database, connection, f"rule {rule.id}", plan.run_id, deployment.settings) as lease:
            loop = BatchLoop(
                deployment=deployment,
                database=database,
                connection=connection,
                compiled=compiled,
                plan=plan,
                lease=lease,
                pseudonyms=pseudonyms,
                progress=progress or _silent,
                needs=needs(deployment, compiled.context),
                tells=tells(deployment, compiled.context),
            )
            with database.reading_on(connection):
                refuse_other_candidates(connection, compiled, plan, step)
            own = step.due - following(step)
            loop.run(rule.disposition.action, 1, own, total=step.due)
            loop.run(Action.DELETE, own + 1, step.due, total=step.due)
        database.dialect.pages_left(connection)
        return result_of(
            step, plan.run_id, entries=loop.entries(), resumed=loop.resumed, timings=tuple(loop.milliseconds)
        )


@contextmanager
def _session(deployment: Deployment, database: Database, run_id: str, key: PseudonymKey | None) -> Iterator[Connection]:
    secrets = {"run": deployment.control.runs.run_secret(run_id)}
    if key is not None:
        secrets["pseudonym"] = key.subkey("pseudonym")
    missing = [name for name, secret in secrets.items() if secret is None]
    if missing:
        raise refuse(
            "R424",
            "the run is over: the secret by which its originals would be looked for is destroyed",
            where=f"run {run_id}",
            remedy="start a new run",
        )
    with worker(deployment, database, {name: secret for name, secret in secrets.items() if secret}) as connection:
        yield connection


def _compiled(
    deployment: Deployment, database: Database, connection: Connection, plan: Plan, step: StepPlan
) -> CompiledRule:
    """The rule against the live schema, which must be the one that was planned with, as must its earlier texts."""
    awaited = planned_texts(deployment, step)
    with database.reading_on(connection):
        check_ours(connection, database, deployment.control.deployment_id)
        live = live_rules(deployment, database, connection)
    if live.schema_digest != plan.schema_digest:
        raise refuse(
            "R425",
            "the schema of the database changed since the plan was made",
            where=f"dataset {plan.dataset}, run {plan.run_id}",
            remedy=f"`retention snapshot {plan.dataset}`, review what changed, then start a new run",
        )
    compiling = Compiling(deployment=deployment, database=database, live=live, as_of=plan.as_of)
    return compiling.rule(deployment.rule(step.rule_id), awaited)


def _pseudonyms(
    deployment: Deployment, database: Database, connection: Connection, rule: Rule, key: PseudonymKey | None
) -> Pseudonyms:
    if key is None:
        return Pseudonyms()
    pools = ensure_pools(deployment, database, (rule,))
    named = json.dumps(dict(pools), sort_keys=True)
    return Pseudonyms(pools=pools, pools_json=named, key_id=key.id, locale=deployment.settings.locale)


def _silent(done: int, total: int) -> None:
    """Nobody watches."""
