"""One batch: the groups of a range of candidates, judged anew and disposed of. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    select,
)

from retention.model.rule import Action
from retention.planning.needs import Need, Telling
from retention.sql.captured import capture
from retention.sql.codes import parse_code
from retention.sql.examination import key_text
from retention.sql.facts import Needed, forget_facts, needed
from retention.sql.group import in_keys, written_in_keys
from retention.sql.marks import forget_marks, write_marks, written_tables
from retention.sql.originals import record_originals
from retention.sql.pseudonymize import pseudonymize_statement
from retention.sql.self_references import untie
from retention.sql.telling import Told, tellings
from retention.sql.verdicts import CompiledRule

TRACE_BYTES = 8  # of the keyed digest by which a receipt finds whom a batch concerned


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """What writing pseudonyms needs beside the rule: pool name -> version, and the id of the key in force."""

    pools: Mapping[str, int] = field(default_factory=dict)
    pools_json: str = "{}"
    key_id: str = ""
    locale: str = "en_US"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """``rows`` per table of the group, and facts per rule for which they were written ("facts of crm.accounts"),
    or per fact that is told elsewhere ("facts told of last_invoice");
    ``spared``: verdict (or "vanished") -> candidates that stayed."""

    groups: int
    rows: Mapping[str, int]
    spared: Mapping[str, int]
    keys_digest: str
    subjects: bytes


@dataclass(frozen=True)
class Batches:
    """The statements of every batch of one rule and one action (the rule's own, or the deletion that follows it)."""

    compiled: CompiledRule
    run_id: str
    action: Action
    pseudonyms: Pseudonyms
    keys: Table
    needed: tuple[Needed, ...]
    told: tuple[Told, ...]

    @classmethod
    def of(
        cls,
        compiled: CompiledRule,
        run_id: str,
        action: Action,
        pseudonyms: Pseudonyms,
        needs: tuple[Need, ...] = (),
        tells: tuple[Telling, ...] = (),
    ) -> Batches:
        """``needs``: what other rules find in the rows of this one; ``tells``: what these tell other datasets."""
        kept = needed(needs, compiled.context, action)
        told = tellings(tells, compiled.context, action)
        return cls(compiled, run_id, action, pseudonyms, _key_table(compiled), kept, told)

    def open(self, connection: Connection) -> None:
        """Make the temporary tables of this connection. Called once, before the first batch."""
        self.keys.create(connection, checkfirst=True)
        for one in self.needed:
            one.open(connection)

    def run(self, connection: Connection, first: int, last: int) -> BatchOutcome:
        """Dispose of the candidates numbered ``first`` to ``last`` that are still due. The fence is already taken."""
        if self.compiled.reads_other_rows:
            self._lock_roots(connection, first, last)
        self._capture(connection, first, last)
        groups = self._judge_anew(connection, first, last)
        spared = {} if groups == last - first + 1 else self._spared(connection, first, last)
        rows: dict[str, int] = {}
        if groups:
            if self._own_action:  # what follows a pseudonymization finds pseudonyms, which others may carry too
                self._record_originals(connection)
            rows = self._keep_facts(connection)
            rows |= self._delete(connection) if self.action is Action.DELETE else self._pseudonymize(connection)
        return BatchOutcome(
            groups=groups,
            rows=rows,
            spared=spared,
            keys_digest=self._keys_digest(connection),
            subjects=self._subjects(connection),
        )

    # -- finding -------------------------------------------------------------------------------------------------

    def _range(self, first: int, last: int) -> ColumnElement[bool]:
        candidate = self.compiled.context.rule_tables.candidate
        return and_(candidate.c.run_id == self.run_id, candidate.c.seq.between(first, last))

    def _same_root(self, keys: Table) -> ColumnElement[bool]:
        context = self.compiled.context
        pairs = enumerate(context.rule.primary_key, start=1)
        return and_(*(context.root.c[column] == keys.c[f"k{position}"] for position, column in pairs))

    def _lock_roots(self, connection: Connection, first: int, last: int) -> None:
        """A statement of its own: what follows sees what others committed while this one waited for its locks."""
        context = self.compiled.context
        if not context.dialect.row_locks:
            return
        candidate = context.rule_tables.candidate
        locked = (
            select(literal(1).label("one"))
            .select_from(context.root.join(candidate, self._same_root(candidate)))
            .where(self._range(first, last))
            .with_for_update(of=context.root)
            .cte("locked")
        )
        connection.execute(select(func.count()).select_from(locked))

    def _capture(self, connection: Connection, first: int, last: int) -> None:
        """What matches a hold's condition when the batch looks stays held, also when the row changes later."""
        context = self.compiled.context
        if not context.holds.conditions:
            return
        listed = select(*self._candidate_keys()).where(self._range(first, last)).subquery()
        among = {table: in_keys(context.rule, context.tables, table, listed) for table in context.rule.tables}
        capture(connection, context.holds, context.tables, context.schema, context.dialect, among=among)

    def _candidate_keys(self) -> list[Column[Any]]:
        candidate = self.compiled.context.rule_tables.candidate
        return [candidate.c[f"k{position}"] for position in range(1, len(self.compiled.context.rule.primary_key) + 1)]

    def _judge_anew(self, connection: Connection, first: int, last: int) -> int:
        """Keep the keys of what is still due. The rows are locked here: a database that waits for a lock then tests the
        row's own columns once more, so that a rule which reads no other row needs no statement of its own for it."""
        context = self.compiled.context
        candidate = context.rule_tables.candidate
        connection.execute(delete(self.keys))
        due = self.compiled.due if self._own_action else self.compiled.due_follow_up
        names = [column.name for column in self.keys.columns]
        source = (
            select(*(candidate.c[name] for name in names[:-1]), context.subject_key())
            .select_from(context.root.join(candidate, self._same_root(candidate)))
            .where(self._range(first, last), due)
        )
        if context.dialect.row_locks:
            source = source.with_for_update(of=context.root)
        keep = insert(self.keys).from_select(names, source).execution_options(preserve_rowcount=True)
        return connection.execute(keep).rowcount

    @property
    def _own_action(self) -> bool:
        return self.action is self.compiled.context.rule.disposition.action

    def _spared(self, connection: Connection, first: int, last: int) -> dict[str, int]:
        context = self.compiled.context
        candidate = context.rule_tables.candidate
        taken = select(1).select_from(self.keys).where(self._same_root(self.keys)).exists()
        codes = (
            select(self.compiled.code.label("code"))
            .select_from(context.root.join(candidate, self._same_root(candidate)))
            .where(self._range(first, last), ~taken)
            .subquery()
        )
        spared: dict[str, int] = {}
        for text, groups in connection.execute(select(codes.c.code, func.count()).group_by(codes.c.code)):
            verdict, _, _ = parse_code(text)
            spared[verdict.value] = spared.get(verdict.value, 0) + groups
        there = select(func.count()).select_from(context.root.join(candidate, self._same_root(candidate)))
        vanished = (last - first + 1) - connection.execute(there.where(self._range(first, last))).scalar_one()
        return {**spared, "vanished": vanished} if vanished else spared

    # -- writing -------------------------------------------------------------------------------------------------

    def _record_originals(self, connection: Connection) -> None:
        context = self.compiled.context
        everything = {context.rule.table: context.rule.columns}
        everything |= {member.table: member.columns for member in context.rule.members}
        for table, columns in everything.items():
            record_originals(connection, context, table, columns, self.keys, self.run_id)

    def _keep_facts(self, connection: Connection) -> dict[str, int]:
        """Before the rows go: they tell other rules, and other datasets, when a relationship ended."""
        kept = {f"facts of {one.need.rule.id}": one.write(connection, self.keys) for one in self.needed}
        told = {f"facts told of {one.telling.fact.id}": one.write(connection, self.keys) for one in self.told}
        return kept | told

    def _delete(self, connection: Connection) -> dict[str, int]:
        """Members leaf first, then the root."""
        context = self.compiled.context
        marks = forget_marks(context, self.keys) if context.pseudonymizes else []
        for first in (*marks, *forget_facts(context, self.keys), *untie(context, self.keys)):
            connection.execute(first)
        rows = {}
        for table in reversed(_leaves_last(self.compiled)):
            theirs = written_in_keys(context.rule, context.tables, table, self.keys, context.dialect)
            statement = delete(context.tables[table]).where(theirs)
            rows[table] = connection.execute(statement).rowcount
        return rows

    def _pseudonymize(self, connection: Connection) -> dict[str, int]:
        context = self.compiled.context
        rows = {}
        for table, columns in written_tables(context).items():
            statement = pseudonymize_statement(
                context, table, columns, self.keys, self.pseudonyms.pools, self.pseudonyms.locale
            )
            rows[table] = connection.execute(statement).rowcount
        for forget in forget_marks(context, self.keys):
            connection.execute(forget)
        for mark in write_marks(context, self.keys, self.run_id, self.pseudonyms.pools_json, self.pseudonyms.key_id):
            connection.execute(mark)
        return rows

    # -- recording -----------------------------------------------------------------------------------------------

    def _keys_digest(self, connection: Connection) -> str:
        columns = [column for column in self.keys.columns if column.name != "subject"]
        digest = self.compiled.context.dialect.rows_digest(self.keys, key_text(columns), columns)
        return str(connection.execute(digest).scalar_one())

    def _subjects(self, connection: Connection) -> bytes:
        subject = self.compiled.context.rule.subject
        if subject is None:
            return b""
        dialect = self.compiled.context.dialect
        trace = trace_text(subject.kind, self.keys.c.subject)
        persons = (
            select(dialect.bytes_of(dialect.keyed_digest("trace", trace), 0, TRACE_BYTES).label("trace"))
            .select_from(self.keys)
            .where(self.keys.c.subject.is_not(None))
            .distinct()
            .subquery()
        )
        column = persons.c.trace
        return bytes(connection.execute(dialect.rows_bytes(persons, column, [column])).scalar_one())


def trace_text(kind: str, key: ColumnElement[str]) -> ColumnElement[str]:
    """The text whose keyed digest stands for a person in the journal: kind, a unit separator, canonical key."""
    return literal(f"{kind}\x1f") + key


def _leaves_last(compiled: CompiledRule) -> tuple[str, ...]:
    return compiled.context.rule.tables  # the root first, each member after its parent


def _key_table(compiled: CompiledRule) -> Table:
    """Without an index, so that a planner has but one way to join it: from the few keys to the rows."""
    candidate = compiled.context.rule_tables.candidate
    width = len(compiled.context.rule.primary_key)
    columns: list[Column[Any]] = [
        Column(f"k{position}", candidate.c[f"k{position}"].type, nullable=False, autoincrement=False)
        for position in range(1, width + 1)
    ]
    columns.append(Column("subject", candidate.c.subject.type))
    # Nobody vacuums a temporary table: PostgreSQL empties it with each batch, or every batch would read all before it.
    return Table(
        "retention_batch_key", MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DELETE ROWS"
    )
