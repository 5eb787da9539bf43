"""The steps of placing and releasing holds, and of the stop switch."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model.state import (
    EXCLUSIVE,
    IN_FORCE,
    PENDING,
    RELEASED,
    REQUESTED,
    Control,
    Dataset,
    Hold,
    Wanted,
    World,
    in_force,
    put,
)
from tests.model.turn import Turn

Steps = Iterator[World]


def add(turn: Turn) -> Steps:
    cover = turn.covers[turn.me.name]
    epoch, world = _next_epoch(turn)
    holds = tuple(sorted((*turn.control.holds, Hold(cover, PENDING, epoch))))
    yield turn.done(control=turn.control._replace(holds=holds, epoch=epoch), world=world)


def request_release(turn: Turn) -> Steps:
    yield turn.done(control=_with_state(turn, REQUESTED))


def confirm_release(turn: Turn) -> Steps:
    epoch, world = _next_epoch(turn)
    cover = turn.covers[turn.me.name]
    told = frozenset((one, number) for one, number in world.told if one != cover)
    yield turn.done(control=_with_state(turn, RELEASED)._replace(epoch=epoch), world=world._replace(told=told))


def _next_epoch(turn: Turn) -> tuple[int, World]:
    world = turn.world._replace(time=turn.world.time + 1)
    counted = turn.control.epoch + 1
    return (max(counted, world.time) if turn.protocol.epochs_rise_with_time else counted), world


def _with_state(turn: Turn, state: str) -> Control:
    cover = turn.covers[turn.me.name]
    holds = tuple(hold._replace(state=state) if hold.cover == cover else hold for hold in turn.control.holds)
    return turn.control._replace(holds=holds)


# -- bringing a dataset to them ----------------------------------------------------------------------------------------


def copy(turn: Turn) -> Steps:
    yield turn.done(known=turn.control.copies[turn.me.where])


def epoch_here(turn: Turn) -> Steps:
    yield turn.done(here=turn.dataset.epoch)


def epoch(turn: Turn) -> Steps:
    if turn.me.here == turn.control.epoch:  # it has everything: no batch need wait
        yield turn.to("record_copy", copy=turn.me.here, here=0)
    else:
        yield turn.done(here=0)


def fence_exclusive(turn: Turn) -> Steps:
    if not any(one.fence for one in turn.others()):
        yield turn.done(fence=EXCLUSIVE)
    if "record_copy" in turn.program:  # a lock time-out, or nobody answers: pending, says why
        yield turn.rolled_back("record_copy", copy=turn.me.known)


def wanted(turn: Turn) -> Steps:
    covers = {hold.cover: hold.state for hold in turn.control.holds}
    read = Wanted(
        turn.control.epoch,
        frozenset(cover for cover, state in covers.items() if state != RELEASED),
        frozenset(cover for cover, state in covers.items() if state == RELEASED),
    )
    mine = turn.covers.get(turn.me.name)
    if turn.me.name.startswith("placer") and mine is not None and mine not in covers:  # control store last
        read = read._replace(epoch=read.epoch + 1, protected=read.protected | {mine})
    yield turn.done(wanted=read)


def epoch_here_again(turn: Turn) -> Steps:
    assert turn.me.wanted is not None
    if turn.dataset.epoch > turn.me.wanted.epoch:  # R366
        yield turn.rolled_back("record_copy", copy=turn.me.known)
    else:
        yield turn.done()


def bring_to(turn: Turn) -> Steps:
    assert turn.me.wanted is not None
    written = {"holds"} if turn.dataset.epoch < turn.me.wanted.epoch else set()
    yield turn.done(copy=turn.me.wanted.epoch, written=turn.me.written | written)


def commit_the_placing(turn: Turn) -> Steps:
    dataset, read = turn.dataset, turn.me.wanted
    if "holds" in turn.me.written and read is not None:
        dataset = dataset._replace(epoch=read.epoch, holds=(dataset.holds - read.released) | read.protected)
    yield turn.done(dataset=dataset, fence="", wanted=None, written=frozenset())


def record_copy(turn: Turn) -> Steps:
    if turn.me.copy == turn.me.known:
        yield turn.done(known=0, copy=0)
        return
    control = turn.control._replace(copies=put(turn.control.copies, turn.me.where, turn.me.copy))
    world = turn.world._replace(told=turn.world.told | in_force(control))
    yield turn.done(control=control, world=world, known=0, copy=0)


def settle(turn: Turn) -> Steps:
    """And on to the next dataset; a worker has but one."""
    control, told = _settled(turn)
    world = turn.world._replace(told=told)
    if not turn.is_worker and turn.me.where + 1 < len(turn.world.datasets):
        yield turn.to("copy", control=control, world=world, where=turn.me.where + 1)
    else:
        yield turn.done(control=control, world=world, where=turn.me.where if turn.is_worker else 0)


def settle_all(turn: Turn) -> Steps:
    """What the receipt says: in force, or pending there."""
    control, told = _settled(turn)
    mine = turn.covers[turn.me.name]
    protects = any(hold.cover == mine and hold.state != RELEASED for hold in control.holds)  # unknown: no receipt
    everywhere = frozenset((mine, number) for number in range(len(control.copies)) if protects)
    warned = turn.world.warned | (everywhere - told)
    yield turn.done(control=control, world=turn.world._replace(told=told, warned=warned))


def _settled(turn: Turn) -> tuple[Control, frozenset[tuple[tuple[str, int], int]]]:
    """A hold that all datasets have is in force, in each of them."""
    reached = min(turn.control.copies)
    now = {hold.cover for hold in turn.control.holds if hold.state == PENDING and hold.epoch <= reached}
    holds = tuple(hold._replace(state=IN_FORCE) if hold.cover in now else hold for hold in turn.control.holds)
    told = turn.world.told | {(cover, number) for cover in now for number in range(len(turn.control.copies))}
    return turn.control._replace(holds=holds), told


# -- the stop switch ---------------------------------------------------------------------------------------------------


def stop(turn: Turn) -> Steps:
    yield turn.done(control=turn.control._replace(stopped=True))


def put_stop(turn: Turn) -> Steps:
    yield turn.wrote("stop")


def commit_the_stop(turn: Turn) -> Steps:
    dataset: Dataset = turn.dataset._replace(stopped=True)
    yield turn.done(dataset=dataset, fence="", written=frozenset())


STEPS = {
    "add": add,
    "request_release": request_release,
    "confirm_release": confirm_release,
    "copy": copy,
    "epoch_here": epoch_here,
    "epoch": epoch,
    "fence_exclusive": fence_exclusive,
    "wanted": wanted,
    "epoch_here again": epoch_here_again,
    "bring_to": bring_to,
    "commit the placing": commit_the_placing,
    "record_copy": record_copy,
    "settle": settle,
    "settle all": settle_all,
    "stop": stop,
    "put_stop": put_stop,
    "commit the stop": commit_the_stop,
}
