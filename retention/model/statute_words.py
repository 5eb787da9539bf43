"""What an entry of the catalogue says, in words: for the terminal and for the page."""

from __future__ import annotations

from retention.model.counting_words import steps_in_words
from retention.model.statute import Statute


def start_in_words(statute: Statute) -> str:
    """The event, or "the latest of .."."""
    names = [event.name for event in statute.events]
    return names[0] if statute.which is None else f"the {statute.which} of {', '.join(names)}"


def counted_in_words(statute: Statute) -> str:
    """Each step from the event to the last day, or what has to be decided."""
    if statute.needs_decision:
        return f"needs a decision: {statute.needs_decision}"
    own = [(event.name, event.terms) for event in statute.events if event.terms is not None]
    parts = [] if statute.terms is None else [", ".join(steps_in_words(statute.terms))]
    return "; ".join([*parts, *(f"from {name}: {', '.join(steps_in_words(terms))}" for name, terms in own)])


def in_force_in_words(statute: Statute) -> str:
    """ "since 2025-01-01"; empty: since ever."""
    since = f"since {statute.effective_from}" if statute.effective_from else ""
    until = f"until {statute.effective_to}" if statute.effective_to else ""
    return f"{since} {until}".strip()


def plain(name: str) -> str:
    """A stable name as words."""
    return name.replace("_", " ")
