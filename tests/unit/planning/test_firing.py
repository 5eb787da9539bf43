"""When a schedule last fired."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retention.planning.firing import last_firing

WEDNESDAY = datetime(2026, 7, 1, 2, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 3 * * *", datetime(2026, 6, 30, 3, 0, tzinfo=UTC)),
        ("59 2 * * *", datetime(2026, 7, 1, 2, 59, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 7, 1, 2, 45, tzinfo=UTC)),
        ("30 1,2 * * *", datetime(2026, 7, 1, 2, 30, tzinfo=UTC)),
        ("0 12 * * 1-5", datetime(2026, 6, 30, 12, 0, tzinfo=UTC)),
        ("0 12 * * sun", datetime(2026, 6, 28, 12, 0, tzinfo=UTC)),
        ("0 12 * * 7", datetime(2026, 6, 28, 12, 0, tzinfo=UTC)),
        ("0 0 31 * *", datetime(2026, 5, 31, 0, 0, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2024, 2, 29, 0, 0, tzinfo=UTC)),
        ("0 0 13 * 5", datetime(2026, 6, 26, 0, 0, tzinfo=UTC)),  # cron: the 13th, or a Friday
        ("0 0 1 jan,jul *", datetime(2026, 7, 1, 0, 0, tzinfo=UTC)),
        ("@hourly", datetime(2026, 7, 1, 2, 0, tzinfo=UTC)),
        ("@daily", datetime(2026, 7, 1, 0, 0, tzinfo=UTC)),
        ("@weekly", datetime(2026, 6, 28, 0, 0, tzinfo=UTC)),
        ("@monthly", datetime(2026, 7, 1, 0, 0, tzinfo=UTC)),
        ("@quarterly", datetime(2026, 7, 1, 0, 0, tzinfo=UTC)),
        ("@yearly", datetime(2026, 1, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_latest_firing_at_or_before_an_instant(schedule: str, expected: datetime) -> None:
    assert last_firing(schedule, WEDNESDAY) == expected


@pytest.mark.parametrize("schedule", ["0 0 30 2 *", "0 0 L * *", "61 * * * *", "x y z", "* * * * * *"])
def test_a_schedule_that_never_fires_or_cannot_be_read_claims_nothing(schedule: str) -> None:
    assert last_firing(schedule, WEDNESDAY) is None
