"""One kind of database, measured: building, planning, disposing against raw statements on a copy, the second run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from retention.model.hold import SubjectKey
from retention.model.run import RunState
from retention.runtime import holds
from retention.runtime.clock import SystemClock
from retention.runtime.deployment import Deployment, open_deployment
from retention.runtime.initialise import initialise
from retention.runtime.keys import new_key
from retention.runtime.plan_run import plan_run
from retention.runtime.pools import ensure_pools
from retention.runtime.prepare import prepare
from retention.runtime.resolver import EnvironmentResolver
from retention.runtime.seal import seal
from retention.runtime.snapshot import snapshot
from retention.runtime.verify_run import verify_run
from retention.sample import build_all
from retention.sql.database import Database
from tests.benchmarks import raw
from tests.benchmarks.servers import Server
from tests.world import AS_OF

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ("crm", "billing", "support")
HELD_ROWS = 10  # raw statements know no hold: customer 17's rows are theirs alone
Say = Callable[[str], None]


@dataclass(frozen=True)
class RuleMeasured:
    """``rows`` with members. ``told``: what the worker process said."""

    rule_id: str
    kind: str
    raw_rows: int
    raw_seconds: float
    told: Mapping[str, float]

    @property
    def whole(self) -> float:
        """Share of the raw speed, everything included that a task does."""
        return self.told["rows"] / self.told["seconds"] / self._raw_speed

    @property
    def between_batches(self) -> float | None:
        """The same once the first batch is through."""
        pace = self.told["groups_per_second"]
        return pace * self.told["rows"] / self.told["groups"] / self._raw_speed if pace else None

    @property
    def _raw_speed(self) -> float:
        return self.raw_rows / self.raw_seconds


@dataclass(frozen=True)
class DatasetMeasured:
    """Seconds. ``first`` and ``second`` are whole plans; ``examined`` counts groups in each."""

    dataset: str
    kind: str
    rows: int
    examined: tuple[int, int]
    first: float
    second: float
    verify: float


@dataclass(frozen=True)
class Measured:
    kind: str
    rows: int
    build_seconds: float
    rules: tuple[RuleMeasured, ...]
    datasets: tuple[DatasetMeasured, ...]


def measure(kind: str, server: Server, folder: Path, people: int, say: Say) -> Measured:
    """Raises RuntimeError where raw statements and engine did not change the same rows: then nothing is comparable."""
    for dataset in DATASETS:
        server.make(dataset)
    began = time.perf_counter()
    counts = build_all({dataset: server.url(dataset) for dataset in DATASETS}, people)
    built = time.perf_counter() - began
    rows = {dataset: sum(tables.values()) for dataset, tables in counts.items()}
    say(f"{kind}: built {sum(rows.values()):,} rows in {built:.0f} s")
    for dataset in DATASETS:
        server.copy(dataset, f"raw_{dataset}")
    deployment = _deployment(server, folder)
    try:
        _ready(deployment)
        both = [name for dataset in DATASETS for name in (dataset, f"raw_{dataset}")]
        server.settle(*both)
        measured = [_dataset(deployment, server, kind, dataset, rows[dataset], say) for dataset in DATASETS]
    finally:
        deployment.close()
    return Measured(
        kind=kind,
        rows=sum(rows.values()),
        build_seconds=built,
        rules=tuple(rule for _, rules in measured for rule in rules),
        datasets=tuple(dataset for dataset, _ in measured),
    )


def _deployment(server: Server, folder: Path) -> Deployment:
    rules = Path(shutil.copytree(ROOT / "retention_rules", folder / "rules"))
    shutil.copy(ROOT / "demo" / "settings.yaml", rules / "settings.yaml")
    os.environ.update(
        {f"RETENTION_{dataset.upper()}_URL": server.url(dataset) for dataset in DATASETS}
        | {"RETENTION_RULES": str(rules), "RETENTION_HOME": str(folder / "home")}
        | {"RETENTION_PSEUDONYM_KEY": new_key(), "PYTHONPATH": str(ROOT)}
    )
    return open_deployment(rules, EnvironmentResolver(), SystemClock())


def _ready(deployment: Deployment) -> None:
    """Everything that is done once: snapshots, own tables, a hold, pools."""
    for dataset in DATASETS:
        snapshot(deployment, dataset)
    initialise(deployment, DATASETS)
    holds.place(deployment, "a lawsuit", (SubjectKey(kind="customer", key="17"),), "benchmark")
    for dataset in DATASETS:
        ensure_pools(deployment, deployment.database(dataset), deployment.rules.of_dataset(dataset))


def _dataset(
    deployment: Deployment, server: Server, kind: str, dataset: str, rows: int, say: Say
) -> tuple[DatasetMeasured, list[RuleMeasured]]:
    run_id, examined, first = _planned(deployment, dataset, "first")
    rules = list(_rules(deployment, server, kind, dataset, run_id, say))
    began = time.perf_counter()
    verify_run(deployment, run_id)
    verified = time.perf_counter() - began
    sealed = seal(deployment, run_id)
    if sealed.state is not RunState.SEALED:
        raise RuntimeError("\n".join(sealed.problems))
    _, again, second = _planned(deployment, dataset, "second")
    say(f"{kind}: {dataset} verified in {verified:.1f} s, planned in {first:.1f} s and again in {second:.1f} s")
    return (
        DatasetMeasured(
            dataset=dataset,
            kind=kind,
            rows=rows,
            examined=(examined, again),
            first=first,
            second=second,
            verify=verified,
        ),
        rules,
    )


def _planned(deployment: Deployment, dataset: str, name: str) -> tuple[str, int, float]:
    """(run, groups examined, seconds)"""
    began = time.perf_counter()
    handle = prepare(deployment, dataset, as_of=AS_OF, plan_only=False, external_id=name)
    plan = plan_run(deployment, handle.run_id)
    return handle.run_id, sum(step.examined for step in plan.steps), time.perf_counter() - began


def _rules(
    deployment: Deployment, server: Server, kind: str, dataset: str, run_id: str, say: Say
) -> Iterator[RuleMeasured]:
    """In the plan's order, raw and engine in turns, so that both find the machine in the same mood."""
    copy = Database.open(deployment.dataset(dataset), server.url(f"raw_{dataset}"))
    plan = deployment.control.runs.plan(run_id)
    for step in plan.steps if plan else ():
        server.settle(dataset, f"raw_{dataset}")
        began = time.perf_counter()
        raw_rows = raw.run(copy, step.rule_id)
        seconds = time.perf_counter() - began
        told = _worker(run_id, step.rule_id)
        if not told["rows"] <= raw_rows <= told["rows"] + HELD_ROWS:
            raise RuntimeError(f"{step.rule_id}: raw wrote {raw_rows} rows, the engine {told['rows']:.0f}")
        measured = RuleMeasured(rule_id=step.rule_id, kind=kind, raw_rows=raw_rows, raw_seconds=seconds, told=told)
        say(f"{kind}: {step.rule_id} {raw_rows:,} rows, raw {seconds:.2f} s, retention {told['seconds']:.2f} s")
        yield measured
    copy.close()


def _worker(run_id: str, rule_id: str) -> Mapping[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.worker", run_id, rule_id], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    told: Mapping[str, float] = json.loads(done.stdout)
    return told
