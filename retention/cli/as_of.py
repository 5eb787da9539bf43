"""Instants on the command line: ISO 8601, with a zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        help="Decide as of this instant, ISO 8601 with a zone: 2026-07-01T00:00:00Z. Left out: now.",
        show_default=False,
    ),
]


def instant(text: str | None) -> datetime | None:
    """Raises RetentionError R411 for what is no instant or has no zone."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is not None and read.tzinfo is not None:
        return read
    from retention.model.errors import refuse

    raise refuse(
        "R411",
        "as-of has no zone" if read else "as-of is not an instant",
        where="--as-of",
        remedy="write date, time and zone, for example 2026-07-01T00:00:00Z or 2026-07-01T00:00:00+02:00",
    )
