"""From which event a period may run: the time columns of a table, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from retention.model.rule import ValueKind
from retention.model.schema import Column, Table
from retention.model.starting_point import Recognised, Stored
from retention.policy.column_types import Family, family
from retention.policy.proposals.kinds import TIMES, guesses
from retention.policy.proposals.names import singular, words_of

Look: TypeAlias = Callable[[Table, Column], Recognised | None]  # at a column's values; None: nothing to be seen
END, EVENT, _UNKNOWN = 60, 40, 15  # an event that ends something; one by which a business counts
_LIKELY = (
    (5, {"updated", "modified", "changed", "synced", "refreshed", "touched"}, "it changes with each write: no event"),
    (10, {"cancelled", "canceled", "deleted", "withdrawn", "revoked", "refunded", "archived"}, "few rows have it"),
    (12, {"expires", "expiry", "valid", "due", "scheduled", "planned", "next", "expected"}, "it may lie ahead"),
    (
        END,
        {"closed", "ended", "end", "resolved", "completed", "finished", "left", "terminated", "termination", "last",
         "expired", "deactivated", "leaving", "departure"},
        "",
    ),
    (
        EVENT,
        {"issued", "invoice", "order", "ordered", "placed", "signed", "paid", "payment", "received", "sent", "shipped",
         "submitted", "posted", "visited", "viewed", "held", "event", "booked", "booking", "happened", "occurred",
         "purchased", "sold", "seen"},
        "",
    ),
    (
        25,
        {"hired", "hire", "start", "started", "registered", "joined", "opened", "begin", "given", "since", "applied",
         "collected", "from"},
        "it begins something: does the period run from there?",
    ),
    (20, {"created", "inserted", "added", "imported", "loaded"}, "when the row was made: is that the event?"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCandidate:
    """``written``: as a rule writes it, name or mapping. ``likely``: the higher, the likelier the starting point."""

    column: str
    type: str
    written: str | dict[str, str]
    likely: int
    ends: bool  # by its name something is over then
    nullable: bool
    doubt: str


def no_look(table: Table, column: Column) -> Recognised | None:
    """Where nobody can look, name and type have to do."""
    return None


def time_candidates(table: Table, zone: str, look: Look) -> tuple[TimeCandidate, ...]:
    """The likeliest first. ``zone``: the dataset's, for times that are stored without one."""
    kinds = guesses(table)
    found = [
        candidate(column, table, zone, look)
        for column in table.columns
        if kinds[column.name].kind is ValueKind.DATE
        or (family(column.type) in TIMES and column.name in table.primary_key)
    ]
    return tuple(sorted(found, key=lambda one: -one.likely))


def candidate(column: Column, table: Table, zone: str, look: Look) -> TimeCandidate:
    """Of a column that may hold a time."""
    written, guess = _written(column, zone, look(table, column))
    likely, doubt = _likely(column, table)
    ends = likely == END
    return TimeCandidate(
        column=column.name,
        type=column.type,
        written=written,
        likely=likely - (3 if column.nullable else 0) - (0 if family(column.type) in TIMES else 2),
        ends=ends,
        nullable=column.nullable,
        doubt="; ".join(filter(None, (guess, doubt))),
    )


def can_hold_a_time(column: Column) -> bool:
    return family(column.type) in (*TIMES, Family.INTEGER, Family.TEXT)


def _likely(column: Column, table: Table) -> tuple[int, str]:
    words = set(words_of(column.name))
    own = {singular(word) for word in words_of(table.name)}
    likely, doubt = next(((number, why) for number, known, why in _LIKELY if words & known), (_UNKNOWN, ""))
    if likely < EVENT and (words - {"date", "on", "at", "time"} <= own):
        likely, doubt = EVENT, ""  # InvoiceDate of Invoice, or a bare "date"
    return likely, doubt


def _written(column: Column, zone: str, seen: Recognised | None) -> tuple[str | dict[str, str], str]:
    """And what is a guess about how it is stored, or was seen."""
    holds, name = family(column.type), column.name
    if seen is not None and seen.stored is not None:
        return _as_seen(name, zone, seen.stored, seen)
    written, guess = _guessed(holds, name, zone)
    return written, f"none of {seen.of} values reads as a time" if seen is not None else guess


def _as_seen(name: str, zone: str, stored: Stored, seen: Recognised) -> tuple[dict[str, str], str]:
    doubts = ["guess: it shows the dataset's zone"] if stored.local else []
    if seen.read < seen.of:
        doubts.append(
            f"{seen.of - seen.read} of {seen.of} values do not read so: undetermined, unless `open` names them"
        )
    return {"column": name, "stored": stored, **({"zone": zone} if stored.local else {})}, "; ".join(doubts)


def _guessed(holds: Family, name: str, zone: str) -> tuple[str | dict[str, str], str]:
    if holds is Family.DATETIME:
        return {"column": name, "zone": zone}, "guess: it shows the dataset's zone"
    if holds is Family.INTEGER:
        milliseconds = words_of(name)[-1:] == ("ms",)
        stored = Stored.EPOCH_MS if milliseconds else Stored.EPOCH_S
        return {"column": name, "stored": stored}, "" if milliseconds else "guess: seconds; else epoch_ms"
    if holds is Family.TEXT:
        day = words_of(name)[-1:] in (("on",), ("date",))
        return {"column": name, "stored": Stored.ISO_DATE if day else Stored.ISO_UTC}, "guess: how the text reads"
    return name, ""
