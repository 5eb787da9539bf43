"""The rows that a plan looks at, each with its verdict: as they stand in the table, or put down in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    true,
)

from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Expressions over ``source``, of whose rows those count for which ``test`` holds."""

    compiled: CompiledRule
    source: FromClause
    test: ColumnElement[bool]
    key: tuple[ColumnElement[Any], ...]
    subject: ColumnElement[str]
    code: ColumnElement[str]
    due: ColumnElement[bool]
    due_follow_up: ColumnElement[bool]

    @property
    def key_columns(self) -> list[ColumnElement[Any]]:
        """Under the names that they have in our own tables."""
        return [column.label(f"k{position}") for position, column in enumerate(self.key, start=1)]

    @property
    def follows_up(self) -> bool:
        """Whether something follows the rule's pseudonymization."""
        return self.compiled.context.rule.disposition.then_delete_after is not None

    @classmethod
    def of(cls, compiled: CompiledRule, test: ColumnElement[bool]) -> Examined:
        """``test``: of the root row, as examination.scope gives it. Each statement works the verdicts out anew."""
        context = compiled.context
        return cls(
            compiled=compiled,
            source=context.root,
            test=test,
            key=tuple(context.root.c[name] for name in context.rule.primary_key),
            subject=context.subject_key(),
            code=compiled.code,
            due=compiled.due,
            due_follow_up=compiled.due_follow_up,
        )

    def put_down(self, connection: Connection) -> Examined:
        """The same, as a temporary table of this connection holds it: one look, on which all else that is written from
        it agrees, where no transaction could see one state without locking what it reads."""
        table = _table(self.compiled)
        table.create(connection, checkfirst=True)
        connection.execute(delete(table))
        seen = select(*self.key, self.subject, self.code, self.due, self.due_follow_up).select_from(self.source)
        connection.execute(insert(table).from_select(list(table.c.keys()), seen.where(self.test)))
        return Examined(
            compiled=self.compiled,
            source=table,
            test=true(),
            key=tuple(table.c[f"k{position}"] for position, _ in enumerate(self.key, start=1)),
            subject=table.c.subject,
            code=table.c.code,
            due=table.c.due,
            due_follow_up=table.c.due_follow_up,
        )


def _table(compiled: CompiledRule) -> Table:
    """Named after the rule's own tables: keys of another rule have other types."""
    residue = compiled.context.rule_tables.residue
    keys = [column.name for column in residue.c if column.name.startswith("k")]
    return Table(
        f"{residue.name}__seen",
        MetaData(),
        *(Column(name, residue.c[name].type, nullable=False) for name in keys),
        Column("subject", String(255)),
        Column("code", residue.c.code.type, nullable=False),
        Column("due", Boolean),
        Column("due_follow_up", Boolean),
        prefixes=["TEMPORARY"],
    )
