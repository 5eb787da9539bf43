"""Following identity links: who is linked to a held person is held, in every dataset, as long as the hold stands.

From the keys that are held, each dataset with links is asked for further ones, until none comes any more; these go into
the control store, and from there into every dataset. A link that cannot be followed leaves its kinds of subject in
doubt: what is about them is kept, since nobody can tell who is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from retention.model.dataset import IdentityLink
from retention.model.errors import RetentionError
from retention.model.linked_subject import LinkedSubject, LinkGap
from retention.model.schema import Schema
from retention.planning.doubt import Joined, spread, unfollowed
from retention.runtime.deployment import Deployment
from retention.runtime.hold_copies import bring_up_to_date, catch_up
from retention.runtime.in_use import in_use
from retention.runtime.words import counted
from retention.sql.control.records import HoldCopy
from retention.sql.database import Database
from retention.sql.identity_links import LinkRows, Silence, reached, silences
from retention.sql.linked_holds import links_there
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect

ROUNDS = 100  # links one after the other that are followed at once


def hold_everywhere(deployment: Deployment) -> tuple[HoldCopy, ...]:
    """Every dataset in use gets the present holds, with the keys that links lead to. How far each has come. Holds
    whose release has cooled down are released first."""
    deployment.control.releases.end(deployment.clock.now())
    copies = bring_up_to_date(deployment)
    if not follow_links(deployment):
        return copies
    return tuple(deployment.control.holds.copy(dataset_id) for dataset_id in in_use(deployment))


def follow_links(deployment: Deployment) -> bool:
    """Find whom links lead to from the holds that stand, and hold them everywhere. False: nothing is new.

    Raises nothing for a dataset that cannot be reached: its links are in doubt until it can.
    """
    links, changed = _links(deployment), False
    if not links and not deployment.control.links.gaps():
        return False
    for _ in range(ROUNDS):
        seen = _looked_at(deployment, links)
        if not deployment.control.links.record(seen.found, _gaps(seen.in_doubt, links), deployment.clock.now()):
            return changed
        changed = True
        bring_up_to_date(deployment)
    endless = {
        link: _Doubt(link.joined.kinds, (f"no end after {ROUNDS} links, one after the other",)) for link in links
    }
    deployment.control.links.record((), _gaps(endless, links), deployment.clock.now())
    bring_up_to_date(deployment)
    return True


@dataclass(frozen=True, slots=True)
class _Doubt:
    kinds: frozenset[str]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """A link of a dataset in use."""

    joined: Joined
    declared: IdentityLink


@dataclass(kw_only=True)
class _Seen:
    found: list[LinkedSubject] = field(default_factory=list)
    in_doubt: dict[_Link, _Doubt] = field(default_factory=dict)


def _links(deployment: Deployment) -> tuple[_Link, ...]:
    return tuple(
        _Link(_joined(deployment, dataset_id, link), link)
        for dataset_id in in_use(deployment)
        for link in deployment.datasets[dataset_id].identity_links
    )


def _joined(deployment: Deployment, dataset_id: str, link: IdentityLink) -> Joined:
    """Which keys stand in one row at most is known from the snapshot; where the rules cannot be read, of none."""
    try:
        table = deployment.rules.schemas[dataset_id].tables.get(link.table)
    except (RetentionError, KeyError):
        table = None
    keys = () if table is None else (table.primary_key, *table.unique)
    unique = frozenset(kind for kind, column in link.subjects.items() if (column,) in keys)
    return Joined(dataset=dataset_id, table=link.table, kinds=frozenset(link.subjects), unique=unique)


# -- looking -----------------------------------------------------------------------------------------------------------


def _looked_at(deployment: Deployment, links: tuple[_Link, ...]) -> _Seen:
    held, seen = deployment.control.links.held_kinds(), _Seen()
    by_dataset: dict[str, list[_Link]] = {}
    for link in links:
        if link.joined.kinds & held:
            by_dataset.setdefault(link.joined.dataset, []).append(link)
    for dataset_id, here in by_dataset.items():
        try:
            _look(deployment, dataset_id, here, held, seen)
        except RetentionError as error:
            _doubt_all(seen, here, held, f"{error.problems[0].code} {error.problems[0].what}")
        except SQLAlchemyError as error:
            _doubt_all(seen, here, held, f"the database failed: {type(error).__name__}")
    return seen


def _look(deployment: Deployment, dataset_id: str, links: list[_Link], held: frozenset[str], seen: _Seen) -> None:
    """The present holds must be in the dataset first: from these its links lead on."""
    behind = catch_up(deployment, dataset_id).reason
    if behind:
        _doubt_all(seen, links, held, behind)
        return
    database = deployment.database(dataset_id)
    with database.reading() as connection:
        live = reflect(connection, database)
        for link in links:
            if links_there((link.declared,), live):
                _follow(connection, database, live, link, seen)
            else:
                _doubt_all(seen, [link], held, "the table of the link, or a column of it, is not there")


def _follow(connection: Connection, database: Database, live: Schema, link: _Link, seen: _Seen) -> None:
    row = LiveTables(live, database.dataset.schema)[link.declared.table]
    rows = LinkRows(link=link.declared, row=row, dialect=database.dialect)
    seen.found += [
        LinkedSubject(hold_id=hold_id, subject=subject, dataset=database.dataset.id, table=link.declared.table)
        for hold_id, subject in reached(connection, database.own, rows)
    ]
    silent = tuple(silences(connection, database.own, rows))
    if silent:
        kinds = frozenset(one.in_doubt for one in silent)
        seen.in_doubt[link] = _Doubt(kinds, tuple(_in_words(one) for one in silent))


def _in_words(one: Silence) -> str:
    rows = counted(one.rows, "row")
    if one.held:
        return f"of {one.named}s that are held {rows} name no {one.missing}"
    return f"{rows} name a {one.named} and no {one.missing}, and some {one.missing}s are held"


def _doubt_all(seen: _Seen, links: list[_Link], held: frozenset[str], reason: str) -> None:
    for link in links:
        seen.in_doubt[link] = _Doubt(unfollowed(link.joined, held), (reason,))


# -- what cannot be told -----------------------------------------------------------------------------------------------


def _gaps(in_doubt: Mapping[_Link, _Doubt], links: tuple[_Link, ...]) -> list[LinkGap]:
    """One for each table, with all kinds to which doubt spreads from there."""
    by_link = {link.joined: doubt.kinds for link, doubt in in_doubt.items()}
    spreading = spread(by_link, (link.joined for link in links))
    return list(_merged(in_doubt, spreading))


def _merged(in_doubt: Mapping[_Link, _Doubt], spreading: Mapping[Joined, frozenset[str]]) -> Iterator[LinkGap]:
    tables = dict.fromkeys((link.joined.dataset, link.joined.table) for link in in_doubt)
    for dataset_id, table in tables:
        here = {
            link: doubt
            for link, doubt in in_doubt.items()
            if (link.joined.dataset, link.joined.table) == (dataset_id, table)
        }
        kinds = frozenset(kind for link in here for kind in spreading[link.joined])
        reasons = dict.fromkeys(reason for doubt in here.values() for reason in doubt.reasons)
        yield LinkGap(dataset=dataset_id, table=table, kinds=tuple(sorted(kinds)), reason="; ".join(reasons))
