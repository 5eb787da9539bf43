"""Floors, purposes and ceilings: a period, from when it runs, and to which rows it applies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retention.model.choice import PeriodColumn, Tiers
from retention.model.condition import Condition
from retention.model.join import Join
from retention.model.period import Period
from retention.model.starting_point import StartingPoint
from retention.model.terms import Counting, Terms


class Role(StrEnum):
    """floor: kept until, by law. purpose: kept until, by the controller's reason. ceiling: gone by."""

    FLOOR = "floor"
    PURPOSE = "purpose"
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Columns of the one row to which the path leads: the name and address of a buyer, of an invoice."""

    path: tuple[Join, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One floor, purpose or ceiling."""

    id: str
    role: Role
    start: StartingPoint
    period: Period
    basis: str  # legal basis or citation, in words
    when: Condition | None = None  # the rows to which it applies; None: all
    live_while: Condition | None = None  # purposes only: it has ended as soon as this no longer holds
    varies: PeriodColumn | Tiers | None = None  # then ``period`` is the first of what it may be
    counting: Counting | None = None  # how the law counts beyond that; None: one period, from the day after
    open_while: Condition | None = None  # floors only: it stays open as long as this holds
    statute: str = ""  # the id of the statute that it says; empty: none of the catalogue
    unsigned: bool = False  # counsel has not signed the statute off: it may keep longer, and never lets go
    counsel: str = ""  # ceilings only: counsel's sign-off; what it makes due waits for no cool-down
    needs: tuple[Needs, ...] = ()  # floors only: columns of other rows without which the record says nothing

    @property
    def terms(self) -> Terms:
        """All steps from the event to the last day; where the period varies, with the first of its periods."""
        return self.terms_with(self.period)

    @property
    def known_terms(self) -> tuple[Terms, ...]:
        """All terms that the rule itself names; those that stand in a column are the database's."""
        if isinstance(self.varies, Tiers):
            return tuple(self.terms_with(tier.period) for tier in self.varies.tiers)
        return () if self.varies is not None else (self.terms,)

    def terms_with(self, period: Period) -> Terms:
        """All steps, with another (first) period."""
        plain = Terms.plain(period, self.start.align)
        return plain if self.counting is None else self.counting.beyond(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Counsel's choice where a ceiling comes before a floor: which of the two is obeyed, for rows that both bind."""

    floor: str  # ids of clauses
    ceiling: str
    prevails: Role  # FLOOR or CEILING
    counsel: str  # who chose, and when or where that is written down


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededBy:
    """A floor of another rule, on rows of ``table`` that lead to the group of this one along ``path``: what it needs
    of the group stays as long as it keeps those rows."""

    rule: str  # the id of the other
    table: str
    zone: str  # of the other rule
    clause: Clause
    path: tuple[Join, ...]

    @property
    def name(self) -> str:
        return f"{self.rule}/{self.clause.id}"
