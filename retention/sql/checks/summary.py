"""From occurrences to findings: one for each table that was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, or_, select, tuple_

from retention.model.rule import Action, ColumnUse, Replace
from retention.sql.checks.finding import Finding
from retention.sql.checks.judging import LASTING, Found, Meaning, by_chance, meaning
from retention.sql.checks.look import Look
from retention.sql.checks.originals_table import NOBODY, OCCURRENCE, ORIGINAL
from retention.sql.replacements import Replacement


@dataclass(slots=True)
class Tables:
    """Of one table: what was found in it, and in which columns something is left."""

    counts: Counter[Meaning] = field(default_factory=Counter)
    left_in: Counter[str] = field(default_factory=Counter)
    chances: Counter[str] = field(default_factory=Counter)


def meanings(
    look: Look, check: str, owners: Mapping[str, str], uses: Mapping[str, Mapping[str, ColumnUse]]
) -> dict[str, Tables]:
    """``owners``: table to the rule that speaks for it; ``uses``: table to its classified columns."""
    tables: dict[str, Tables] = {}
    for row in look.connection.execute(_kinds(check)):
        found = Found(
            same_person=bool(row.same_person),
            somebody=bool(row.somebody),
            unknown=not row.somebody and _about_a_person(look, owners.get(row.table_name, "")),
            whole=bool(row.whole),
            code=row.code,
            excused=bool(row.excused),
            mark=row.mark,
            made_up=bool(row.made_up),
            use=uses.get(row.table_name, {}).get(row.column_name),
            executed=look.executed(owners.get(row.table_name, "")),
        )
        _count(look, tables.setdefault(row.table_name, Tables()), found, row)
    return tables


def _about_a_person(look: Look, rule_id: str) -> bool:
    compiled = look.compiled.get(rule_id)
    return compiled is not None and compiled.context.rule.subject is not None


def _kinds(check: str) -> Any:
    """Occurrences that are alike in everything that their meaning depends on, counted."""
    at = OCCURRENCE
    again = OCCURRENCE.alias("again")
    lasting = or_(*(again.c.code.like(f"{verdict.value}|%") for verdict in LASTING))
    kept = select(again.c.digest).where(again.c.owner == again.c.person, lasting)
    shared = select(ORIGINAL.c.digest).group_by(ORIGINAL.c.digest).having(func.count(ORIGINAL.c.person.distinct()) > 1)
    theirs = select(again.c.digest, again.c.person).where(again.c.rightful, again.c.person != NOBODY)
    columns = (
        at.c.table_name,
        at.c.column_name,
        at.c.rule_id,
        at.c.whole,
        at.c.code,
        at.c.excused,
        at.c.mark,
        at.c.made_up,
        (at.c.owner == at.c.person).label("same_person"),
        (at.c.person != NOBODY).label("somebody"),
        at.c.digest.in_(kept).label("kept"),
        or_(at.c.digest.in_(shared), tuple_(at.c.digest, at.c.person).in_(theirs)).label("shared"),
    )
    alike = select(*columns).where(at.c.check_name == check).subquery("alike")
    return select(*alike.c, func.count().label("times")).group_by(*alike.c)


def _count(look: Look, table: Tables, found: Found, row: Row[Any]) -> None:
    means = meaning(found)
    elsewhere = not (found.same_person and found.somebody)
    if elsewhere and means is Meaning.LEFT and _not_telling(look, row):
        means = Meaning.OTHERS
    table.counts[means] += row.times
    if means is Meaning.LEFT:
        table.left_in[row.column_name] += row.times
    if means is Meaning.CHANCE:
        table.chances[row.column_name] += row.times


def _not_telling(look: Look, row: Row[Any]) -> bool:
    """It belonged to several people, or to the one in whose row it was found; or only a row went, of a person who keeps
    the value elsewhere by right."""
    compiled = look.compiled.get(row.rule_id)
    deleted = compiled is None or compiled.context.rule.disposition.action is Action.DELETE
    return bool(row.shared) or (bool(row.kept) and deleted)


def finding_of(
    look: Look, check: str, rule_id: str, table: str, examined: int, found: Tables, uses: Mapping[str, ColumnUse]
) -> Finding:
    for column, times in found.chances.items():
        surplus = times - _tolerated(look, uses.get(column), examined)
        if surplus > 0:
            found.left_in[column] += surplus
            found.counts[Meaning.LEFT] += surplus
    return Finding(
        check_name=check,
        rule_id=rule_id,
        table_name=table,
        examined=examined,
        violations=found.counts[Meaning.LEFT],
        applicable=examined > 0,
        note=_note(found),
    )


def _tolerated(look: Look, use: ColumnUse | None, rows: int) -> int:
    if use is None or not isinstance(use.treatment, Replace):
        return 0
    transform = Replacement.of(use, use.treatment).transform
    size = look.number(select(func.min(look.own.pool.c.size)))
    return by_chance(transform, rows, size)


def _note(found: Tables) -> str:
    parts = []
    if found.left_in:
        parts.append(f"left in {', '.join(sorted(found.left_in))}")
    if permitted := found.counts[Meaning.PERMITTED]:
        parts.append(f"{permitted:,} times permitted by the verdict on the row")
    if others := found.counts[Meaning.OTHERS]:
        parts.append(f"{others:,} times somebody else's as well")
    if found.counts[Meaning.CHANCE] and not found.left_in:
        parts.append(f"{found.counts[Meaning.CHANCE]:,} times what was made up equals what was there")
    return "; ".join(parts)
