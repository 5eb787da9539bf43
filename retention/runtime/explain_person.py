"""Every row of one person, in every dataset and under every rule, each with its verdict and why.

The person's further keys are found as holds find them: identity links are followed from one dataset into the others
until none leads to a new key. What could not be looked at is named, and nothing is left out silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.hold import LONGEST_KEY, Hold, HoldState, SubjectKey
from retention.model.rule import Rule
from retention.runtime.compiling import LiveRules
from retention.runtime.deployment import Deployment
from retention.runtime.explain_rule import Explainer, explainers
from retention.runtime.explanation import DatasetSearched, Gone, NotReached, PersonExplained, RowsUnder
from retention.runtime.in_use import in_use
from retention.runtime.subjects import forms_of, refuse_unknown_kinds
from retention.runtime.words import counted
from retention.sql.database import Database
from retention.sql.hold_receipts import gone_before, trace
from retention.sql.identity_links import LinkRows
from retention.sql.linked_holds import links_there
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.rows_of_person import named_beside, rows_about, silent_kinds, some_nameless

MOST_KEYS = 1000  # of one person: beyond that a link joins what is no person


def explain_person(
    deployment: Deployment, subject: SubjectKey, as_of: datetime | None, most_rows: int
) -> PersonExplained:
    """``most_rows``: how many rows of one rule are explained; of the others the number is given.

    Raises RetentionError R360 for a kind that no rule knows, R367 for a key that is empty or too long. What cannot be
    reached, or judged, is in the answer.
    """
    if not subject.key.strip() or len(subject.key) > LONGEST_KEY:
        raise refuse(
            "R367",
            "the subject's key is empty or too long",
            where="--subject",
            remedy=f"write kind:key, for example customer:4711, with a key of 1 to {LONGEST_KEY} characters",
        )
    refuse_unknown_kinds(deployment, (subject,), where="--subject")
    instant = as_of or deployment.clock.now().replace(microsecond=0)
    search = _Search(deployment, instant, most_rows, keys=dict.fromkeys(forms_of(subject)))
    search.follow_links()
    datasets = tuple(search.searched())
    known = deployment.control.retirements.all()
    standing = tuple(_standing_on(deployment, frozenset(search.keys)))
    return PersonExplained(
        subject=subject,
        as_of=instant,
        linked=Counter(key.kind for key in search.keys if key not in forms_of(subject)),
        doubts=tuple(search.doubts),
        holds=tuple(one.id for one in standing if one.claim is None),
        claims=tuple(one.id for one in standing if one.claim is not None),
        datasets=datasets,
        not_reached=tuple(search.not_reached),
        retired=tuple(name for name in deployment.datasets if name in known and known[name].retired),
    )


def _standing_on(deployment: Deployment, keys: frozenset[SubjectKey]) -> Iterator[Hold]:
    """Holds and claims assessments."""
    links = deployment.control.links
    for record in deployment.control.holds.records():
        if record.hold.state is not HoldState.RELEASED and keys & {
            *record.hold.subjects,
            *links.linked(record.hold.id),
        }:
            yield record.hold


@dataclass(kw_only=False)
class _Search:
    deployment: Deployment
    as_of: datetime
    most_rows: int
    keys: dict[SubjectKey, None]  # in the order in which they were found
    doubts: list[str] = field(default_factory=list)
    not_reached: list[NotReached] = field(default_factory=list)

    # -- whose ---------------------------------------------------------------------------------------------------

    def follow_links(self) -> None:
        """Round after round, since a link of one dataset may lead on in another."""
        linking = [name for name in in_use(self.deployment) if self.deployment.datasets[name].identity_links]
        asked: set[tuple[str, SubjectKey]] = set()
        while linking:
            waiting = [(name, key) for name in linking for key in self.keys if (name, key) not in asked]
            if not waiting or len(self.keys) > MOST_KEYS:
                break
            asked.update(waiting)
            for name in linking:
                self._tried(name, "its identity links", [key for there, key in waiting if there == name])
        if len(self.keys) > MOST_KEYS:
            self.doubts.append(f"identity links lead to more than {MOST_KEYS:,} keys: the rest was not followed")

    def _tried(self, name: str, what: str, keys: list[SubjectKey]) -> None:
        try:
            self._linked_in(self.deployment.database(name), keys)
        except (RetentionError, SQLAlchemyError) as error:
            self._missed(f"dataset {name}, {what}", error)

    def _linked_in(self, database: Database, keys: list[SubjectKey]) -> None:
        with database.reading() as connection:
            live = reflect(connection, database)
            tables, dataset = LiveTables(live, database.dataset.schema), database.dataset
            there = links_there(dataset.identity_links, live)
            for link in dataset.identity_links:
                if link not in there:
                    gone = f"in {dataset.id} the identity link of {link.table} is not there: whom it names is unknown"
                    self._doubt(gone)
                    continue
                rows = LinkRows(link=link, row=tables[link.table], dialect=database.dialect)
                for key in keys:
                    self._named_in(connection, rows, dataset.id, key)

    def _named_in(self, connection: Connection, rows: LinkRows, dataset: str, key: SubjectKey) -> None:
        self.keys.update(dict.fromkeys(named_beside(connection, rows, key)))
        for kind, number in silent_kinds(connection, rows, key):
            name = "names" if number == 1 else "name"
            self._doubt(
                f"in {dataset}, {counted(number, 'row')} of {rows.link.table} about this person {name} no {kind}: rows "
                "about one may be theirs, too, and nobody can tell"
            )

    def _doubt(self, words: str) -> None:
        if words not in self.doubts:
            self.doubts.append(words)

    # -- which rows ----------------------------------------------------------------------------------------------

    def searched(self) -> Iterator[DatasetSearched]:
        for name in in_use(self.deployment):
            if name not in self.deployment.rules.schemas:
                reason = "there is no snapshot of it and no rule for it, so that nobody can tell what is about whom"
                self._not_reached(f"dataset {name}", reason, f"`retention snapshot {name}`, then write rules")
                continue
            try:
                yield self._searched(self.deployment.database(name))
            except (RetentionError, SQLAlchemyError) as error:
                self._missed(f"dataset {name}", error)

    def _searched(self, database: Database) -> DatasetSearched:
        kinds = {key.kind for key in self.keys}

        def about(rule: Rule) -> bool:
            return rule.subject is not None and rule.subject.kind in kinds

        live, ready, refused = explainers(self.deployment, database, about, self.as_of)
        for rule, error in refused:
            self._missed(f"rule {rule.id}", error)
        traces = frozenset(trace(self.deployment.control.trace_secret, key) for key in self.keys)
        with database.reading() as connection:
            found = [self._under(connection, explainer) for explainer in ready]
            gone = gone_before(connection, database.own, traces)
        return DatasetSearched(
            dataset=database.dataset.id,
            title=database.dataset.title,
            under=tuple(one for one in found if one.rows),
            without=tuple(one for one in found if not one.rows),
            not_about=tuple(rule.id for rule in live.rules if not about(rule)),
            no_rule=_without_rule(live, database),
            gone=tuple(
                Gone(rule_id=rule_id, run_id=run_id, at=datetime.fromtimestamp(milliseconds / 1000, UTC))
                for rule_id, run_id, milliseconds in gone
            ),
        )

    def _under(self, connection: Connection, explainer: Explainer) -> RowsUnder:
        rule = explainer.rule
        keys = [key.key for key in self.keys if rule.subject is not None and key.kind == rule.subject.kind]
        rows, number = rows_about(connection, explainer.context, keys, self.most_rows)
        records = (explainer.explained(connection, row) for row in rows)
        return RowsUnder(
            rule_id=rule.id,
            title=rule.title,
            table=rule.table,
            rows=number,
            records=tuple(one for one in records if one is not None),
            nameless=some_nameless(connection, explainer.context),
        )

    def _missed(self, place: str, error: RetentionError | SQLAlchemyError) -> None:
        """A database's own words may quote a row."""
        if isinstance(error, RetentionError):
            for problem in error.problems:
                self._not_reached(place, f"{problem.code} {problem.what}", problem.remedy)
            return
        reason = f"the database failed: {type(error).__name__}"
        self._not_reached(place, reason, "look at it, then ask again")

    def _not_reached(self, place: str, reason: str, remedy: str) -> None:
        found = NotReached(place=place, reason=reason, remedy=remedy)
        if found not in self.not_reached:
            self.not_reached.append(found)


def _without_rule(live: LiveRules, database: Database) -> Mapping[str, str]:
    ruled = {table for rule in live.rules for table in rule.tables}
    why = database.dataset.ignored_tables or {}
    return {table: why.get(table, "") for table in sorted(set(live.live.tables) - ruled)}


def not_reached(found: PersonExplained) -> tuple[Problem, ...]:
    """What could not be looked at, for whoever asked."""
    return tuple(
        Problem(
            code="R500",
            what=f"it could not be looked at, and what is there about the person is not in this answer: {one.reason}",
            where=one.place,
            remedy=one.remedy,
        )
        for one in found.not_reached
    )
