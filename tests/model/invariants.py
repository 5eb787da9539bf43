"""What must be true in every state, and of every commit."""

from __future__ import annotations

from collections.abc import Mapping

from tests.model.state import RELEASED, Dataset, Group, World
from tests.model.turn import is_over


def broken_by_commit(before: World, after: World, programs: Mapping[str, tuple[str, ...]]) -> str:
    """Looks at what went from one world to the next; empty where nothing is broken."""
    for number, (was, now) in enumerate(zip(before.datasets, after.datasets, strict=True)):
        gone = (was.roots | was.members) - (now.roots & now.members)
        gone -= (was.roots ^ was.members) & (now.roots ^ now.members)
        if not gone or len(now.journal) < len(was.journal):
            continue
        for cover, where in before.told:
            if where == number and any(group[1] == cover[1] for group in gone):
                return f"dataset {number}: a row in the scope of hold {cover[0]} went, which is in force"
        for one in before.processes:
            for cover in one.warned if one.where == number and one not in after.processes else ():
                known = (cover, number) in before.warned and cover not in was.holds
                if known and any(group[1] == cover[1] for group in gone):
                    return f"dataset {number}: a batch began after hold {cover[0]} was said to be pending, and wrote"
        if gone & was.back:
            return f"dataset {number}: the row of a person who had come back went"
        if any(one.name.startswith("stopper") and is_over(one, programs[one.name]) for one in before.processes):
            return f"dataset {number}: a batch was written after the stop switch had been put there"
    return ""


def broken_state(world: World, everything: frozenset[Group], restore: str) -> str:
    for number, dataset in enumerate(world.datasets):
        broken = _half(dataset) or _journal(dataset, everything) or _protection(world, dataset, restore)
        if not broken and restore != "dataset" and world.control.followed[number] > len(dataset.journal):
            broken = "the ledger has a batch that the journal does not have"
        if broken:
            return f"dataset {number}: {broken}"
    return ""


def _half(dataset: Dataset) -> str:
    return "a group is half gone" if dataset.roots != dataset.members else ""


def _journal(dataset: Dataset, everything: frozenset[Group]) -> str:
    """What it says went is what is not there, each candidate is covered once, and in order."""
    disposed = [group for entry in dataset.journal for group in entry.disposed]
    if len(disposed) != len(set(disposed)) or set(disposed) & dataset.roots:
        return "the journal says of a group that is there, or twice, that it went"
    if everything - dataset.roots != set(disposed):
        return "a group went, and the journal does not say so"
    reached: dict[int, int] = {}
    for entry in dataset.journal:
        if entry.first != reached.get(entry.rule, 0):
            return "the journal covers candidates twice, or leaves some out"
        reached[entry.rule] = entry.last + 1
    return ""


def _protection(world: World, dataset: Dataset, restore: str) -> str:
    """A crash leaves more protection: a hold that has come anywhere is in every dataset, or the dataset refuses."""
    if dataset.epoch != world.control.epoch:
        return ""
    released = {hold.cover for hold in world.control.holds if hold.state == RELEASED}
    known = {hold.cover for hold in world.control.holds}
    if restore != "control":
        known |= {cover for one in world.datasets for cover in one.holds}
    missing = known - released - dataset.holds
    return f"hold {min(missing)[0]} is known, is not here, and the dataset does not refuse" if missing else ""
