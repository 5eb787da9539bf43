"""The schema as a snapshot keeps it, read from real databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.policy.snapshots import read_snapshot, snapshot_text
from retention.sql.database import Database
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from tests.databases.opening import initialised, opened
from tests.mariadb_server import MariaDBServer

SQLITE = """\
CREATE TABLE "Customer" ("CustomerId" INTEGER PRIMARY KEY, "Email" NVARCHAR(60) NOT NULL UNIQUE, "SeenAt" TIMESTAMP);
CREATE TABLE "InvoiceLine" (
    "InvoiceId" INTEGER NOT NULL, "Position" INT NOT NULL, "CustomerId" INT REFERENCES customer ON DELETE CASCADE,
    amount NUMERIC(10,2), twice NUMERIC GENERATED ALWAYS AS (amount * 2), PRIMARY KEY ("InvoiceId", "Position"));
CREATE INDEX "IX_customer" ON "InvoiceLine" ("CustomerId", amount);
CREATE INDEX partial ON "InvoiceLine" (amount) WHERE amount > 0;
CREATE INDEX expression ON "Customer" (lower("Email"));
CREATE TRIGGER watch AFTER DELETE ON "Customer" BEGIN SELECT 1; END;
CREATE VIEW everybody AS SELECT * FROM "Customer"
"""
POSTGRESQL = """\
CREATE TABLE "Customer" ("CustomerId" INTEGER PRIMARY KEY, "Email" VARCHAR(60) NOT NULL UNIQUE, "SeenAt" TIMESTAMPTZ);
CREATE TABLE "InvoiceLine" (
    "InvoiceId" INTEGER, "Position" INT, "CustomerId" INT REFERENCES "Customer" ON DELETE CASCADE,
    amount NUMERIC(10,2), twice NUMERIC GENERATED ALWAYS AS (amount * 2) STORED,
    PRIMARY KEY ("InvoiceId", "Position"));
CREATE INDEX "IX_customer" ON "InvoiceLine" ("CustomerId", amount);
CREATE INDEX partial ON "InvoiceLine" (amount) WHERE amount > 0;
CREATE INDEX expression ON "Customer" (lower("Email"));
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER watch AFTER DELETE ON "Customer" FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE VIEW everybody AS SELECT * FROM "Customer"
"""
MARIADB = """\
CREATE TABLE `Customer` (`CustomerId` INTEGER PRIMARY KEY, `Email` VARCHAR(60) COLLATE utf8mb4_bin NOT NULL UNIQUE,
    `SeenAt` TIMESTAMP NULL, notes TEXT COLLATE utf8mb4_bin, paid TINYINT(1), state ENUM('new', 'Old', 'it''s'),
    INDEX start (notes(10)));
CREATE TABLE `InvoiceLine` (
    `InvoiceId` INTEGER, `Position` INT UNSIGNED,
    `CustomerId` INT REFERENCES `Customer` (`CustomerId`) ON DELETE CASCADE,
    amount DECIMAL(10,2), twice DECIMAL(11,2) GENERATED ALWAYS AS (amount * 2) STORED,
    PRIMARY KEY (`InvoiceId`, `Position`));
CREATE INDEX `IX_customer` ON `InvoiceLine` (`CustomerId`, amount);
CREATE INDEX hidden ON `InvoiceLine` (amount) IGNORED;
CREATE FULLTEXT INDEX words ON `Customer` (notes);
CREATE TRIGGER watch AFTER DELETE ON `Customer` FOR EACH ROW SET @nothing = 1;
CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE traced (id INT PRIMARY KEY) WITH SYSTEM VERSIONING;
CREATE VIEW everybody AS SELECT * FROM `Customer`
"""
COLLATION = "utf8mb4_general_ci"  # of tables that name none
SCRIPTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}
CASCADE = ForeignKey(columns=("CustomerId",), table="Customer", referred_columns=("CustomerId",), on_delete="CASCADE")


def run(database: Database, script: str) -> None:
    with database.writing() as connection:
        for statement in script.split(";\n"):
            connection.execute(text(statement))


def reflected(database: Database) -> Schema:
    with database.reading() as connection:
        return reflect(connection, database)


def columns(**types: str) -> tuple[Column, ...]:
    """``NOT NULL`` and ``GENERATED`` after the type, as in a snapshot."""
    return tuple(
        Column(
            name=name,
            type=kind.removesuffix(" GENERATED").removesuffix(" NOT NULL"),
            nullable="NOT NULL" not in kind,
            generated="GENERATED" in kind,
        )
        for name, kind in types.items()
    )


def test_sqlite(sqlite_database: str) -> None:
    database = initialised(sqlite_database)
    run(database, SQLITE)
    schema = reflected(database)
    assert schema.dialect == "sqlite"
    assert schema.tables == {
        "Customer": Table(
            name="Customer",
            columns=columns(CustomerId="INTEGER NOT NULL", Email="NVARCHAR(60) NOT NULL", SeenAt="TIMESTAMP"),
            primary_key=("CustomerId",),
            unique=(("Email",),),
            triggers=("watch",),
        ),
        "InvoiceLine": Table(
            name="InvoiceLine",
            columns=columns(
                InvoiceId="INTEGER NOT NULL",
                Position="INT NOT NULL",
                CustomerId="INT",
                amount="NUMERIC(10,2)",
                twice="NUMERIC GENERATED",
            ),
            primary_key=("InvoiceId", "Position"),
            foreign_keys=(CASCADE,),
            indexes=(("CustomerId", "amount"),),
        ),
    }


def test_postgresql(postgresql_database: str) -> None:
    database = initialised(postgresql_database)
    run(database, POSTGRESQL)
    schema = reflected(database)
    assert schema.dialect == "postgresql"
    assert schema.tables == {
        "Customer": Table(
            name="Customer",
            columns=columns(
                CustomerId="INTEGER NOT NULL",
                Email="CHARACTER VARYING(60) NOT NULL",
                SeenAt="TIMESTAMP WITH TIME ZONE",
            ),
            primary_key=("CustomerId",),
            unique=(("Email",),),
            triggers=("watch",),
        ),
        "InvoiceLine": Table(
            name="InvoiceLine",
            columns=columns(
                InvoiceId="INTEGER NOT NULL",
                Position="INTEGER NOT NULL",
                CustomerId="INTEGER",
                amount="NUMERIC(10,2)",
                twice="NUMERIC GENERATED",
            ),
            primary_key=("InvoiceId", "Position"),
            foreign_keys=(CASCADE,),
            indexes=(("CustomerId", "amount"),),
        ),
    }


def test_mariadb(mariadb_database: str) -> None:
    database = initialised(mariadb_database)
    run(database, MARIADB)
    schema = reflected(database)
    assert schema.dialect == "mariadb"
    unfit = {name: schema.tables[name].unfit for name in schema.tables}
    assert unfit.pop("old").startswith("is kept by MyISAM, which takes nothing back")
    assert "WITH SYSTEM VERSIONING" in unfit.pop("traced")
    assert unfit == {"Customer": "", "InvoiceLine": ""}
    assert schema.tables == {
        "Customer": Table(
            name="Customer",
            columns=columns(
                CustomerId="INT NOT NULL",
                Email="VARCHAR(60) NOT NULL",
                SeenAt="TIMESTAMP WITH TIME ZONE",
                notes="TEXT",
                paid="BOOLEAN",
                state="ENUM('new','Old','it''s')",
            ),
            primary_key=("CustomerId",),
            unique=(("Email",),),
            triggers=("watch",),
        ),
        "InvoiceLine": Table(
            name="InvoiceLine",
            columns=columns(
                InvoiceId="INT NOT NULL",
                Position="INT UNSIGNED NOT NULL",
                CustomerId="INT",
                amount="DECIMAL(10,2)",
                twice="DECIMAL(11,2) GENERATED",
            ),
            primary_key=("InvoiceId", "Position"),
            foreign_keys=(CASCADE,),
            indexes=(("CustomerId", "amount"),),
        ),
        "old": Table(name="old", columns=columns(id="INT NOT NULL"), primary_key=("id",)),
        "traced": Table(name="traced", columns=columns(id="INT NOT NULL"), primary_key=("id",)),
    }
    assert {column.collation for column in schema.tables["Customer"].columns} == {"", "utf8mb4_bin", COLLATION}


def test_a_snapshot_of_it_is_read_back_the_same(any_database: str, tmp_path: Path) -> None:
    database = initialised(any_database)
    run(database, SCRIPTS[database.dialect.name])
    schema = reflected(database)
    path = tmp_path / "crm.yaml"
    path.write_text(snapshot_text(schema, "crm"), encoding="utf-8")
    assert read_snapshot(path) == schema


def test_of_a_partitioned_table_the_parent_alone(postgresql_database: str) -> None:
    database = opened(postgresql_database)
    run(
        database,
        """\
CREATE TABLE people (id INTEGER PRIMARY KEY);
CREATE TABLE views (id INTEGER, person INTEGER REFERENCES people, seen DATE, PRIMARY KEY (id, seen))
    PARTITION BY RANGE (seen);
CREATE TABLE views_2026 PARTITION OF views FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON views (person)""",
    )
    schema = reflected(database)
    assert list(schema.tables) == ["people", "views"]
    assert schema.tables["views"].foreign_keys == (
        ForeignKey(columns=("person",), table="people", referred_columns=("id",)),
    )
    assert schema.tables["views"].indexes == (("person",),)


def test_tables_of_other_schemas_that_refer_to_ours_are_seen(postgresql_database: str) -> None:
    database = opened(postgresql_database, schema="shop")
    run(
        database,
        """\
CREATE SCHEMA shop;
CREATE SCHEMA audit;
CREATE TABLE audit.offices (id INTEGER PRIMARY KEY);
CREATE TABLE shop.people (id INTEGER PRIMARY KEY, office INTEGER REFERENCES audit.offices);
CREATE TABLE audit.notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES shop.people);
CREATE TABLE audit.others (id INTEGER PRIMARY KEY)""",
    )
    schema = reflected(database)
    assert list(schema.tables) == ["audit.notes", "people"]
    assert [table.name for table, _ in schema.referring_to("people")] == ["audit.notes"]
    assert schema.tables["people"].foreign_keys[0].table == "audit.offices"
    tables = LiveTables(schema, "shop")
    assert tables["people"].fullname == "shop.people"
    assert tables["audit.notes"].fullname == "audit.notes"


def test_tables_of_other_databases_that_refer_to_ours_are_seen(mariadb_database: str, mariadb: MariaDBServer) -> None:
    database = opened(mariadb_database)
    other = mariadb.fresh()
    name, ours = make_url(other).database, make_url(mariadb_database).database
    run(
        database,
        f"""\
CREATE TABLE {name}.offices (id INTEGER PRIMARY KEY);
CREATE TABLE people (id INTEGER PRIMARY KEY, office INTEGER REFERENCES {name}.offices (id));
CREATE TABLE {name}.notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES {ours}.people (id));
CREATE TABLE {name}.others (id INTEGER PRIMARY KEY)""",
    )
    schema = reflected(database)
    run(database, f"DROP TABLE {name}.notes")
    mariadb.drop(mariadb_database)
    mariadb.drop(other)
    assert list(schema.tables) == ["people", f"{name}.notes"]
    assert [table.name for table, _ in schema.referring_to("people")] == [f"{name}.notes"]
    assert schema.tables["people"].foreign_keys[0].table == f"{name}.offices"
    tables = LiveTables(schema, None)
    assert tables["people"].fullname == "people"
    assert tables[f"{name}.notes"].fullname == f"{name}.notes"


@pytest.mark.parametrize("kind", ["mood", '"Mood"'])
def test_a_type_of_ones_own_can_be_used_for_our_tables(postgresql_database: str, kind: str) -> None:
    database = opened(postgresql_database)
    run(database, f"CREATE TYPE {kind} AS ENUM ('a', 'b');\nCREATE TABLE people (id {kind} PRIMARY KEY)")
    schema = reflected(database)
    table = LiveTables(schema, None)["people"]
    again = table.to_metadata(table.metadata, name="copied")
    with database.writing() as connection:
        again.create(connection)
    assert reflected(database).tables["copied"].columns == schema.tables["people"].columns


LIMITED = """\
CREATE TABLE bills (id INT PRIMARY KEY, state VARCHAR(9) NOT NULL CHECK (state IN ('open', 'it''s (paid)')),
    mood {mood},
    amount INT, CONSTRAINT small CHECK (amount > 0 AND amount < 100))"""
CHECKS = {
    "sqlite": ("amount > 0 AND amount < 100", "state IN ('open', 'it''s (paid)')"),
    "postgresql": (
        "((amount > 0) AND (amount < 100))",
        "((state)::text = ANY ((ARRAY['open'::character varying, 'it''s (paid)'::character varying])::text[]))",
    ),
    "mariadb": ("`amount` > 0 and `amount` < 100", "`state` in ('open','it\\'s (paid)')"),
}
MOODS = {"sqlite": "TEXT", "postgresql": "mood", "mariadb": "ENUM('good', 'Bad')"}


def test_what_a_table_permits_is_read_and_kept_in_the_snapshot(any_database: str, tmp_path: Path) -> None:
    database = opened(any_database)
    kind = database.dialect.name
    if kind == "postgresql":
        run(database, "CREATE TYPE mood AS ENUM ('good', 'Bad')")
    run(database, LIMITED.format(mood=MOODS[kind]))
    schema = reflected(database)
    bills = schema.tables["bills"]
    assert sorted(bills.checks) == list(CHECKS[kind])
    mood = bills.column("mood")
    assert mood is not None
    assert (mood.type, mood.values) == {
        "sqlite": ("TEXT", ()),
        "postgresql": ("MOOD", ("good", "Bad")),
        "mariadb": ("ENUM('good','Bad')", ()),
    }[kind]
    path = tmp_path / "crm.yaml"
    path.write_text(snapshot_text(schema, "crm"), encoding="utf-8")
    assert read_snapshot(path) == schema
