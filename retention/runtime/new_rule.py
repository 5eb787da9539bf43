"""A rule file for a table that has none: proposed from the committed snapshot, written once, never over another."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.rule import Action
from retention.model.schema import Column, Schema, Table
from retention.model.starting_point import Recognised
from retention.policy import load, load_schema
from retention.policy.naming import choose_from
from retention.policy.proposals import (
    Proposal,
    RelatedTime,
    Surroundings,
    TimeCandidate,
    proposal_text,
    propose,
    to_decide,
    wishes_of,
)
from retention.policy.ruled_tables import RuledTables, ruled_tables
from retention.policy.undecided import TO_DECIDE
from retention.runtime.deployment import Deployment
from retention.runtime.keys import load_key
from retention.sql.live_tables import LiveTables
from retention.sql.recognition import recognise


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was said on the command line, as it was typed; None: nothing."""

    period: str | None = None
    basis: str | None = None
    start: str | None = None
    purpose: str | None = None
    floor: str | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFound:
    """``doubt``: what a person should look at."""

    table: str
    column: str
    kind: str
    doubt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """What was found, in words; ``text`` is the file. ``stored``: how columns store times, told from their values.
    ``problems``: what lint says of it, once it was written, but for what is ``to_decide`` anyway. ``next``: commands
    and edits, in order."""

    rule_id: str
    file: Path
    written: bool
    text: str
    subject: str
    start: str
    stored: tuple[str, ...]
    other_starts: tuple[str, ...]
    goes_with: tuple[str, ...]
    referred_by: tuple[str, ...]
    disposition: str
    columns: tuple[ColumnFound, ...]
    to_decide: tuple[str, ...]
    problems: tuple[Problem, ...]
    next: tuple[str, ...]


def new_rule(deployment: Deployment, name: str, decided: Decided, *, write: bool) -> NewRule:
    """``name``: dataset.table. Reads the snapshot; of the database, where it can be reached, how columns of numbers and
    texts store times.

    Raises RetentionError R303 (dataset), R117 (no snapshot), R200 (table), R541, R542 (there is one already), R543,
    R544, R545 (it cannot be written).
    """
    dataset_id, point, table_name = name.partition(".")
    if not point or not table_name:
        remedy = "write DATASET.TABLE, such as crm.customers, both as they are spelled"
        raise refuse("R541", f"{name!r} does not name a dataset and a table", where="TABLE", remedy=remedy)
    dataset = deployment.dataset(dataset_id)
    schema = load_schema(deployment.rules_dir, dataset.id)
    table = schema.tables.get(table_name) or _no_table(table_name, schema.tables, dataset.id)
    known = ruled_tables(deployment.rules_dir, dataset.id, schema)
    own = known.files.get(table.name)
    others = {other for other, file in known.files.items() if file != own}
    look = _Look(deployment, dataset.id, schema)
    around = Surroundings(dataset=dataset, schema=schema, ruled=others, kinds_in_use=known.kinds, look=look)
    wishes = wishes_of(
        table,
        around,
        period=decided.period,
        basis=decided.basis,
        start=decided.start,
        purpose=decided.purpose,
        floor=decided.floor,
        action=decided.action,
    )
    proposal = propose(table, around, wishes)
    path = deployment.rules_dir / "rules" / dataset.id / f"{proposal.id.partition('.')[2]}.yaml"
    text = proposal_text(proposal)
    if write:
        _refuse_a_second(deployment, table, known, path)
        _write_new(path, text)
    return _found(deployment, proposal, path, text, tuple(look.in_words()), written=write)


class _Look:
    """At the values of columns, counted; nothing where the database cannot be reached, or differs from its snapshot."""

    def __init__(self, deployment: Deployment, dataset_id: str, schema: Schema) -> None:
        self._deployment, self._dataset = deployment, dataset_id
        self._tables = LiveTables(schema, deployment.dataset(dataset_id).schema)
        self._blind = False
        self.seen: dict[str, Recognised | None] = {}

    def __call__(self, table: Table, column: Column) -> Recognised | None:
        name = f"{table.name}.{column.name}"
        if name not in self.seen and not self._blind:
            try:
                self.seen[name] = self._look(self._tables[table.name], column.name)
            except (RetentionError, SQLAlchemyError):
                self._blind = True
        return self.seen.get(name)

    def _look(self, table: SqlTable, column: str) -> Recognised | None:
        database = self._deployment.database(self._dataset)
        with database.reading() as connection:
            return recognise(connection, table, column, database.dialect)

    def in_words(self) -> Iterator[str]:
        for name, one in self.seen.items():
            if one is not None and one.stored is not None:
                yield f"{name}: {one.stored}, {'all' if one.read == one.of else f'{one.read} of'} {one.of} values"


def _no_table(name: str, tables: Collection[str], dataset_id: str) -> Table:
    remedy = choose_from(name, tables, what=f"tables of {dataset_id}")
    what = f"the table {name!r} is not in the snapshot of {dataset_id}"
    remedy += f". A new table: run `retention snapshot {dataset_id}` first"
    raise refuse("R200", what, where=f"snapshots/{dataset_id}.yaml", remedy=remedy)


def _refuse_a_second(deployment: Deployment, table: Table, known: RuledTables, path: Path) -> None:
    file = known.files.get(table.name)
    if file is not None:
        what, where = f"the table {table.name} has a rule, or goes with one, already", str(deployment.rules_dir / file)
    elif path.exists():
        what, where = "this file is there already, and says something else", str(path)
    else:
        return
    remedy = "edit that file, or move it away and try again; with --print the proposal is shown, and nothing written"
    raise refuse("R542", what, where=where, remedy=remedy)


def _write_new(path: Path, text: str) -> None:
    """Whatever has come to lie there meanwhile is left alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as out:
            out.write(text)
    except OSError as error:
        remedy = "let this user write the folder of the rules, or take the proposal from --print"
        raise refuse("R545", f"the rule cannot be written: {error.strerror}", where=str(path), remedy=remedy) from None


def _found(
    deployment: Deployment, proposal: Proposal, path: Path, text: str, stored: tuple[str, ...], *, written: bool
) -> NewRule:
    subject = proposal.subject
    undecided = to_decide(proposal)
    return NewRule(
        rule_id=proposal.id,
        file=path,
        written=written,
        text=text,
        subject="to be decided" if subject is None else f"{subject.kind}: {subject.why}",
        start=_start_in_words(proposal.start) if proposal.start else "to be decided",
        stored=stored,
        other_starts=tuple(map(_start_in_words, proposal.other_starts)),
        goes_with=tuple(f"{member.table.name}: {member.why}" for member, _ in proposal.members),
        referred_by=tuple(f"{one.table}.{', '.join(one.columns)}" for one in proposal.referrers),
        disposition=proposal.action.value + (f": {proposal.why_action}" if proposal.why_action else ""),
        columns=tuple(_columns(proposal)),
        to_decide=undecided,
        problems=tuple(_problems(deployment, path)) if written else (),
        next=tuple(_next(deployment, proposal, path, undecided=bool(undecided))),
    )


def _start_in_words(start: TimeCandidate | RelatedTime) -> str:
    if isinstance(start, TimeCandidate):
        return f"{start.column} ({start.type})"
    return f"relationship_end: the last {start.join.table}.{start.at.column}"


def _columns(proposal: Proposal) -> Iterator[ColumnFound]:
    tables = (
        (proposal.table.name, proposal.columns),
        *((member.table.name, uses) for member, uses in proposal.members),
    )
    for table, columns in tables:
        for column in columns:
            doubt = "; ".join(filter(None, (column.guess.doubt, column.treatment.doubt)))
            yield ColumnFound(table=table, column=column.name, kind=column.guess.kind.value, doubt=doubt)


def _problems(deployment: Deployment, path: Path) -> Iterator[Problem]:
    """What lint says of the new file beyond what it leaves to a person."""
    file = path.relative_to(deployment.rules_dir).as_posix()
    for problem in load(deployment.rules_dir).problems:
        if problem.where.rpartition(":")[0] == file and problem.code != "R540":
            yield problem


def _next(deployment: Deployment, proposal: Proposal, path: Path, *, undecided: bool) -> Iterator[str]:
    if undecided:
        yield f"edit {path}: write what stands as {TO_DECIDE}, and look at the remarks"
    known = deployment.rules_dir in (Path("retention_rules"), Path(os.environ.get("RETENTION_RULES", "")))
    rules = "" if known else f" --rules {shlex.quote(str(deployment.rules_dir))}"
    yield f"retention lint{rules}"
    if proposal.action is Action.PSEUDONYMIZE and not _has_key(deployment):
        yield "retention key new --file pseudonym.key"
        yield "export RETENTION_PSEUDONYM_KEY_FILE=$PWD/pseudonym.key"
    if not _initialised(deployment):
        yield f"retention init {proposal.dataset}{rules}"
    yield f"retention plan {proposal.dataset}{rules}"


def _has_key(deployment: Deployment) -> bool:
    """One that is of no use is there, too: what needs it says what is wrong with it."""
    try:
        return load_key(deployment.resolver) is not None
    except RetentionError:
        return True


def _initialised(deployment: Deployment) -> bool:
    try:
        return bool(deployment.control)
    except RetentionError:
        return False
