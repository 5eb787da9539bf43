"""A key of any form is looked for in a column of any type: it finds its row, and is no error where it can be none."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, select, text

from retention.model.dataset import IdentityLink
from retention.sql.column_types import sql_type
from retention.sql.identity_links import LinkRows
from tests.databases.opening import opened

UUID = "0f0e0d0c-0000-4000-8000-00000000000a"
STORED = {"INTEGER": "99", "UUID": UUID, "DATE": "2026-01-31", "VARCHAR(40)": "a"}


@pytest.mark.parametrize("key", ["99", UUID, "2026-01-31", "a", "", "100000000000000000000", "2026-02-31"])
@pytest.mark.parametrize("spelling", STORED)
def test_a_key_finds_its_own_row_and_is_no_error(any_database: str, spelling: str, key: str) -> None:
    database = opened(any_database)
    metadata = MetaData()
    wanted = Table("wanted", metadata, Column("sought", Text()))
    found = Table("found", metadata, Column("sought", Text()))
    devices = Table("devices", metadata, Column("uid", sql_type(spelling, database.dialect.name)))
    with database.writing() as connection:
        for statement in ("wanted (sought TEXT)", "found (sought TEXT)", f"devices (uid {spelling})"):
            connection.execute(text(f"CREATE TABLE {statement}"))
        connection.execute(text("INSERT INTO devices VALUES (:stored)"), {"stored": STORED[spelling]})
        connection.execute(insert(wanted).values(sought=key))
    with database.writing() as connection:  # MariaDB forgives in a SELECT what it refuses in a statement that writes
        rows = LinkRows(
            link=IdentityLink(table="devices", subjects={"device": "uid"}), row=devices, dialect=database.dialect
        )
        sought = wanted.c.sought
        theirs = select(sought).select_from(wanted.join(devices, rows.is_about("device", sought)))
        connection.execute(insert(found).from_select(["sought"], theirs))
        assert connection.execute(select(found.c.sought)).scalars().all() == [key] * (key == STORED[spelling])
    database.close()
