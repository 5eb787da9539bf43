"""The decision on one row as SQL: what is due, and for every row its verdict with the reason.

The lines and their order are those of planning.decide; tests compare the two on every database.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from sqlalchemy import ColumnElement, FromClause, case, false, not_, true
from sqlalchemy.sql.elements import False_

from retention.model.clause import Role
from retention.model.hold import HoldClass
from retention.model.rule import Action
from retention.model.verdict import Reason, Verdict
from retention.planning.reliance import lookups_of_rule
from retention.sql.clauses import ClauseSql, clauses_sql
from retention.sql.codes import text_of
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, possibly, some
from retention.sql.cooling import Older, permits
from retention.sql.doubts import conflict_lines, undetermined_code
from retention.sql.group import Reference, goes_with, referenced, references_to
from retention.sql.index_range import index_range
from retention.sql.many_laws import all_ended, some_release
from retention.sql.marks import follow_up_reached, marked
from retention.sql.relationships import relationship_sql

_Lines: TypeAlias = list[tuple[ColumnElement[bool], ColumnElement[str]]]  # the first that applies decides


@dataclass(frozen=True)
class CompiledRule:
    """Expressions over the root table of the context. ``code`` is never NULL; what is due is TRUE, and all else is not.

    ``going``: rules whose due groups are deleted before this one's. A plan leaves them out of what refers to a group;
    the batches that execute it have none, and meet what is really there. ``older``: earlier texts of the rule that
    must agree with it (planning.cool_down).
    """

    context: RuleContext
    going: tuple[CompiledRule, ...] = ()
    older: tuple[Older, ...] = ()

    @cached_property
    def clauses(self) -> tuple[ClauseSql, ...]:
        return clauses_sql(self.context)

    def _of(self, *roles: Role) -> list[ClauseSql]:
        return [clause for clause in self.clauses if clause.role in roles]

    @cached_property
    def _covered(self) -> ColumnElement[bool]:
        return self.context.condition(self.context.rule.condition)

    # -- certainly and possibly due -------------------------------------------------------------------------------

    @cached_property
    def _floors_ended(self) -> ColumnElement[bool]:
        return all_ended(self.context, self._of(Role.FLOOR))

    @property
    def _law_lines(self) -> _Lines:
        floors, law = self._of(Role.FLOOR), text_of(Verdict.RETAINED_BY_LAW)
        lines = [(some(*(clause.kept for clause in floors if not clause.is_claim)), law)]
        claims = [clause.kept for clause in floors if clause.is_claim]
        return [*lines, (some(*claims), text_of(Verdict.RETAINED_BY_LAW, Reason.CLAIM))] if claims else lines

    @cached_property
    def _ceiling_reached(self) -> ColumnElement[bool]:
        return self._reached(self._of(Role.CEILING))

    @cached_property
    def _by_counsel(self) -> ColumnElement[bool]:
        return self._reached([ceiling for ceiling in self._of(Role.CEILING) if ceiling.counsel])

    def _reached(self, ceilings: list[ClauseSql]) -> ColumnElement[bool]:
        """Given that the floors have ended. The lead counts only where the purposes have, too."""
        ended = all_ended(self.context, self._of(Role.PURPOSE))
        early = some(*(clause.early for clause in ceilings))
        return some(*(clause.ended for clause in ceilings), every(early, ended))

    @cached_property
    def _unprotected(self) -> ColumnElement[bool]:
        """Nothing unknown could protect the row: no hold, and every column of it is classified."""
        return every(false() if self._unclassified else true(), not_(self.context.perhaps_held()))

    @property
    def _unclassified(self) -> bool:
        return self.context.unclassified and self.context.pseudonymizes

    @cached_property
    def _certainly_due(self) -> ColumnElement[bool]:
        applies = some_release(self.context, self._of(Role.FLOOR, Role.PURPOSE))
        ended = all_ended(self.context, self._of(Role.PURPOSE))
        return every(self._floors_ended, some(self._ceiling_reached, every(applies, ended)), self._unprotected)

    @cached_property
    def _possibly_due(self) -> ColumnElement[bool]:
        ceilings = self._of(Role.CEILING)
        applies = some(*(clause.may_have_ended for clause in self._of(Role.FLOOR, Role.PURPOSE)))
        near = some(*(clause.may_be_early for clause in ceilings))
        ended = every(*(not_(clause.kept) for clause in self._of(Role.PURPOSE)))
        reached = some(*(clause.may_have_ended for clause in ceilings))
        floors = every(*(not_(clause.kept) for clause in self._of(Role.FLOOR)))
        return every(floors, some(reached, every(some(near, applies), ended)), not_(self.context.held()))

    @property
    def reads_other_rows(self) -> bool:
        """Whether the decision on a root row hangs on rows that somebody else may write meanwhile."""
        rule = self.context.rule
        path = rule.subject is not None and bool(rule.subject.path)
        may_delete = self._deletes or rule.disposition.then_delete_after is not None
        older = any(one.compiled is not None and one.compiled.reads_other_rows for one in self.older)
        held = bool(self.context.covered.keys() - {HoldClass.SUBJECT})
        read = rule.relationship is not None or bool(lookups_of_rule(rule)) or bool(rule.needed_by)
        return older or path or held or read or (may_delete and bool(self._references))

    # -- references and marks -------------------------------------------------------------------------------------

    @cached_property
    def _references(self) -> tuple[Reference, ...]:
        return tuple(references_to(self.context.rule, self.context.schema))

    def _referenced(self, reference: Reference) -> ColumnElement[bool]:
        owners = [other for other in self.going if reference.table in other.context.rule.tables]

        def leaves(referring: FromClause) -> ColumnElement[bool]:
            return some(*(other.takes_along(reference.table, referring) for other in owners))

        context = self.context
        return referenced(reference, context.rule, context.tables, context.root, leaves if owners else None)

    def takes_along(self, table: str, row: FromClause) -> ColumnElement[bool]:
        """Whether a row of a table of the group is deleted with its group now."""
        context = self.context
        deleted = some(self.due_follow_up, self.due) if self._deletes else self.due_follow_up
        return goes_with(context.rule, context.tables, table, row, context.root, deleted)

    @cached_property
    def _unreferenced(self) -> ColumnElement[bool]:
        return every(*(not_(self._referenced(reference)) for reference in self._references))

    @cached_property
    def _deletes(self) -> bool:
        return self.context.rule.disposition.action is Action.DELETE

    @cached_property
    def _follows_up(self) -> ColumnElement[bool]:
        """The period after a pseudonymization has ended, and the row is due as it would be without a mark: a person
        who came back since started a new purpose."""
        return every(follow_up_reached(self.context), self._certainly_due)

    # -- earlier texts -------------------------------------------------------------------------------------------

    def _agreed(self, *, deletion: bool) -> ColumnElement[bool]:
        """Every earlier text permits it, or counsel's ceiling makes it due."""
        permitted = every(*(permits(one, self.context.rule, deletion=deletion) for one in self.older))
        return some(permitted, self._by_counsel)

    def _cooling_lines(self, *, deletion: bool, by_counsel: ColumnElement[str]) -> _Lines:
        """Of a row that is due by the present text."""
        latest_first = sorted(self.older, key=lambda one: one.until, reverse=True)
        lines = [(self._by_counsel, by_counsel)] if latest_first and not isinstance(self._by_counsel, False_) else []
        for one in latest_first:
            waits = text_of(Verdict.RETAINED, Reason.COOLING_DOWN, one.until.date().isoformat())
            lines.append((not_(permits(one, self.context.rule, deletion=deletion)), waits))
        return lines

    # -- what batches select -------------------------------------------------------------------------------------

    @cached_property
    def due(self) -> ColumnElement[bool]:
        """The groups that the rule's own action may dispose of now."""
        mine = self._unreferenced if self._deletes else not_(marked(self.context))
        found = every(index_range(self.context), certainly(self._covered), self._certainly_due)
        return every(found, mine, self._agreed(deletion=self._deletes))

    @cached_property
    def due_follow_up(self) -> ColumnElement[bool]:
        """The pseudonymized groups that may be deleted now."""
        if self.context.rule.disposition.then_delete_after is None:
            return false()
        follows = every(marked(self.context), self._follows_up, self._unreferenced)
        return every(certainly(self._covered), follows, self._agreed(deletion=True))

    # -- the verdict ---------------------------------------------------------------------------------------------

    @cached_property
    def code(self) -> ColumnElement[str]:
        """``verdict|reason|detail`` of the root row."""
        lines: _Lines = [
            *self._held_lines,
            (not_(possibly(self._covered)), text_of(Verdict.UNDETERMINED, Reason.NOT_COVERED)),
            (not_(certainly(self._covered)), text_of(Verdict.UNDETERMINED, Reason.CONDITION_UNKNOWN)),
        ]
        if not self._deletes:
            lines += self._marked_lines
        # Not certainly due is also what is NULL: it must not come to the lines of what is due.
        lines += [(not_(certainly(self._certainly_due)), self._not_due_code), *self._due_lines]
        return case(*lines, else_=text_of(Verdict.DUE, Reason.PERIODS_ENDED))

    @cached_property
    def _due_lines(self) -> _Lines:
        """Of a row that is certainly due. They are the deepest, with the earlier texts in them, and stand beside the
        other lines, not in a list within their list: SQLite's parser knows a hundred levels, and each is several."""
        reached = text_of(Verdict.DUE, Reason.CEILING_REACHED)
        cooling = self._cooling_lines(deletion=self._deletes, by_counsel=reached)
        referenced = self._referenced_lines if self._deletes else []
        return [*referenced, *cooling, (self._ceiling_reached, reached)]

    @cached_property
    def _referenced_lines(self) -> _Lines:
        return [
            (self._referenced(reference), text_of(Verdict.REFERENCED, Reason.NONE, reference.table))
            for reference in self._references
        ]

    @cached_property
    def _marked_lines(self) -> _Lines:
        """Of a row that was pseudonymized. Once what follows may come, it is judged as it would be without the mark."""
        done = text_of(Verdict.PSEUDONYMIZED)
        if self.context.rule.disposition.then_delete_after is None:
            return [(marked(self.context), done)]
        due = text_of(Verdict.DUE, Reason.FOLLOW_UP)
        lines = [*self._referenced_lines, *self._cooling_lines(deletion=True, by_counsel=due)]
        return [
            (every(marked(self.context), not_(follow_up_reached(self.context))), done),
            (every(self._certainly_due, follow_up_reached(self.context)), case(*lines, else_=due) if lines else due),
        ]

    @cached_property
    def _not_due_code(self) -> ColumnElement[str]:
        """What is said of a row that is not certainly due, in the order of the decision's lines."""
        return case(
            (self._possibly_due, undetermined_code(self.context, self.clauses)),
            *conflict_lines(self.context.rule, self.clauses),
            *self._law_lines,
            (self._active, text_of(Verdict.ACTIVE)),
            (self._retained, text_of(Verdict.RETAINED)),
            else_=text_of(Verdict.UNDETERMINED, Reason.NOTHING_APPLIES),
        )

    @property
    def _held_lines(self) -> list[tuple[ColumnElement[bool], ColumnElement[str]]]:
        """The first class by which a hold certainly covers the group; of a subject nothing more is to be said."""
        covered = self.context.covered
        return [
            (covered[name].certainly, text_of(Verdict.HELD, detail="" if name is HoldClass.SUBJECT else name.value))
            for name in HoldClass
            if name in covered
        ]

    @cached_property
    def _active(self) -> ColumnElement[bool]:
        relationship = relationship_sql(self.context)
        if relationship is None:
            return false()
        live = [clause.kept for clause in self._of(Role.PURPOSE) if clause.from_relationship]
        return every(some(*live), relationship.active(self.context.now))

    @cached_property
    def _retained(self) -> ColumnElement[bool]:
        purposes = [clause.kept for clause in self._of(Role.PURPOSE)]
        ceilings = [clause.applies for clause in self._of(Role.CEILING)]
        return some(*purposes, *ceilings)
