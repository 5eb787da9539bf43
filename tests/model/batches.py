"""The steps of a worker, and of a person who comes back meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.model.programs import END
from tests.model.state import EXCLUSIVE, SHARED, Dataset, Entry, Group, World, put
from tests.model.turn import START_OF_A_BATCH, Turn

Steps = Iterator[World]
NEXT_RUN = "copy"  # preparing a run begins with bringing the dataset to the holds


def leased(turn: Turn) -> Steps:
    """The same run takes over from its own worker; it waits for a batch that has renewed the lease."""
    if any("lease" in one.written and one.rule == turn.me.rule for one in turn.others()):
        return
    leases = put(turn.dataset.leases, turn.me.rule, turn.me.name)
    yield turn.done(dataset=turn.dataset._replace(leases=leases))


def last_of(turn: Turn) -> Steps:
    covered = [entry.last for entry in turn.dataset.journal if entry.rule == turn.me.rule]
    first = max(covered, default=-1) + 1
    if first < turn.groups:
        yield turn.done(first=first)
    else:
        yield turn.to("release the lease")


def refuse_when_stopped(turn: Turn) -> Steps:
    if turn.control.stopped:
        yield turn.to(END)
        return
    for last in range(turn.me.first, turn.groups):  # batches of any size
        yield turn.done(last=last)


def pending(turn: Turn) -> Steps:
    if turn.control.copies[turn.me.where] < turn.control.epoch:
        yield turn.to(NEXT_RUN, first=0, last=0)  # waited in vain: brings the dataset to the holds itself
    else:
        yield turn.done()


def fence_shared(turn: Turn) -> Steps:
    if not any(one.fence == EXCLUSIVE for one in turn.others()):
        warned = frozenset(cover for cover, where in turn.world.warned if where == turn.me.where)
        yield turn.done(fence=SHARED, warned=warned)


def refuse_behind_stop(turn: Turn) -> Steps:
    if turn.dataset.stopped:
        yield turn.rolled_back(END, first=0, last=0)
    else:
        yield turn.done()


def renew(turn: Turn) -> Steps:
    if turn.dataset.leases[turn.me.rule] == turn.me.name:
        yield turn.wrote("lease")
    else:
        yield turn.rolled_back(END, first=0, last=0)


def epoch(turn: Turn) -> Steps:
    yield turn.done(epoch=turn.control.epoch)


def epoch_here(turn: Turn) -> Steps:
    here, wanted = turn.dataset.epoch, turn.me.epoch
    if here != wanted:  # behind: R435; ahead of a restored control store: R366
        yield turn.rolled_back(NEXT_RUN, first=0, last=0)
    else:
        yield turn.done(epoch=0)


def lock_roots(turn: Turn) -> Steps:
    roots = _range(turn)
    if not any(one.locks & roots for one in turn.others()):
        yield turn.done(locks=roots)


def judge_anew(turn: Turn) -> Steps:
    """A statement of its own: sees what is committed when it begins."""
    held = {number for _, number in turn.dataset.holds}
    there = _range(turn) & turn.dataset.roots - turn.dataset.back
    yield turn.done(keys=frozenset(group for group in there if group[1] not in held))


def _range(turn: Turn) -> frozenset[Group]:
    return frozenset((turn.me.rule, number) for number in range(turn.me.first, turn.me.last + 1))


def committed(turn: Turn) -> Dataset:
    """The dataset with what the batch's transaction has written."""
    me, dataset = turn.me, turn.dataset
    if "members" in me.written:
        dataset = dataset._replace(members=dataset.members - me.keys)
    if "root" in me.written:
        dataset = dataset._replace(roots=dataset.roots - me.keys)
    if "journal" in me.written:
        entry = Entry(me.rule, me.first, me.last, me.keys)
        dataset = dataset._replace(journal=(*dataset.journal, entry))
    return dataset


def commit_too_early(turn: Turn) -> Steps:
    """In mutations alone: a part of the batch in a transaction of its own."""
    yield turn.done(dataset=committed(turn), fence="", locks=frozenset(), written=frozenset())


def commit_the_batch(turn: Turn) -> Steps:
    none: frozenset[Any] = frozenset()
    nothing = {"fence": "", "locks": none, "keys": none, "written": none, "warned": none, "last": 0}
    if turn.me.last + 1 < turn.groups:
        yield turn.to(START_OF_A_BATCH, dataset=committed(turn), **nothing, first=turn.me.last + 1)
    else:
        yield turn.done(dataset=committed(turn), **nothing, first=0)


# -- after the batches -------------------------------------------------------------------------------------------------


def release_the_lease(turn: Turn) -> Steps:
    leases = turn.dataset.leases
    if leases[turn.me.rule] == turn.me.name:
        leases = put(leases, turn.me.rule, "")
    yield turn.done(dataset=turn.dataset._replace(leases=leases))


def save_step(turn: Turn) -> Steps:
    control = turn.control._replace(steps=turn.control.steps | {(turn.me.where, turn.me.rule)})
    if turn.me.rule + 1 < turn.rules:
        yield turn.to("leased", control=control, rule=turn.me.rule + 1)
    else:
        yield turn.done(control=control, rule=0)


def follow(turn: Turn) -> Steps:
    followed = put(turn.control.followed, turn.me.where, len(turn.dataset.journal))
    yield turn.done(control=turn.control._replace(followed=followed))


def save_sealed(turn: Turn) -> Steps:
    yield turn.done(control=turn.control._replace(sealed=turn.control.sealed | {turn.me.where}))


# -- a person who comes back -------------------------------------------------------------------------------------------


def insert(turn: Turn) -> Steps:
    """A row with a foreign key locks the root that it refers to; it must be there."""
    root = frozenset({(0, 0)})
    if any(one.locks & root for one in turn.others()):
        return
    yield turn.done(locks=root) if root <= turn.dataset.roots else turn.to(END)


def commit_the_person(turn: Turn) -> Steps:
    yield turn.done(dataset=turn.dataset._replace(back=turn.dataset.back | turn.me.locks), locks=frozenset())


def _writes(what: str) -> Callable[[Turn], Steps]:
    return lambda turn: iter((turn.wrote(what),))


STEPS = {
    "leased": leased,
    "last_of": last_of,
    "refuse_when_stopped": refuse_when_stopped,
    "pending": pending,
    "fence_shared": fence_shared,
    "refuse_behind_stop": refuse_behind_stop,
    "renew": renew,
    "batch's epoch": epoch,
    "batch's epoch_here": epoch_here,
    "lock_roots": lock_roots,
    "judge_anew": judge_anew,
    "record_originals": _writes("originals"),
    "keep_facts": _writes("facts"),
    "write members": _writes("members"),
    "write root": _writes("root"),
    "write_marks": _writes("marks"),
    "append": _writes("journal"),
    "commit too early": commit_too_early,
    "commit the batch": commit_the_batch,
    "release the lease": release_the_lease,
    "save_step": save_step,
    "follow": follow,
    "save_sealed": save_sealed,
    "insert": insert,
    "commit the person": commit_the_person,
}
