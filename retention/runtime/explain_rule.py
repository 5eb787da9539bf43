"""One rule, made ready to explain any of its records in one state of its database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from retention.model.errors import RetentionError
from retention.model.hold import Hold, HoldClass, HoldState
from retention.model.rule import Rule
from retention.model.verdict import Verdict
from retention.planning.deciding_line import Line, deciding_line
from retention.planning.ends import ends
from retention.planning.facts import RowFacts
from retention.planning.leaves import Moment
from retention.planning.next_change import Change, Course, Earlier, Reads, Release, changes_ahead
from retention.planning.standings import ClauseStanding, standings
from retention.planning.zones import zone_named
from retention.runtime.because import because, unprotected
from retention.runtime.compiling import Compiling, LiveRules, ensure_captures, ensure_compiled, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.explain_case import Case
from retention.runtime.explain_clause import clause_explained
from retention.runtime.explanation import ChangeExplained, Explanation, HoldExplained, RowsOf
from retention.runtime.rule_changes import awaited_exactly
from retention.runtime.stands_between import between
from retention.runtime.words import verdict_in_words
from retention.sql.around_row import member_rows, referring_counts
from retention.sql.compiled_rule import RuleContext
from retention.sql.contexts import unclassified
from retention.sql.database import Database
from retention.sql.holding import HoldOn, holds_on
from retention.sql.initialise import check_ours
from retention.sql.row_facts import row_facts
from retention.sql.rows_of_person import key_text
from retention.sql.verdicts import CompiledRule

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """``holds``: those that the control store knows, by id, claims assessments too. ``behind``: the dataset has not all
    of them yet."""

    compiled: CompiledRule
    live: LiveRules
    holds: dict[str, Hold]
    behind: bool

    @property
    def context(self) -> RuleContext:
        return self.compiled.context

    @property
    def rule(self) -> Rule:
        return self.context.rule

    @property
    def _assessments(self) -> dict[str, Hold]:
        return {f"claim {hold_id}": hold for hold_id, hold in self.holds.items() if hold.claim is not None}

    def explained(self, connection: Connection, key: Key, given: str = "") -> Explanation | None:
        """None: there is no such record."""
        facts = row_facts(connection, self.context, key)
        if facts is None:
            return None
        on_it = holds_on(connection, self.context, key)
        course = Course(
            present=self._reads(self.context, facts, on_it), earlier=tuple(self._earlier(connection, key, on_it))
        )
        moment = Moment(instant=self.context.as_of, zone=self.rule.zone)
        clauses = standings(self.rule, facts, moment, self.context.lead)
        case = self._case(connection, key, facts, course, on_it, clauses)
        return self._explanation(connection, key, case, course, deciding_line(case.decision, clauses), given)

    # -- as time passes ------------------------------------------------------------------------------------------

    def _reads(self, context: RuleContext, facts: RowFacts, on_it: Iterable[HoldOn]) -> Reads:
        releases = tuple(self._releases(facts, tuple(on_it)))
        return Reads(rule=context.rule, facts=facts, lead=context.lead, releases=releases)

    def _earlier(self, connection: Connection, key: Key, on_it: tuple[HoldOn, ...]) -> Iterator[Earlier]:
        for older in self.compiled.older:
            context = None if older.compiled is None else older.compiled.context
            facts = None if context is None else row_facts(connection, context, key)
            heard = None if context is None or facts is None else self._reads(context, facts, on_it)
            yield Earlier(until=older.until, reads=heard)

    def _releases(self, facts: RowFacts, on_it: tuple[HoldOn, ...]) -> Iterator[Release]:
        """What covers the record once each confirmed release has taken effect. One that should have, and that no run
        has carried out yet, goes on protecting."""
        standing = {*(one.hold_id for one in on_it), *(one.claim.claim_id for one in facts.claims)}
        ending = {hold_id: until for hold_id in standing if (until := self._released_at(hold_id)) is not None}
        for instant in sorted(set(ending.values())):
            gone = {hold_id for hold_id, until in ending.items() if until <= instant}
            left = [one for one in on_it if one.hold_id not in gone]
            yield Release(
                at=instant,
                covered={name: self._still(facts, left, name) for name in facts.covered},
                claims=tuple(one for one in facts.claims if one.claim.claim_id not in gone),
            )

    def _still(self, facts: RowFacts, left: list[HoldOn], name: HoldClass) -> bool | None:
        if any(name in one.certain for one in left):
            return True
        kind = "" if self.rule.subject is None else self.rule.subject.kind
        in_doubt = name is HoldClass.SUBJECT and kind in self.context.holds.in_doubt
        unknown = facts.covered[name] is None or in_doubt or any(name in one.possible for one in left)
        return None if unknown else False

    def _released_at(self, hold_id: str) -> datetime | None:
        until = self.holds[hold_id].protects_until if hold_id in self.holds else None
        return until if until is not None and until > self.context.as_of else None

    # -- what is said --------------------------------------------------------------------------------------------

    def _explanation(
        self, connection: Connection, key: Key, case: Case, course: Course, line: Line, given: str
    ) -> Explanation:
        rule, context, facts, decision = self.rule, self.context, case.facts, case.decision
        standing = between(case)
        certain = [hold for hold in case.holds if hold.certain and hold.covers is not HoldClass.ANCHORED]
        day = "" if decision.until is None else decision.until.date().isoformat()
        covers = next((one.covers.value for one in certain), "") if decision.verdict is Verdict.HELD else ""
        detail = covers or day or decision.conflict or facts.referenced_by
        why, remedy = verdict_in_words(decision.verdict, decision.reason, detail)
        return Explanation(
            rule_id=rule.id,
            title=rule.title,
            table=rule.table,
            key=key_text(key),
            as_of=context.as_of,
            zone=rule.zone,
            verdict=decision.verdict,
            reason=decision.reason,
            why=why,
            remedy=remedy,
            action=rule.disposition.action,
            clauses=case.clauses,
            holds=case.holds,
            held_unknown=facts.held is None,
            marked_on=facts.marked_on,
            referenced_by=facts.referenced_by,
            unclassified=case.unclassified,
            due_from=decision.until,
            dataset=rule.dataset,
            owner=rule.owner,
            line=line,
            because=because(case),
            but_for_holds=course.without_holds().decided(context.as_of).verdict if certain and facts.held else None,
            ends=case.ends,
            next_change=case.ahead[0] if case.ahead else None,
            ahead=case.ahead,
            hangs_on=() if case.ahead else tuple(dict.fromkeys(one.needs for one in standing if one.until is None)),
            between=standing,
            unprotected=unprotected(case),
            members=tuple(self._rows(member_rows(connection, context, key))),
            references=case.references,
            other_rules=tuple(self._rules_of(rule.table)),
            given=given,
            told_by=tuple(told.fact for told in rule.relationship.told) if rule.relationship else (),
        )

    def _case(
        self,
        connection: Connection,
        key: Key,
        facts: RowFacts,
        course: Course,
        on_it: tuple[HoldOn, ...],
        clauses: tuple[ClauseStanding, ...],
    ) -> Case:
        """All that its reasons are worked out from."""
        rule, context = self.rule, self.context
        return Case(
            rule=rule,
            as_of=context.as_of,
            facts=facts,
            decision=course.decided(context.as_of),
            clauses=tuple(clause_explained(rule, facts, one, self._assessments) for one in clauses),
            holds=tuple(self._held(on_it)),
            references=tuple(self._rows(referring_counts(connection, context, key))),
            unclassified=unclassified(rule, self.live.live),
            ends=ends(rule, facts, clauses, context.lead),
            ahead=tuple(self._change(facts, change) for change in changes_ahead(course, context.as_of)),
            delayed_until=_delayed(course, context.as_of),
            behind=self.behind,
            in_force=sum(hold.state is not HoldState.RELEASED and hold.claim is None for hold in self.holds.values()),
        )

    def _held(self, on_it: Iterable[HoldOn]) -> Iterator[HoldExplained]:
        """By the first class of each, in the order of the classes; those that nobody can tell come after."""
        for one in on_it:
            hold = self.holds.get(one.hold_id)
            if hold is not None:
                yield HoldExplained(
                    id=hold.id,
                    covers=(one.certain or one.possible)[0],
                    matter=hold.matter,
                    placed_at=hold.placed_at,
                    protects_until=hold.protects_until,
                    state=hold.state,
                    certain=bool(one.certain),
                )

    def _rows(self, counted: Iterable[tuple[str, int]]) -> Iterator[RowsOf]:
        found: dict[str, int] = {}
        for table, rows in counted:
            if rows:
                found[table] = found.get(table, 0) + rows
        for table, rows in found.items():
            yield RowsOf(table=table, rows=rows, rules=tuple(self._rules_of(table)))

    def _rules_of(self, table: str) -> Iterator[str]:
        return (one.id for one in self.live.rules if table in one.tables and one.id != self.rule.id)

    def _change(self, facts: RowFacts, change: Change) -> ChangeExplained:
        moment = Moment(instant=change.at, zone=self.rule.zone)
        clauses = standings(self.rule, facts, moment, self.context.lead)
        return ChangeExplained(
            at=change.at,
            on=change.at.astimezone(zone_named(self.rule.zone)).date(),
            verdict=change.decision.verdict,
            reason=change.decision.reason,
            line=deciding_line(change.decision, clauses),
        )


def _delayed(course: Course, as_of: datetime) -> datetime | None:
    """When the record is due, holds aside, where a cool-down puts that off."""
    if not course.earlier:
        return None
    free = course.without_holds()
    there, alone = _due(free, as_of), _due(replace(free, earlier=()), as_of)
    return there if there is not None and alone is not None and alone < there else None


def _due(course: Course, as_of: datetime) -> datetime | None:
    if course.decided(as_of).verdict is Verdict.DUE:
        return as_of
    ahead = changes_ahead(course, as_of)
    return ahead[-1].at if ahead and ahead[-1].decision.verdict is Verdict.DUE else None


# -- made ready --------------------------------------------------------------------------------------------------------


def explainers(
    deployment: Deployment, database: Database, wanted: Callable[[Rule], bool], as_of: datetime
) -> tuple[LiveRules, tuple[Explainer, ...], tuple[tuple[Rule, RetentionError], ...]]:
    """Of a dataset's rules those that are wanted: ready, or why not. Empty tables of ours alone are written."""
    holds = {record.hold.id: record.hold for record in deployment.control.holds.records()}
    behind = deployment.control.holds.epoch(database.dataset.id)
    ready: list[Explainer] = []
    refused: list[tuple[Rule, RetentionError]] = []
    with database.writing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        live = live_rules(deployment, database, connection)
        ensure_captures(connection, database, live)
        compiling = Compiling(deployment=deployment, database=database, live=live, as_of=as_of)
        for rule in filter(wanted, live.rules):
            if stopped := live.refusals(rule.id):
                refused.append((rule, RetentionError(*(difference.problem(rule) for difference in stopped))))
                continue
            compiled = compiling.rule(rule, awaited_exactly(deployment, rule, as_of))
            ensure_compiled(connection, database, compiled)
            ready.append(Explainer(compiled=compiled, live=live, holds=holds, behind=live.holds.epoch < behind))
    return live, tuple(ready), tuple(refused)
