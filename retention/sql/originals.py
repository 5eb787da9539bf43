"""What verification will look for: keyed digests of the values that a batch takes away, written in its transaction.

The key is made for the run and destroyed with the digests when the run is sealed. Of a row that is pseudonymized every
identifying value that is replaced is recorded; of a row that is deleted the telling ones (e-mail, telephone, token) and
names beside a street: nothing else could tell that a copy of the row is left somewhere.

A digest and its row cost more than deleting the row that it is about. So all groups are recorded up to ``ALL`` of a
rule in a run, and one in ``ONE_IN`` beyond; verification says so (see ``recorded_share``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from anonymizers.outputs import pattern
from anonymizers.registry import get
from anonymizers.transform import Constant, Transform, YearStart
from retention.model.rule import IDENTIFYING, TELLING, ColumnUse, Replace, ValueKind
from retention.sql.comparable import comparable, tells
from retention.sql.compiled_rule import RuleContext
from retention.sql.dialects.base import Dialect
from retention.sql.group import member_chain
from retention.sql.leaves import joined
from retention.sql.own_tables import OwnTables
from retention.sql.replacements import primary_key_of

SECRET = "run"  # noqa: S105  the name under which the run's key is installed
ALL = 5_000  # groups of a rule and run whose originals are all recorded
ONE_IN = 50  # of the groups beyond
FULL_NAME = frozenset({ValueKind.NAME, ValueKind.GIVEN_NAME, ValueKind.FAMILY_NAME})


def record_originals(
    connection: Connection,
    context: RuleContext,
    table: str,
    columns: Sequence[ColumnUse],
    keys: FromClause,
    run_id: str,
) -> None:
    """Record what the groups in ``keys`` (k1..kn and subject) hold in one of their tables. Called before it is gone.

    Needs the secret ``run`` installed on the connection.
    """
    wanted = _wanted(context, columns)
    if not wanted:
        return
    if groups_before(connection, context.own, run_id, context.rule.id) >= ALL:
        keys = _some(keys)
    residue = context.own.residue_digest
    names = ["run_id", "rule_id", "table_name", "column_name", "kind", "subject", "digest", "telling"]
    statement = _originals(context, table, wanted, keys, run_id)
    connection.execute(insert(residue).from_select([residue.c[name] for name in names], statement))


def groups_before(connection: Connection, own: OwnTables, run_id: str, rule_id: str) -> int:
    """How many candidates of the rule the run's journal covers."""
    journal = own.journal
    last = select(func.max(journal.c.last)).where(journal.c.run_id == run_id, journal.c.rule_id == rule_id)
    return connection.execute(last).scalar_one() or 0


def person_text(kind: str, key: ColumnElement[str]) -> ColumnElement[str]:
    """The text whose digest under the run's key stands for a person; NULL for nobody."""
    return literal(f"{kind}\x1f") + key


@dataclass(frozen=True, slots=True)
class _Wanted:
    use: ColumnUse
    telling_alone: bool  # only values that point at one person by themselves

    @property
    def label(self) -> str:
        return f"v_{self.use.column}"


def _wanted(context: RuleContext, columns: Sequence[ColumnUse]) -> list[_Wanted]:
    if context.pseudonymizes:
        replaced = [use for use in columns if isinstance(use.treatment, Replace)]
        return [_Wanted(use, False) for use in replaced if use.kind in IDENTIFYING]
    kinds = {use.kind for use in columns}
    addressed = ValueKind.STREET in kinds and bool(kinds & FULL_NAME)
    beside = FULL_NAME | {ValueKind.STREET} if addressed else frozenset[ValueKind]()
    return [_Wanted(use, use.kind in TELLING) for use in columns if use.kind in TELLING or use.kind in beside]


def _some(keys: FromClause) -> FromClause:
    number = func.row_number().over()
    numbered = select(*keys.columns, number.label("n")).select_from(keys).subquery("numbered")
    return select(numbered).where(numbered.c.n % ONE_IN == 0).subquery("some")


def _originals(
    context: RuleContext, table: str, wanted: Sequence[_Wanted], keys: FromClause, run_id: str
) -> Select[tuple[Any, ...]]:
    """One row for each value that is there. The rows are read once, whatever the number of their columns."""
    row, source = _rows(context, table, keys)
    subject = context.rule.subject
    person = (
        None if subject is None else context.dialect.keyed_digest(SECRET, person_text(subject.kind, keys.c.subject))
    )
    read = select(
        literal(None, context.own.residue_digest.c.subject.type).label("person")
        if person is None
        else person.label("person"),
        *(_original(context, table, row, one).label(one.label) for one in wanted),
    )
    rows = read.select_from(source).cte("originals")
    parts = [_values_of(context, table, one, rows, run_id) for one in wanted]
    return parts[0] if len(parts) == 1 else select(union_all(*parts).subquery("all_originals"))


def _original(context: RuleContext, table: str, row: FromClause, wanted: _Wanted) -> ColumnElement[str]:
    """The comparable form, NULL where there is nothing to look for."""
    text = context.dialect.canonical_text(row.c[wanted.use.column])
    form = comparable(text, context.dialect)
    treatment = wanted.use.treatment
    nothing = [form == ""]
    if isinstance(treatment, Replace):
        transform = get(treatment.strategy).transform(treatment.params)
        nothing += [_stays(transform, form, context.dialect), _is_pseudonym(context, table, row, text, transform)]
    return case((not_(or_(*nothing)), form))


def _stays(transform: Transform, form: ColumnElement[str], dialect: Dialect) -> ColumnElement[bool]:
    """Whether the value is what will be written anyway: the constant, or the first day of a year."""
    match transform:
        case Constant(value=value):
            return form == comparable(literal(str(value)), dialect)
        case YearStart():
            return func.substr(func.replace(form, "-", ""), 5, 4) == "0101"  # a day is compared as its digits
    return false()


def _is_pseudonym(
    context: RuleContext, table: str, row: FromClause, text: ColumnElement[str], transform: Transform
) -> ColumnElement[bool]:
    """The row was pseudonymized before and then written to: what looks like a pseudonym there is written again."""
    mark, looks = context.rule_tables.marks[table], pattern(transform)
    if looks is None:
        return false()
    key = enumerate(primary_key_of(context, table), start=1)
    same = (mark.c[f"k{position}"] == row.c[column] for position, column in key)
    return and_(exists(select(1).select_from(mark).where(*same)), text.regexp_match(looks))


def _values_of(
    context: RuleContext, table: str, wanted: _Wanted, rows: FromClause, run_id: str
) -> Select[tuple[Any, ...]]:
    form = rows.c[wanted.label]
    telling = tells(wanted.use.kind, form, context.dialect)
    values = (
        literal(run_id).label("run_id"),
        literal(context.rule.id).label("rule_id"),
        literal(table).label("table_name"),
        literal(wanted.use.column).label("column_name"),
        literal(wanted.use.kind.value).label("kind"),
        rows.c.person.label("subject"),
        context.dialect.keyed_digest(SECRET, form).label("digest"),
        telling.label("telling"),
    )
    there = and_(form.is_not(None), telling) if wanted.telling_alone else form.is_not(None)
    return select(*values).where(there)


def _rows(context: RuleContext, table: str, keys: FromClause) -> tuple[FromClause, FromClause]:
    """The rows of a table of the group, and their join up to the keys of their roots, as short as it can be."""
    rule = context.rule
    row: FromClause = context.tables[table]
    key = {column: keys.c[f"k{position}"] for position, column in enumerate(rule.primary_key, start=1)}
    if table == rule.table:
        return row, keys.join(row, and_(*(row.c[column] == value for column, value in key.items())))
    source, near = row, row
    for member in member_chain(rule, table):
        if member.parent == rule.table and set(member.join.far_columns) <= set(key):
            pairs = zip(member.join.columns, member.join.far_columns, strict=True)
            return row, source.join(keys, and_(*(near.c[column] == key[far] for column, far in pairs)))
        far_table = context.tables[member.parent].alias()
        source = source.join(far_table, joined(near, far_table, member.join))
        near = far_table
    return row, source.join(keys, and_(*(near.c[column] == value for column, value in key.items())))
