"""No telling original is left anywhere in the dataset: e-mail addresses, telephone numbers, tokens, and full names
beside their street, as far as they belonged to nobody else. Every text column of every table, with and without a rule,
is compared as a whole and searched for addresses and numbers inside."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, FromClause, String, Uuid, and_, exists, false, func, or_, select

from retention.model.rule import TELLING, ValueKind
from retention.sql.checks.emptiness import of_whole
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.checks.occurrences import form_of, found_inside, found_whole, judge_rows
from retention.sql.checks.originals_table import ORIGINAL, TELLING_ORIGINAL, telling_kinds
from retention.sql.checks.rows import Rows, rows_of_rule, rows_without_rule, tables_of
from retention.sql.checks.same_subject import blocked
from retention.sql.checks.summary import Tables, finding_of, meanings
from retention.sql.comparable import FEWEST_DIGITS, SHORTEST_TOKEN
from retention.sql.conditions import certainly
from retention.sql.originals import SECRET

NAME = "originals_gone_anywhere"
TEXTS = ("JSON", "JSONB", "CITEXT", "INET", "CIDR", "XML")  # types that are texts to look into, beside those that are
TELLS = certainly(TELLING_ORIGINAL.c.telling)  # in a form for which SQLite makes no index, but uses the one on digests
LONGEST = 200  # characters of a value that is compared as a whole; longer ones are searched inside


def originals_gone_anywhere(look: Look) -> Iterator[Finding]:
    yield from blocked(look, NAME)
    if not look.changed_anything or not look.run_key:
        return
    kinds = telling_kinds(look.connection)
    owners: dict[str, str] = {}
    tables: dict[str, Rows] = {}
    for rule_id, compiled in look.compiled.items():
        for table in tables_of(compiled):
            rows = rows_of_rule(look, compiled, table)
            owners[rows.table], tables[rows.table] = rule_id, rows
    for name in look.tables:
        tables.setdefault(name, rows_without_rule(look, name))
    for rows in tables.values():
        _search(look, rows, kinds)
        judge_rows(look, NAME, rows)
    found = meanings(look, NAME, owners, {table: rows.uses for table, rows in tables.items()})
    for table, rows in tables.items():
        examined = look.count(rows.row)
        finding = finding_of(look, NAME, owners.get(table, ""), table, examined, found.get(table, Tables()), rows.uses)
        yield of_whole(look, finding, rows.row)


def text_columns(rows: Rows) -> tuple[str, ...]:
    """The columns that are looked into: texts, and those that a rule says hold telling values."""
    return tuple(name for name in all_text_columns(rows) if name not in rows.elsewhere)


def all_text_columns(rows: Rows) -> tuple[str, ...]:
    """Those of other element groups as well."""
    return tuple(column.name for column in rows.row.c if _is_text(rows, column))


def _is_text(rows: Rows, column: ColumnElement[object]) -> bool:
    use = rows.uses.get(str(column.key))
    if isinstance(column.type, String | Uuid) or (use is not None and use.kind in TELLING):
        return True
    spelling = str(getattr(column.type, "spelling", "")).upper()
    return spelling in TEXTS or any(part in spelling for part in ("CHAR", "TEXT", "CLOB"))


def _search(look: Look, rows: Rows, kinds: frozenset[ValueKind]) -> None:
    for column in text_columns(rows):
        text = look.dialect.canonical_text(rows.row.c[column])
        worth = _worth_comparing(look, text, kinds)
        if kinds & TELLING:
            found_whole(look, NAME, rows, column, TELLING_ORIGINAL, and_(worth, TELLS))
        if kinds & {ValueKind.EMAIL, ValueKind.PHONE}:
            found_inside(look, NAME, rows, column, TELLING_ORIGINAL, TELLS)
        if ValueKind.STREET in kinds and _may_be(rows, column, ValueKind.STREET):
            found_whole(look, NAME, rows, column, TELLING_ORIGINAL, and_(worth, _beside_a_name(look, rows)))


def _worth_comparing(look: Look, text: ColumnElement[str], kinds: frozenset[ValueKind]) -> ColumnElement[bool]:
    """Spares the digests of what cannot be one of the values that are looked for."""
    first, length = func.substr(func.trim(text), 1, 1), look.dialect.length(text)
    tests = {
        ValueKind.EMAIL: text.contains("@"),
        ValueKind.PHONE: and_(first.in_([*"0123456789+("]), length >= FEWEST_DIGITS),
        ValueKind.TOKEN: length >= SHORTEST_TOKEN,
        ValueKind.STREET: text.contains(" "),
    }
    return and_(length <= LONGEST, or_(false(), *(tests[kind] for kind in sorted(kinds) if kind in tests)))


def _may_be(rows: Rows, column: str, kind: ValueKind) -> bool:
    """A rule's classification is believed; a column without one may be anything."""
    use = rows.uses.get(column)
    return use is None or use.kind in (kind, ValueKind.OTHER, ValueKind.NONE)


def _beside_a_name(look: Look, rows: Rows) -> ColumnElement[bool]:
    """The original is a street, and the same person's name stands in the same row: whole, or given and family name."""
    columns = [
        column
        for column in all_text_columns(rows)
        if any(_may_be(rows, column, kind) for kind in (ValueKind.NAME, ValueKind.GIVEN_NAME, ValueKind.FAMILY_NAME))
    ]
    digests = [look.dialect.keyed_digest(SECRET, form_of(look, rows.row.c[column])) for column in columns]

    def names(kind: ValueKind) -> ColumnElement[bool]:
        name: FromClause = ORIGINAL.alias()
        same = and_(name.c.person == TELLING_ORIGINAL.c.person, name.c.kind == kind.value, name.c.digest.in_(digests))
        return exists(select(1).select_from(name).where(same))

    both = and_(names(ValueKind.GIVEN_NAME), names(ValueKind.FAMILY_NAME))
    return and_(certainly(TELLING_ORIGINAL.c.kind == ValueKind.STREET.value), or_(names(ValueKind.NAME), both))


def not_examined(look: Look) -> Iterator[str]:
    """In words: what nobody looked into."""
    whole = [compiled for compiled in look.compiled.values() if not compiled.context.rule.element_of]
    rules = {table: compiled for compiled in whole for table in compiled.context.rule.tables}
    for name in sorted(look.tables):
        rows = rows_of_rule(look, rules[name], name) if name in rules else rows_without_rule(look, name)
        texts = all_text_columns(rows)
        closed = [column.name for column in rows.row.c if column.name not in texts and _could_hide(column)]
        if closed:
            yield f"{name}: {', '.join(closed)}: binary values and lists are not looked into"


def _could_hide(column: ColumnElement[object]) -> bool:
    """Numbers, dates and truth values cannot."""
    spelling = str(column.type).upper()
    return any(part in spelling for part in ("BLOB", "BYTEA", "[]", "HSTORE", "ARRAY"))
