"""The originals of a run, once each, and where they were found: temporary tables of the verifying connection."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
)

from retention.model.rule import ValueKind
from retention.sql.own_tables import OwnTables

_TEMPORARY = MetaData()
NOBODY = b""  # stands for a person whom nobody knows

ORIGINAL = Table(
    "retention_original",
    _TEMPORARY,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", LargeBinary, primary_key=True),
    Column("rule_id", String(80), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("telling", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)


def _found() -> tuple[Column[str] | Column[bytes] | Column[bool], ...]:
    return (
        Column("check_name", String(80), nullable=False),
        Column("table_name", String(128), nullable=False),
        Column("column_name", String(128), nullable=False),
        Column("rule_id", String(80), nullable=False),  # of the original
        Column("digest", LargeBinary, nullable=False),
        Column("owner", LargeBinary, nullable=False),  # the person of the original
        Column("whole", Boolean, nullable=False),  # False: inside a text
        Column("made_up", Boolean, nullable=False),  # it is a value that the column's strategy may write
        Column("rightful", Boolean, nullable=False),  # the whole of a column in which the row's person has such a value
    )


HIT = Table(
    "retention_hit",
    _TEMPORARY,
    *_found(),
    Column("row_key", Text, nullable=False),
    Index("ix_retention_hit", "row_key", "table_name", "check_name"),  # in this order SQLite looks rows up, not hits
    prefixes=["TEMPORARY"],
)
OCCURRENCE = Table(
    "retention_occurrence",
    _TEMPORARY,
    *_found(),
    Column("person", LargeBinary, nullable=False),  # the person of the row in which it was found
    Column("code", String(200), nullable=False),  # verdict on the row's group; empty: no rule speaks for it
    Column("excused", Boolean, nullable=False),
    Column("mark", String(10), nullable=False),
    prefixes=["TEMPORARY"],
)
NOW, BEFORE = "now", "before"  # a valid mark of this run, of an earlier one


def prepare_originals(connection: Connection, own: OwnTables, run_id: str) -> None:
    """Make the tables and fill the first. Called in a writing transaction of the connection that will look."""
    for table in (ORIGINAL, HIT, OCCURRENCE):
        table.create(connection, checkfirst=True)
        connection.execute(delete(table))
    residue = own.residue_digest
    person = func.coalesce(residue.c.subject, literal(NOBODY, LargeBinary))
    columns = (residue.c.digest, person.label("person"), residue.c.rule_id, residue.c.kind)
    once = (
        select(*columns, (func.sum(residue.c.telling.cast(Integer)) > 0).label("telling"))
        .where(residue.c.run_id == run_id)
        .group_by(residue.c.digest, person, residue.c.rule_id, residue.c.kind)
    )
    connection.execute(insert(ORIGINAL).from_select(["digest", "person", "rule_id", "kind", "telling"], once))


def telling_kinds(connection: Connection) -> frozenset[ValueKind]:
    """The kinds of telling values that are looked for; a street among them where a name stands beside it."""
    street = ORIGINAL.c.kind == ValueKind.STREET.value
    kinds = connection.execute(select(ORIGINAL.c.kind).where(ORIGINAL.c.telling | street).distinct()).scalars()
    return frozenset(map(ValueKind, kinds))
