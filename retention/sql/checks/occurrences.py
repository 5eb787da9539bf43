"""Writing down where originals are found: into the connection's temporary tables, so that no value comes out.

First only the keys of the rows, column by column; then, once for each table, whom these rows are about and what is
decided of them: those expressions are long.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, LargeBinary, Select, Table, and_, false, insert, literal, select, true

from retention.sql.checks.judging import is_rightful
from retention.sql.checks.look import Look
from retention.sql.checks.originals_table import HIT, NOBODY, OCCURRENCE, ORIGINAL
from retention.sql.checks.rows import Rows
from retention.sql.comparable import comparable
from retention.sql.examination import key_text
from retention.sql.originals import SECRET


def form_of(look: Look, column: ColumnElement[Any]) -> ColumnElement[str]:
    return comparable(look.dialect.canonical_text(column), look.dialect)


def found_whole(look: Look, check: str, rows: Rows, column: str, originals: Table, which: ColumnElement[bool]) -> None:
    """The originals that are the whole value of a column. ``which`` may ask for the row's facts, too."""
    digest = look.dialect.keyed_digest(SECRET, form_of(look, rows.row.c[column]))
    source = rows.row if rows.facts is None or originals is not ORIGINAL else rows.facts.source
    joined = source.join(originals, originals.c.digest == digest)
    _hits(look, check, rows, column, originals, select().select_from(joined).where(which), whole=True)


def found_inside(look: Look, check: str, rows: Rows, column: str, originals: Table, which: ColumnElement[bool]) -> None:
    """The originals that are an e-mail address or a telephone number in the text of a column, and not all of it."""
    text = look.dialect.canonical_text(rows.row.c[column])
    contacts, contact = look.dialect.contacts(text)
    form = comparable(contact, look.dialect)
    joined = rows.row.join(contacts, true()).join(
        originals, originals.c.digest == look.dialect.keyed_digest(SECRET, form)
    )
    found = select().select_from(joined).where(which, form != comparable(text, look.dialect))
    _hits(look, check, rows, column, originals, found, whole=False)


def _hits(
    look: Look, check: str, rows: Rows, column: str, originals: Table, found: Select[Any], *, whole: bool
) -> None:
    values = {
        "check_name": literal(check),
        "table_name": literal(rows.table),
        "row_key": key_text([rows.row.c[name] for name in rows.key]) if rows.key else literal(""),
        "column_name": literal(column),
        "rule_id": originals.c.rule_id,
        "digest": originals.c.digest,
        "owner": originals.c.person,
        "whole": literal(whole),
        "made_up": rows.made_up.get(column, false()),
        "rightful": literal(whole and is_rightful(rows.uses.get(column))),
    }
    columns = (value.label(name) for name, value in values.items())
    look.connection.execute(insert(HIT).from_select(list(values), found.with_only_columns(*columns)))


def judge_rows(look: Look, check: str, rows: Rows) -> None:
    """Put beside what was found in a table whom its rows are about, their verdict and their mark."""
    hits = and_(HIT.c.check_name == check, HIT.c.table_name == rows.table)
    facts: dict[str, ColumnElement[Any]] = {
        "person": literal(NOBODY, LargeBinary),
        "code": literal(""),
        "excused": false(),
        "mark": literal(""),
    }
    source: FromClause = HIT
    if rows.facts is not None:
        same = HIT.c.row_key == key_text([rows.row.c[name] for name in rows.key])
        source = rows.facts.source.join(HIT, and_(hits, same))
        facts = {
            "person": rows.facts.person,
            "code": rows.facts.code,
            "excused": rows.facts.excused,
            "mark": rows.facts.mark,
        }
    copied = [column for column in HIT.c if column.name != "row_key"]
    names = [*(column.name for column in copied), *facts]
    found = select(*copied, *(value.label(name) for name, value in facts.items())).select_from(source).where(hits)
    look.connection.execute(insert(OCCURRENCE).from_select(names, found))
