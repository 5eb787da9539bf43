"""What other rules need of the rows that one rule disposes of, checked before the first of them goes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from retention.model.errors import Problem, RetentionError
from retention.model.rule import Rule
from retention.planning.needs import Need, Telling, needs_of, tellings_of, unreadable
from retention.runtime.deployment import Deployment
from retention.sql.compiled_rule import RuleContext
from retention.sql.database import Database
from retention.sql.facts import fact_of
from retention.sql.initialise import ensure_fact_table, ensure_told_table
from retention.sql.telling import Told


def needs(deployment: Deployment, context: RuleContext) -> tuple[Need, ...]:
    """Of the rows of the compiled rule, as the live schema has them."""
    return needs_of(context.rule, deployment.rules.of_dataset(context.rule.dataset), context.schema)


def tells(deployment: Deployment, context: RuleContext) -> tuple[Telling, ...]:
    """What the rows of the compiled rule tell rules of other datasets."""
    return tellings_of(context.rule, deployment.rules.facts.values())


def unmet(deployment: Deployment, context: RuleContext) -> Iterator[Problem]:
    """Needs that cannot be met: the rows would go, and what they told with them."""
    snapshot = deployment.rules.schemas[context.rule.dataset]
    for need in needs(deployment, context):
        place = unreadable(need, snapshot, context.schema)
        if place:
            yield _unmet(context.rule, need, place)


def prepare_facts(deployment: Deployment, database: Database, connection: Connection, context: RuleContext) -> None:
    """The tables into which the batches write facts. Called inside a writing transaction. Raises RetentionError R470,
    R471."""
    if problems := tuple(unmet(deployment, context)):
        raise RetentionError(*problems)
    for need in needs(deployment, context):
        ensure_fact_table(connection, database, fact_of(need, context))
    for telling in tells(deployment, context):
        ensure_told_table(connection, database, Told.of(telling, context).table)


def _unmet(rule: Rule, need: Need, place: str) -> Problem:
    return Problem(
        code="R470",
        what=f"{rule.id} disposes of rows of {need.table}, in which {need.rule.id} finds the end of a relationship, "
        f"and {place} is not as that rule knows it: nobody could write down what the rows tell",
        where=f"rule {rule.id}",
        remedy=f"correct {need.rule.id}, then `retention snapshot {rule.dataset}` and start a new run",
    )
