"""The retention schedule: what a record of processing activities needs to know of the rules (GDPR 30(1)(f))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from retention.model.choice import Tiers
from retention.model.clause import Clause, Role
from retention.model.clause_words import counting_in_words, start_in_words
from retention.model.counting_words import period_in_words
from retention.model.hold_words import condition_in_words
from retention.model.period import Period
from retention.model.rule import Action, ColumnUse, Rule, RuleSet, ValueKind
from retention.model.starting_point import UnknownStart
from retention.runtime.deployment import Deployment

_CATEGORIES = {
    ValueKind.NAME: "names",
    ValueKind.GIVEN_NAME: "names",
    ValueKind.FAMILY_NAME: "names",
    ValueKind.EMAIL: "e-mail addresses",
    ValueKind.PHONE: "telephone numbers",
    ValueKind.STREET: "postal addresses",
    ValueKind.CITY: "postal addresses",
    ValueKind.POSTCODE: "postal addresses",
    ValueKind.REGION: "postal addresses",
    ValueKind.COUNTRY: "countries",
    ValueKind.BIRTH_DATE: "dates of birth",
    ValueKind.DATE: "dates",
    ValueKind.IP: "network addresses",
    ValueKind.TOKEN: "logins and identifiers",
    ValueKind.ORGANIZATION: "organizations",
    ValueKind.FREE_TEXT: "free text",
    ValueKind.OTHER: "other personal data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledClause:
    """One floor, purpose or ceiling. ``counting``, ``start`` and conditions in words; ``period`` as it is written."""

    id: str
    role: Role
    basis: str
    statute: str  # id in the catalogue; empty: none
    signed_off: bool  # counsel has signed the statute off, or there is none to sign
    counsel: str
    start: str
    period: str
    counting: str
    when: str  # empty: for all rows
    live_while: str
    open_while: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRule:
    """The records of one rule. ``version`` is the digest of its text; ``subject`` empty: about nobody."""

    id: str
    version: str
    title: str
    cluster: str
    dataset: str
    dataset_title: str
    tables: tuple[str, ...]  # root first
    categories: tuple[str, ...]
    subject: str
    only: str  # the rows that the rule speaks for, in words; empty: all
    relationship: str
    window: str
    disposition: str
    action: Action
    owner: str
    zone: str
    clauses: tuple[ScheduledClause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Rules of data that belong together, by dataset and id."""

    name: str
    rules: tuple[ScheduledRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """``made_at``: the instant at which it was made from the rules with this digest."""

    made_at: datetime
    rules_digest: str
    clusters: tuple[Cluster, ...]

    @property
    def rules(self) -> Iterator[ScheduledRule]:
        return (rule for cluster in self.clusters for rule in cluster.rules)


def retention_schedule(deployment: Deployment) -> Schedule:
    """From the rules alone: no database is asked. Raises RetentionError with every problem of the folder."""
    rules = deployment.rules
    by_cluster = sorted((_rule(rule, rules) for rule in rules.rules), key=_order)
    return Schedule(
        made_at=deployment.clock.now().replace(microsecond=0),
        rules_digest=rules.digest,
        clusters=tuple(
            Cluster(name=name, rules=tuple(found)) for name, found in groupby(by_cluster, lambda rule: rule.cluster)
        ),
    )


def _order(rule: ScheduledRule) -> tuple[str, str, str]:
    return rule.cluster.lower(), rule.cluster, rule.id


def _rule(rule: Rule, rules: RuleSet) -> ScheduledRule:
    related = rule.relationship
    return ScheduledRule(
        id=rule.id,
        version=rule.digest,
        title=rule.title,
        cluster=rule.cluster,
        dataset=rule.dataset,
        dataset_title=rules.datasets[rule.dataset].title,
        tables=rule.tables,
        categories=_categories((*rule.columns, *(use for member in rule.members for use in member.columns))),
        subject="" if rule.subject is None else rule.subject.kind,
        only="" if rule.condition is None else condition_in_words(rule.condition, constants=True),
        relationship=_relationship(rule),
        window=period_in_words(related.window) if related and related.window else "",
        disposition=_disposition(rule),
        action=rule.disposition.action,
        owner=rule.owner,
        zone=rule.zone,
        clauses=tuple(_clause(clause) for clause in rule.clauses),
    )


def _categories(uses: tuple[ColumnUse, ...]) -> tuple[str, ...]:
    """In the order of the kinds, each once; keys and what is not personal are no category."""
    found = {_CATEGORIES[use.kind] for use in uses if use.kind in _CATEGORIES}
    return tuple(words for words in dict.fromkeys(_CATEGORIES.values()) if words in found)


def _relationship(rule: Rule) -> str:
    related = rule.relationship
    if related is None:
        return ""
    ends = [f"{related.rows.join.table}.{related.rows.end.column}"] if related.rows else []
    ends += [f"the fact {told.fact}" for told in related.told]
    return f"ends with the last {' or '.join(ends)}"


def _disposition(rule: Rule) -> str:
    after = rule.disposition.then_delete_after
    if rule.disposition.action is Action.DELETE:
        return "deleted"
    return f"pseudonymized, and deleted {period_in_words(after)} after that" if after else "pseudonymized"


def _periods(clause: Clause) -> tuple[Period, ...]:
    """As they are written; none where they stand in a column."""
    if isinstance(clause.varies, Tiers):
        return tuple(tier.period for tier in clause.varies.tiers)
    return () if clause.varies is not None else clause.terms.periods


def _clause(clause: Clause) -> ScheduledClause:
    conditions = {
        name: "" if condition is None else condition_in_words(condition, constants=True)
        for name, condition in (
            ("when", clause.when),
            ("live_while", clause.live_while),
            ("open_while", clause.open_while),
        )
    }
    return ScheduledClause(
        id=clause.id,
        role=clause.role,
        basis=clause.basis,
        statute=clause.statute,
        signed_off=not clause.unsigned,
        counsel=clause.counsel,
        start=start_in_words(clause),
        period="" if isinstance(clause.start.event, UnknownStart) else ", ".join(map(str, _periods(clause))),
        counting=counting_in_words(clause),
        **conditions,
    )
