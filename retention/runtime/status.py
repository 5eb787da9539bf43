"""How a deployment stands: what ran, what is overdue, what failed, what waits, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from retention.model.approval import PlanDecision
from retention.model.errors import Problem, RetentionError
from retention.model.hold import HoldState
from retention.model.retirement import Retirement
from retention.model.rule import Rule
from retention.model.run import RunState
from retention.planning.firing import last_firing
from retention.runtime.conflicts import conflicts
from retention.runtime.deployment import Deployment
from retention.runtime.in_use import in_use
from retention.runtime.outcome import Outcome, outcome_of
from retention.runtime.plan_approval import how_to_approve, waits_for_approval
from retention.runtime.report import told_apart
from retention.runtime.retirement import to_do
from retention.runtime.words import STATES
from retention.runtime.work_list import WorkList, work_list
from retention.sql.control.records import RunRecord, Stop
from retention.sql.initialise import check_ours

GRACE = timedelta(hours=6)  # a scheduled run that is late by less is not overdue yet
RUNS = 5  # of each dataset that are shown, beside those that never ended
LOOKED_THROUGH = 200  # for runs that never ended
ENDED = (RunState.SEALED, RunState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """One run. ``due_left``: groups that it planned and that are still there."""

    run_id: str
    as_of: datetime
    state: RunState
    plan_only: bool
    begun_at: datetime
    ended_at: datetime | None
    deleted: int
    pseudonymized: int
    due_left: int
    report: str
    waits_for_approval: bool
    decisions: tuple[PlanDecision, ...]  # what was said of its plan


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """One rule. ``done_as_of``: all that was due at that instant went, or was kept with a reason, and was verified;
    None: that has never happened. ``due_left``: groups that the latest plan of it called due, still there, and why."""

    rule_id: str
    table: str
    owner: str
    done_as_of: datetime | None
    overdue: bool
    due_left: int
    why_left: str
    remedy_left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStatus:
    """``reachable``: empty, or why the database cannot be worked with; one that is retired is not asked.
    ``expected_at``: the latest scheduled run that should have ended by now; None: there is no schedule, or it cannot
    be read."""

    dataset: str
    title: str
    reachable: str
    retirement: Retirement | None  # two people have given the dataset up, or one of them asks for it
    schedule: str | None
    expected_at: datetime | None
    runs: tuple[RunStatus, ...]  # latest first
    rules: tuple[RuleStatus, ...]
    waiting: WorkList


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """``problems``: everything that needs somebody, each with what to do."""

    at: datetime
    stop: Stop | None
    datasets: tuple[DatasetStatus, ...]
    problems: tuple[Problem, ...]


def status(deployment: Deployment, dataset_ids: Iterable[str] = ()) -> Status:
    """Of these datasets, or of all. Raises RetentionError R303 (dataset), R351 (no control store), R1xx (rules)."""
    wanted = [deployment.dataset(dataset_id).id for dataset_id in dataset_ids] or list(deployment.datasets)
    stop = deployment.control.stops.stopped()
    found = [_dataset(deployment, dataset_id) for dataset_id in wanted]
    problems = [*_of_stop(stop), *_of_holds(deployment, wanted)]
    for one in found:
        problems += _of_dataset(deployment, one)
    return Status(at=deployment.clock.now(), stop=stop, datasets=tuple(found), problems=tuple(problems))


# -- gathering ---------------------------------------------------------------------------------------------------------


def _dataset(deployment: Deployment, dataset_id: str) -> DatasetStatus:
    dataset = deployment.dataset(dataset_id)
    expected = last_firing(dataset.schedule, deployment.clock.now() - GRACE) if dataset.schedule else None
    every = deployment.control.runs.runs_of(dataset_id, LOOKED_THROUGH)
    records = [*every[:RUNS], *(record for record in every[RUNS:] if record.state not in ENDED)]
    left = _left(deployment, records)
    # Before the first run of all nothing is overdue: the schedule may be older than the deployment.
    due_since = expected if expected and any(record.created_at < expected for record in records) else None
    retirement = deployment.control.retirements.of(dataset_id)
    retired = retirement is not None and retirement.retired
    return DatasetStatus(
        dataset=dataset_id,
        title=dataset.title,
        reachable="" if retired else _reachable(deployment, dataset_id),
        retirement=retirement,
        schedule=dataset.schedule,
        expected_at=expected,
        runs=tuple(_run(deployment, record) for record in records),
        rules=tuple(_rule(deployment, rule, due_since, left) for rule in deployment.rules.of_dataset(dataset_id)),
        waiting=WorkList(items=(), unreadable="") if retired else work_list(deployment, dataset_id),
    )


def _reachable(deployment: Deployment, dataset_id: str) -> str:
    try:
        database = deployment.database(dataset_id)
        with database.reading() as connection:
            check_ours(connection, database, deployment.control.deployment_id)
    except RetentionError as error:
        return str(error)
    return ""


def _run(deployment: Deployment, record: RunRecord) -> RunStatus:
    outcomes = _outcomes(deployment, record.handle.run_id)
    plan = deployment.control.runs.plan(record.handle.run_id)
    return RunStatus(
        run_id=record.handle.run_id,
        as_of=record.handle.as_of,
        state=record.state,
        plan_only=record.handle.plan_only,
        begun_at=record.created_at,
        ended_at=record.ended_at,
        deleted=sum(outcome.deleted for outcome in outcomes),
        pseudonymized=sum(outcome.pseudonymized for outcome in outcomes),
        due_left=sum(outcome.left for outcome in outcomes),
        report=record.report,
        waits_for_approval=record.state is not RunState.SEALED
        and plan is not None
        and waits_for_approval(deployment, plan),
        decisions=deployment.control.approvals.decisions(record.handle.run_id),
    )


def _outcomes(deployment: Deployment, run_id: str) -> list[Outcome]:
    plan = deployment.control.runs.plan(run_id)
    done = {step.rule_id: step for step in deployment.control.runs.step_results(run_id)}
    return [] if plan is None else [outcome_of(step, done.get(step.rule_id)) for step in plan.steps]


def _left(deployment: Deployment, records: Iterable[RunRecord]) -> dict[str, Outcome]:
    """Of each rule the outcome of the latest run that planned it."""
    latest: dict[str, Outcome] = {}
    for record in records:
        for outcome in _outcomes(deployment, record.handle.run_id):
            latest.setdefault(outcome.rule_id, outcome)
    return latest


def _rule(deployment: Deployment, rule: Rule, expected: datetime | None, left: dict[str, Outcome]) -> RuleStatus:
    mark = deployment.control.watermarks.watermark(rule.id)
    done = None if mark is None else mark.as_of
    outcome = left.get(rule.id)
    return RuleStatus(
        rule_id=rule.id,
        table=rule.table,
        owner=rule.owner,
        done_as_of=done,
        overdue=expected is not None and (done is None or done < expected),
        due_left=outcome.left if outcome else 0,
        why_left=outcome.why_left if outcome else "",
        remedy_left=outcome.remedy_left if outcome else "",
    )


# -- what to do --------------------------------------------------------------------------------------------------------


def _of_stop(stop: Stop | None) -> Iterator[Problem]:
    if stop is not None:
        yield Problem(
            code="R412",
            what=f"stopped since {stop.since.isoformat(timespec='seconds')} by {stop.by}: {stop.reason}",
            where="stop switch",
            remedy="`retention resume`, once the reason is gone",
        )


def _of_holds(deployment: Deployment, datasets: Iterable[str]) -> Iterator[Problem]:
    used = in_use(deployment)
    for dataset_id in datasets:
        if dataset_id in used and deployment.control.holds.pending(dataset_id):
            reason = deployment.control.holds.copy(dataset_id).reason or "not reached yet"
            yield Problem(
                code="R460",
                what=f"holds are pending here, and no run touches the dataset: {reason}",
                where=f"dataset {dataset_id}",
                remedy="`retention hold retry`, once the dataset can be reached",
            )
    for record in deployment.control.holds.records():
        if record.hold.state is HoldState.RELEASE_REQUESTED:
            yield Problem(
                code="R461",
                what=f"{record.release_requested_by} requested its release: {record.release_reason}; it still protects",
                where=f"{record.hold.noun} {record.hold.id}",
                remedy=f"a second person: `retention {record.hold.verb} confirm {record.hold.id}`",
            )


def _of_dataset(deployment: Deployment, one: DatasetStatus) -> Iterator[Problem]:
    yield from to_do(deployment, one.dataset)
    if one.retirement is not None and one.retirement.retired:
        return  # nothing of it is overdue: no run touches it
    if one.reachable:
        what, remedy = told_apart(one.reachable)
        yield Problem(code="R462", what=what, where=f"dataset {one.dataset}", remedy=remedy)
    yield from conflicts(one.waiting, deployment.rules.of_dataset(one.dataset), deployment.clock.now())
    of_runs = list(_of_runs(deployment, one))
    yield from of_runs
    overdue = [rule.rule_id for rule in one.rules if rule.overdue]
    if overdue and one.expected_at:
        yield Problem(
            code="R465",
            what=f"overdue: a run was expected at {one.expected_at:%Y-%m-%d %H:%M} UTC, and since then nothing "
            f"was done to the end for {', '.join(overdue)}",
            where=f"dataset {one.dataset}",
            remedy=f"mend what stops its runs, then `retention run {one.dataset}`",
        )
    waits = one.runs[0].waits_for_approval if one.runs else False
    for rule in one.rules:
        told = waits or any(problem.what.startswith(f"rule {rule.rule_id} failed: ") for problem in of_runs)
        if rule.due_left and not told:
            yield Problem(
                code="R466",
                what=f"{rule.due_left:,} due groups are still there: {rule.why_left}",
                where=f"rule {rule.rule_id}",
                remedy=rule.remedy_left or f"`retention run {one.dataset}` disposes of them",
            )


def _of_runs(deployment: Deployment, one: DatasetStatus) -> Iterator[Problem]:
    """The latest that ended, where it failed, and all that were begun and never ended."""
    ended = False
    for run in one.runs:
        record = deployment.control.runs.run(run.run_id)
        if run.state is RunState.FAILED and not ended:
            problems = record.problems or ("it failed, and says not why",)
            yield from dict.fromkeys(_failed(run, problem) for problem in problems)
        elif run.state not in ENDED:
            yield _unfinished(deployment, one, run, overtaken=ended)
        ended = ended or run.state in ENDED


def _failed(run: RunStatus, problem: str) -> Problem:
    """Where its plan had to be approved, what was decided since counts."""
    what, remedy = told_apart(problem)
    if run.decisions and "R416 " in what:
        taken = run.decisions[-1]
        what, remedy = f"its plan had to be approved; {taken.by} {taken.decision.value} it: {taken.reason}", ""
    remedy = remedy or f"`retention run --resume {run.run_id}`, or start a new run"
    return Problem(code="R464", what=what, where=f"run {run.run_id}", remedy=remedy)


def _unfinished(deployment: Deployment, one: DatasetStatus, run: RunStatus, *, overtaken: bool) -> Problem:
    """``overtaken``: a later run has ended; what is left of this one is its own end."""
    go_on = f"where nobody works on it any more: `retention run --resume {run.run_id}`"
    plan = deployment.control.runs.plan(run.run_id)
    expired = plan is not None and deployment.clock.now() > plan.expires_at
    if plan is not None and run.waits_for_approval:
        return Problem(
            code="R416",
            what="its plan waits for the approval of a second person",
            where=f"run {run.run_id}",
            remedy=how_to_approve(plan),
        )
    again = f"`retention run {one.dataset}` starts a new one: its plan has expired"
    return Problem(
        code="R463",
        what=f"begun {run.begun_at.isoformat(timespec='seconds')} and not ended: {STATES[run.state]}",
        where=f"run {run.run_id}",
        remedy=again if expired and not overtaken else go_on,
    )
