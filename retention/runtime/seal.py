"""The end of a run: what is missing or failed in words, the ledger, the signed head, the report."""

from __future__ import annotations

from dataclasses import replace

from retention.model.errors import RunFailed, refuse
from retention.model.plan import Plan
from retention.model.run import CheckOutcome, RunState, SealedRun, SignedHead, StepResult, Verification
from retention.policy.digest import canonical, digest_of
from retention.runtime import ledger
from retention.runtime.deployment import Deployment
from retention.runtime.forgetting import forget_what_is_over
from retention.runtime.plan_contract import changed
from retention.runtime.report import write_report
from retention.runtime.watermarks import advance_watermarks
from retention.runtime.words import BY, OUTCOMES, check_in_words

VERIFY = "verify"  # where a failure of verification is recorded, beside those of rules


def seal(deployment: Deployment, run_id: str) -> SealedRun:
    """SEALED when everything planned was done or explained and verification passed, else FAILED with the problems.

    A run that is sealed stays as it is: sealing again gives the same. A failed one is judged anew.
    """
    runs = deployment.control.runs
    record = runs.run(run_id)
    plan = runs.plan(run_id)
    if plan is None:
        return _without_plan(deployment, run_id)
    steps = runs.step_results(run_id)
    verification = runs.verification(run_id)
    if record.state is RunState.SEALED:
        forget_what_is_over(deployment, plan.dataset)
        return _sealed_run(plan, steps, verification, record.state, (), record.head, record.report)
    problems = tuple(problems_of(deployment, plan, steps, verification))
    state = RunState.FAILED if problems else RunState.SEALED
    ledger.follow(deployment, plan.dataset)
    ledger.append(deployment, f"run_{state.value}", _body(plan, steps, verification, problems))
    head = ledger.sign_head(deployment)
    sealed = _sealed_run(plan, steps, verification, state, problems, head, "")
    report = write_report(deployment, sealed)
    if state is RunState.SEALED:
        advance_watermarks(deployment, plan, steps)
    runs.save_sealed(run_id, state=state, problems=problems, head=head, report=str(report), at=deployment.clock.now())
    forget_what_is_over(deployment, plan.dataset)  # only once it is sealed: verifying it again needs all of it
    return replace(sealed, report=str(report))


def problems_of(
    deployment: Deployment, plan: Plan, steps: tuple[StepResult, ...], verification: Verification | None
) -> list[str]:
    """Everything for which the run is not sealed, each with what to do."""
    done = {step.rule_id: step for step in steps}
    failures = deployment.control.runs.run(plan.run_id).failures
    problems = [str(problem)] if (problem := changed(plan)) else []
    for step in plan.steps:
        if step.rule_id in done:
            problems += _of_step(done[step.rule_id])
        elif step.rule_id in failures:
            problems += [f"rule {step.rule_id} failed: {problem}" for problem in failures[step.rule_id]]
        else:
            problems.append(
                f"rule {step.rule_id} did not run\n"
                f"  what to do: clear its task, or `retention run --resume {plan.run_id}`"
            )
    if verification is None and VERIFY in failures:
        return [*problems, *(f"verification failed: {problem}" for problem in failures[VERIFY])]
    return [*problems, *_of_verification(verification)]


def _of_step(step: StepResult) -> list[str]:
    problems = []
    if step.set_aside:
        problems.append(
            f"rule {step.rule_id}: the database refused to write {step.set_aside} groups; they stay as they are\n"
            "  what to do: look into retention's table set_aside for the kind of error and the candidates' numbers, "
            "mend the rows or the constraint, then start a new run"
        )
    if step.unexplained:
        problems.append(
            f"rule {step.rule_id}: {step.unexplained} groups were planned, not disposed of, and nothing says why\n"
            "  what to do: clear the task; where it stays so, start a new run and report it"
        )
    return problems


def _of_verification(verification: Verification | None) -> list[str]:
    if verification is None:
        return ["nothing was verified\n  what to do: clear the task verify, or `retention verify` the run"]
    bad = [check for check in verification.checks if check.outcome in (CheckOutcome.WRONG, CheckOutcome.COULD_NOT_TELL)]
    problems = [
        f"verification: {check_in_words(check.name)!r} on {check.table}{'.' if check.column else ''}{check.column} is "
        f"{OUTCOMES[check.outcome]} ({check.violations} of {check.examined} violate it, "
        f"{check.unknown} unknown; found by {BY.get(check.by, check.by)}){f': {check.note}' if check.note else ''}\n"
        "  what to do: look at the rows of this table before anything else runs on it"
        for check in bad
    ]
    if not bad and not verification.passed:
        problems.append("verification looked at nothing\n  what to do: verify the run again")
    return problems


def _without_plan(deployment: Deployment, run_id: str) -> SealedRun:
    """A run whose planning failed is recorded as failed; there is nothing to report on but that."""
    runs = deployment.control.runs
    failed = [str(problem) for problems in runs.run(run_id).failures.values() for problem in problems]
    problem = "\n".join(["the run has no plan", *failed])
    runs.save_sealed(
        run_id, state=RunState.FAILED, problems=(problem,), head=None, report="", at=deployment.clock.now()
    )
    refusal = refuse(
        "R421",
        problem,
        where=f"run {run_id}",
        remedy="mend what the task plan says, then clear it; or start a new run",
    )
    raise RunFailed(*refusal.problems)


def _sealed_run(
    plan: Plan,
    steps: tuple[StepResult, ...],
    verification: Verification | None,
    state: RunState,
    problems: tuple[str, ...],
    head: SignedHead | None,
    report: str,
) -> SealedRun:
    return SealedRun(
        run_id=plan.run_id,
        dataset=plan.dataset,
        state=state,
        as_of=plan.as_of,
        plan=plan,
        steps=steps,
        verification=verification,
        head=head,
        problems=problems,
        report=report,
    )


def _body(
    plan: Plan, steps: tuple[StepResult, ...], verification: Verification | None, problems: tuple[str, ...]
) -> dict[str, object]:
    """What the ledger keeps of a run: counts and digests."""
    return {
        "run_id": plan.run_id,
        "as_of": plan.as_of.isoformat(),
        "plan_digest": plan.digest,
        "groups_deleted": sum(step.deleted for step in steps),
        "groups_pseudonymized": sum(step.pseudonymized for step in steps),
        "steps_digest": digest_of(canonical(steps)),
        "verification_digest": digest_of(canonical(verification)),
        "problems": len(problems),
    }
