"""A rule for a table, as complete as its schema can say it. How long and why, no schema says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from retention.model.dataset import Dataset
from retention.model.join import Join
from retention.model.rule import Action, ValueKind
from retention.model.schema import Schema, Table
from retention.policy.proposals.children import ProposedMember, Referrer, members_of, referrers_of
from retention.policy.proposals.kinds import Guess, guesses
from retention.policy.proposals.names import short_name, title, words_of
from retention.policy.proposals.subjects import ProposedSubject, subject_of
from retention.policy.proposals.times import Look, TimeCandidate, no_look, time_candidates
from retention.policy.proposals.treatments import Treatment, treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedTime:
    """The last row of another table that refers to the row, as the end of a relationship."""

    join: Join  # from the root
    at: TimeCandidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person has decided already. ``period`` and ``basis`` go together; ``start`` None: the likeliest."""

    period: str | None = None
    basis: str | None = None
    start: TimeCandidate | RelatedTime | None = None
    clause: str = "main"
    floor: bool = False  # by law; else a purpose of the controller
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known beside the table. ``ruled``: tables of rules; ``kinds_in_use``: what they call its people;
    ``look``: tells how a column stores times."""

    dataset: Dataset
    schema: Schema
    ruled: Collection[str] = ()
    kinds_in_use: Mapping[str, str] = field(default_factory=dict)
    look: Look = no_look


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedColumn:
    name: str
    guess: Guess
    treatment: Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """``start`` None: nothing in the schema tells from which event the period may run."""

    id: str
    title: str
    dataset: str
    table: Table
    cluster: str
    columns: tuple[ProposedColumn, ...]
    members: tuple[tuple[ProposedMember, tuple[ProposedColumn, ...]], ...]
    referrers: tuple[Referrer, ...]
    subject: ProposedSubject | None
    start: TimeCandidate | RelatedTime | None
    other_starts: tuple[TimeCandidate | RelatedTime, ...]
    action: Action
    why_action: str
    wishes: Wishes


def propose(table: Table, around: Surroundings, wishes: Wishes) -> Proposal:
    """Reads the schema alone."""
    schema = around.schema
    members = members_of(table, schema, around.ruled)
    tables = (table.name, *(member.table.name for member in members))
    referrers = referrers_of(tables, schema, around.ruled)
    subject = subject_of(table, schema, around.kinds_in_use)
    kinds = {name: guesses(schema.tables[name]) for name in tables}
    action, why = _action(referrers, kinds[table.name], wishes)
    likely = likely_starts(table, around, subject)
    chosen = wishes.start or _chosen(likely, of_people=subject is not None and subject.table == table.name)

    def columns(of: Table) -> tuple[ProposedColumn, ...]:
        one_row = of.name == table.name and subject is not None and subject.table == table.name
        counted = chosen.column if isinstance(chosen, TimeCandidate) and of.name == table.name else ""
        return tuple(
            _column(of, name, guess, schema, action, counted, one_row) for name, guess in kinds[of.name].items()
        )

    return Proposal(
        id=f"{around.dataset.id}.{short_name(words_of(table.name))}",
        title=title(table.name),
        dataset=around.dataset.id,
        table=table,
        cluster=title(table.name).lower(),
        columns=columns(table),
        members=tuple((member, columns(member.table)) for member in members),
        referrers=referrers,
        subject=subject,
        start=chosen,
        other_starts=tuple(one for one in likely if one != chosen),
        action=action,
        why_action=why,
        wishes=wishes,
    )


def _action(referrers: tuple[Referrer, ...], kinds: Mapping[str, Guess], wishes: Wishes) -> tuple[Action, str]:
    if wishes.action is not None:
        return wishes.action, "as you said"
    personal = any(guess.kind not in (ValueKind.KEY, ValueKind.NONE) for guess in kinds.values())
    if referrers and personal:
        names = ", ".join(dict.fromkeys(referrer.table for referrer in referrers))
        return Action.PSEUDONYMIZE, f"rows of {names} refer to it, and would stop a deletion"
    return Action.DELETE, "" if referrers else "nothing else refers to it"


def likely_starts(
    table: Table, around: Surroundings, subject: ProposedSubject | None
) -> tuple[TimeCandidate | RelatedTime, ...]:
    """The likeliest first. Of people who have no end of their own, the last thing that they did comes first."""
    zone = around.dataset.zone
    own = list(time_candidates(table, zone, around.look))
    related = []
    if subject is not None and subject.table == table.name:
        for child, key in around.schema.referring_to(table.name):
            found = time_candidates(child, zone, around.look) if child.name != table.name else ()
            if found:
                join = Join(columns=key.referred_columns, table=child.name, far_columns=key.columns)
                related.append(RelatedTime(join=join, at=found[0]))
    related.sort(key=lambda one: -one.at.likely)
    ends = [one for one in own if one.ends]
    return (*ends, *related, *(one for one in own if one not in ends))


def _chosen(likely: tuple[TimeCandidate | RelatedTime, ...], *, of_people: bool) -> TimeCandidate | RelatedTime | None:
    """Of a person that only has a beginning, none: the period would run out while the relationship lasts."""
    first = likely[0] if likely else None
    if of_people and isinstance(first, TimeCandidate) and not first.ends:
        return None
    return first


def _column(
    table: Table, name: str, guess: Guess, schema: Schema, action: Action, counted: str, one_row: bool
) -> ProposedColumn:
    column = table.column(name)
    if action is Action.DELETE or column is None:
        found = Treatment()
    elif name == counted:
        found = Treatment(keep="the period is counted from it")
    else:
        found = treatment(column, guess, table, schema, one_row_per_subject=one_row)
    return ProposedColumn(name=name, guess=guess, treatment=found)
