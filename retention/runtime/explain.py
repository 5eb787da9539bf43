"""One record, and why it is kept or goes: every clause with its start, its period and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from retention.model.alignment import AlignTo
from retention.model.counting_words import event_in_words
from retention.model.errors import RetentionError, refuse
from retention.model.hold import HoldClass
from retention.model.rule import Action, Clause, Role, Rule
from retention.model.starting_point import ColumnEvent
from retention.model.verdict import ClauseFinding, Decision, Reason, Verdict
from retention.planning.cool_down import Heard, cooled
from retention.planning.decide import decide
from retention.planning.facts import RowFacts
from retention.planning.standings import WINDOW
from retention.runtime.compiling import Compiling, LiveRules, ensure_captures, ensure_compiled, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.rule_changes import changes
from retention.runtime.words import verdict_in_words
from retention.sql.compiled_rule import RuleContext
from retention.sql.contexts import unclassified
from retention.sql.cooling import Older
from retention.sql.database import Database
from retention.sql.holding import holds_on
from retention.sql.initialise import check_ours
from retention.sql.row_facts import key_from_text, row_facts
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseExplained:
    """``starts_at``: in words. ``applies``, ``ended`` None: unknown; ``ended`` of a ceiling: reached."""

    id: str
    role: Role
    basis: str
    starts_at: str
    align: AlignTo
    period: str
    start: date | None
    kept_through: date | None
    applies: bool | None
    ended: bool | None

    @property
    def says(self) -> str:
        """What the clause says of the record, in words."""
        if self.applies is False:
            return "does not apply"
        if self.ended is None or self.applies is None:
            return "unknown"
        if self.role is Role.CEILING:
            return "reached: must be gone" if self.ended else "not reached"
        return "ended" if self.ended else "keeps"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExplained:
    """A legal hold that covers the record, and by which class."""

    id: str
    covers: HoldClass
    matter: str
    placed_at: datetime
    protects_until: datetime | None  # of a release that is confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``action`` is what happens to the record once it is due. No value of the record but the key that was given."""

    rule_id: str
    title: str
    table: str
    key: str
    as_of: datetime
    zone: str
    verdict: Verdict
    reason: Reason
    why: str
    remedy: str
    action: Action
    clauses: tuple[ClauseExplained, ...]
    holds: tuple[HoldExplained, ...]
    held_unknown: bool  # nobody can tell whom the record is about, and there are holds
    marked_on: date | None
    referenced_by: str
    unclassified: tuple[str, ...]
    due_from: datetime | None  # when a change of the rule that keeps it waiting takes effect; None: nothing does


def explain(deployment: Deployment, rule_id: str, key_text: str, as_of: datetime | None) -> Explanation:
    """Decide one record as a run would, and say how.

    Raises RetentionError R304 (rule), R305 (key), R307 (no such record), R310s (our own tables), R44x (schema).
    """
    rule = deployment.rule(rule_id)
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    database = deployment.database(rule.dataset)
    with database.writing() as connection:  # empty tables of ours alone are written
        check_ours(connection, database, deployment.control.deployment_id)
        live = live_rules(deployment, database, connection)
        compiled = _compiled(deployment, database, rule, live, instant)
        context = compiled.context
        ensure_captures(connection, database, live)
        ensure_compiled(connection, database, compiled)
    with database.reading() as connection:
        key = key_from_text(context, key_text)
        facts = row_facts(connection, context, key)
        if facts is None:
            raise _no_record(rule)
        decision = _decided(connection, compiled, facts, key)
        holds = _holds(deployment, connection, context, key)
    return _explanation(rule, key_text, instant, facts, decision, holds, unclassified(rule, live.live))


def _compiled(
    deployment: Deployment, database: Database, rule: Rule, live: LiveRules, instant: datetime
) -> CompiledRule:
    stopped = live.refusals(rule.id)
    if stopped:
        raise RetentionError(*(difference.problem(rule) for difference in stopped))
    compiling = Compiling(deployment=deployment, database=database, live=live, as_of=instant)
    return compiling.rule(rule, changes(deployment, instant).awaited(rule))


def _decided(connection: Connection, compiled: CompiledRule, facts: RowFacts, key: tuple[object, ...]) -> Decision:
    """With the earlier texts of the rule heard that must agree."""
    context = compiled.context
    decision = decide(context.rule, facts, context.as_of, context.lead)
    return cooled(context.rule, decision, [_heard(connection, one, key) for one in compiled.older])


def _heard(connection: Connection, older: Older, key: tuple[object, ...]) -> Heard:
    context = None if older.compiled is None else older.compiled.context
    facts = None if context is None else row_facts(connection, context, key)
    if context is None or facts is None:
        return Heard(until=older.until)
    decision = decide(context.rule, facts, context.as_of, context.lead)
    return Heard(until=older.until, rule=context.rule, decision=decision)


def _no_record(rule: Rule) -> RetentionError:
    key = ",".join(rule.primary_key)
    return refuse(
        "R307",
        "there is no record with this key: it never was there, or it is gone",
        where=f"table {rule.table}",
        remedy=f"give the value of {key} as the database shows it; `retention ledger show` says what runs deleted",
    )


def _holds(
    deployment: Deployment, connection: Connection, context: RuleContext, key: tuple[object, ...]
) -> tuple[HoldExplained, ...]:
    known = {record.hold.id: record.hold for record in deployment.control.holds.records()}
    return tuple(
        HoldExplained(
            id=hold_id,
            covers=covers,
            matter=known[hold_id].matter,
            placed_at=known[hold_id].placed_at,
            protects_until=known[hold_id].protects_until,
        )
        for hold_id, covers in holds_on(connection, context, key)
        if hold_id in known
    )


def _explanation(
    rule: Rule,
    key_text: str,
    instant: datetime,
    facts: RowFacts,
    decision: Decision,
    holds: tuple[HoldExplained, ...],
    not_classified: tuple[str, ...],
) -> Explanation:
    day = "" if decision.until is None else decision.until.date().isoformat()
    covers = next((one.covers.value for one in holds), "") if decision.verdict is Verdict.HELD else ""
    why, remedy = verdict_in_words(decision.verdict, decision.reason, covers or day or facts.referenced_by)
    clauses = {clause.id: clause for clause in rule.clauses}
    return Explanation(
        rule_id=rule.id,
        title=rule.title,
        table=rule.table,
        key=key_text,
        as_of=instant,
        zone=rule.zone,
        verdict=decision.verdict,
        reason=decision.reason,
        why=why,
        remedy=remedy,
        action=rule.disposition.action,
        clauses=tuple(_clause(rule, clauses.get(finding.clause), finding) for finding in decision.findings),
        holds=holds,
        held_unknown=facts.held is None,
        marked_on=facts.marked_on,
        referenced_by=facts.referenced_by,
        unclassified=not_classified,
        due_from=decision.until,
    )


def _clause(rule: Rule, clause: Clause | None, finding: ClauseFinding) -> ClauseExplained:
    """``clause`` None: the re-enrolment window, which stands beside the rule's clauses."""
    window = rule.relationship.window if rule.relationship else None
    return ClauseExplained(
        id=finding.clause,
        role=clause.role if clause else Role.PURPOSE,
        basis=clause.basis if clause else WINDOW,
        starts_at=_starts_at(clause),
        align=clause.start.align.to if clause else AlignTo.NONE,
        period=str(clause.period if clause else window),
        start=finding.start,
        kept_through=finding.kept_through,
        applies=finding.applies,
        ended=finding.ended,
    )


def _starts_at(clause: Clause | None) -> str:
    if clause is None:
        return "end of the relationship"
    event = clause.start.event
    return f"column {event.at.column}" if isinstance(event, ColumnEvent) else event_in_words(event).removeprefix("the ")
