"""retention run"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call
from retention.model.errors import ExitCode, Problem, refuse

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.run import SealedRun


def run(
    call: Call,
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATASET]", help="Left out where --resume names a run.")
    ] = None,
    as_of: AsOf = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Record what is due, and write nothing.")] = False,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with this run where it was left.")
    ] = None,
) -> Answer:
    """Dispose of what is due in one dataset: plan, dispose rule by rule, verify, seal, report."""
    from uuid import uuid4

    from retention.cli.progress import told
    from retention.runtime import run as whole

    _refuse_mixture(dataset, as_of, plan_only, resume)
    at = instant(as_of)
    with call.deployment() as deployment, told(dataset or resume or "") as tell:
        if resume is not None:
            return answer_of(whole.resume(deployment, resume, tell))
        name = f"cli-{uuid4()}"
        return answer_of(
            whole.run_dataset(deployment, dataset or "", as_of=at, plan_only=plan_only, external_id=name, told=tell)
        )


def answer_of(sealed: SealedRun) -> Answer:
    """How a run ended. Exit code 1 unless it is sealed; every problem stands among the errors."""
    from retention.model.run import RunState
    from retention.runtime.report import told_apart

    def show(console: Console) -> None:
        _show(console, sealed)

    apart = [told_apart(problem) for problem in sealed.problems]
    where = f"run {sealed.run_id}"
    problems = tuple(
        Problem(code="R428", what=what, where=where, remedy=remedy or "see above") for what, remedy in apart
    )
    code = ExitCode.OK if sealed.state is RunState.SEALED else ExitCode.FAILED
    return Answer(data=sealed, show=show, problems=problems, exit_code=code)


def _show(console: Console, sealed: SealedRun) -> None:
    from retention.cli.plan_tables import show_outcomes, show_why
    from retention.cli.screen import line
    from retention.runtime.outcome import outcome_of

    done = {step.rule_id: step for step in sealed.steps}
    outcomes = [outcome_of(step, done.get(step.rule_id)) for step in sealed.plan.steps]
    line(console, f"{sealed.run_id}, as of {sealed.as_of.isoformat()}")
    show_outcomes(console, outcomes, done=True)
    show_why(console, {outcome.rule_id: outcome.why_left for outcome in outcomes if outcome.left})
    line(console, _verified(sealed))
    line(console, f"{sealed.state.value}; report: {sealed.report or 'none was written'}", style="bold")


def _verified(sealed: SealedRun) -> str:
    from retention.model.run import CheckOutcome

    if sealed.verification is None:
        return "verification did not run"
    checks = sealed.verification.checks
    good = sum(check.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE) for check in checks)
    word = "passed" if sealed.verification.passed else "did not pass"
    return f"verification {word}: {good} of {len(checks)} checks"


def _refuse_mixture(dataset: str | None, as_of: str | None, plan_only: bool, resume: str | None) -> None:
    """Raises RetentionError R002: a run that goes on keeps what it was begun with."""
    if (dataset is None) != (resume is None) and not (resume and (as_of or plan_only)):
        return
    raise refuse(
        "R002",
        "name a dataset for a new run, or a run with --resume alone",
        where="command line",
        remedy="`retention run crm`, or `retention run --resume RUN`; `retention status` lists runs",
    )
