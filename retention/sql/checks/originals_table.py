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
    or_,
    select,
)

from retention.model.rule import ValueKind
from retention.sql.own_tables import OwnTables

_TEMPORARY = MetaData()
NOBODY = b""  # stands for a person whom nobody knows


def _original(name: str) -> Table:
    return Table(
        name,
        _TEMPORARY,
        Column("digest", LargeBinary(32), primary_key=True),
        Column("person", LargeBinary(32), primary_key=True),
        Column("rule_id", String(80), primary_key=True),
        Column("kind", String(40), primary_key=True),
        Column("telling", Boolean, nullable=False),
        prefixes=["TEMPORARY"],
    )


ORIGINAL = _original("retention_original")
# Telling ones and streets apart: what thousands share ("newsletter: yes") would be met by every row that has it.
TELLING_ORIGINAL = _original("retention_telling_original")


def _found() -> tuple[Column[str] | Column[bytes] | Column[bool], ...]:
    return (
        Column("check_name", String(80), nullable=False),
        Column("table_name", String(128), nullable=False),
        Column("column_name", String(128), nullable=False),
        Column("rule_id", String(80), nullable=False),  # of the original
        Column("digest", LargeBinary(32), nullable=False),
        Column("owner", LargeBinary(32), nullable=False),  # the person of the original
        Column("whole", Boolean, nullable=False),  # False: inside a text
        Column("made_up", Boolean, nullable=False),  # it is a value that the column's strategy may write
        Column("rightful", Boolean, nullable=False),  # the whole of a column in which the row's person has such a value
    )


HIT = Table(
    "retention_hit",
    _TEMPORARY,
    *_found(),
    Column("row_key", Text, nullable=False),
    # In this order SQLite looks rows up, not hits. MariaDB has no index over the whole of a long text.
    Index("ix_retention_hit", "row_key", "table_name", "check_name", mariadb_length={"row_key": 200}),
    prefixes=["TEMPORARY"],
)
OCCURRENCE = Table(
    "retention_occurrence",
    _TEMPORARY,
    *_found(),
    Column("person", LargeBinary(32), nullable=False),  # the person of the row in which it was found
    Column("code", String(200), nullable=False),  # verdict on the row's group; empty: no rule speaks for it
    Column("excused", Boolean, nullable=False),
    Column("mark", String(10), nullable=False),
    prefixes=["TEMPORARY"],
)
NOW, BEFORE = "now", "before"  # a valid mark of this run, of an earlier one


def prepare_originals(connection: Connection, own: OwnTables, run_id: str) -> None:
    """Make the tables and fill the first two. Called in a writing transaction of the connection that will look."""
    for table in (ORIGINAL, TELLING_ORIGINAL, HIT, OCCURRENCE):
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
    names = ["digest", "person", "rule_id", "kind", "telling"]
    connection.execute(insert(ORIGINAL).from_select(names, once))
    street = ORIGINAL.c.kind == ValueKind.STREET.value
    apart = select(*(ORIGINAL.c[name] for name in names)).where(or_(ORIGINAL.c.telling, street))
    connection.execute(insert(TELLING_ORIGINAL).from_select(names, apart))


def telling_kinds(connection: Connection) -> frozenset[ValueKind]:
    """The kinds of telling values that are looked for; a street among them where a name stands beside it."""
    kinds = connection.execute(select(TELLING_ORIGINAL.c.kind).distinct()).scalars()
    return frozenset(map(ValueKind, kinds))
