"""What tests run in processes of their own: a worker that disposes, as another machine would."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path

from retention.model.errors import TransientError
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from tests.world import FixedResolver, SetClock

_SPAWN = multiprocessing.get_context("spawn")


def disposing(url: str, folder: Path, key: str, run_id: str, rules: tuple[str, ...]) -> BaseProcess:
    """A started process that disposes of the rules of a planned run, one after the other."""
    process = _SPAWN.Process(target=_dispose, args=(url, folder, key, run_id, rules))
    process.start()
    return process


def _dispose(url: str, folder: Path, key: str, run_id: str, rules: tuple[str, ...]) -> None:
    deployment = Deployment(folder / "rules", folder / "home", FixedResolver(url, key), SetClock())
    for rule in rules:
        while True:
            try:
                dispose(deployment, run_id, rule)
                break
            except TransientError:
                continue  # as Airflow does: a transient refusal is tried again
    deployment.close()


def killed(process: BaseProcess) -> None:
    """The process dies here, without a chance to clean up."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
