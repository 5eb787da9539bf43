"""Writing down where originals are found: into the connection's temporary table, so that no value comes out."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, and_, false, insert, literal, select, true

from retention.sql.checks.judging import is_rightful
from retention.sql.checks.look import Look
from retention.sql.checks.originals_table import OCCURRENCE, ORIGINAL
from retention.sql.checks.rows import Rows
from retention.sql.comparable import comparable
from retention.sql.originals import SECRET


def form_of(look: Look, column: ColumnElement[object]) -> ColumnElement[str]:
    return comparable(look.dialect.canonical_text(column))


def found_whole(look: Look, check: str, rows: Rows, column: str, which: ColumnElement[bool]) -> None:
    """The originals (those of ``which``) that are the whole value of a column."""
    digest = look.dialect.keyed_digest(SECRET, form_of(look, rows.row.c[column]))
    _write(look, check, rows, column, rows.source.join(ORIGINAL, ORIGINAL.c.digest == digest), which, whole=True)


def found_inside(look: Look, check: str, rows: Rows, column: str, which: ColumnElement[bool]) -> None:
    """The originals that are an e-mail address or a telephone number in the text of a column, and not all of it."""
    text = look.dialect.canonical_text(rows.row.c[column])
    contacts, contact = look.dialect.contacts(text)
    form = comparable(contact)
    source = rows.source.join(contacts, true()).join(
        ORIGINAL, ORIGINAL.c.digest == look.dialect.keyed_digest(SECRET, form)
    )
    part = and_(which, form != comparable(text))
    _write(look, check, rows, column, source, part, whole=False)


def _write(
    look: Look,
    check: str,
    rows: Rows,
    column: str,
    source: FromClause,
    which: ColumnElement[bool],
    *,
    whole: bool,
) -> None:
    values = {
        "check_name": literal(check),
        "table_name": literal(rows.table),
        "column_name": literal(column),
        "rule_id": ORIGINAL.c.rule_id,
        "digest": ORIGINAL.c.digest,
        "owner": ORIGINAL.c.person,
        "person": rows.person,
        "whole": literal(whole),
        "code": rows.code,
        "excused": rows.excused,
        "mark": rows.mark,
        "made_up": rows.made_up.get(column, false()),
        "rightful": literal(whole and is_rightful(rows.uses.get(column))),
    }
    found = select(*(value.label(name) for name, value in values.items())).select_from(source).where(which)
    look.connection.execute(insert(OCCURRENCE).from_select(list(values), found))
