"""Identity links of one dataset: which further keys they reach from the holds here, and where they are silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, func, literal, not_, or_, select, true

from retention.model.dataset import IdentityLink
from retention.model.hold import LONGEST_KEY, SubjectKey
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRows:
    """The rows of one link's table, each saying which keys are one person's."""

    link: IdentityLink
    row: FromClause
    dialect: Dialect

    def key(self, kind: str) -> ColumnElement[str]:
        """The canonical text key; NULL where the row names none."""
        return self.dialect.canonical_text(self._column(kind))

    def names(self, kind: str) -> ColumnElement[bool]:
        """Whether the row names a key of this kind, never NULL. An empty text names nobody."""
        return and_(self._column(kind).is_not(None), self.key(kind) != literal(""))

    def is_about(self, kind: str, key: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether the row names this key: an index on the link's column serves it where its type allows, and the text
        decides."""
        column = self._column(kind)
        value = self.dialect.key_value(key, column)
        near = true() if value is None else column == value
        return and_(near, self.key(kind) == key, key != literal(""))

    def _column(self, kind: str) -> ColumnElement[str]:
        column: ColumnElement[str] = self.row.c[self.link.subjects[kind]]
        return column


def reached(connection: Connection, own: OwnTables, rows: LinkRows) -> Iterator[tuple[str, SubjectKey]]:
    """(hold, key) for every key one step away from a held one that the same hold does not cover here yet. A pair may
    come several times."""
    for start, end in permutations(rows.link.subjects, 2):
        hold, known = own.hold.alias(), own.hold.alias()
        key = rows.key(end)
        covered = exists(
            select(1).where(known.c.kind == literal(end), known.c.subject_key == key, known.c.hold_id == hold.c.hold_id)
        )
        statement = (
            select(hold.c.hold_id, key.label("subject_key"))
            .select_from(hold.join(rows.row, rows.is_about(start, hold.c.subject_key)))
            .where(hold.c.kind == literal(start), rows.names(end), _storable(key), not_(covered))
            .distinct()
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for row in connection.execute(statement):
            yield row.hold_id, SubjectKey(kind=end, key=row.subject_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Rows that name a key of one kind and none of another. ``held``: the key that they name is held, so that the
    missing one is, too, whatever it is; else the key that they name might be held, since some of the other kind are."""

    named: str
    missing: str
    rows: int
    held: bool

    @property
    def in_doubt(self) -> str:
        """The kind of which nobody can tell who is held."""
        return self.missing if self.held else self.named


def silences(connection: Connection, own: OwnTables, rows: LinkRows) -> Iterator[Silence]:
    """A key that is too long to be kept is as if it were missing."""
    for named, missing in permutations(rows.link.subjects, 2):
        hold, some = own.hold.alias(), own.hold.alias()
        held = exists(select(1).where(hold.c.kind == literal(named), rows.is_about(named, hold.c.subject_key)))
        might = exists(select(1).select_from(some).where(some.c.kind == literal(missing)))
        unknown = not_(_storable(rows.key(missing)))
        if not rows.link.null_is_nobody:
            unknown = or_(not_(rows.names(missing)), unknown)
        for is_held, test in ((True, held), (False, might)):
            statement = select(func.count()).select_from(rows.row).where(rows.names(named), unknown, test)
            if count := int(connection.execute(statement).scalar_one()):
                yield Silence(named=named, missing=missing, rows=count, held=is_held)


def _storable(key: ColumnElement[str]) -> ColumnElement[bool]:
    return func.length(key) <= LONGEST_KEY
