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
    return None if text is None else read_instant(text, "--as-of")


def read_instant(text: str, option: str) -> datetime:
    """Raises RetentionError R411 as above; ``option`` is where it stands."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is not None and read.tzinfo is not None:
        return read
    from retention.model.errors import refuse

    name = option.removeprefix("--").replace("-", " ") if option != "--as-of" else "as-of"
    raise refuse(
        "R411",
        f"{name} has no zone" if read else f"{name} is not an instant",
        where=option,
        remedy="write date, time and zone, for example 2026-07-01T00:00:00Z or 2026-07-01T00:00:00+02:00",
    )
