"""The rules of a run, compiled against the live schema, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from retention.model.rule import Rule
from retention.model.schema import Schema
from retention.planning.drift import Difference, differences
from retention.planning.order import run_order, sequence
from retention.policy.digest import digest_of
from retention.policy.snapshots import snapshot_text
from retention.runtime.deployment import Deployment
from retention.sql.contexts import rule_context
from retention.sql.database import Database
from retention.sql.initialise import check_ours, ensure_rule_tables
from retention.sql.reflection import reflect
from retention.sql.rule_tables import RuleTables


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRules:
    """What a dataset's rules meet in its database now."""

    rules: tuple[Rule, ...]  # in the order in which they run
    after: Mapping[str, tuple[str, ...]]
    schema: Schema  # the committed snapshot, declared references merged in
    live: Schema
    drift: tuple[Difference, ...]

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
    )


def ensure_tables(deployment: Deployment, database: Database) -> None:
    """Our own tables of every rule that can be compiled, so that a reader finds them."""
    with database.writing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        for tables in rule_tables(deployment, database, connection):
            ensure_rule_tables(connection, database, tables)


def rule_tables(deployment: Deployment, database: Database, connection: Connection) -> Iterator[RuleTables]:
    """Of every rule that the schema as it is lets run."""
    found = live_rules(deployment, database, connection)
    for rule in found.rules:
        if not found.refusals(rule.id):
            now, lead = deployment.clock.now(), deployment.settings.lead
            yield rule_context(database, rule, found.schema, found.live, as_of=now, lead=lead).rule_tables
