"""Tables of people in several scripts, with a column for each strategy, and the pseudonyms that they should get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, select, text

from anonymizers.digest import keyed_block, row_message, subject_message, value_message
from anonymizers.outputs import blocks_of
from anonymizers.registry import get
from anonymizers.transform import apply
from retention.model.dataset import Dataset, Source
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import (
    Action,
    ColumnUse,
    Consistent,
    Disposition,
    Member,
    Replace,
    Rule,
    SubjectPath,
    ValueKind,
)
from retention.sql.compiled_rule import RuleContext
from retention.sql.contexts import rule_context
from retention.sql.control.records import Pool
from retention.sql.database import Database
from retention.sql.initialise import initialise_dataset
from retention.sql.pools import content_digest, copy_pool
from retention.sql.pseudonymize import pseudonymize_statement
from retention.sql.reflection import reflect
from tests.databases.opening import spelled
from tests.unit.anonymizers.made_up_pools import POOLS

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
SECRET = bytes(range(100, 132))
LOGINS = (
    "4711", "Łukasz", "O'Neil", "李小龍", "عمر", "naïve", "nai\u0308ve", "a\x1fb", 'x";--', "😀", "NULL", None, None,
)  # fmt: skip


def use(column: str, strategy: str, consistent: str = "subject", **params: Any) -> ColumnUse:
    treatment = Replace(strategy=strategy, params=params, consistent=Consistent(consistent))
    return ColumnUse(column=column, kind=ValueKind.OTHER, treatment=treatment)


def rule(table: str, key: Sequence[str], uses: Sequence[ColumnUse], members: Sequence[Member] = ()) -> Rule:
    return Rule(
        id=f"crm.{table}",
        dataset="crm",
        title="",
        cluster="",
        owner="",
        table=table,
        primary_key=tuple(key),
        members=tuple(members),
        subject=SubjectPath(kind="customer", key="login"),
        zone="UTC",
        condition=None,
        relationship=None,
        clauses=(),
        disposition=Disposition(action=Action.PSEUDONYMIZE),
        columns=tuple(uses),
        limits=None,
        source=Source(file="", line=1),
        digest="",
    )


def member(table: str, parent: str, join: Mapping[str, str], key: str, uses: Sequence[ColumnUse]) -> Member:
    columns, far = tuple(join), tuple(join.values())
    joined = Join(columns=columns, table=parent, far_columns=far)
    return Member(table=table, parent=parent, join=joined, columns=tuple(uses), primary_key=(key,))


@dataclass(frozen=True)
class Opened:
    """A database in which pools are copied, on a connection that has the secret."""

    database: Database
    connection: Connection

    @property
    def pools(self) -> dict[str, int]:
        return {f"{family}@en_US": 1 for family in POOLS}

    def context(self, rule: Rule) -> RuleContext:
        live = reflect(self.connection, self.database)
        return rule_context(self.database, rule, live, live, as_of=AS_OF, lead=Period(days=7))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(spelled(self.connection, statement)).mappings()]

    def pseudonymize(self, context: RuleContext, table: str, uses: Sequence[ColumnUse], where: str = "1 = 1") -> int:
        """Of the root rows where ``where`` holds; gives the number of rows written."""
        keys = _keys(context)
        keys.create(self.connection)
        root = context.root
        names = [column.name for column in keys.columns]
        found = [*(root.c[name] for name in context.rule.primary_key), context.subject_key()]
        self.connection.execute(insert(keys).from_select(names, select(*found).where(text(where))))
        statement = pseudonymize_statement(context, table, uses, keys, self.pools, "en_US")
        written = self.connection.execute(statement).rowcount
        keys.drop(self.connection)
        return written


def _keys(context: RuleContext) -> Table:
    columns: list[Column[Any]] = [
        Column(f"k{position}", context.root.c[name].type, primary_key=True, autoincrement=False)
        for position, name in enumerate(context.rule.primary_key, start=1)
    ]
    return Table("batch_key", MetaData(), *columns, Column("subject", String(255)), prefixes=["TEMPORARY"])


@contextmanager
def opened(url: str, statements: Sequence[str] = ()) -> Iterator[Opened]:
    dataset = Dataset(
        id="crm",
        title="",
        environment="X",
        connection=None,
        schema=None,
        zone="UTC",
        schedule=None,
        owner="privacy@northgate.example",
    )
    database = Database.open(dataset, url)
    initialise_dataset(database, deployment_id="one", now=AS_OF)
    with database.session() as connection:
        with database.writing_on(connection):
            for statement in statements:
                connection.execute(spelled(connection, statement))
            for family, values in POOLS.items():
                pool = Pool(
                    name=f"{family}@en_US", version=1, values=values, digest=content_digest(values), faker="none"
                )
                copy_pool(connection, database.own, database.dialect, pool)
        database.dialect.install_secrets(connection, {"pseudonym": SECRET})
        with database.batch_on(connection):
            yield Opened(database, connection)
    database.close()


def reference(
    use: ColumnUse, original: Any, *, subject: str | None, table: str, key: Sequence[str], exact: str | None = None
) -> Any:
    """What the column should hold. ``exact``: the original as the database spells it, where that is no text."""
    assert isinstance(use.treatment, Replace)
    name, consistent = use.treatment.strategy, use.treatment.consistent
    transform = get(name).transform(use.treatment.params)

    def message(block: int) -> str:
        if consistent is Consistent.VALUE:
            return value_message(name, str(original) if exact is None else exact, block)
        if consistent is Consistent.ROW or subject is None:
            return row_message("crm", table, key, block)
        return subject_message("customer", subject, block)

    blocks = {block: keyed_block(SECRET, message(block)) for block in blocks_of(transform)}
    return apply(transform, original, blocks, POOLS)
