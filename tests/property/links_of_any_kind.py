"""Tables that say which keys are one person's, and how they lead from a held key to others, in plain Python."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from retention.model.dataset import IdentityLink

LINKS = (
    IdentityLink(table="accounts", subjects={"customer": "person", "lead": "login"}),
    IdentityLink(table="devices", subjects={"customer": "login", "visitor": "uid"}, null_is_nobody=True),
)
STEPS = 2  # a statement follows two links
Subject = tuple[str, str]  # kind, key
Row = dict[str, Any]


def statements(uuid: str) -> tuple[str, ...]:
    return (
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, person INTEGER, login VARCHAR(40))",
        f"CREATE TABLE devices (id INTEGER PRIMARY KEY, login VARCHAR(40), uid {uuid})",
    )


@dataclass(frozen=True)
class Linked:
    """``in_doubt``: kinds of which nobody can tell who is held."""

    accounts: tuple[Row, ...] = ()
    devices: tuple[Row, ...] = ()
    in_doubt: frozenset[str] = frozenset()

    def tables(self) -> dict[str, list[Row]]:
        found = {"accounts": self.accounts, "devices": self.devices}
        return {name: [{"id": n, **row} for n, row in enumerate(rows, start=1)] for name, rows in found.items()}

    def leads(self, subject: Subject, held: Collection[Subject]) -> bool:
        """Whether the key, or one that two links reach from it, is held."""
        reached = {subject}
        for _ in range(STEPS):
            reached |= {other for persons in self._persons() if persons & reached for other in persons}
        return bool(reached & set(held))

    def anybody(self, kind: str, held: Collection[Subject]) -> bool:
        """Whether some key of the kind stands beside a held one of another kind."""
        return any(
            {name for name, _ in persons} >= {kind} and any(one[0] != kind for one in persons & set(held))
            for persons in self._persons()
        )

    def _persons(self) -> Iterator[set[Subject]]:
        """What each row says to be one person."""
        for link in LINKS:
            for row in getattr(self, link.table):
                named = ((kind, row[column]) for kind, column in link.subjects.items())
                yield {(kind, str(value)) for kind, value in named if value not in (None, "")}


def linked(uuids: tuple[str, ...]) -> st.SearchStrategy[Linked]:
    """Often none at all, as most deployments have it."""
    return st.just(Linked()) | linked_somehow(uuids)


@st.composite
def linked_somehow(draw: st.DrawFn, uuids: tuple[str, ...]) -> Linked:
    logins = st.sampled_from(["a", "a", "b", "b", "1", "", None])
    account = st.fixed_dictionaries({"person": st.sampled_from([1, 1, 2, 2, 3, None]), "login": logins})
    device = st.fixed_dictionaries({"login": logins, "uid": st.sampled_from([*uuids, None])})
    doubt = st.sampled_from([frozenset(), frozenset(), frozenset(), frozenset({"customer"}), frozenset({"lead"})])
    return Linked(
        accounts=tuple(draw(st.lists(account, max_size=6))),
        devices=tuple(draw(st.lists(device, max_size=3))),
        in_doubt=draw(doubt),
    )
