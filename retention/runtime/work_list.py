"""What waits for somebody in a dataset: undetermined, referenced and held groups, each with an owner and an age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.verdict import Reason, Verdict
from retention.planning.cool_down import after
from retention.runtime.deployment import Deployment
from retention.sql.initialise import check_ours
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.residue import Waiting, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """Groups of one rule that are kept for one reason. ``detail`` names a table, never a value."""

    rule_id: str
    table: str
    owner: str
    verdict: Verdict
    reason: Reason
    detail: str
    groups: int
    since: datetime  # when a run found the oldest of them
    deadline: datetime | None = None  # of a conflict: until when counsel chooses


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """``unreadable``: why the list could not be read, or only in part; empty when it is whole."""

    items: tuple[WorkItem, ...]
    unreadable: str


def work_list(deployment: Deployment, dataset_id: str) -> WorkList:
    """As the latest run of each rule left it. Raises nothing for a database that does not answer."""
    try:
        database = deployment.database(dataset_id)
        with database.reading() as connection:
            check_ours(connection, database, deployment.control.deployment_id)
            tables = LiveTables(reflect(connection, database), database.dataset.schema)
            rules = deployment.rules.of_dataset(dataset_id)
            there = [rule for rule in rules if _is_there(rule, tables)]
            items = [
                _item(rule, waiting, deployment.settings.conflict_deadline)
                for rule in there
                for waiting in counted(connection, rule, tables, database.dialect)
            ]
    except RetentionError as error:
        return WorkList(items=(), unreadable=f"{error.problems[0].code} {error.problems[0].what}")
    except SQLAlchemyError as error:
        return WorkList(items=(), unreadable=f"the database failed: {type(error).__name__}")
    missing = [rule.id for rule in rules if rule not in there]
    return WorkList(items=tuple(items), unreadable=f"tables of {', '.join(missing)} are not there" if missing else "")


def _is_there(rule: Rule, tables: LiveTables) -> bool:
    keys = {rule.table: rule.primary_key, **{member.table: member.primary_key for member in rule.members}}
    return all(table in tables and set(key) <= set(tables[table].c.keys()) for table, key in keys.items())


def _item(rule: Rule, waiting: Waiting, to_choose: Period) -> WorkItem:
    since = datetime.fromisoformat(waiting.since)
    return WorkItem(
        rule_id=rule.id,
        table=rule.table,
        owner=rule.owner,
        verdict=waiting.verdict,
        reason=waiting.reason,
        detail=waiting.detail,
        groups=waiting.groups,
        since=since,
        deadline=after(since, to_choose) if waiting.verdict is Verdict.CONFLICT else None,
    )
