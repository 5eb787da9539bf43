"""Writing pseudonyms: one statement for each table of a batch's groups, and nothing of a person leaves the database.

A row costs one keyed digest for each block that its columns read (contact data share one). The digests are computed
first and kept (MATERIALIZED), because a planner that merged them into the expressions would compute them anew for each
use. Pools are joined: a sub-query for each column would halve the speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, Update, and_, case, literal, select, update

from anonymizers.digest import SEPARATOR, Slice
from anonymizers.transform import Pick
from retention.model.errors import refuse
from retention.model.rule import ColumnUse
from retention.sql.compiled_rule import RuleContext
from retention.sql.dialects.base import Dialect
from retention.sql.group import in_keys
from retention.sql.replacements import Digest, Replacement, keyed_rows, primary_key_of, replacements_of
from retention.sql.transforms import Row, written_value


def pseudonymize_statement(
    context: RuleContext,
    table: str,
    uses: Sequence[ColumnUse],
    keys: FromClause,
    pools: Mapping[str, int],
    locale: str,
) -> Update:
    """Replace the columns in ``uses`` in the rows of ``table`` whose groups stand in ``keys`` (k1..kn and subject).

    ``pools``: name ("city@en_US") to version. Raises RetentionError R345 for a pool that it does not name."""
    target = context.tables[table]
    replacements = replacements_of(uses)
    labels = {digest: f"d{n}" for n, digest in enumerate(dict.fromkeys(_digests(replacements)))}
    choices = {choice: f"p{n}" for n, choice in enumerate(dict.fromkeys(_choices(replacements, locale)))}
    if not labels:  # nothing but constants and generalizations
        here = in_keys(context.rule, context.tables, table, keys)
        return update(target).values(_values(context, table, replacements, _NOTHING)).where(here)
    source = _made_up(context, keyed_rows(context, table, keys, labels), labels, choices, pools)
    made = _MadeUp(source=source, labels=labels, choices=choices, locale=locale)
    key = enumerate(primary_key_of(context, table), start=1)
    same = [target.c[column] == source.c[f"k{position}"] for position, column in key]
    return update(target).values(_values(context, table, replacements, made)).where(and_(*same))


@dataclass(frozen=True, slots=True)
class _Choice:
    """A value of a pool for each row. Two columns that ask for the same one share a join."""

    pool: str
    digest: Digest
    at: Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class _MadeUp:
    """The rows from which the columns are written, and which of their columns holds what."""

    source: Subquery | None
    labels: Mapping[Digest, str]
    choices: Mapping[_Choice, str]
    locale: str

    def column(self, label: str) -> ColumnElement[Any]:
        if self.source is None:
            raise AssertionError("a transform that reads no digest asked for one")
        return self.source.c[label]

    def row(self, replacement: Replacement, dialect: Dialect) -> Row:
        return Row(
            dialect=dialect,
            digest=lambda block: self.column(self.labels[replacement.digest(block)]),
            picked=lambda pick: self.column(self.choices[_choice(replacement, pick, self.locale)]),
        )


_NOTHING = _MadeUp(source=None, labels={}, choices={}, locale="")


def _values(
    context: RuleContext, table: str, replacements: Iterable[Replacement], made: _MadeUp
) -> dict[str, ColumnElement[Any]]:
    columns = context.tables[table].c
    return {
        one.column: written_value(one.transform, columns[one.column], made.row(one, context.dialect))
        for one in replacements
    }


def _digests(replacements: Iterable[Replacement]) -> list[Digest]:
    return [digest for one in replacements for digest in one.digests]


def _choices(replacements: Iterable[Replacement], locale: str) -> list[_Choice]:
    return [_choice(one, pick, locale) for one in replacements for pick in one.picks]


def _choice(replacement: Replacement, pick: Pick, locale: str) -> _Choice:
    return _Choice(pool_name(pick, locale), replacement.digest(pick.at.block), pick.at)


def pool_name(pick: Pick, locale: str) -> str:
    """ "city@de_DE": the pool's family, and the strategy's locale or else the deployment's."""
    return f"{pick.pool}@{pick.locale or locale}"


def _made_up(
    context: RuleContext,
    rows: Any,
    labels: Mapping[Digest, str],
    choices: Mapping[_Choice, str],
    pools: Mapping[str, int],
) -> Subquery:
    """The rows' digests, and beside them what they pick. A row without a value in the pool keeps its place and is
    written NULL: rather nothing than the original."""
    digests = rows.offset(0).subquery("digests")
    source: FromClause = digests
    picked: list[ColumnElement[str]] = []
    pool = context.own.pool
    for choice, label in choices.items():
        version = _version(choice.pool, pools)
        size = select(pool.c.size).where(pool.c.name == choice.pool, pool.c.version == version).scalar_subquery()
        values = context.own.pool_value.alias()
        at = choice.at
        number = context.dialect.number_of(digests.c[labels[choice.digest]], at.offset, at.length)
        source = source.outerjoin(
            values,
            and_(values.c.name == choice.pool, values.c.version == version, values.c.position == number % size),
        )
        picked.append(values.c.value.label(label))
    return select(*digests.c, *picked).select_from(source).subquery("made_up")


def _version(pool: str, pools: Mapping[str, int]) -> int:
    if pool in pools:
        return pools[pool]
    raise refuse(
        "R345",
        f"no version of the pool {pool} was prepared for this run",
        where=f"pool {pool}",
        remedy="start a new run: it fills and copies the pools that its rules name",
    )


def written_digest(columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> ColumnElement[bytes]:
    """Digest of what the columns hold, for marks. NULL and an empty text differ."""
    text: ColumnElement[str] = literal("")
    for column in columns:
        value = literal("v") + dialect.canonical_text(column)
        text = text + case((column.is_(None), "n"), else_=value) + literal(SEPARATOR)
    return dialect.sha256(text)
