"""retention run"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call
from retention.cli.person import Token
from retention.model.errors import ExitCode, Problem, refuse

_OF_A_RULE = re.compile(r"rule \S+ failed: (?P<code>R\d{3}) (?P<where>.+?): (?P<what>.+)", re.DOTALL)

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.plan import Plan
    from retention.model.run import SealedRun
    from retention.runtime.deployment import Deployment


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
    stop_at_plan: Annotated[
        bool, typer.Option("--plan", help="Stop once it is planned, to be looked at and approved; --resume goes on.")
    ] = False,
    token: Token = None,
) -> Answer:
    """Dispose of what is due in one dataset: plan, dispose rule by rule, verify, seal, report."""
    from uuid import uuid4

    from retention.cli.progress import told
    from retention.runtime import run as whole
    from retention.runtime.persons import who_acts

    _refuse_mixture(dataset, resume, anew=bool(as_of or plan_only or stop_at_plan), twice=plan_only and stop_at_plan)
    at = instant(as_of)
    with call.deployment() as deployment, told(dataset or resume or "") as tell:
        if resume is not None:
            return answer_of(whole.resume(deployment, resume, tell))
        name, by = f"cli-{uuid4()}", who_acts(deployment, token)
        if stop_at_plan:
            plan = whole.plan_dataset(deployment, dataset or "", as_of=at, external_id=name, told=tell, started_by=by)
            return _planned(deployment, plan)
        return answer_of(
            whole.run_dataset(
                deployment, dataset or "", as_of=at, plan_only=plan_only, external_id=name, told=tell, started_by=by
            )
        )


def _planned(deployment: Deployment, plan: Plan) -> Answer:
    """Nothing was written yet: what is to be looked at, and how it goes on."""
    from retention.runtime.plan_approval import how_to_go_on, waits_for_approval

    waits = waits_for_approval(deployment, plan)

    def show(console: Console) -> None:
        from retention.cli.plan_tables import show_frozen
        from retention.cli.screen import line

        show_frozen(console, plan, (), waits=waits)
        line(console, f"Nothing was written. It is carried out by {how_to_go_on(plan.run_id)}")

    return Answer(data={"run_id": plan.run_id, "plan": plan, "waits_for_approval": waits}, show=show)


def answer_of(sealed: SealedRun) -> Answer:
    """How a run ended. Exit code 1 unless it is sealed; every problem stands among the errors."""
    from retention.model.run import RunState

    def show(console: Console) -> None:
        _show(console, sealed)

    problems = tuple(dict.fromkeys(_problem(sealed.run_id, text) for text in sealed.problems))
    code = ExitCode.OK if sealed.state is RunState.SEALED else ExitCode.FAILED
    return Answer(data=sealed, show=show, problems=problems, exit_code=code)


def _problem(run_id: str, text: str) -> Problem:
    """A rule's own refusal keeps its code; whatever else a run says gets R428."""
    from retention.runtime.report import told_apart

    what, remedy = told_apart(text)
    own = _OF_A_RULE.fullmatch(what)
    remedy = remedy or f"`retention report {run_id}` says more"
    if own:
        return Problem(code=own["code"], what=own["what"], where=own["where"], remedy=remedy)
    return Problem(code="R428", what=what, where=f"run {run_id}", remedy=remedy)


def _show(console: Console, sealed: SealedRun) -> None:
    from retention.cli.plan_tables import show_outcomes, show_why
    from retention.cli.screen import line
    from retention.runtime.outcome import outcome_of

    done = {step.rule_id: step for step in sealed.steps}
    outcomes = [outcome_of(step, done.get(step.rule_id)) for step in sealed.plan.steps]
    line(console, f"{sealed.run_id}, as of {sealed.as_of.isoformat()}")
    show_outcomes(console, outcomes, done=True)
    among_problems = {step.rule_id for step in sealed.plan.steps if step.refusal and sealed.problems}
    left = [outcome for outcome in outcomes if outcome.left and outcome.rule_id not in among_problems]
    show_why(console, {outcome.rule_id: outcome.why_left for outcome in left})
    line(console, _verified(sealed))
    line(console, f"{sealed.state.value}; report: {sealed.report or 'none was written'}", style="bold")


def _verified(sealed: SealedRun) -> str:
    """A run may fail although what it wrote is as it should be: then both is said."""
    from retention.model.run import RunState
    from retention.runtime.words import good_checks

    if sealed.verification is None:
        return "verification did not run"
    good = good_checks(sealed.verification)
    if not sealed.verification.passed:
        return f"verification did not pass: {good}"
    if sealed.state is RunState.SEALED:
        return f"verification passed: {good}"
    written = any(any(step.rows.values()) for step in sealed.steps)
    return f"of what was written, verification passed: {good}" if written else f"nothing was written: {good} passed"


def _refuse_mixture(dataset: str | None, resume: str | None, *, anew: bool, twice: bool) -> None:
    """Raises RetentionError R002: a run that goes on keeps what it was begun with, and a plan alone has no rest.

    ``anew``: something was given that only a new run can have. ``twice``: both --plan and --plan-only.
    """
    if (dataset is None) != (resume is None) and not (resume and anew) and not twice:
        return
    raise refuse(
        "R002",
        "name a dataset for a new run, or a run with --resume alone; and one of --plan and --plan-only at most",
        where="command line",
        remedy="`retention run crm`, or `retention run --resume RUN`; `retention status` lists runs",
    )
