"""Verification of a run: our verifier's findings in the dataset, asserted by Great Expectations, which looks itself."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from retention.model.plan import Plan, StepPlan
from retention.model.rule import Rule
from retention.model.run import Check, CheckOutcome, RunState, Verification
from retention.runtime.compiling import Compiling, LiveRules, ensure_captures, ensure_compiled, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.expectations import checks_of
from retention.runtime.plan_approval import UNAPPROVED
from retention.runtime.plan_contract import planned
from retention.runtime.rule_changes import planned_texts
from retention.runtime.session import worker
from retention.sql.checks import CHECKS
from retention.sql.checks.anywhere import not_examined
from retention.sql.checks.expected import expected_of
from retention.sql.checks.finding import Finding, save_findings
from retention.sql.checks.look import Look, batches_of
from retention.sql.checks.originals_table import prepare_originals
from retention.sql.database import Database
from retention.sql.initialise import check_ours
from retention.sql.live_tables import LiveTables
from retention.sql.originals import ALL, ONE_IN
from retention.sql.verdicts import CompiledRule


def verify_run(deployment: Deployment, run_id: str) -> Verification:
    """Looks at everything that the run promised. Verifying again replaces what was found before, until it is sealed;
    then the run's key is gone, and nothing can be told of originals any more.

    Raises RetentionError R400 for an unknown run, R421 for one without a plan; TransientError R301 where the dataset
    cannot be reached. What is wrong, or cannot be told, is no error: it stands in the checks.
    """
    plan = planned(deployment, run_id)
    database = deployment.database(plan.dataset)
    secret = deployment.control.runs.run_secret(run_id)
    with worker(deployment, database, {} if secret is None else {"run": secret}) as connection:
        with database.writing_on(connection):
            check_ours(connection, database, deployment.control.deployment_id)
            live = live_rules(deployment, database, connection)
            compiled = _compiled(deployment, database, connection, plan, live)
            prepare_originals(connection, database.own, run_id)
        with database.verifying_on(connection):
            look = _look(deployment, database, connection, plan, live, compiled, run_key=secret is not None)
            findings = tuple(finding for check in CHECKS for finding in check(look))
            unseen = tuple(_not_examined(look))
            expected = tuple(expected_of(look, findings))
        with database.writing_on(connection):
            save_findings(connection, database.own, run_id, findings)
    checks = tuple(check_of(finding) for finding in findings)
    verification = Verification(run_id=run_id, checks=(*checks, *checks_of(database, expected)), not_examined=unseen)
    if deployment.control.runs.run(run_id).state is not RunState.SEALED:  # what it was sealed with stays on record
        deployment.control.runs.save_verification(run_id, verification)
    return verification


def check_of(finding: Finding) -> Check:
    """A finding in the words of the model. What is wrong is wrong even where something else could not be told."""
    if finding.violations:
        outcome = CheckOutcome.WRONG
    elif finding.unknown:
        outcome = CheckOutcome.COULD_NOT_TELL
    elif not finding.applicable:
        outcome = CheckOutcome.NOT_APPLICABLE
    else:
        outcome = CheckOutcome.PASSED
    return Check(
        name=finding.check_name,
        rule_id=finding.rule_id,
        table=finding.table_name,
        column=finding.column_name,
        examined=finding.examined,
        violations=finding.violations,
        unknown=finding.unknown,
        outcome=outcome,
        by="verifier",
        note=finding.note,
    )


def _compiled(
    deployment: Deployment, database: Database, connection: Connection, plan: Plan, live: LiveRules
) -> dict[str, CompiledRule]:
    """Every rule of the dataset that the live schema lets us read, at the plan's as-of."""
    compiling = Compiling(deployment=deployment, database=database, live=live, as_of=plan.as_of)
    steps = {step.rule_id: step for step in plan.steps}
    ensure_captures(connection, database, live)
    compiled = {}
    for rule in live.rules:
        if live.refusals(rule.id):
            continue
        awaited = planned_texts(deployment, steps[rule.id]) if rule.id in steps else ()
        compiled[rule.id] = compiling.rule(rule, awaited)
        ensure_compiled(connection, database, compiled[rule.id])
    return compiled


def _look(
    deployment: Deployment,
    database: Database,
    connection: Connection,
    plan: Plan,
    live: LiveRules,
    compiled: dict[str, CompiledRule],
    *,
    run_key: bool,
) -> Look:
    stopped: list[Rule] = [rule for rule in live.rules if rule.id not in compiled]
    batches = batches_of(connection, database.own, plan.run_id)
    return Look(
        connection=connection,
        own=database.own,
        dialect=database.dialect,
        run_id=plan.run_id,
        compiled=compiled,
        not_compiled={rule.id: rule.table for rule in stopped},
        steps={step.rule_id: step for step in _steps(deployment, plan, written=batches)},
        batches=batches,
        schema=next((one.context.schema for one in compiled.values()), live.live),
        snapshot=live.schema,
        tables=LiveTables(live.live, database.dataset.schema),
        hold_epochs={record.hold.id: record.epoch for record in deployment.control.holds.records()},
        run_key=run_key,
        locale=deployment.settings.locale,
    )


def _steps(deployment: Deployment, plan: Plan, *, written: Container[str]) -> Iterator[StepPlan]:
    """A step that a person has not approved before its first batch was not to write, as one that the plan refuses."""
    failures = deployment.control.runs.run(plan.run_id).failures
    for step in plan.steps:
        refusal = next((one for one in failures.get(step.rule_id, ()) if one.code in UNAPPROVED), None)
        yield step if refusal is None or step.rule_id in written else replace(step, refusal=refusal)


def _not_examined(look: Look) -> Iterator[str]:
    if look.changed_anything and look.run_key:
        yield from not_examined(look)
        yield (
            "telephone numbers are compared with their digits alone: one that is written without its country's prefix, "
            "or two in a row without words between them, are not recognised"
        )
        yield (
            "streets, cities, postcodes, names and organizations that other tables copied without the name beside "
            "them: only e-mail addresses, telephone numbers, tokens, and streets beside the full name are searched for"
        )
        yield "tokens of fewer than eight characters, and names that stand in a text, are not looked for"
    for rule_id, batches in look.batches.items():
        covered = max((batch.last for batch in batches), default=0)
        if covered > ALL:
            yield (
                f"rule {rule_id}: {covered:,} groups; the originals of the first {ALL:,} and of one in {ONE_IN} "
                "beyond were looked for"
            )
