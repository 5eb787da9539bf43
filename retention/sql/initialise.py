"""Our own tables in a dataset: made once, recognised ever after, and never shared."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, insert, inspect, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from retention.model.errors import refuse
from retention.sql.database import Database
from retention.sql.own_migrations import migrate
from retention.sql.own_tables import SCHEMA_VERSION
from retention.sql.rule_tables import FactTable, RuleTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarnation:
    """Whose tables these are. ``id`` belongs to this very database: a restored copy keeps it."""

    id: str
    dataset: str
    deployment: str
    schema_version: int


def initialise_dataset(database: Database, *, deployment_id: str, now: datetime) -> None:
    """Make our own tables, or bring those that are there to this release's version: safe to repeat, and by several at
    once. What is held stays held throughout: no batch runs meanwhile.

    Raises RetentionError R311 where they cannot be made, R312 for another deployment's or another dataset's, R313 for
    those of a newer version. Nothing is written then.
    """
    try:
        with database.placing() as connection:
            if (known := _incarnation(connection, database)) is not None:
                _refuse_not_ours(known, database, deployment_id)
            _make_tables(connection, database)
            if known is None:
                _sign(connection, database, deployment_id, now)
            elif known.schema_version < SCHEMA_VERSION:
                migrate(connection, database.own, known.schema_version)
    except DBAPIError as error:
        if not database.dialect.is_forbidden(error):
            raise
        raise refuse(
            "R311",
            "our own tables cannot be made: the user may not write here, or the database is read-only",
            where=f"dataset {database.dataset.id}",
            remedy=database.dialect.grants(),
        ) from None


def check_ours(connection: Connection, database: Database, deployment_id: str) -> Incarnation:
    """Raises RetentionError R310 where `retention init` has not been here, R312 and R313 as above, R369 where it was
    an older release's."""
    known = _incarnation(connection, database)
    if known is None:
        raise refuse(
            "R310",
            "our own tables are not in this dataset yet",
            where=f"dataset {database.dataset.id}",
            remedy=f"retention init {database.dataset.id}",
        )
    _refuse_not_ours(known, database, deployment_id)
    if known.schema_version < SCHEMA_VERSION:
        raise refuse(
            "R369",
            f"our own tables here are of version {known.schema_version}, and this program needs {SCHEMA_VERSION}",
            where=f"dataset {database.dataset.id}",
            remedy=f"retention init {database.dataset.id}: holds and marks stay as they are",
        )
    return known


def ensure_rule_tables(connection: Connection, database: Database, rule_tables: RuleTables) -> None:
    """The tables that one rule needs. Called inside a writing transaction.

    Work lists that were made for another primary key are made anew. Raises RetentionError R317 where marks were: they
    say which rows are pseudonymized already. Raises R471 as below."""
    for table in (rule_tables.candidate, rule_tables.residue):
        if _is_outdated(connection, table):
            table.drop(connection)
    ensure_marks(connection, database, rule_tables)
    if rule_tables.fact is not None:
        ensure_fact_table(connection, database, rule_tables.fact)
    rule_tables.metadata.create_all(connection, checkfirst=True)


def ensure_marks(connection: Connection, database: Database, rule_tables: RuleTables) -> None:
    """The marks alone. Raises RetentionError R317 as above."""
    for name, mark in rule_tables.marks.items():
        if _is_outdated(connection, mark):
            raise refuse(
                "R317",
                f"{name} has another primary key than when its rows were marked as pseudonymized",
                where=f"dataset {database.dataset.id}, table {name}",
                remedy=f"give the rule another id to judge all rows anew, or fill {mark.fullname} by hand",
            )
        mark.create(connection, checkfirst=True)


def ensure_fact_table(connection: Connection, database: Database, fact: FactTable) -> None:
    """Facts that were written for another relationship are forgotten with their table. Raises RetentionError R471 where
    they tell of this one, by a key or a kind of time that the rule no longer knows."""
    table = fact.table
    if _is_outdated(connection, table):
        told = select(table.c.event).where(table.c.event == fact.event).limit(1)
        if connection.execute(told).first() is not None:
            raise refuse(
                "R471",
                f"{table.fullname} tells of rows that are gone, by another key or kind of time than the rule reads now",
                where=f"dataset {database.dataset.id}, table {table.name}",
                remedy="write the rule as it was, or bring the table into the new form by hand",
            )
        table.drop(connection)
    table.create(connection, checkfirst=True)


def ensure_told_table(connection: Connection, database: Database, told: Table) -> None:
    """Where a batch writes what its rows tell other datasets. Raises RetentionError R471 as above."""
    if _is_outdated(connection, told):
        inspected = select(literal(1)).select_from(told).limit(1)
        if connection.execute(inspected).first() is not None:
            raise refuse(
                "R471",
                f"{told.fullname} tells of rows that are gone, by another kind of time than is declared now",
                where=f"dataset {database.dataset.id}, table {told.name}",
                remedy="declare the fact as it was, or another one under another name",
            )
        told.drop(connection)
    told.create(connection, checkfirst=True)


def _is_outdated(connection: Connection, table: Table) -> bool:
    inspector = inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return False
    there = {column["name"] for column in inspector.get_columns(table.name, schema=table.schema)}
    return there != {column.name for column in table.columns}


def _incarnation(connection: Connection, database: Database) -> Incarnation | None:
    meta = database.own.meta
    if not inspect(connection).has_table(meta.name, schema=meta.schema):
        return None
    # A newer version may have other columns; these it keeps.
    row = connection.execute(
        select(meta.c.schema_version, meta.c.dataset, meta.c.incarnation, meta.c.deployment).where(meta.c.id == 1)
    ).first()
    if row is None:
        return None
    return Incarnation(
        id=row.incarnation, dataset=row.dataset, deployment=row.deployment, schema_version=row.schema_version
    )


def _refuse_not_ours(known: Incarnation, database: Database, deployment_id: str) -> None:
    where = f"dataset {database.dataset.id}"
    if known.schema_version > SCHEMA_VERSION:
        raise refuse(
            "R313",
            f"our own tables here are of version {known.schema_version}, and this program knows {SCHEMA_VERSION}",
            where=where,
            remedy="install the newer retention that made them",
        )
    if known.deployment != deployment_id:
        raise refuse(
            "R312",
            "another deployment works on this database; its holds and marks are not known here",
            where=where,
            remedy="use that deployment's control store (RETENTION_HOME, RETENTION_CONTROL_URL), or another database",
        )
    if known.dataset != database.dataset.id:
        raise refuse(
            "R312",
            f"this database belongs to the dataset {known.dataset} already; each dataset needs a database of its own",
            where=where,
            remedy="correct the address of one of both, or declare them as one dataset",
        )


def _make_tables(connection: Connection, database: Database) -> None:
    own_schema = database.dialect.own_schema
    if own_schema is not None and not inspect(connection).has_schema(own_schema):
        connection.execute(CreateSchema(own_schema))
    database.own.metadata.create_all(connection, checkfirst=True)


def _sign(connection: Connection, database: Database, deployment_id: str, now: datetime) -> None:
    own = database.own
    connection.execute(
        insert(own.meta).values(
            id=1,
            schema_version=SCHEMA_VERSION,
            dataset=database.dataset.id,
            incarnation=str(uuid.uuid4()),
            deployment=deployment_id,
            created_ms=int(now.timestamp() * 1000),
        )
    )
    connection.execute(insert(own.fence).values(id=1, epoch=0))
