"""Events in words."""

from __future__ import annotations

import pytest

from retention.model.counting_words import event_in_words
from retention.model.starting_point import (
    ColumnEvent,
    Operand,
    RelationshipEnd,
    SeveralEvents,
    SingleEvent,
    Stored,
    TimeColumn,
    WhenNull,
    Which,
)


def _column(name: str) -> ColumnEvent:
    return ColumnEvent(at=TimeColumn(column=name, stored=Stored.DATE))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([_column("issued_on"), _column("issued_on")], "issued_on"),  # two periods of one event
        ([_column("issued_on"), RelationshipEnd()], "the latest of issued_on and the end of the relationship"),
        ([_column("a"), _column("b"), _column("a"), _column("c")], "the latest of a, b and c"),
    ],
)
def test_each_event_is_named_once(events: list[SingleEvent], words: str) -> None:
    operands = tuple(Operand(event=one, when_null=WhenNull.UNKNOWN) for one in events)
    assert event_in_words(SeveralEvents(which=Which.LATEST, operands=operands)) == words
