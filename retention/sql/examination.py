"""Finding: how many groups have which verdict, which are due, and which stay on the work list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from retention.model.plan import Tally
from retention.model.verdict import Reason, Verdict
from retention.sql.bounds import Bound
from retention.sql.clauses import newly_passed
from retention.sql.codes import parse_code
from retention.sql.examined import Examined
from retention.sql.leaves import row_value
from retention.sql.marks import followed_up
from retention.sql.verdicts import CompiledRule

_BEFORE = "before"  # stands for the run that wrote the list, while it is being replaced
RESIDUE = (Verdict.HELD, Verdict.CONFLICT, Verdict.REFERENCED, Verdict.UNDETERMINED)


def stays_listed(code: ColumnElement[str]) -> ColumnElement[bool]:
    """What every later run looks at again, although nothing of it newly passes: the residue, and what is kept by a
    cool-down or a claims assessment, which ends without a date in the row."""
    lists = [f"{verdict.value}|%" for verdict in RESIDUE]
    lists.append(f"{Verdict.RETAINED.value}|{Reason.COOLING_DOWN.value}|%")
    lists.append(f"{Verdict.RETAINED_BY_LAW.value}|{Reason.CLAIM.value}|%")
    return or_(*(code.like(pattern) for pattern in lists))


def scope(compiled: CompiledRule, since: Mapping[str, Bound] | None) -> ColumnElement[bool]:
    """The rows that a run examines: all of them, or what newly passed since ``since`` together with the residue.

    One list of keys, so that a database looks those up, however long the history of the table is."""
    if since is None:
        return true()
    context = compiled.context
    row = context.root.alias("newly")
    key = [row.c[name] for name in context.rule.primary_key]
    lists = [select(*key).where(test) for test in newly_passed(context, row, since)]
    lists.append(select(*_key_columns(context.rule_tables.residue, compiled)))
    if context.rule.disposition.then_delete_after is not None:
        lists.append(followed_up(context))
    keys: Any = union_all(*lists)
    if not context.dialect.nested_once:
        keys = select(*keys.subquery("lists").c)
    return row_value(context.root, context.rule.primary_key).in_(keys)  # type: ignore[no-any-return]


def look(connection: Connection, compiled: CompiledRule, since: Mapping[str, Bound] | None) -> Examined:
    """What a plan that is to be frozen looks at. Called once for each rule, in its transaction."""
    examined = Examined.of(compiled, scope(compiled, since))
    return examined.put_down(connection) if compiled.context.dialect.one_look else examined


def census(connection: Connection, examined: Examined) -> tuple[Tally, ...]:
    """One tally for each verdict, reason and detail that occurs, most groups first."""
    codes = select(examined.code.label("code")).select_from(examined.source).where(examined.test).subquery()
    rows = connection.execute(select(codes.c.code, func.count()).group_by(codes.c.code)).all()
    tallies = []
    for text, groups in rows:
        verdict, reason, detail = parse_code(text)
        tallies.append(Tally(verdict=verdict, reason=reason, detail=detail, groups=groups))
    return tuple(sorted(tallies, key=lambda tally: (-tally.groups, tally.verdict, tally.reason, tally.detail)))


def row_count(connection: Connection, compiled: CompiledRule) -> int:
    return connection.execute(select(func.count()).select_from(compiled.context.root)).scalar_one()


def due_digest(connection: Connection, examined: Examined) -> str:
    """Digest over the list of the due groups, as freezing it would give it; for a reader that may not write."""
    order: list[ColumnElement[Any]] = list(examined.key)
    if examined.follows_up:
        order.insert(0, case((examined.due_follow_up, 1), else_=0))
    number = func.row_number().over(order_by=order).label("seq")
    due = select(number, *examined.key_columns).select_from(examined.source)
    listed = due.where(examined.test, or_(examined.due, examined.due_follow_up)).subquery()
    return _digest(connection, listed, examined.compiled)


def freeze_candidates(
    connection: Connection, examined: Examined, run_id: str, *, unfinished: Collection[str]
) -> tuple[int, int, str]:
    """Write the keys of the due groups: (groups of the rule's action, groups of the follow-up, digest of the list).

    They are numbered in key order from 1, the follow-up's after the others, and are what the run may dispose of. The
    lists of earlier runs go, but for those of ``unfinished`` ones.
    """
    compiled = examined.compiled
    candidate = compiled.context.rule_tables.candidate
    connection.execute(delete(candidate).where(candidate.c.run_id.not_in([one for one in unfinished if one != run_id])))
    own = _insert_candidates(connection, examined, examined.due, run_id, 0)
    following = 0
    if examined.follows_up:
        following = _insert_candidates(connection, examined, examined.due_follow_up, run_id, own)
    compiled.context.dialect.gather_statistics(connection, candidate)
    return own, following, candidates_digest(connection, compiled, run_id)


def candidates(connection: Connection, compiled: CompiledRule, run_id: str) -> int:
    """How many groups the list of a run names."""
    candidate = compiled.context.rule_tables.candidate
    listed = select(func.count()).select_from(candidate).where(candidate.c.run_id == run_id)
    return connection.execute(listed).scalar_one()


def candidates_digest(connection: Connection, compiled: CompiledRule, run_id: str) -> str:
    """SHA-256 over the list of a run as it is now: each number with its key, in the order of the numbers."""
    candidate = compiled.context.rule_tables.candidate
    listed = select(candidate.c.seq, *_key_columns(candidate, compiled)).where(candidate.c.run_id == run_id)
    return _digest(connection, listed.subquery(), compiled)


def renew_residue(connection: Connection, examined: Examined, *, run_id: str, now: str) -> None:
    """Replace the work list by what this run found; who stays on it keeps the time since when.

    Every scope contains the whole list, so that what is not found again has left it.
    """
    compiled = examined.compiled
    residue = compiled.context.rule_tables.residue
    before = residue.alias()
    connection.execute(update(residue).values(run_id=_BEFORE))
    codes = select(*examined.key_columns, examined.code.label("code")).select_from(examined.source).where(examined.test)
    found = codes.cte("found")
    for dialect in ("postgresql", "sqlite"):  # else the verdict is worked out for each use of it
        found = found.prefix_with("MATERIALIZED", dialect=dialect)
    since = (
        select(before.c.since)
        .where(before.c.run_id == _BEFORE, *(before.c[name] == found.c[name] for name in _names(compiled)))
        .scalar_subquery()
    )
    fresh = select(
        literal(run_id), *_key_columns(found, compiled), found.c.code, func.coalesce(since, literal(now))
    ).where(stays_listed(found.c.code))
    connection.execute(insert(residue).from_select(["run_id", *_names(compiled), "code", "since"], fresh))
    connection.execute(delete(residue).where(residue.c.run_id == _BEFORE))


def spare_into_residue(
    connection: Connection, compiled: CompiledRule, run_id: str, first: int, last: int, *, now: str
) -> None:
    """Put those of the candidates numbered ``first`` to ``last`` that were spared for a reason that can go away onto
    the work list."""
    context = compiled.context
    candidate, residue = context.rule_tables.candidate, context.rule_tables.residue
    same = [context.root.c[column] == candidate.c[name] for column, name in _pairs(compiled)]
    spared = (
        select(*_key_columns(candidate, compiled), compiled.code.label("code"))
        .select_from(context.root.join(candidate, and_(*same)))
        .where(candidate.c.run_id == run_id, candidate.c.seq.between(first, last))
        .subquery()
    )
    listed = exists(
        select(1).select_from(residue).where(*(residue.c[name] == spared.c[name] for name in _names(compiled)))
    )
    source = select(literal(run_id), *_key_columns(spared, compiled), spared.c.code, literal(now)).where(
        stays_listed(spared.c.code), ~listed
    )
    connection.execute(insert(residue).from_select(["run_id", *_names(compiled), "code", "since"], source))


def _insert_candidates(
    connection: Connection, examined: Examined, due: ColumnElement[bool], run_id: str, offset: int
) -> int:
    number = func.row_number().over(order_by=list(examined.key))
    source: Select[Any] = (
        select(
            literal(run_id), (number + offset).label("seq"), *examined.key_columns, examined.subject.label("subject")
        )
        .select_from(examined.source)
        .where(examined.test, due)
    )
    columns = ["run_id", "seq", *_names(examined.compiled), "subject"]
    freeze = insert(examined.compiled.context.rule_tables.candidate).from_select(columns, source)
    return connection.execute(freeze.execution_options(preserve_rowcount=True)).rowcount


def _digest(connection: Connection, listed: Subquery, compiled: CompiledRule) -> str:
    columns = [listed.c.seq, *_key_columns(listed, compiled)]
    digest = compiled.context.dialect.rows_digest(listed, key_text(columns), [listed.c.seq])
    return str(connection.execute(digest).scalar_one())


def key_text(columns: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """The key's columns as one text; only ever digested."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + literal("\x1f") + cast(column, String)
    return text


def _names(compiled: CompiledRule) -> list[str]:
    return [f"k{position}" for position in range(1, len(compiled.context.rule.primary_key) + 1)]


def _pairs(compiled: CompiledRule) -> list[tuple[str, str]]:
    """Column of the root's key, and its name in our own tables."""
    return list(zip(compiled.context.rule.primary_key, _names(compiled), strict=True))


def _key_columns(table: Any, compiled: CompiledRule) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in _names(compiled)]
