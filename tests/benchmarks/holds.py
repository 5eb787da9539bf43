"""How long a hold takes to come into force while a run writes batch after batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from retention.model.hold import SubjectKey
from retention.runtime import holds
from tests.benchmarks.servers import server_of
from tests.databases.racing import ORDER, planned
from tests.processes import Place, disposing, killed, started
from tests.world import World, make_world

PEOPLE = 60_000  # one invoice with its lines and one visit of each are due, and a fourth of the customers
PLACINGS = 20


@dataclass(frozen=True)
class HoldsMeasured:
    """``seconds``: of each placing, from the call to its receipt *in force*."""

    kind: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)


def measure_holds(kind: str, folder: Path) -> HoldsMeasured:
    """Raises RuntimeError where the run was over before enough holds were placed, or a hold was pending."""
    (folder / "server").mkdir()
    (folder / "server").chmod(0o755)  # the PostgreSQL server gives up root
    with _address(kind, folder) as url:
        world = make_world(url, folder, customers=PEOPLE)
        run_id = planned(world, "load")
        worker = started(disposing, Place.of(world), run_id, ORDER)
        seconds: list[float] = []
        try:
            _wait_for_the_first_batch(world)
            while worker.is_alive() and len(seconds) < PLACINGS:
                subject = SubjectKey(kind="customer", key=str(len(seconds) + 1))
                began = time.perf_counter()
                receipt = holds.place(world.deployment, f"matter {len(seconds)}", (subject,), "benchmark")
                seconds.append(time.perf_counter() - began)
                if not receipt.datasets[0].in_force:
                    raise RuntimeError(f"{kind}: a hold is pending")
        finally:
            killed(worker)
            world.deployment.close()
    if len(seconds) < PLACINGS // 4:
        raise RuntimeError(f"{kind}: the run was over after {len(seconds)} holds")
    return HoldsMeasured(kind=kind, seconds=tuple(seconds))


def _wait_for_the_first_batch(world: World) -> None:
    until = time.monotonic() + 60
    while world.rows(f"SELECT count(*) FROM {world.own('journal')}") == [(0,)]:
        if time.monotonic() > until:
            raise RuntimeError("no batch within a minute")
        time.sleep(0.01)


@contextmanager
def _address(kind: str, folder: Path) -> Iterator[str]:
    with server_of(kind, folder / "server") as server:
        server.make("shop")
        yield server.url("shop")
