"""One process at one step of its program: what it sees, and the worlds that it can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.model.programs import END, Protocol
from tests.model.state import Control, Cover, Dataset, Process, World, put

START_OF_A_BATCH = "refuse_when_stopped"


@dataclass(frozen=True, slots=True)
class Turn:
    """``covers``: what each placer's hold covers, and which hold the releaser lets go. ``groups``: of each rule."""

    world: World
    me: Process
    program: tuple[str, ...]
    protocol: Protocol
    covers: Mapping[str, Cover]
    rules: int
    groups: int

    @property
    def control(self) -> Control:
        return self.world.control

    @property
    def dataset(self) -> Dataset:
        return self.world.datasets[self.me.where]

    @property
    def is_worker(self) -> bool:
        return self.me.name.startswith("worker")

    def others(self) -> Iterator[Process]:
        """The other processes that are at work in the same dataset."""
        return (one for one in self.world.processes if one.name != self.me.name and one.where == self.me.where)

    def done(
        self, *, control: Control | None = None, dataset: Dataset | None = None, world: Any = None, **mine: Any
    ) -> World:
        """The world after this step; the process stands at the next one, unless ``at`` says otherwise."""
        before: World = world or self.world
        me = self.me._replace(**{"at": self.me.at + 1, **mine})
        datasets = before.datasets if dataset is None else put(before.datasets, self.me.where, dataset)
        processes = tuple(me if one.name == me.name else one for one in before.processes)
        return before._replace(control=control or before.control, datasets=datasets, processes=processes)

    def to(self, step: str, **changes: Any) -> World:
        """As ``done``, but goes on at another step."""
        return self.done(at=self.program.index(step), **changes)

    def rolled_back(self, step: str, **mine: Any) -> World:
        """The transaction ends without effect; its locks and its fence are gone."""
        nothing: dict[str, Any] = {
            "fence": "",
            "locks": frozenset(),
            "keys": frozenset(),
            "written": frozenset(),
            "warned": frozenset(),
            "wanted": None,
            "epoch": 0,
            "here": 0,
        }
        return self.to(step, **{**nothing, **mine})

    def wrote(self, what: str) -> World:
        return self.done(written=self.me.written | {what})


def restarted(process: Process, control: Control, program: tuple[str, ...], cover: Cover | None) -> Process:
    """A process that died, started again: a worker resumes its run; a placer or a releaser retries what is recorded."""
    fresh = Process(process.name)
    if process.name.startswith("worker"):
        return fresh._replace(where=process.where, at=program.index("leased"))
    states = {hold.cover: hold.state for hold in control.holds}
    if process.name.startswith("placer") and cover in states and "copy" in program:
        return fresh._replace(at=program.index("copy"))
    if process.name.startswith("releaser"):
        at = {"released": "copy", "release requested": "confirm_release"}.get(states.get(cover, ""))
        return fresh._replace(at=program.index(at)) if at in program else fresh
    return fresh


def dead(process: Process) -> Process:
    """For good: nobody starts it again."""
    return Process(process.name, at=-1, where=process.where)


def is_over(process: Process, program: tuple[str, ...]) -> bool:
    return process.at == -1 or program[process.at] == END
