"""Holds that reach a row along identity links of its own dataset, as the links stand when the statement runs.

Keys that links reached before are held like any other (retention.runtime.identity_links). This is for a link that was
committed since: a statement follows two of them, one after the other; longer chains are followed by the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Table, and_, exists, false, literal, select, true
from sqlalchemy.sql.elements import False_

from retention.model.dataset import IdentityLink
from retention.model.rule import Missing, SubjectPath
from retention.model.schema import Schema
from retention.sql.conditions import every, some
from retention.sql.dialects.base import Dialect
from retention.sql.identity_links import LinkRows
from retention.sql.subjects import held

STEPS = 2  # links that a statement follows from a row's subject


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedHolds:
    """``hold_id``: look at this hold alone. ``in_doubt``: kinds of which nobody can tell who is held."""

    links: tuple[IdentityLink, ...]
    tables: Mapping[str, Table]
    holds: FromClause  # which are looked at
    dialect: Dialect
    in_doubt: frozenset[str] = frozenset()
    hold_id: ColumnElement[str] | None = None

    def certainly(self, subject: SubjectPath, key: ColumnElement[str]) -> ColumnElement[bool]:
        """A link leads from the key to one that is held. Never NULL."""
        return self._where_anybody_is(self._by_links(subject.kind, key, STEPS))

    def possibly(self, subject: SubjectPath, key: ColumnElement[str]) -> ColumnElement[bool]:
        """Beyond what is certain: the kind is in doubt, or the key is unknown and a link leads to one of its kind."""
        if subject.kind in self.in_doubt:
            return true() if subject.missing is Missing.UNKNOWN else key.is_not(None)
        if subject.missing is Missing.NOBODY:
            return false()
        return every(key.is_(None), self._where_anybody_is(some(*self._anybody(subject.kind))))

    def _where_anybody_is(self, test: ColumnElement[bool]) -> ColumnElement[bool]:
        """Asked once for a statement: where nobody is held, no link need be followed for any row."""
        hold = self.holds.alias()
        return test if isinstance(test, False_) else and_(exists(select(1).select_from(hold)), test)

    def _by_links(self, kind: str, key: ColumnElement[str], steps: int) -> ColumnElement[bool]:
        return some(*self._ways(kind, key, steps)) if steps else false()

    def _ways(self, kind: str, key: ColumnElement[str], steps: int) -> Iterator[ColumnElement[bool]]:
        for rows in self._naming(kind):
            others = ((other, rows.key(other)) for other in rows.link.subjects if other != kind)
            ends = [some(self._held(other, far), self._by_links(other, far, steps - 1)) for other, far in others]
            leads = select(1).select_from(rows.row).where(rows.is_about(kind, key), some(*ends))
            yield exists(leads.correlate_except(rows.row))

    def _anybody(self, kind: str) -> Iterator[ColumnElement[bool]]:
        """Some key of this kind is linked to a held one."""
        for rows in self._naming(kind):
            for other in rows.link.subjects:
                hold = self.holds.alias()
                linked = hold.join(rows.row, rows.is_about(other, hold.c.subject_key))
                leads = select(1).select_from(linked).where(hold.c.kind == literal(other), rows.names(kind))
                if other != kind:
                    yield exists(leads.correlate_except(hold, rows.row))

    def _naming(self, kind: str) -> Iterator[LinkRows]:
        for link in self.links:
            if kind in link.subjects:
                yield LinkRows(link=link, row=self.tables[link.table].alias(), dialect=self.dialect)

    def _held(self, kind: str, key: ColumnElement[str]) -> ColumnElement[bool]:
        return held(SubjectPath(kind=kind, key=""), key, self.holds.alias(), self.hold_id)


def links_there(links: tuple[IdentityLink, ...], live: Schema) -> tuple[IdentityLink, ...]:
    """Those whose tables and columns are there. The others are in doubt: see retention.runtime.identity_links."""
    return tuple(
        link
        for link in links
        if link.table in live.tables and all(live.tables[link.table].column(name) for name in link.subjects.values())
    )
