"""The tests of single promises can fail: with one part of the product left out, the one named beside it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import and_, false

from retention.sql.coverage import Coverage, Covered
from retention.sql.examination import stays_listed
from retention.sql.marks import _mark_of
from tests.databases import test_claims as claims
from tests.databases import test_cool_downs as cool_downs
from tests.databases import test_hold_scopes as scopes
from tests.databases import test_holds as holds
from tests.databases import test_identity_links as links
from tests.databases import test_plan_approval as approvals
from tests.databases import test_plan_contract as contract
from tests.databases import test_released_holds as releases
from tests.databases import test_runs as runs
from tests.databases import test_second_reference as references
from tests.faults.faults import nothing, nowhere
from tests.faults.parts import Part, is_missed
from tests.property import test_sql_follows_decide as worlds
from tests.property.test_sql_follows_decide import Arena

_SOME_ROW = Coverage._some_row
_LISTED = stays_listed
EXAMPLES = 1_000  # the first that differs ends the search


def _nothing_refers(*_: object, **__: object) -> tuple[()]:
    return ()


def _only_roots(self: Coverage, rule: Any, root: Any, table: str, test: Any) -> Any:
    return _SOME_ROW(self, rule, root, rule.table, test if table == rule.table else lambda _: _none())


def _all_but_claims(code: Any) -> Any:
    return and_(_LISTED(code), code.not_like("retained_by_law|claim|%"))


def _none() -> Covered:
    return Covered(certainly=false(), possibly=false())


def _whatever_is_written(context: Any, table: str, row: Any) -> Any:
    mark, test = _mark_of(context, table, row)
    *same, _ = test.clauses
    return mark, and_(*same)


def _differs(test: Callable[..., None], compare: Callable[[Arena, st.DataObject], None]) -> Callable[..., None]:
    """The property that ``test`` is about: the same worlds each time, and the first that differs is enough."""

    def shown(any_database: str) -> None:
        arena = Arena(any_database)

        @settings(max_examples=EXAMPLES, phases=[Phase.generate], derandomize=True, deadline=None, database=None)
        @given(data=st.data())
        def once(data: st.DataObject) -> None:
            compare(arena, data)

        try:
            once()
        finally:
            arena.database.close()

    shown.__name__ = test.__name__
    return shown


PARTS: Mapping[str, Part] = {
    "what matched a condition is not remembered": Part(
        {"retention.sql.coverage:is_captured": nowhere},
        scopes.test_what_matched_once_stays_held_when_the_row_changes,
    ),
    "batches do not look for new matches": Part(
        {"retention.sql.disposal:capture": nothing, "retention.sql.coverage:condition_on": nowhere},
        scopes.test_new_matches_join_when_a_batch_looks,
    ),
    "a member row does not freeze its group": Part(
        {"retention.sql.coverage:Coverage._some_row": _only_roots},
        scopes.test_a_member_row_that_matches_freezes_its_group,
    ),
    "a release takes the other hold along": Part(
        {"retention.sql.coverage:Coverage._row": lambda *_: _none()},
        scopes.test_of_two_holds_the_other_one_keeps_the_row,
    ),
    "identity links are not followed": Part(
        {"retention.runtime.identity_links:follow_links": lambda _: False},
        links.test_what_is_about_the_same_person_is_held,
    ),
    "holds do not cover their subjects": Part(
        {"retention.sql.coverage:Coverage.subject": lambda *_: _none()},
        holds.test_a_key_that_nobody_has_yet_is_held_all_the_same,
    ),
    "companions are not held": Part(
        {"retention.sql.coverage:Coverage.companion": lambda *_: _none()},
        _differs(worlds.test_holds_of_every_kind_cover_the_groups_that_plain_python_says, worlds._cover),
    ),
    "what a held row refers to is not anchored": Part(
        {"retention.sql.coverage:Coverage.anchored": nowhere},
        _differs(worlds.test_holds_of_every_kind_cover_the_groups_that_plain_python_says, worlds._cover),
    ),
    "SQL overlooks the rows that refer to a group": Part(
        {"retention.sql.verdicts:references_to": _nothing_refers},
        _differs(worlds.test_sql_gives_every_row_the_verdict_of_decide, worlds._compare),
    ),
    "a row that other rows refer to is no reason": Part(
        {"retention.sql.verdicts:references_to": _nothing_refers},
        references.test_a_row_of_a_member_table_that_goes_with_no_group_stops_the_group_it_refers_to,
    ),
    "plans do not expire": Part(
        {"retention.runtime.dispose:refuse_expired": nothing, "retention.runtime.batches:refuse_expired": nothing},
        runs.test_an_expired_plan_says_to_start_a_new_run,
    ),
    "a run that was begun goes on after its plan": Part(
        {"retention.runtime.batches:refuse_expired": nothing},
        contract.test_a_run_that_was_begun_in_time_ends_at_the_expiry_and_does_not_go_on,
    ),
    "an edited plan is carried out": Part(
        {"retention.runtime.dispose:refuse_changed": nothing},
        contract.test_a_stored_plan_that_was_edited_is_refused,
    ),
    "an edited list is carried out": Part(
        {"retention.runtime.dispose:refuse_other_candidates": nothing},
        contract.test_a_list_that_was_changed_by_hand_is_refused,
    ),
    "nobody needs to approve": Part(
        {"retention.runtime.dispose:refuse_unapproved": nothing},
        approvals.test_nothing_is_disposed_of_before_a_second_person_approved,
    ),
    "limits are not looked at": Part(
        {
            "retention.runtime.step_plan:beyond_limits": nothing,
            "retention.runtime.dispose:refuse_beyond_limits": nothing,
        },
        runs.test_limits_refuse_the_rule_and_hide_no_other,
    ),
    "a new rule writes at once": Part(
        {"retention.runtime.step_plan:_plan_only": lambda *_: ""},
        runs.test_the_first_run_of_a_rule_is_a_plan_only,
    ),
    "earlier texts are not heard": Part(
        {"retention.runtime.rule_changes:Changes.awaited": lambda *_: ()},
        cool_downs.test_a_shorter_period_waits_for_thirty_days_from_its_recording,
    ),
    "a confirmed release takes effect at once": Part(
        {"retention.runtime.holds:cooled_down_at": lambda _, recorded_at: recorded_at},
        releases.test_a_confirmed_release_protects_until_the_cool_down_is_over,
    ),
    "a cool-down of a release never ends": Part(
        {"retention.sql.control.releases:Releases.end": _nothing_refers},
        releases.test_a_confirmed_release_protects_until_the_cool_down_is_over,
    ),
    "claims assessments keep nothing": Part(
        {"retention.sql.clauses:claims_clause": _nothing_refers},
        claims.test_it_keeps_through_its_last_day_in_the_zone_of_each_rule,
    ),
    "what a claims assessment alone kept is not looked at again": Part(
        {"retention.sql.examination:stays_listed": _all_but_claims},
        claims.test_it_keeps_through_its_last_day_in_the_zone_of_each_rule,
    ),
    "one person releases a hold": Part(
        {"retention.sql.control.releases:_refuse_one_person_alone": nothing},
        holds.test_of_two_holds_on_one_person_the_other_one_stays,
    ),
    "batches do not hear the earlier text of a rule": Part(
        {"retention.runtime.dispose:planned_texts": _nothing_refers},
        cool_downs.test_a_batch_hears_the_earlier_text_anew,
    ),
    "a mark counts whatever the row holds": Part(
        {"retention.sql.marks:_mark_of": _whatever_is_written},
        runs.test_a_mark_counts_only_while_the_row_holds_what_was_written,
    ),
    "batches delete nothing and say so": Part(
        {"retention.sql.disposal:Batches._delete": lambda *_: {}},
        runs.test_a_run_disposes_of_what_is_due_and_of_nothing_else,
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_left_out_is_missed(name: str, request: pytest.FixtureRequest) -> None:
    is_missed(PARTS[name], request)
