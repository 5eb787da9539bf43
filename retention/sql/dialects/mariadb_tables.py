"""How tables of our own are made on MariaDB, whatever the defaults of server and database are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, LargeBinary, Table, Text, event
from sqlalchemy.dialects.mysql.base import MySQLDDLCompiler, MySQLTypeCompiler
from sqlalchemy.schema import CreateIndex, CreateTable

from retention.sql.dialects.mariadb_texts import BYTEWISE

_OPTIONS = f" ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {BYTEWISE}"


class _Tables(MySQLDDLCompiler):
    """With transactions, and texts that are compared by their bytes unless a column says otherwise."""

    def post_create_table(self, table: Table) -> str:
        return super().post_create_table(table) + _OPTIONS


class _Types(MySQLTypeCompiler):
    """Texts and bytes without a limit, as elsewhere; bytes with a length can be part of a key."""

    def visit_text(self, type_: Text, **kw: Any) -> str:
        return "LONGTEXT"

    def visit_large_binary(self, type_: LargeBinary, **kw: Any) -> str:
        return f"VARBINARY({type_.length})" if type_.length else "LONGBLOB"


def make_tables_ours(engine: Engine) -> None:
    """Whatever is created on this engine from now on is made so."""
    engine.dialect.ddl_compiler = _Tables
    engine.dialect.type_compiler_instance = _Types(engine.dialect)


def make_tables_repeatably(engine: Engine) -> None:
    """So, and what is there already is left as it is: making a table commits, and a process can die half-way."""
    make_tables_ours(engine)
    event.listen(engine, "before_execute", _unless_there)


def _unless_there(connection: Connection, clause: Any, *_: object) -> None:
    if isinstance(clause, CreateTable | CreateIndex):
        clause.if_not_exists = True
