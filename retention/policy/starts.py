"""Starting points of a clause: the events that its columns tell."""

from __future__ import annotations

from dataclasses import dataclass

from retention.model.schema import Table
from retention.model.starting_point import (
    ColumnEvent,
    Event,
    Operand,
    RelationshipEnd,
    SeveralEvents,
    SingleEvent,
    WhenNull,
    Which,
)
from retention.policy.documents.clause import ClauseDocument
from retention.policy.documents.rule import RuleDocument
from retention.policy.documents.starts import EventDocument, StartDocument
from retention.policy.reading import Reading
from retention.policy.times import time_column


@dataclass(frozen=True, kw_only=True)
class Starts:
    """Of one clause; what is wrong with them is left in ``reading``."""

    entry: ClauseDocument
    document: RuleDocument
    root: Table
    reading: Reading
    path: tuple[str | int, ...]

    def own(self) -> Event | None:
        """As `start` says."""
        start = self.entry.start
        return None if start is None else self._start(start, (*self.path, "start"))

    def tells(self, name: str) -> bool:
        """Whether the clause says by itself what tells an event of a statute."""
        return name in self.entry.starts

    def of_event(self, name: str) -> SingleEvent | None:
        """What tells an event of a statute: `starts` by its name, else `start`. None, and a finding, where nothing."""
        told = self.entry.starts.get(name)
        if told is not None:
            return self._single(told, (*self.path, "starts", name))
        own = self.own()
        if own is None and self.entry.start is None:
            what = f"nothing tells the event {name}"
            self.reading.find("R165", self.path, what, f"write `start: column`, or starts: {{{name}: column}}")
        if isinstance(own, ColumnEvent | RelationshipEnd):
            return own
        if own is not None:
            what = f"{name} is one event, and `start` says the latest or earliest of several"
            self.reading.find("R165", (*self.path, "start"), what, "name one column, or write a clause of your own")
        return None

    def when_null(self, name: str) -> WhenNull | None:
        told = self.entry.starts.get(name)
        return None if told is None else told.when_null

    def _start(self, start: StartDocument, path: tuple[str | int, ...]) -> Event | None:
        several = start.latest_of or start.earliest_of
        if several is None:
            return self._single(start, path)
        which = Which.LATEST if start.latest_of else Which.EARLIEST
        operands = []
        for position, one in enumerate(several):
            event = self._single(one, (*path, f"{which}_of", position))
            if event is not None:
                operands.append(Operand(event=event, when_null=one.when_null or WhenNull.UNKNOWN, terms=one.terms))
        return SeveralEvents(which=which, operands=tuple(operands)) if len(operands) == len(several) else None

    def _single(self, start: EventDocument, path: tuple[str | int, ...]) -> SingleEvent | None:
        if start.time is not None:
            at = time_column(start.time, self.root, self.reading, path)
            return ColumnEvent(at=at) if at else None
        if self.document.relationship is None:
            what = f"{self.entry.id} starts at the end of the relationship, and the rule declares none"
            remedy = "add `relationship: {table: .., end: ..}`, or start at a column of " + self.root.name
            self.reading.find("R126", path, what, remedy)
            return None
        return RelationshipEnd()
