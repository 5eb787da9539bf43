"""Writing pseudonyms: one statement for each table of a batch's groups, and nothing of a person leaves the database.

A row costs one keyed digest for each block that its columns read (contact data share one). The digests stand in a
sub-query of their own that no planner merges with what is around it (OFFSET 0), or each use would compute them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Update, and_, case, literal, select, update

from anonymizers.digest import SEPARATOR
from anonymizers.transform import Pick
from retention.model.errors import refuse
from retention.model.rule import ColumnUse
from retention.sql.compiled_rule import RuleContext
from retention.sql.dialects.base import Dialect
from retention.sql.group import written_in_keys
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
    target, replacements = context.tables[table], replacements_of(uses)
    labels = {digest: f"d{n}" for n, digest in enumerate(dict.fromkeys(_digests(replacements)))}
    if not labels:  # nothing but constants and generalizations
        made = _MadeUp(context=context, digests={}, pools=pools, locale=locale)
        here = written_in_keys(context.rule, context.tables, table, keys, context.dialect)
        return update(target).values(made.values(table, replacements)).where(here)
    source = keyed_rows(context, table, keys, labels).offset(0).subquery("digests")
    digests = {digest: source.c[label] for digest, label in labels.items()}
    made = _MadeUp(context=context, digests=digests, pools=pools, locale=locale)
    key = enumerate(primary_key_of(context, table), start=1)
    same = [target.c[column] == source.c[f"k{position}"] for position, column in key]
    return update(target).values(made.values(table, replacements)).where(and_(*same))


def _digests(replacements: Iterable[Replacement]) -> list[Digest]:
    return [digest for one in replacements for digest in one.digests]


@dataclass(frozen=True, slots=True, kw_only=True)
class _MadeUp:
    """The values that are written, from the digests of a row. A value that a pool should have and has not becomes NULL:
    rather nothing than the original."""

    context: RuleContext
    digests: Mapping[Digest, ColumnElement[bytes]]
    pools: Mapping[str, int]
    locale: str

    def values(self, table: str, replacements: Iterable[Replacement]) -> dict[str, ColumnElement[Any]]:
        columns = self.context.tables[table].c
        return {one.column: written_value(one.transform, columns[one.column], self._row(one)) for one in replacements}

    def _row(self, replacement: Replacement) -> Row:
        return Row(
            dialect=self.context.dialect,
            digest=lambda block: self.digests[replacement.digest(block)],
            picked=lambda pick: self._picked(pick, self.digests[replacement.digest(pick.at.block)]),
        )

    def _picked(self, pick: Pick, digest: ColumnElement[bytes]) -> ColumnElement[str]:
        own, dialect, name = self.context.own, self.context.dialect, pool_name(pick, self.locale)
        version = _version(name, self.pools)
        pool = own.pool.c
        size = select(pool.size).where(pool.name == name, pool.version == version).scalar_subquery()
        number = dialect.number_of(digest, pick.at.offset, pick.at.length)
        return dialect.pool_value(own.pool_value, name, version, number % size)


def pool_name(pick: Pick, locale: str) -> str:
    """ "city@de_DE": the pool's family, and the strategy's locale or else the deployment's."""
    return f"{pick.pool}@{pick.locale or locale}"


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
