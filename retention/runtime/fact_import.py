"""Facts from elsewhere, brought into the datasets whose rules count from them, and forgotten when their time is over.

Planning brings what rows of other datasets tell before it decides; files are brought by hand. What cannot be brought
grows stale, and then nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError, refuse
from retention.model.fact import Fact, FactRows
from retention.model.rule import Rule
from retention.model.schema import Table
from retention.planning.cool_down import after
from retention.policy.digest import canonical, digest_of
from retention.policy.fact_file import OPEN, read_fact_file
from retention.runtime.deployment import Deployment
from retention.runtime.in_use import in_use
from retention.sql.contexts import is_there
from retention.sql.database import Database
from retention.sql.fact_expiry import expire, expire_told, is_empty
from retention.sql.fact_import import Source, complete_ms, merge, stage
from retention.sql.initialise import check_ours
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.server_clock import server_now
from retention.sql.telling import Statement, nameless, statements
from retention.sql.told_facts import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One fact in one dataset that counts from it. ``reason``: why it could not be brought, empty where it was."""

    fact: str
    dataset: str
    complete_until: datetime | None = None
    subjects: int = 0  # of whom something is told
    written: int = 0  # facts that are new, or say something else than before
    lost: int = 0  # that had not come, and of whose subjects nothing is told any more
    nameless: int = 0  # rows that name no subject, or one whose key is too long to be kept
    expired: int = 0
    reason: str = ""


def readers(deployment: Deployment, dataset_id: str) -> dict[str, tuple[Rule, ...]]:
    """By the name of each fact: the rules of the dataset that count from it."""
    found: dict[str, list[Rule]] = {}
    for rule in deployment.rules.of_dataset(dataset_id):
        for told in rule.relationship.told if rule.relationship else ():
            found.setdefault(told.fact, []).append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


def fact_named(deployment: Deployment, name: str) -> Fact:
    """Raises RetentionError R472 for an unknown one, listing those that there are."""
    facts = deployment.rules.facts
    if name not in facts:
        raise refuse(
            "R472",
            f"there is no fact {name!r}; valid are {', '.join(sorted(facts)) or 'none'}",
            where="datasets.yaml, facts",
            remedy="name one of those, or declare it in datasets.yaml",
        )
    return facts[name]


def renew_facts(deployment: Deployment, dataset_id: str) -> tuple[Brought, ...]:
    """Before planning: bring what rows elsewhere tell to the rules of this dataset, and forget what has expired here.

    Raises nothing for a source that cannot be read: the reason stands in the answer and in the ledger.
    """
    wanted = readers(deployment, dataset_id)
    facts = [fact for fact in deployment.rules.facts.values() if fact.id in wanted and fact.rows is not None]
    brought = tuple(_of_rows(deployment, fact, dataset_id) for fact in facts)
    _forget(deployment, dataset_id)
    return brought


def import_rows(deployment: Deployment, name: str | None) -> tuple[Brought, ...]:
    """Bring one fact, or all that rows tell, into every dataset in use that counts from it. Raises R472, R473."""
    chosen = [fact_named(deployment, name)] if name else list(deployment.rules.facts.values())
    if name and chosen[0].rows is None:
        raise refuse(
            "R473",
            f"the fact {name} is told by files, and none is given",
            where=f"fact {name}",
            remedy=f"retention facts import {name} --file events.csv --complete-until 2026-07-01T00:00:00Z",
        )
    return tuple(
        _of_rows(deployment, fact, dataset_id)
        for fact in chosen
        if fact.rows is not None
        for dataset_id in _counting_from(deployment, fact)
    )


def import_file(deployment: Deployment, name: str, file: Path, complete_until: datetime) -> tuple[Brought, ...]:
    """Bring what a file tells into every dataset in use that counts from the fact: further events, beside those that
    are known. ``complete_until``: up to when the file names every event.

    Raises RetentionError R472, R473 for a fact that rows tell, R474 for a time that lies in the future or before the
    one up to which the fact is complete already, R476 and R477 for what stands in the file; then nothing was taken.
    """
    fact = fact_named(deployment, name)
    if fact.rows is not None:
        source = f"{fact.rows.dataset}.{fact.rows.table}"
        remedy = f"`retention facts import {name}` without --file; or declare `file:` in datasets.yaml"
        raise refuse("R473", f"the fact {name} is told by {source}, not by files", where=f"fact {name}", remedy=remedy)
    if complete_until > deployment.clock.now():
        raise _too_early_or_late(name, "lies in the future: nobody knows yet what comes until then")
    datasets = _counting_from(deployment, fact)
    for dataset_id in datasets:
        _refuse_older(deployment, fact, dataset_id, complete_until)
    return tuple(_brought(deployment, fact, one, _of_file(file, fact), complete_until) for one in datasets)


def _of_file(file: Path, fact: Fact) -> Iterator[Statement]:
    for line in read_fact_file(file, fact.time):
        if isinstance(line.at, str):
            yield Statement(line.key, State.OPEN if line.at == OPEN else State.UNKNOWN)
        else:
            yield Statement(line.key, State.KNOWN, line.at)


# -- from rows ---------------------------------------------------------------------------------------------------------


def _of_rows(deployment: Deployment, fact: Fact, dataset_id: str) -> Brought:
    """What cannot be brought is said, and leaves what is there as it is."""
    try:
        return _from(deployment, fact, dataset_id)
    except RetentionError as error:
        reason = f"{error.problems[0].code} {error.problems[0].what} ({error.problems[0].where})"
    except SQLAlchemyError as error:
        reason = f"a database failed: {type(error).__name__}"
    body = {"fact": fact.id, "dataset": dataset_id, "reason": reason}
    deployment.control.ledger.append("facts_not_brought", body, deployment.clock.now())
    return Brought(fact=fact.id, dataset=dataset_id, reason=reason)


def _from(deployment: Deployment, fact: Fact, dataset_id: str) -> Brought:
    rows = fact.rows
    if rows is None:
        raise AssertionError(f"{fact.id} is told by files")
    if rows.dataset not in in_use(deployment):
        raise refuse("R475", "the dataset that tells it is retired", where=f"dataset {rows.dataset}", remedy="")
    source = deployment.database(rows.dataset)
    with source.reading() as connection:
        live = reflect(connection, source)
        _refuse_other_columns(deployment, rows, live.tables.get(rows.table))
        table = LiveTables(live, source.dataset.schema)[rows.table]
        complete = server_now(connection, source.dialect)
        unnamed = nameless(connection, rows, table, source.dialect)
        told = statements(connection, fact.id, rows, table, source.dialect)
        return _brought(deployment, fact, dataset_id, told, complete, unnamed=unnamed, whole=True)


def _refuse_other_columns(deployment: Deployment, rows: FactRows, live: Table | None) -> None:
    """Raises RetentionError R475 where the table is not as the snapshot knows it: what it told would be misread."""
    known = deployment.rules.schemas[rows.dataset].tables[rows.table]
    for name in (rows.key, rows.at.column):
        here = None if live is None else live.column(name)
        before = known.column(name)
        if here is None or before is None or here.type != before.type:
            raise refuse(
                "R475",
                f"{rows.table}.{name} is not as the snapshot of {rows.dataset} knows it",
                where=f"dataset {rows.dataset}, table {rows.table}",
                remedy=f"look at what changed, then `retention snapshot {rows.dataset}`",
            )


# -- into a dataset ----------------------------------------------------------------------------------------------------


def _brought(
    deployment: Deployment,
    fact: Fact,
    dataset_id: str,
    told: Iterable[Statement],
    complete_until: datetime,
    *,
    unnamed: int = 0,
    whole: bool = False,
) -> Brought:
    database = deployment.database(dataset_id)
    with database.session() as connection:
        with database.reading_on(connection):
            check_ours(connection, database, deployment.control.deployment_id)
        subjects = stage(connection, told, fact.time)
        with database.placing_on(connection):
            source = _source(deployment, fact, complete_until, whole=whole)
            merged = merge(connection, database, source)
            expired = _expire(deployment, database, connection).get(fact.id, 0)
    brought = Brought(
        fact=fact.id,
        dataset=dataset_id,
        complete_until=complete_until,
        subjects=subjects,
        written=merged.written,
        lost=merged.lost,
        nameless=unnamed,
        expired=expired,
    )
    body = {
        "fact": fact.id,
        "dataset": dataset_id,
        "complete_until": complete_until.isoformat(),
        **{name: getattr(brought, name) for name in ("subjects", "written", "lost", "nameless", "expired")},
    }
    deployment.control.ledger.append("facts_brought", body, deployment.clock.now())
    return brought


def _source(deployment: Deployment, fact: Fact, complete_until: datetime, *, whole: bool) -> Source:
    """Another teller may make a record go earlier: like an edit of a rule it waits for the cool-down."""
    cool_down = deployment.settings.cool_down
    return Source(
        fact=fact,
        declared=digest_of(canonical((fact.kind, fact.rows, fact.time))),
        complete_until=complete_until,
        cooled_at=None if cool_down.immediate else after(deployment.clock.now(), cool_down),
        whole=whole,
    )


def _expire(deployment: Deployment, database: Database, connection: Connection) -> dict[str, int]:
    """Not where a rule that counts from facts cannot be read as the schema is: nobody can tell whom it is about."""
    live = reflect(connection, database)
    wanted = readers(deployment, database.dataset.id)
    if not all(is_there(rule, live) for rules in wanted.values() for rule in rules):
        return {}
    tables = LiveTables(live, database.dataset.schema)
    return expire(connection, database, tables, wanted, deployment.clock.now())


def _forget(deployment: Deployment, dataset_id: str) -> None:
    """What expired of facts that are kept here, those that no rule reads any more among them, and of what rows of this
    dataset told that are gone."""
    database = deployment.database(dataset_id)
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        if is_empty(connection, database):
            return
    with database.placing() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        gone = _expire(deployment, database, connection)
        told = expire_told(connection, database, deployment.rules.facts.values(), deployment.clock.now())
    if gone or told:
        body = {"dataset": dataset_id, "facts": gone, "told": told}
        deployment.control.ledger.append("facts_expired", body, deployment.clock.now())


def _counting_from(deployment: Deployment, fact: Fact) -> tuple[str, ...]:
    return tuple(one for one in in_use(deployment) if fact.id in readers(deployment, one))


def _refuse_older(deployment: Deployment, fact: Fact, dataset_id: str, complete_until: datetime) -> None:
    database = deployment.database(dataset_id)
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        known = complete_ms(connection, database.own, fact.id)
    if known is not None and complete_until.timestamp() * 1000 < known:
        raise _too_early_or_late(fact.id, f"is earlier than the time up to which it is complete in {dataset_id}")


def _too_early_or_late(name: str, why: str) -> RetentionError:
    remedy = "give the instant up to which the file names every event: --complete-until 2026-07-01T00:00:00Z"
    return refuse("R474", f"the time of --complete-until {why}", where=f"fact {name}", remedy=remedy)
