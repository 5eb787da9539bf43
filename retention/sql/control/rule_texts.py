"""What rules said, and since when: texts by digest, and of each rule the order in which they were in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from retention.model.period import Period
from retention.model.rule_text import InForce
from retention.sql.control.rule_text_tables import cool_down, rule_in_force, rule_text
from retention.sql.control.tables import rule_seen
from retention.sql.control.transactions import Transactions

_Histories = Mapping[str, tuple[InForce, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentText:
    """What a rule says now. ``rule_digest``: of the rule alone, by which earlier releases knew it."""

    rule_id: str
    rule_digest: str
    digest: str
    body: str


class RuleTexts:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def histories(self) -> _Histories:
        """Of every rule that was ever recorded, earliest first."""
        with self._store.reading() as connection:
            return _histories(connection)

    def cool_downs(self) -> tuple[tuple[Period, datetime], ...]:
        """Each with since when it was set, earliest first."""
        with self._store.reading() as connection:
            return _cool_downs(connection)

    def bodies(self, digests: Iterable[str]) -> Mapping[str, str]:
        """Of those that are there."""
        wanted = select(rule_text.c.digest, rule_text.c.body).where(rule_text.c.digest.in_(list(digests)))
        with self._store.reading() as connection:
            return {row.digest: row.body for row in connection.execute(wanted)}

    def record(self, present: Iterable[PresentText], period: Period, *, at: datetime) -> tuple[str, ...]:
        """Make these the present texts, and ``period`` the cool-down; rules that are missing were taken out.

        The ids of the rules whose text is another one now, in order. Recording the same again changes nothing.
        """
        texts = {text.rule_id: text for text in present}
        if not self._differs(texts, period):
            return ()
        with self._store.begin() as connection:
            histories = _histories(connection)
            changed = sorted(_changed(histories, texts))
            for rule_id in changed:
                _append(connection, histories.get(rule_id, ()), rule_id, texts.get(rule_id), at)
            _set_cool_down(connection, period, at)
        return tuple(changed)

    def _differs(self, texts: Mapping[str, PresentText], period: Period) -> bool:
        with self._store.reading() as connection:
            known = _cool_downs(connection)
            return not known or known[-1][0] != period or bool(_changed(_histories(connection), texts))


def _changed(histories: _Histories, texts: Mapping[str, PresentText]) -> set[str]:
    before = {rule_id: history[-1].digest for rule_id, history in histories.items() if history[-1].digest}
    now = {rule_id: text.digest for rule_id, text in texts.items()}
    return {rule_id for rule_id in before.keys() | now.keys() if before.get(rule_id) != now.get(rule_id)}


def _append(
    connection: Connection, history: tuple[InForce, ...], rule_id: str, text: PresentText | None, at: datetime
) -> None:
    since = max(at, history[-1].since) if history else at  # clocks of several machines differ
    if text is not None:
        if not history:
            since = _seen_since(connection, text) or at
        if connection.execute(select(rule_text.c.digest).where(rule_text.c.digest == text.digest)).first() is None:
            connection.execute(insert(rule_text).values(digest=text.digest, body=text.body))
    digest = "" if text is None else text.digest
    values = {"rule_id": rule_id, "number": len(history) + 1, "digest": digest, "since": since}
    connection.execute(insert(rule_in_force).values(**values))


def _seen_since(connection: Connection, text: PresentText) -> datetime | None:
    """A rule that an earlier release planned before texts were recorded is not new, where this is what it said last."""
    seen = select(rule_seen.c.digest, rule_seen.c.first_seen).where(rule_seen.c.rule_id == text.rule_id)
    last: Any = connection.execute(seen.order_by(rule_seen.c.first_seen.desc()).limit(1)).first()
    return last.first_seen if last is not None and last.digest == text.rule_digest else None


def _set_cool_down(connection: Connection, period: Period, at: datetime) -> None:
    known = _cool_downs(connection)
    if known and known[-1][0] == period:
        return
    since = max(at, known[-1][1]) if known else at
    connection.execute(insert(cool_down).values(number=len(known) + 1, period=str(period), since=since))


def _histories(connection: Connection) -> _Histories:
    found: dict[str, list[InForce]] = {}
    for row in _in_order(connection, rule_in_force):
        found.setdefault(row.rule_id, []).append(InForce(digest=row.digest, since=row.since))
    return {rule_id: tuple(history) for rule_id, history in found.items()}


def _cool_downs(connection: Connection) -> tuple[tuple[Period, datetime], ...]:
    return tuple((Period.parse(row.period), row.since) for row in _in_order(connection, cool_down))


def _in_order(connection: Connection, table: Table) -> Iterable[Any]:
    return connection.execute(select(table).order_by(table.c.number))
