"""One record, and why it is kept or goes: every clause with its start, its period and what it says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from retention.model.errors import RetentionError, refuse
from retention.model.rule import Rule
from retention.runtime.deployment import Deployment
from retention.runtime.explain_rule import Explainer, explainers
from retention.runtime.explanation import Explanation
from retention.sql.around_row import root_key
from retention.sql.row_facts import key_from_text, key_in
from retention.sql.rows_of_person import key_text


def explain(deployment: Deployment, name: str, key: str, as_of: datetime | None) -> Explanation:
    """Decide one record as a run would, and say how. ``name``: of the rule, or DATASET.TABLE of a member table, whose
    row is decided with the group that it goes with.

    Raises RetentionError R304 (rule), R305 (key), R307 (no such record), R310s (our own tables), R44x (schema).
    """
    rule, member = _named(deployment, name)
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    database = deployment.database(rule.dataset)
    _, ready, refused = explainers(deployment, database, lambda one: one.id == rule.id, instant)
    for _, error in refused:
        raise error
    explainer = ready[0]
    with database.reading() as connection:
        if member:
            return _of_member(connection, explainer, member, key)
        return _of_root(connection, explainer, key)


def _named(deployment: Deployment, name: str) -> tuple[Rule, str]:
    """The rule, and the member table where one was named. Raises RetentionError R304 where there is neither."""
    try:
        return deployment.rule(name), ""
    except RetentionError:
        dataset, _, table = name.partition(".")
        for rule in deployment.rules.of_dataset(dataset):
            if table in rule.tables:
                return rule, "" if table == rule.table else table
        raise


def _of_root(connection: Connection, explainer: Explainer, text: str) -> Explanation:
    try:
        found = explainer.explained(connection, key_from_text(explainer.context, text))
    except RetentionError as error:
        if hint := _goes_with(connection, explainer, text):
            raise _no_record(explainer.rule.table, explainer.rule.primary_key, hint) from error
        raise
    if found is None:
        raise _no_record(explainer.rule.table, explainer.rule.primary_key, _goes_with(connection, explainer, text))
    return found


def _of_member(connection: Connection, explainer: Explainer, table: str, text: str) -> Explanation:
    key = key_in(explainer.context.tables[table], _primary_key(explainer.rule, table), text)
    root = root_key(connection, explainer.context, table, key)
    found = None if root is None else explainer.explained(connection, root, given=f"{table} {key_text(key)}")
    if found is None:
        raise _no_record(table, _primary_key(explainer.rule, table))
    return found


def _primary_key(rule: Rule, table: str) -> tuple[str, ...]:
    return next(member.primary_key for member in rule.members if member.table == table)


def _goes_with(connection: Connection, explainer: Explainer, text: str) -> str:
    """What to ask instead, where the key is one of a member table's row; else empty."""
    rule = explainer.rule
    for member in rule.members:
        try:
            key = key_in(explainer.context.tables[member.table], member.primary_key, text)
        except RetentionError:
            continue
        root = root_key(connection, explainer.context, member.table, key)
        if root is not None:
            return (
                f"the row of {member.table} with this key goes with {rule.table} {key_text(root)}: "
                f"`retention explain {rule.id} --key {key_text(root)}`"
            )
    return ""


def _no_record(table: str, primary_key: tuple[str, ...], hint: str = "") -> RetentionError:
    names = ",".join(primary_key)
    remedy = f"give the value of {names} as the database shows it; `retention ledger show` says what runs deleted"
    return refuse(
        "R307",
        "there is no record with this key: it never was there, or it is gone",
        where=f"table {table}",
        remedy=hint or remedy,
    )
