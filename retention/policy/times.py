"""Time columns: how they store what they hold, from the file and else from the snapshot's type."""

from __future__ import annotations

from datetime import date

from retention.model.schema import Table
from retention.model.starting_point import Stored, TimeColumn
from retention.policy.column_types import Family, family
from retention.policy.documents.times import TimeDocument
from retention.policy.reading import Reading

_BY_TYPE = {Family.DATE: Stored.DATE, Family.DATETIME: Stored.DATETIME, Family.INSTANT: Stored.INSTANT}
_SPECIAL = {"postgresql": "infinity", "mariadb": "0000-00-00", "sqlite": "0000-00-00"}  # what a type holds beside times
_FITS = {
    Stored.DATE: {Family.DATE, Family.TEXT},
    Stored.DATETIME: {Family.DATETIME, Family.TEXT},
    Stored.INSTANT: {Family.INSTANT},
    Stored.ISO_UTC: {Family.TEXT},
    Stored.ISO_LOCAL: {Family.TEXT},
    Stored.ISO_DATE: {Family.TEXT},
    Stored.EPOCH_S: {Family.INTEGER},
    Stored.EPOCH_MS: {Family.INTEGER},
}


def time_column(
    document: TimeDocument, table: Table, reading: Reading, path: tuple[str | int, ...]
) -> TimeColumn | None:
    """None, and findings, where the column cannot serve."""
    column = reading.column(table, document.column, (*path, "column"))
    if column is None:
        return None
    kind = family(column.type)
    stored = document.stored or _BY_TYPE.get(kind)
    name = f"{table.name}.{column.name}"
    if stored is None:
        reading.find(
            "R215",
            path,
            f"nobody can tell how {name} ({column.type}) stores a time",
            f"say it: {{column: {column.name}, stored: ..}} with one of {_ways(kind, reading)}",
        )
        return None
    if stored not in _fitting(kind, reading.schema.dialect):
        remedy = f"a column of this type may store {_ways(kind, reading)}; leave `stored` out where the type says it"
        reading.find("R215", (*path, "stored"), f"{name} is {column.type}, which does not store {stored}", remedy)
        return None
    if not _zone_fits(document, stored, name, reading, path) or not _open_fits(document, kind, stored, reading, path):
        return None
    return TimeColumn(column=column.name, stored=stored, stored_zone=document.zone, open_values=tuple(document.open))


def _fitting(kind: Family, dialect: str) -> tuple[Stored, ...]:
    """SQLite has no types of its own for times, so that there a text may be one of them."""
    native_only = () if dialect == "sqlite" else (Stored.DATE, Stored.DATETIME)
    return tuple(
        stored
        for stored, families in _FITS.items()
        if kind in families and not (kind is Family.TEXT and stored in native_only)
    )


def _ways(kind: Family, reading: Reading) -> str:
    fitting = _fitting(kind, reading.schema.dialect)
    return ", ".join(fitting) or "none: a column of this type cannot hold a time"


def _zone_fits(
    document: TimeDocument, stored: Stored, name: str, reading: Reading, path: tuple[str | int, ...]
) -> bool:
    if stored.local and document.zone is None:
        said = f"stored: {document.stored}, " if document.stored else ""
        reading.find(
            "R216",
            path,
            f"{name} stores date and time without a zone, and the rule does not say which one is meant",
            f"write {{column: {document.column}, {said}zone: {reading.dataset.zone}}}, or the application's zone",
        )
        return False
    if not stored.local and document.zone is not None:
        why = "is a calendar day" if stored.of_days else "already says which instant is meant"
        reading.find("R216", (*path, "zone"), f"{name} {why}: it has no zone of its own", "leave `zone` out here")
        return False
    return True


def _open_fits(
    document: TimeDocument, kind: Family, stored: Stored, reading: Reading, path: tuple[str | int, ...]
) -> bool:
    special = _SPECIAL.get(reading.schema.dialect) if kind in _BY_TYPE else None
    for position, value in enumerate(document.open):
        if kind is Family.TEXT or value == special or _readable(value, stored):
            continue
        shape = {
            Stored.DATE: '"9999-12-31"',
            Stored.EPOCH_S: '"253402214400"',
            Stored.EPOCH_MS: '"253402214400000"',
        }
        example = shape.get(stored, '"9999-12-31 00:00:00" or "9999-12-31"')
        reading.find(
            "R215",
            (*path, "open", position),
            f"the open value {value!r} is not a {stored}",
            f"write it as {example}" + (f', or "{special}"' if special else ""),
        )
        return False
    return True


def _readable(value: str, stored: Stored) -> bool:
    if stored in (Stored.EPOCH_S, Stored.EPOCH_MS):
        return value.removeprefix("-").isdecimal()
    try:
        date.fromisoformat(value if stored is Stored.DATE else value[:10])
    except ValueError:
        return False
    return True
