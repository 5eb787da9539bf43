"""What identity links add to a hold: further keys of the same persons, and where nobody can tell them."""

from __future__ import annotations

from dataclasses import dataclass

from retention.model.hold import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSubject:
    """A key that a row of ``table`` in ``dataset`` says is a held person's. It stays linked while the hold stands."""

    hold_id: str
    subject: SubjectKey
    dataset: str
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGap:
    """A link that could not be followed. ``kinds``: subjects of these kinds may be held, and nobody can tell which, so
    that all rows about them are kept. ``reason``: in words, without a person's value."""

    dataset: str
    table: str
    kinds: tuple[str, ...]
    reason: str
