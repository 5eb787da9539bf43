"""What a rule does to the columns of one table, and the keyed digest of each row from which it is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, literal, select

from anonymizers.digest import SEPARATOR
from anonymizers.outputs import blocks_of, picks_of
from anonymizers.registry import get
from anonymizers.transform import Pick, Transform
from retention.model.rule import ColumnUse, Consistent, Replace
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import member_chain
from retention.sql.leaves import joined


@dataclass(frozen=True, slots=True)
class Digest:
    """One block of a row's digest. ``column`` and ``strategy`` only where it hashes the value itself."""

    consistent: Consistent
    block: int
    column: str = ""
    strategy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One column and the transform that its strategy and parameters declare."""

    column: str
    treatment: Replace
    transform: Transform

    @classmethod
    def of(cls, use: ColumnUse, treatment: Replace) -> Replacement:
        transform = get(treatment.strategy).transform(treatment.params)
        return cls(column=use.column, treatment=treatment, transform=transform)

    def digest(self, block: int) -> Digest:
        consistent = self.treatment.consistent
        if consistent is Consistent.VALUE:
            return Digest(consistent, block, self.column, self.treatment.strategy)
        return Digest(consistent, block)

    @property
    def digests(self) -> tuple[Digest, ...]:
        return tuple(self.digest(block) for block in sorted(blocks_of(self.transform)))

    @property
    def picks(self) -> tuple[Pick, ...]:
        return picks_of(self.transform)


def replacements_of(uses: Iterable[ColumnUse]) -> tuple[Replacement, ...]:
    """The columns that are replaced, in their order."""
    return tuple(Replacement.of(use, use.treatment) for use in uses if isinstance(use.treatment, Replace))


def primary_key_of(context: RuleContext, table: str) -> tuple[str, ...]:
    """Of the root or of a member table."""
    if table == context.rule.table:
        return context.rule.primary_key
    return next(member.primary_key for member in context.rule.members if member.table == table)


def keyed_rows(
    context: RuleContext, table: str, keys: FromClause, labels: dict[Digest, str]
) -> Select[tuple[Any, ...]]:
    """The rows of ``table`` in the groups of ``keys``: primary key (k1..kn), and each digest under its label."""
    row, source = _rows(context, table, keys, reads_values=any(digest.column for digest in labels))
    if row is None:
        key: list[ColumnElement[Any]] = [keys.c[f"k{n}"] for n, _ in enumerate(context.rule.primary_key, start=1)]
    else:
        key = [row.c[column] for column in primary_key_of(context, table)]
    digests = [
        context.dialect.keyed_digest("pseudonym", _message(context, table, digest, keys, key, row)).label(label)
        for digest, label in labels.items()
    ]
    named = [column.label(f"k{position}") for position, column in enumerate(key, start=1)]
    return select(*named, *digests).select_from(source)


def _rows(
    context: RuleContext, table: str, keys: FromClause, *, reads_values: bool
) -> tuple[FromClause | None, FromClause]:
    """An alias of the table, and its join up to the keys; without the alias where the keys say all that is needed."""
    rule = context.rule
    if table == rule.table and not reads_values:
        return None, keys
    row = context.tables[table].alias("original")
    source: FromClause = row
    near: FromClause = row
    root: FromClause = row
    for member in member_chain(rule, table):
        far = context.tables[member.parent].alias()
        source = source.join(far, joined(near, far, member.join))
        near = root = far
    pairs = enumerate(rule.primary_key, start=1)
    return row, source.join(keys, and_(*(root.c[column] == keys.c[f"k{position}"] for position, column in pairs)))


def _message(
    context: RuleContext,
    table: str,
    digest: Digest,
    keys: FromClause,
    key: Sequence[ColumnElement[Any]],
    row: FromClause | None,
) -> ColumnElement[str]:
    """The text of anonymizers.digest as SQL."""
    end = literal(f"{SEPARATOR}{digest.block}")
    text = context.dialect.canonical_text
    if digest.consistent is Consistent.VALUE and row is not None:
        return literal(f"{SEPARATOR}value{SEPARATOR}{digest.strategy}{SEPARATOR}") + text(row.c[digest.column]) + end
    by_row: ColumnElement[str] = literal(f"{SEPARATOR}row{SEPARATOR}{context.rule.dataset}{SEPARATOR}{table}")
    for column in key:
        by_row = by_row + literal(SEPARATOR) + text(column)
    if digest.consistent is Consistent.ROW or context.rule.subject is None:
        return by_row + end
    by_subject = literal(f"{context.rule.subject.kind}{SEPARATOR}") + keys.c.subject + end
    # Two rows of people whom nobody knows must not become one person.
    return case((keys.c.subject.is_(None), by_row + end), else_=by_subject)
