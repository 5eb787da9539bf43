"""From which event a period may run: the time columns of a table, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass

from retention.model.rule import ValueKind
from retention.model.schema import Column, Table
from retention.model.starting_point import Stored
from retention.policy.column_types import Family, family
from retention.policy.proposals.kinds import TIMES, guesses
from retention.policy.proposals.names import singular, words_of

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


def time_candidates(table: Table, zone: str, dialect: str) -> tuple[TimeCandidate, ...]:
    """The likeliest first. ``zone``: the dataset's, for times that are stored without one."""
    kinds = guesses(table)
    found = [
        candidate(column, table, zone, dialect)
        for column in table.columns
        if kinds[column.name].kind is ValueKind.DATE
        or (family(column.type) in TIMES and column.name in table.primary_key)
    ]
    return tuple(sorted(found, key=lambda one: -one.likely))


def candidate(column: Column, table: Table, zone: str, dialect: str) -> TimeCandidate:
    """Of a column that may hold a time."""
    written, guess = _written(column, zone, dialect)
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


def _written(column: Column, zone: str, dialect: str) -> tuple[str | dict[str, str], str]:
    """And what is a guess about how it is stored."""
    holds, name = family(column.type), column.name
    if holds is Family.DATETIME:
        return {"column": name, "zone": zone}, "guess: it shows the dataset's zone"
    if holds is Family.INTEGER:
        milliseconds = words_of(name)[-1:] == ("ms",)
        stored = Stored.EPOCH_MS if milliseconds else Stored.EPOCH_S
        return {"column": name, "stored": stored}, "" if milliseconds else "guess: seconds; else epoch_ms"
    if holds is Family.TEXT:
        day = dialect == "sqlite" and words_of(name)[-1:] in (("on",), ("date",))
        more = "date or datetime" if dialect == "sqlite" else "no other text can be read"
        return {"column": name, "stored": Stored.DATE if day else Stored.ISO_UTC}, f"guess: how the text reads; {more}"
    return name, ""
