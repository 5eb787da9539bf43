"""The shape of a snapshot file. `retention snapshot` writes it; people read it."""

from __future__ import annotations

from pydantic import Field

from retention.policy.documents.base import Document, Text, Version
from retention.policy.documents.step import Columns


class ForeignKeyDocument(Document):
    """A foreign key that the database declares."""

    columns: Columns = Field(description="Column of this table to referred column.")
    refers_to: Text
    on_delete: str = Field("", description="As the database spells it; left out where it does nothing.")


class TableDocument(Document):
    """A table of the snapshot."""

    columns: dict[str, str] = Field(description="Column to type, followed by NOT NULL and GENERATED where they hold.")
    primary_key: list[Text] = Field([])
    foreign_keys: list[ForeignKeyDocument] = Field([])
    unique: list[list[Text]] = Field([])
    indexes: list[list[Text]] = Field([])
    triggers: list[Text] = Field([])
    checks: list[Text] = Field([], description="What each CHECK demands, as the database spells it.")
    values: dict[str, list[str]] = Field({}, description="Column to all that its enum type permits.")


class SnapshotDocument(Document):
    """snapshots/<dataset>.yaml."""

    version: Version
    dataset: Text
    dialect: Text = Field(description='SQLAlchemy\'s name: "sqlite", "postgresql".')
    tables: dict[str, TableDocument]
