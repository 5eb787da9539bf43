"""What tests run in processes of their own: a worker, or who places holds, as on another machine; and their deaths.

The processes are forks of one that has everything imported and nothing open, so that each takes some milliseconds."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

from retention.model.errors import TransientError
from retention.model.hold import SubjectKey
from retention.runtime import holds
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.run import run_dataset
from tests.economy import collect_garbage_seldom
from tests.faults.faults import injected
from tests.steps import watched
from tests.world import AS_OF, FixedResolver, SetClock, World

collect_garbage_seldom()  # in the one that is forked
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.processes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a world is: what a process needs to open its deployment. ``fault``: one of tests/faults/faults.py that the
    process has, or none."""

    url: str
    folder: Path
    key: str | None
    control: str
    fault: str = ""

    @classmethod
    def of(cls, world: World, fault: str = "") -> Place:
        key, control = world.deployment.resolver.pseudonym_key(), world.deployment.control_url
        return cls(url=world.url, folder=world.folder, key=key, control=control, fault=fault)

    def deployment(self) -> Deployment:
        return Deployment(self.folder / "rules", self.folder / "home", FixedResolver(self.url, self.key), SetClock())


def started(work: Callable[..., None], place: Place, *arguments: object) -> BaseProcess:
    """A process that does ``work(deployment, *arguments)``; ``work`` is a function of a module."""
    process = _FORKS.Process(target=_work_with, args=(work, place, arguments))
    process.start()
    return process


def _work_with(work: Callable[..., None], place: Place, arguments: tuple[object, ...]) -> None:
    with injected(place.fault):
        _work(work, place, arguments)


def _work(work: Callable[..., None], place: Place, arguments: tuple[object, ...]) -> None:
    os.environ["RETENTION_CONTROL_URL"] = place.control
    deployment = place.deployment()
    work(deployment, *arguments)
    deployment.close()


def disposing(deployment: Deployment, run_id: str, rules: tuple[str, ...]) -> None:
    """Dispose of the rules of a planned run, one after the other."""
    for rule in rules:
        while True:
            try:
                dispose(deployment, run_id, rule)
                break
            except TransientError:
                continue  # as Airflow does: a transient refusal is tried again


def dallying(deployment: Deployment, run_id: str, rules: tuple[str, ...], groups: int, seed: int) -> None:
    """As ``disposing``, in batches of few groups, fewer than settings allow; before some steps it waits for up to some
    milliseconds: what the seed says."""
    vars(deployment)["settings"] = replace(deployment.settings, batch_groups=groups)
    with watched(dally(random.Random(seed))):
        disposing(deployment, run_id, rules)


def dally(chance: random.Random) -> Callable[[str], None]:
    def told(step: str) -> None:
        if chance.random() < 0.03:
            time.sleep(chance.uniform(0, 0.04))

    return told


def placing(deployment: Deployment, customer: str) -> None:
    holds.place(deployment, f"matter {customer}", (SubjectKey(kind="customer", key=customer),), "lena")


def running(deployment: Deployment, name: str) -> None:
    """The whole run of this name, from where it is."""
    run_dataset(deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name, told=quiet)


def quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def stopping_at(deployment: Deployment, step: str, run_id: str, rule: str) -> None:
    """Dispose of a rule, pausing right before this step for the first time until somebody continues the process."""
    ahead = [step]

    def told(now: str) -> None:
        if ahead and now == step:
            ahead.clear()
            os.kill(os.getpid(), signal.SIGSTOP)

    with watched(told):
        try:
            dispose(deployment, run_id, rule)
        except TransientError:
            return  # somebody else has taken over


# -- deaths ------------------------------------------------------------------------------------------------------------


def killed(process: BaseProcess) -> None:
    """The process dies here, without a chance to clean up."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def dies(work: Callable[..., None], place: Place, at: tuple[str, ...], *arguments: object) -> None:
    """A process does ``work`` and dies right before the last of the steps ``at``, once it has done the others in their
    order. Fails where it does not come there."""
    process = _FORKS.Process(target=_work_until, args=(work, place, at, arguments))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGKILL, f"did not die at {' ... '.join(at)}: exit code {process.exitcode}"


def _work_until(work: Callable[..., None], place: Place, at: tuple[str, ...], arguments: tuple[object, ...]) -> None:
    ahead = list(at)

    def told(step: str) -> None:
        if step == ahead[0]:
            ahead.pop(0)
            if not ahead:
                os.kill(os.getpid(), signal.SIGKILL)

    with injected(place.fault), watched(told):
        _work(work, place, arguments)
