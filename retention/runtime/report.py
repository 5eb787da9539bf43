"""The report of a run: one HTML file, without script, without a word from elsewhere, without a personal value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from retention.model.errors import refuse
from retention.model.run import Check, CheckOutcome, SealedRun, StepResult
from retention.model.settings import Settings
from retention.runtime.deployment import Deployment
from retention.runtime.forecast import Forecast
from retention.runtime.forecast_page import charts
from retention.runtime.outcome import KEPT, Outcome, outcome_of
from retention.runtime.pages import page
from retention.runtime.whole_file import write_whole
from retention.runtime.words import BY, OUTCOMES, VERDICTS, check_in_words, counted, verdict_in_words
from retention.runtime.work_list import WorkItem, work_list

_WORST_FIRST = (CheckOutcome.WRONG, CheckOutcome.COULD_NOT_TELL, CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE)
_TO_DO = "\n  what to do: "


def write_report(deployment: Deployment, sealed: SealedRun, ahead: Forecast | None = None) -> Path:
    """Into ``<home>/reports/<run id>.html``, replaced in one step. ``ahead``: a forecast of its dataset, to be shown.

    Raises RetentionError R426 where it cannot be written.
    """
    path = deployment.home / "reports" / f"{sealed.run_id}.html"
    text = page("report", **facts(deployment, sealed), ahead=ahead, charts=None if ahead is None else charts(ahead))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, text, mode=0o600)
    except OSError as error:
        raise refuse(
            "R426",
            f"the report cannot be written: {error.strerror}",
            where=str(path),
            remedy="let this user write the home (RETENTION_HOME), then seal the run again",
        ) from None
    return path


def rewrite_report(deployment: Deployment, run_id: str, ahead: Forecast | None = None) -> Path:
    """The report of a run that has ended, anew from what the control store knows. Raises R400, R427, R426."""
    runs = deployment.control.runs
    record, plan = runs.run(run_id), runs.plan(run_id)
    if plan is None or record.ended_at is None:
        raise refuse(
            "R427",
            f"the run has not ended: it is {record.state.value}",
            where=f"run {run_id}",
            remedy=f"`retention run --resume {run_id}` goes on with it",
        )
    return write_report(
        deployment,
        SealedRun(
            run_id=run_id,
            dataset=plan.dataset,
            state=record.state,
            as_of=plan.as_of,
            plan=plan,
            steps=runs.step_results(run_id),
            verification=runs.verification(run_id),
            head=record.head,
            problems=record.problems,
            report=record.report,
        ),
        ahead,
    )


def facts(deployment: Deployment, sealed: SealedRun) -> dict[str, Any]:
    """What the template shows. Names of tables and rules, counts and digests only."""
    done = {step.rule_id: step for step in sealed.steps}
    outcomes = [outcome_of(step, done.get(step.rule_id)) for step in sealed.plan.steps]
    titles = {rule.id: rule for rule in deployment.rules.of_dataset(sealed.dataset)}
    waiting = work_list(deployment, sealed.dataset)
    checks = () if sealed.verification is None else sealed.verification.checks
    return {
        "run": sealed,
        "dataset": deployment.dataset(sealed.dataset),
        "prepared_at": deployment.control.runs.run(sealed.run_id).created_at,
        "written_at": deployment.clock.now(),
        "plan_only": bool(sealed.steps) and all(step.plan_only for step in sealed.steps),
        "decisions": deployment.control.approvals.decisions(sealed.run_id),
        "relaxed": relaxed_in_words(deployment.settings),
        "problems": [told_apart(problem) for problem in sealed.problems],
        "outcomes": outcomes,
        "rules": titles,
        "kept": [verdict for verdict in KEPT if any(outcome.kept[verdict] for outcome in outcomes)],
        "words": VERDICTS,
        "counted": counted,
        "sums": _sums(outcomes),
        "rows": _rows(sealed.steps),
        "waiting": [_waiting(item, deployment.clock.now()) for item in waiting.items],
        "waiting_unreadable": waiting.unreadable,
        "checks": [_check(check) for check in sorted(checks, key=lambda check: _WORST_FIRST.index(check.outcome))],
        "passed": sum(check.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE) for check in checks),
        "not_examined": () if sealed.verification is None else sealed.verification.not_examined,
    }


def told_apart(problem: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    what, _, remedy = problem.partition(_TO_DO)
    return what, remedy


def relaxed_in_words(settings: Settings) -> tuple[str, ...]:
    """Every setting that is looser than the safe defaults, with its value."""
    safe = Settings()
    said = {
        "limits": f"limits: {settings.limits.share:.0%} of a table or {settings.limits.groups:,} groups in one run "
        f"(safe: {safe.limits.share:.0%} or {safe.limits.groups:,})",
        "cool_down": f"a change by which something would go earlier waits {settings.cool_down} "
        f"(safe: {safe.cool_down})",
        "first_run_is_plan_only": "the first run of a new or changed rule writes at once (safe: a plan only)",
        "plan_lifetime_minutes": f"a plan lives {settings.plan_lifetime_minutes:,} minutes "
        f"(safe: {safe.plan_lifetime_minutes:,})",
        "full_sweep_every_days": f"everything is examined every {settings.full_sweep_every_days} days only "
        f"(safe: {safe.full_sweep_every_days})",
        "originals_lifetime_days": f"digests of originals of a run that was never sealed are kept for "
        f"{settings.originals_lifetime_days} days (safe: {safe.originals_lifetime_days})",
    }
    return tuple(said.get(name, name) for name in settings.relaxed)


def _sums(outcomes: Iterable[Outcome]) -> Mapping[str, int]:
    names = ("examined", "deleted", "pseudonymized", "left", "vanished")
    return {name: sum(getattr(outcome, name) for outcome in outcomes) for name in names}


def _rows(steps: Iterable[StepResult]) -> list[tuple[str, str, int]]:
    return [(step.rule_id, table, rows) for step in steps for table, rows in sorted(step.rows.items()) if rows]


def _waiting(item: WorkItem, now: datetime) -> dict[str, Any]:
    why, remedy = verdict_in_words(item.verdict, item.reason, item.detail)
    return {
        "item": item,
        "verdict": VERDICTS[item.verdict],
        "why": why,
        "remedy": remedy,
        "days": max(0, (now - item.since).days),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "check": check,
        "says": check_in_words(check.name),
        "outcome": OUTCOMES[check.outcome],
        "by": BY.get(check.by, check.by),
    }
