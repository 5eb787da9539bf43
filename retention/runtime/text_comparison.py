"""Rules that were changed, compared row by row in the database with what they said within the cool-down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from retention.model.errors import Problem
from retention.model.rule import Rule
from retention.runtime.compiling import Compiling, ensure_compiled, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.rule_changes import AwaitedText, Changes, changes, text_differences
from retention.sql.comparison import Compared, compared
from retention.sql.database import Database
from retention.sql.initialise import check_ours
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rule beside one earlier text of it that must still agree.

    ``earlier``: the text's digest, empty where there was no rule. ``since``: when the present text was recorded; None:
    not yet, and the cool-down begins when it is. ``until``: when the earlier text need not agree any more.
    ``why_none``: why the earlier text lets nothing go at all, in words. ``groups`` None: ``refusal`` says why.
    """

    rule_id: str
    earlier: str
    since: datetime | None
    until: datetime
    differences: tuple[str, ...]
    why_none: str
    groups: Compared | None
    refusal: Problem | None


def rule_changes(deployment: Deployment, dataset_id: str, as_of: datetime | None) -> tuple[Change, ...]:
    """Every change that has not cooled down by now, in the order in which the rules run, the first to end first.

    ``as_of``: the day by which periods are reckoned; a future one shows what will have waited. Writes nothing but
    empty tables of ours. Raises RetentionError R310s (our own tables), R281 (the order of the rules runs in a circle).
    """
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    database = deployment.database(deployment.dataset(dataset_id).id)
    known = changes(deployment, deployment.clock.now())
    with database.writing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        compiling = _compiling(deployment, database, connection, instant)
        awaited = {rule.id: known.awaited(rule) for rule in compiling.live.rules}
        for rule in compiling.live.rules:
            if not compiling.live.refusals(rule.id):
                ensure_compiled(connection, database, compiling.rule(rule, awaited[rule.id]))
    with database.reading() as connection:
        compiling = _compiling(deployment, database, connection, instant)
        return tuple(_changes(connection, compiling, known, awaited))


def _compiling(deployment: Deployment, database: Database, connection: Connection, as_of: datetime) -> Compiling:
    live = live_rules(deployment, database, connection)
    return Compiling(deployment=deployment, database=database, live=live, as_of=as_of)


def _changes(
    connection: Connection, compiling: Compiling, known: Changes, awaited: dict[str, tuple[AwaitedText, ...]]
) -> list[Change]:
    found: list[Change] = []
    going: list[CompiledRule] = []
    for rule in compiling.live.rules:
        texts = sorted(awaited[rule.id], key=lambda one: one.awaited.until)
        stopped = compiling.live.refusals(rule.id)
        if stopped:
            found += [_change(known, rule, text, refusal=stopped[0].problem(rule)) for text in texts]
            continue
        compiled = compiling.rule(rule, texts, going=tuple(going))
        for text, older in zip(texts, compiled.older, strict=True):
            why = compiling.unheard(compiled.context, text.text)
            found.append(_change(known, rule, text, why_none=why, groups=compared(connection, compiled, older)))
        going.append(compiled)
    return found


def _change(
    known: Changes,
    rule: Rule,
    text: AwaitedText,
    *,
    why_none: str = "",
    groups: Compared | None = None,
    refusal: Problem | None = None,
) -> Change:
    return Change(
        rule_id=rule.id,
        earlier=text.awaited.digest,
        since=known.recorded_since(rule),
        until=text.awaited.until,
        differences=() if text.text is None else text_differences(known.deployment, rule, text.text),
        why_none=why_none,
        groups=groups,
        refusal=refusal,
    )
