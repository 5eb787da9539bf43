"""Facts from elsewhere about the subjects of ``t``: of two events, fresh or stale, known, open and unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from retention.model.fact import TimeKind, ToldEnd
from retention.model.rule import Missing, Rule
from retention.planning.stored_time import OPEN, UNKNOWN, Reading
from retention.planning.zones import zone_named
from tests.property.stored_values import EPOCH, instants

EVENTS = {"days": TimeKind.DAY, "instants": TimeKind.INSTANT}
FRESH = 3  # days
_MILLISECOND = timedelta(milliseconds=1)
_STATES: dict[Reading, int] = {UNKNOWN: 1, OPEN: 2}

told_ends = st.lists(st.sampled_from(sorted(EVENTS)), unique=True, max_size=2).map(
    lambda names: tuple(ToldEnd(fact=name, time=EVENTS[name], fresh_days=FRESH) for name in sorted(names))
)


@dataclass(frozen=True)
class ToldFacts:
    """``said``: (event, subject key) -> what is told. ``complete``: event -> up to when; left out: never brought."""

    said: dict[tuple[str, str], Reading] = field(default_factory=dict)
    complete: dict[str, datetime] = field(default_factory=dict)
    believed: dict[str, datetime] = field(default_factory=dict)  # from when on; left out: since ever

    def ends(self, rule: Rule, key: str | None) -> tuple[Reading, ...]:
        events = [told.fact for told in rule.relationship.told] if rule.relationship else []
        if not events or rule.subject is None:
            return ()
        if key is None:
            return () if rule.subject.missing is Missing.NOBODY else (UNKNOWN,)
        return tuple(self.said[event, key] for event in events if (event, key) in self.said)

    def stale(self, rule: Rule, as_of: datetime) -> tuple[str, ...]:
        events = [told.fact for told in rule.relationship.told] if rule.relationship else []
        return tuple(
            event
            for event in events
            if event not in self.complete
            or self.complete[event] + timedelta(days=FRESH) < as_of
            or self.believed.get(event, as_of) > as_of
        )

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "event": event,
                "subject_key": key,
                "state": 0 if isinstance(at, date) else _STATES[at],
                "day": at if isinstance(at, date) and not isinstance(at, datetime) else None,
                "at_ms": (at - EPOCH) // _MILLISECOND if isinstance(at, datetime) else None,
                "recorded_ms": 0,
            }
            for (event, key), at in self.said.items()
        ]

    def sources(self) -> list[dict[str, Any]]:
        return [
            {
                "event": event,
                "complete_ms": (at - EPOCH) // _MILLISECOND,
                "declared": "",
                "believed_ms": (self.believed.get(event, datetime.min.replace(tzinfo=UTC)) - EPOCH) // _MILLISECOND,
                "expires": "P9Y",
                "recorded_ms": 0,
            }
            for event, at in self.complete.items()
        ]


@st.composite
def told_facts(
    draw: st.DrawFn, keys: tuple[str, ...], zone: str, as_of: datetime, edges: tuple[datetime, ...]
) -> ToldFacts:
    """Events near the instants at which something changes, in whole milliseconds."""
    said: dict[tuple[str, str], Reading] = {}
    for event, kind in EVENTS.items():
        for key in draw(st.lists(st.sampled_from(keys), unique=True, max_size=4)):
            known = instants(edges).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
            at: Reading = draw(st.one_of(known, known, known, st.sampled_from([OPEN, UNKNOWN])))
            if kind is TimeKind.DAY and isinstance(at, datetime):
                at = at.astimezone(zone_named(zone)).date()
            said[event, key] = at
    last = as_of - timedelta(days=FRESH)
    last = last.replace(microsecond=last.microsecond // 1000 * 1000)
    ages = st.sampled_from([None, *(timedelta(milliseconds=ms) for ms in (-1, 0, 1, 1, 86_400_000, 864_000_000))])
    complete = {event: last + age for event in EVENTS if (age := draw(ages)) is not None}
    waits = st.sampled_from([None, None, None, timedelta(), _MILLISECOND])
    now = as_of.replace(microsecond=as_of.microsecond // 1000 * 1000)
    believed = {event: now + wait for event in EVENTS if (wait := draw(waits)) is not None}
    return ToldFacts(said, complete, believed)
