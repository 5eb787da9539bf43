"""Facts from elsewhere as they stand: where each is kept, how many there are, up to when it is complete, and whether
that is near enough to decide by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError
from retention.model.fact import Fact
from retention.runtime.deployment import Deployment
from retention.runtime.fact_import import readers
from retention.runtime.in_use import in_use
from retention.sql.bounds import EPOCH
from retention.sql.fact_import import SINCE_EVER, believed_ms, complete_ms, counts
from retention.sql.initialise import check_ours
from retention.sql.told_facts import State


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFact:
    """One fact in one dataset that counts from it. ``complete_until`` None: it was never brought."""

    fact: str
    title: str
    kind: str
    source: str  # dataset.table, or files
    dataset: str
    rules: tuple[str, ...]  # that count from it
    complete_until: datetime | None
    fresh_until: datetime | None  # an as-of after that is decided without it
    believed_from: datetime | None  # what tells it was changed, and cools down until then; None: it does not
    stale: bool  # now
    known: int
    open: int
    unknown: int
    reason: str = ""  # why nobody can tell; empty where the dataset could be asked


def kept_facts(deployment: Deployment) -> tuple[KeptFact, ...]:
    """By fact and dataset. Raises nothing for a dataset that cannot be asked."""
    return tuple(
        _kept(deployment, fact, dataset_id, tuple(rule.id for rule in rules))
        for name, fact in sorted(deployment.rules.facts.items())
        for dataset_id in in_use(deployment)
        if (rules := readers(deployment, dataset_id).get(name))
    )


def _kept(deployment: Deployment, fact: Fact, dataset_id: str, rules: tuple[str, ...]) -> KeptFact:
    numbers: dict[State, int] = {}
    complete, believed, reason = None, SINCE_EVER, ""
    try:
        database = deployment.database(dataset_id)
        with database.reading() as connection:
            check_ours(connection, database, deployment.control.deployment_id)
            complete, believed = (
                complete_ms(connection, database.own, fact.id),
                believed_ms(connection, database.own, fact.id),
            )
            numbers = counts(connection, database.own, fact.id)
    except RetentionError as error:
        reason = f"{error.problems[0].code} {error.problems[0].what}"
    except SQLAlchemyError as error:
        reason = f"the database failed: {type(error).__name__}"
    until = None if complete is None else EPOCH + timedelta(milliseconds=complete)
    fresh = None if until is None else until + timedelta(days=fact.fresh_days)
    cooled, now = EPOCH + timedelta(milliseconds=believed), deployment.clock.now()
    return KeptFact(
        fact=fact.id,
        title=fact.title,
        kind=fact.kind,
        source="files" if fact.rows is None else f"{fact.rows.dataset}.{fact.rows.table}",
        dataset=dataset_id,
        rules=rules,
        complete_until=until,
        fresh_until=fresh,
        believed_from=cooled if cooled > now else None,
        stale=fresh is None or fresh < now or cooled > now,
        known=numbers.get(State.KNOWN, 0),
        open=numbers.get(State.OPEN, 0),
        unknown=numbers.get(State.UNKNOWN, 0),
        reason=reason,
    )
