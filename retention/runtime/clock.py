"""The one clock. Nothing else reads the time: as-of is chosen once and handed on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time: aware, UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def milliseconds(instant: datetime) -> int:
    """Since 1970-01-01T00:00:00Z, as our own tables keep times. Raises ValueError for a time without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry a zone")
    return int(instant.timestamp() * 1000)
