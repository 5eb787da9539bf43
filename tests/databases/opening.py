"""Datasets and their databases, for tests that need no rules."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, TextClause, text

from retention.model.dataset import Dataset
from retention.sql.database import Database
from retention.sql.initialise import initialise_dataset

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def dataset(name: str = "crm", schema: str | None = None) -> Dataset:
    """A dataset of which the tests only need the name."""
    return Dataset(
        id=name,
        title="",
        environment="RETENTION_CRM_URL",
        connection=None,
        schema=schema,
        zone="UTC",
        schedule=None,
        owner="privacy@northgate.example",
    )


def opened(url: str, name: str = "crm", schema: str | None = None) -> Database:
    return Database.open(dataset(name, schema), url)


def spelled(connection: Connection, statement: str) -> TextClause:
    """The statement with its quoted names as the database quotes them."""
    return text(statement.replace('"', connection.dialect.identifier_preparer.initial_quote))


def initialised(url: str) -> Database:
    """With our own tables in it."""
    database = opened(url)
    initialise_dataset(database, deployment_id="one", now=NOW)
    return database
