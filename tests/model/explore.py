"""Visits every state that the protocol can reach, and tells how it came to one in which a promise is broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.model import batches, placing
from tests.model.invariants import broken_by_commit, broken_state
from tests.model.programs import END, INVISIBLE, Protocol, unseen
from tests.model.state import PENDING, SHARED, Control, Cover, Dataset, Hold, Process, World, in_force
from tests.model.turn import Turn, dead, is_over, restarted

STEPS = {**placing.STEPS, **batches.STEPS}
Edge = tuple[str, World, bool]  # what happened, the world after it, whether it is an ordinary step


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Who takes part. ``covers``: what a placer's hold covers, and which hold the releaser lets go; a hold that only
    the releaser knows is in force from the first. ``restore``: "dataset" or "control", taken back to a copy from any
    earlier moment. ``die_for_good``: nobody starts a dead placer again."""

    processes: tuple[str, ...]
    covers: Mapping[str, Cover] = field(default_factory=dict)
    datasets: int = 1
    rules: int = 1
    groups: int = 2
    crashes: bool = True
    restore: str = ""
    die_for_good: bool = False


@dataclass(frozen=True)
class Explored:
    """``states`` and ``steps``: how many there are. ``broken``: what was broken first, empty where nothing is.
    ``trace``: how it came to that."""

    states: int
    steps: int
    broken: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self.broken, *(f"  {number:2}. {line}" for number, line in enumerate(self.trace, start=1))))


class Explorer:
    def __init__(self, scenario: Scenario, protocol: Protocol) -> None:
        self.scenario = scenario
        self.protocol = protocol
        self.programs = {name: protocol.program(name) for name in scenario.processes}
        self.unseen = unseen(scenario.processes, scenario.datasets)
        groups = range(scenario.groups)
        self.everything = frozenset((rule, number) for rule in range(scenario.rules) for number in groups)
        self.came_from: dict[World, tuple[World, str] | None] = {}

    def explore(self, goal: Callable[[World], bool] | None = None) -> Explored:
        """Breadth first, so that the trace is a shortest one. ``goal``: every state must lead on to one that fulfils it
        without another crash or restored copy."""
        first = self._first()
        self.came_from = {first: None}
        leads_to: dict[World, list[World]] = {}
        waiting, steps = deque([first]), 0
        while waiting:
            world = waiting.popleft()
            for label, after, ordinary in self._edges(world):
                steps += 1
                broken = ""
                if after.datasets is not world.datasets and after.datasets != world.datasets:
                    broken = broken_by_commit(world, after, self.programs)
                if after not in self.came_from:
                    broken = broken or broken_state(after, self.everything, self.scenario.restore)
                    self.came_from[after] = (world, label)
                    waiting.append(after)
                if broken:
                    return self._explored(steps, broken, (*self._trace(world), label))
                if ordinary and goal is not None:
                    leads_to.setdefault(after, []).append(world)
        stuck = self._stuck(goal, leads_to) if goal is not None else None
        if stuck is not None:
            return self._explored(steps, "nothing leads on from here to the end of the run", self._trace(stuck))
        return self._explored(steps, "", ())

    def _explored(self, steps: int, broken: str, trace: tuple[str, ...]) -> Explored:
        return Explored(states=len(self.came_from), steps=steps, broken=broken, trace=trace)

    def _trace(self, world: World) -> tuple[str, ...]:
        lines: list[str] = []
        came = self.came_from[world]
        while came is not None:
            world, label = came
            lines.append(label)
            came = self.came_from[world]
        return tuple(reversed(lines))

    def _stuck(self, goal: Callable[[World], bool], leads_to: dict[World, list[World]]) -> World | None:
        """The first state from which no ordinary step leads to the goal."""
        good = {world for world in self.came_from if goal(world)}
        waiting = deque(good)
        while waiting:
            for before in leads_to.get(waiting.popleft(), ()):
                if before not in good:
                    good.add(before)
                    waiting.append(before)
        return next((world for world in self.came_from if world not in good), None)

    # -- what can happen in a world ----------------------------------------------------------------------------------

    def _first(self) -> World:
        scenario = self.scenario
        placed = {cover for name, cover in scenario.covers.items() if name.startswith("placer")}
        old = tuple(Hold(cover, "in force", 1) for cover in sorted({*scenario.covers.values()} - placed))
        epoch = 1 if old else 0
        dataset = Dataset(
            roots=self.everything,
            members=self.everything,
            epoch=epoch,
            holds=frozenset(hold.cover for hold in old),
            leases=("",) * scenario.rules,
        )
        count = scenario.datasets
        control = Control(holds=old, epoch=epoch, copies=(epoch,) * count, followed=(0,) * count)
        workers = [name for name in scenario.processes if name.startswith("worker")]
        processes = tuple(
            Process(name, at=self.programs[name].index("leased"), where=workers.index(name) % count)
            if name in workers
            else Process(name)
            for name in scenario.processes
        )
        return World(control, (dataset,) * count, processes, told=in_force(control), time=epoch)

    def _edges(self, world: World) -> Iterator[Edge]:
        for me in world.processes:
            if is_over(me, self.programs[me.name]):
                if me.name.startswith("worker") and any(hold.state == PENDING for hold in world.control.holds):
                    again = me._replace(at=self.programs[me.name].index("copy"))
                    yield f"{me.name}: the next run begins", _with(world, again), True
                continue
            name = self.programs[me.name][me.at]
            for after in STEPS[name](self._turn(world, me)):
                yield from self._through(f"{me.name}: {name}", after, me.name)
            yield from self._mishaps(world, me)
        if self.scenario.restore and not world.restored:
            yield from self._restoring(world)

    def _turn(self, world: World, me: Process) -> Turn:
        scenario = self.scenario
        return Turn(world, me, self.programs[me.name], self.protocol, scenario.covers, scenario.rules, scenario.groups)

    def _through(self, label: str, world: World, name: str) -> Iterator[Edge]:
        """Steps that no other process can see or prevent are done at once with the one before them. The process can
        die before each of them all the same."""
        me = next(process for process in world.processes if process.name == name)
        program = self.programs[name]
        step = END if me.at < 0 else program[me.at]
        if step not in self.unseen:
            yield label, world, True
            return
        if self.scenario.crashes and step not in INVISIBLE:  # in a transaction, as if it had died before all of them
            yield f"{label}, dies before {step}", _with(world, self._again(world, me)), False
        for after in STEPS[step](self._turn(world, me)):
            yield from self._through(f"{label}, {step}", after, name)

    def _mishaps(self, world: World, me: Process) -> Iterator[Edge]:
        program = self.programs[me.name]
        again = self._again(world, me)
        if self.scenario.crashes and again != me:
            yield f"{me.name} dies before {program[me.at]}", _with(world, again), False
        if me.fence == SHARED:
            yield f"{me.name}: lock time-out", _with(world, _timed_out(self._turn(world, me))), False

    def _again(self, world: World, me: Process) -> Process:
        if self.scenario.die_for_good and me.name.startswith("placer"):
            return dead(me)
        return restarted(me, world.control, self.programs[me.name], self.scenario.covers.get(me.name))

    def _restoring(self, world: World) -> Iterator[Edge]:
        kind = self.scenario.restore
        if world.backup is None:
            taken: Control | Dataset = world.control if kind == "control" else world.datasets[0]
            yield f"a copy of the {kind} is made", world._replace(backup=taken), False
        elif isinstance(world.backup, Control):
            told = world.told | in_force(world.backup)
            known = {hold.cover for hold in world.backup.holds}
            warned = frozenset((cover, number) for cover, number in world.warned if cover in known)
            after = world._replace(control=world.backup, told=told, warned=warned, backup=None, restored=True)
            yield "the control store is taken back to the copy", after, False
        else:
            processes = tuple(self._again(world, me) if me.where == 0 else me for me in world.processes)
            after = world._replace(
                datasets=(world.backup, *world.datasets[1:]), processes=processes, backup=None, restored=True
            )
            yield "the dataset is taken back to the copy, and every session on it ends", after, False


def _with(world: World, me: Process) -> World:
    return world._replace(processes=tuple(me if one.name == me.name else one for one in world.processes))


def _timed_out(turn: Turn) -> Process:
    world = turn.rolled_back("refuse_when_stopped", last=0)
    return next(process for process in world.processes if process.name == turn.me.name)
