"""The rules of a run, compiled against the live schema, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from retention.model.rule import Rule
from retention.model.rule_text import RuleText
from retention.model.schema import Schema
from retention.planning.cool_down import misfit, reaches_no_further
from retention.planning.drift import Difference, differences
from retention.planning.order import run_order, sequence
from retention.policy.digest import digest_of
from retention.policy.snapshots import snapshot_text
from retention.runtime.deployment import Deployment
from retention.runtime.rule_changes import AwaitedText, changes
from retention.sql.captured import ensure_captured
from retention.sql.compiled_rule import RuleContext
from retention.sql.contexts import older_context, rule_context
from retention.sql.cooling import Older
from retention.sql.database import Database
from retention.sql.holds_here import HoldsHere, holds_here
from retention.sql.initialise import check_ours, ensure_marks, ensure_rule_tables
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.rule_tables import RuleTables, same_facts
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRules:
    """What a dataset's rules meet in its database now."""

    rules: tuple[Rule, ...]  # in the order in which they run
    after: Mapping[str, tuple[str, ...]]
    schema: Schema  # the committed snapshot, declared references merged in
    live: Schema
    drift: tuple[Difference, ...]
    holds: HoldsHere

    @property
    def schema_digest(self) -> str:
        return digest_of(snapshot_text(self.live, ""))

    def refusals(self, rule_id: str) -> tuple[Difference, ...]:
        """The differences for which this rule must not run."""
        return tuple(one for one in self.drift if one.stops(rule_id))


def live_rules(deployment: Deployment, database: Database, connection: Connection) -> LiveRules:
    """Raises RetentionError R281 where the order of the rules runs in a circle."""
    dataset = database.dataset.id
    rules = deployment.rules.of_dataset(dataset)
    schema = deployment.rules.schemas[dataset]
    live = reflect(connection, database)
    after = run_order(rules, schema)
    by_id = {rule.id: rule for rule in rules}
    return LiveRules(
        rules=tuple(by_id[rule_id] for rule_id in sequence(after)),
        after=after,
        schema=schema,
        live=live,
        drift=differences(schema, live, rules),
        holds=holds_here(connection, database.own, dataset),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """How rules become SQL at one instant, in one database."""

    deployment: Deployment
    database: Database
    live: LiveRules
    as_of: datetime

    def context(self, rule: Rule) -> RuleContext:
        """For the holds that were in force when the schema was read."""
        return rule_context(
            self.database,
            rule,
            self.live.schema,
            self.live.live,
            as_of=self.as_of,
            lead=self.deployment.settings.lead,
            holds=self.live.holds,
            rules=self.live.rules,
        )

    def rule(
        self,
        rule: Rule,
        awaited: Iterable[AwaitedText],
        going: tuple[CompiledRule, ...] = (),
        beside: RuleContext | None = None,
    ) -> CompiledRule:
        """``awaited``: the earlier texts that must agree. One that does not fit the database permits nothing.
        ``beside``: a context with which it will stand in one statement, over the same rows."""
        context = self.context(rule)
        if beside is not None:
            context = replace(context, tables=beside.tables)
        older = tuple(Older(one.awaited.until, self._older(context, one.text, going)) for one in awaited)
        return CompiledRule(context, going=going, older=older)

    def unheard(self, context: RuleContext, text: RuleText | None) -> str:
        """Why an earlier text permits the rule of ``context`` nothing at all, in words; empty: it judges each row."""
        if text is None:
            return "there was no rule, or this release cannot read what it said"
        if why := misfit(text, self.live.live):
            return why
        if not reaches_no_further(context.rule, text.rule):
            return "its groups had fewer rows, or other ones"
        if not same_facts(older_context(context, text, self.live.live).rule_tables, context.rule_tables):
            return "it kept its facts in another form"
        return ""

    def _older(
        self, context: RuleContext, text: RuleText | None, going: tuple[CompiledRule, ...]
    ) -> CompiledRule | None:
        if text is None or self.unheard(context, text):
            return None
        return CompiledRule(older_context(context, text, self.live.live), going=going)


def ensure_compiled(connection: Connection, database: Database, compiled: CompiledRule) -> None:
    """Our own tables that a compiled rule reads and writes. Called inside a writing transaction."""
    ensure_rule_tables(connection, database, compiled.context.rule_tables)
    for one in compiled.older:
        if one.compiled is not None:
            ensure_marks(connection, database, one.compiled.context.rule_tables)


def ensure_captures(connection: Connection, database: Database, live: LiveRules) -> None:
    """The tables in which conditions capture rows."""
    tables = LiveTables(live.live, database.dataset.schema)
    ensure_captured(connection, live.holds, tables, live.live, database.dialect)


def ensure_tables(deployment: Deployment, database: Database, as_of: datetime) -> None:
    """Our own tables of every rule that can be compiled, so that a reader finds them."""
    known = changes(deployment, as_of)
    with database.writing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        found = live_rules(deployment, database, connection)
        ensure_captures(connection, database, found)
        compiling = Compiling(deployment=deployment, database=database, live=found, as_of=as_of)
        for rule in found.rules:
            if not found.refusals(rule.id):
                ensure_compiled(connection, database, compiling.rule(rule, known.awaited(rule)))


def rule_tables(deployment: Deployment, database: Database, found: LiveRules) -> Iterator[RuleTables]:
    """Of every rule that the schema as it is lets run."""
    compiling = Compiling(deployment=deployment, database=database, live=found, as_of=deployment.clock.now())
    for rule in found.rules:
        if not found.refusals(rule.id):
            yield compiling.context(rule).rule_tables
