"""The states of the model: a control store, datasets, and processes with what each has read and not yet committed.

Everything is immutable and small, so that all states can be visited. A *group* is (rule, number): a root row and its
member. A hold covers the groups of one number, under every rule and in every dataset.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
Group = tuple[int, int]
Cover = tuple[str, int]  # a hold's name, and the number of the groups that it covers
PENDING, IN_FORCE, REQUESTED, RELEASED = "pending", "in force", "release requested", "released"
SHARED, EXCLUSIVE = "shared", "exclusive"


class Hold(NamedTuple):
    """As the control store knows it."""

    cover: Cover
    state: str
    epoch: int


class Control(NamedTuple):
    holds: tuple[Hold, ...] = ()
    epoch: int = 0
    copies: tuple[int, ...] = ()  # by dataset: the epoch that it is known to have
    stopped: bool = False
    steps: frozenset[tuple[int, int]] = frozenset()  # (dataset, rule) whose result is saved
    followed: tuple[int, ...] = ()  # by dataset: journal rows that the ledger has
    sealed: frozenset[int] = frozenset()  # datasets


class Entry(NamedTuple):
    """A journal row: the candidates that a batch covered, and the groups that it disposed of."""

    rule: int
    first: int
    last: int
    disposed: frozenset[Group]


class Dataset(NamedTuple):
    """What is committed in a dataset."""

    roots: frozenset[Group]
    members: frozenset[Group]
    epoch: int = 0
    holds: frozenset[Cover] = frozenset()
    journal: tuple[Entry, ...] = ()
    leases: tuple[str, ...] = ()  # by rule: the process that has it
    stopped: bool = False
    back: frozenset[Group] = frozenset()  # a person came back: the group is no longer due


class Wanted(NamedTuple):
    """The holds as the control store knew them when a placing read them behind the fence."""

    epoch: int
    protected: frozenset[Cover]
    released: frozenset[Cover]


class Process(NamedTuple):
    """``at``: the next step of its program. ``written``: what its open transaction has written."""

    name: str
    at: int = 0
    where: int = 0  # number of the dataset that it is at work in
    rule: int = 0
    first: int = 0  # candidates of the batch
    last: int = 0
    known: int = 0  # epoch of the dataset's copy as the control store had it
    epoch: int = 0  # as the control store had it
    here: int = 0  # as the dataset had it
    copy: int = 0  # what is to be recorded of the dataset
    wanted: Wanted | None = None
    fence: str = ""
    locks: frozenset[Group] = frozenset()
    keys: frozenset[Group] = frozenset()
    written: frozenset[str] = frozenset()
    warned: frozenset[Cover] = frozenset()  # holds that were told to be pending here when its batch began


class World(NamedTuple):
    """``told``: (hold, dataset) that are in force, so that nothing in their scope may go. ``warned``: those that a
    receipt calls pending, so that no batch may begin. ``time`` rises with every change; nobody restores it."""

    control: Control
    datasets: tuple[Dataset, ...]
    processes: tuple[Process, ...]
    told: frozenset[tuple[Cover, int]] = frozenset()
    warned: frozenset[tuple[Cover, int]] = frozenset()
    time: int = 0
    backup: Control | Dataset | None = None
    restored: bool = False


def put(items: tuple[Item, ...], number: int, item: Item) -> tuple[Item, ...]:
    return (*items[:number], item, *items[number + 1 :])


def in_force(control: Control) -> frozenset[tuple[Cover, int]]:
    """(hold, dataset) of which the control store says that they are in force, whoever asks."""
    return frozenset(
        (hold.cover, number)
        for hold in control.holds
        if hold.state != RELEASED
        for number, epoch in enumerate(control.copies)
        if epoch >= hold.epoch
    )
