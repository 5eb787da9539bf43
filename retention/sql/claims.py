"""Which rows claims assessments keep from what their rule does next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, Connection, select

from retention.model.hold import PlacedClaim
from retention.planning.claims import stops_now
from retention.planning.facts import ClaimOn
from retention.sql.claim_subjects import of_claims
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import every
from retention.sql.coverage import NOT_COVERED, Covered, any_of


def claimed(context: RuleContext, marked: ColumnElement[bool] | None) -> Covered:
    """Whether one of those whose last day has not passed keeps the group of a root row. ``marked``: whether the row was
    pseudonymized already, so that only a deletion may follow; None: it cannot be."""
    today = date.fromisoformat(context.today)
    standing = [one for one in context.holds.claims if today <= one.through]
    kept = covering(context, (one for one in standing if stops_now(one, context.rule, marked=False)))
    if marked is None:
        return kept
    later = [one for one in standing if stops_now(one, context.rule, marked=True)]
    then = covering(context, (one for one in later if not stops_now(one, context.rule, marked=False)))
    if then.never:
        return kept
    marked_and = Covered(certainly=every(marked, then.certainly), possibly=every(marked, then.possibly))
    return any_of((kept, marked_and))


def covering(context: RuleContext, claims: Iterable[PlacedClaim]) -> Covered:
    """Whether one of these is on a person whom the group is about; an identity link may say so."""
    ids = [one.claim_id for one in claims]
    if not ids:
        return NOT_COVERED
    coverage = replace(context.coverage, on_subjects=of_claims(context.own, ids))
    return coverage.subject(context.rule, context.root)


def claims_on(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> tuple[ClaimOn, ...]:
    """All that are, or may be, on a person whom the group of a root row is about."""
    if not _answers(connection, context, context.holds.claims, here)[1]:
        return ()
    each = ((one, _answers(connection, context, (one,), here)) for one in context.holds.claims)
    return tuple(ClaimOn(claim=one, certain=certain) for one, (certain, possible) in each if possible)


def _answers(
    connection: Connection, context: RuleContext, claims: Iterable[PlacedClaim], here: ColumnElement[bool]
) -> tuple[bool, bool]:
    found = covering(context, claims)
    if found.never:
        return False, False
    tests = select(found.certainly, found.possibly).select_from(context.root).where(here)
    certain, possible = connection.execute(tests).one()
    return bool(certain), bool(possible)
