"""What a due row has in common with others that are due, so that indexes can serve.

A row is due because some floor or purpose applies to it and all that do have ended, or because a ceiling that applies
is reached. So for one of the conditions of its clauses ("the law of this country") its events lie before the cut-offs
of the clauses that have it. Other rows need not be looked at. This follows from the decision, and decides nothing:
what it cannot tell of a clause, it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from retention.model.clause import Clause, Role
from retention.model.condition import Condition
from retention.model.starting_point import ColumnEvent, TimeColumn, UnknownStart
from retention.model.terms import Terms
from retention.sql.bounds import Bound
from retention.sql.choices import choices
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import every, some
from retention.sql.events import event_terms, ranges_of
from retention.sql.stored_times import passed


def index_range(context: RuleContext) -> ColumnElement[bool]:
    """TRUE for every row that is due, whatever else of it is known."""
    return _Range(context).whole()


@dataclass(frozen=True, slots=True)
class _Range:
    context: RuleContext

    def whole(self) -> ColumnElement[bool]:
        rule = self.context.rule
        always = [self._passed(one) for one in rule.of_role(Role.FLOOR) if one.when is None and not self._yields(one)]
        ceilings = [one for one in rule.of_role(Role.CEILING) if not one.unsigned]
        terms = [self._where(when, group) for when, group in self._groups()]
        terms += [self._where(one.when, [one]) for one in ceilings if not _never(one)]
        if rule.relationship is not None and rule.relationship.window is not None:
            terms.append(true())
        return every(*always, self._latest(), some(*terms)) if terms else true()

    def _groups(self) -> Iterator[tuple[Condition | None, list[Clause]]]:
        """Floors and purposes by the rows to which they apply; where none of them lets go, or one never ends, no row of
        these is due by them."""
        found: dict[Condition | None, list[Clause]] = {}
        for clause in (*self.context.rule.of_role(Role.FLOOR), *self.context.rule.of_role(Role.PURPOSE)):
            found.setdefault(clause.when, []).append(clause)
        for when, group in found.items():
            if not all(one.unsigned for one in group) and not any(map(_never, group)):
                yield when, group

    def _where(self, when: Condition | None, clauses: Iterable[Clause]) -> ColumnElement[bool]:
        """Floors that apply to all rows stand before all of it."""
        more = (one for one in clauses if when is not None or one.role is not Role.FLOOR)
        return every(self.context.condition(when), self._all_passed(one for one in more if not self._yields(one)))

    def _all_passed(self, clauses: Iterable[Clause]) -> ColumnElement[bool]:
        """Of clauses that run from one column, the earliest cut-off."""
        earliest: dict[TimeColumn, Bound] = {}
        tests: list[ColumnElement[bool]] = []
        for clause in clauses:
            bounds = self._bounds(clause)
            if bounds is None or len(bounds) > 1:
                tests.append(self._passed(clause))
            else:
                for at, bound in bounds.items():
                    earliest[at] = min(earliest.get(at, bound), bound, key=_order)
        return every(
            *(passed(self.context.root, at, bound, self.context.dialect) for at, bound in earliest.items()), *tests
        )

    def _yields(self, clause: Clause) -> bool:
        """A floor may let go by a ceiling that prevails over it."""
        choices_made = self.context.rule.settled
        return any(one.floor == clause.id and one.prevails is Role.CEILING for one in choices_made)

    def _passed(self, clause: Clause) -> ColumnElement[bool]:
        """True where its end says nothing of its columns."""
        bounds = self._bounds(clause)
        if bounds is None:
            return true()
        return some(*(passed(self.context.root, at, bound, self.context.dialect) for at, bound in bounds.items()))

    def _latest(self) -> ColumnElement[bool]:
        """Where every clause runs from one and the same column: the latest of all cut-offs."""
        counting = [one for one in self.context.rule.clauses if not _never(one)]
        found = [self._bounds(one) for one in counting]
        if self.context.rule.relationship is not None and self.context.rule.relationship.window is not None:
            return true()
        latest: dict[TimeColumn, Bound] = {}
        for bounds in found:
            if bounds is None or len(bounds) > 1:
                return true()
            for at, bound in bounds.items():
                latest[at] = max(latest.get(at, bound), bound, key=_order)
        if len(latest) != 1 or len(counting) == 1:
            return true()
        ((at, bound),) = latest.items()
        return passed(self.context.root, at, bound, self.context.dialect)

    def _bounds(self, clause: Clause) -> dict[TimeColumn, Bound] | None:
        """Of several events at least one has passed. None: it may end by something else than a column of the row."""
        if clause.live_while is not None:
            return None  # a purpose that is not live has ended, whenever it began
        found: dict[TimeColumn, Bound] = {}
        for one in event_terms(clause):
            if not isinstance(one.event, ColumnEvent):
                return None
            own = (one.own,) if one.own is not None else tuple(choice.terms for choice in choices(self.context, clause))
            ends = [bound for terms in own for bound in self._ends(clause, terms)]
            if ends:
                found[one.event.at] = max([*ends, found.get(one.event.at, ends[0])], key=_order)
        return found or None

    def _ends(self, clause: Clause, terms: Terms) -> Iterator[Bound]:
        """With a ceiling's lead, which ends earlier."""
        lead = self.context.lead if clause.role is Role.CEILING else None
        for early in dict.fromkeys((None, lead)):
            for part in ranges_of(self.context.rule, self.context.as_of, terms, early):
                if not part.until.nothing:
                    yield part.until


def _never(clause: Clause) -> bool:
    """It does not end: nobody knows from when it runs. A purpose that is not live has ended all the same."""
    return isinstance(clause.start.event, UnknownStart) and clause.live_while is None


def _order(bound: Bound) -> tuple[str, str]:
    """Of bounds of which something has passed: by the day, then by the instant."""
    instant = bound.before or bound.through
    return str(bound.last_day), "" if instant is None else instant.isoformat()
