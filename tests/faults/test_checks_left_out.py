"""The tests of what stands guard can fail: with one guard or one look of the verifier left out, the one named does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import great_expectations
import pytest
from sqlalchemy import LargeBinary, false, func, literal

from retention.model.run import Check
from retention.runtime.compiling import Compiling
from retention.runtime.keys import PseudonymKey
from retention.runtime.verify_run import check_of
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.checks.orphans import _dangling
from tests.databases import test_cool_downs as cool_downs
from tests.databases import test_pseudonyms as pseudonyms
from tests.databases import test_refusing_before_writing as refusing
from tests.databases import test_retirement as retirement
from tests.databases import test_runs as runs
from tests.databases import test_verification as verification
from tests.databases.pseudonym_world import SECRET
from tests.faults.faults import nothing, nothing_of_it, nowhere
from tests.faults.parts import Part, is_missed

_RULE = Compiling.rule


def _nobody(*_: object) -> Any:
    return literal("nobody")


def _before_any_hold(*_: object) -> int:
    return -1


def _nothing_left(_: Look, compiled: Any) -> Finding:
    rule = compiled.context.rule
    return Finding(check_name="nothing_due_left", rule_id=rule.id, table_name=rule.table, examined=1)


def _nothing_found(**values: Any) -> Finding:
    return Finding(**{**values, "violations": 0})


def _nothing_dangles(*asked: Any) -> Any:
    return _dangling(*asked).where(false())


def _unknown_is_well(finding: Finding) -> Check:
    return check_of(replace(finding, unknown=0))


def _made_up_key(*_: object) -> PseudonymKey:
    return PseudonymKey(id="made up", secret=bytes(32))


def _earlier_text_alone(self: Compiling, rule: Any, awaited: Any, going: Any = ()) -> Any:
    texts = [one.text.rule for one in awaited if one.text is not None]
    return _RULE(self, texts[0] if texts else rule, (), going)


def _with_the_secret_bound(_: object, __: str, text: Any) -> Any:
    return func.retention_sha256(literal(SECRET.hex()).concat(text), type_=LargeBinary)


class _Telling:
    """Great Expectations, asked for what it found and not only whether."""

    def __getattr__(self, name: str) -> Any:
        return getattr(great_expectations, name)

    def Checkpoint(self, **given: Any) -> Any:
        return great_expectations.Checkpoint(**{**given, "result_format": "COMPLETE"})


CHECK_PARTS: Mapping[str, Part] = {
    "a schema that changed stops no rule": Part(
        {
            "retention.runtime.compiling:LiveRules.refusals": nothing_of_it,
            "retention.sql.disposal:Batches._record_originals": nothing,  # which would miss the column, too
        },
        refusing.test_a_rule_whose_column_is_gone_writes_nothing_and_hides_no_other,
    ),
    "a missing key is made up": Part(
        {
            "retention.runtime.step_plan:require_key": _made_up_key,
            "retention.runtime.dispose:require_key": _made_up_key,
        },
        refusing.test_nothing_is_pseudonymized_in_part_for_want_of_the_key,
    ),
    "nobody looks whether the run did what it said": Part(
        {"retention.sql.checks.due:_left": _nothing_left, "retention.runtime.verify_run:checks_of": nothing_of_it},
        runs.test_a_run_that_says_it_deleted_and_did_not_fails,
    ),
    "the table is not decided anew": Part(
        {"retention.sql.checks.due:_left": _nothing_left},
        verification.test_a_due_row_left_is_wrong,
    ),
    "rows of the same person are not looked into": Part(
        {"retention.sql.checks.same_subject:found_whole": nothing},
        verification.test_an_original_in_a_row_of_the_same_person_is_wrong,
    ),
    "texts are not searched": Part(
        {"retention.sql.checks.anywhere:found_inside": nothing},
        verification.test_an_address_or_a_number_inside_somebody_elses_note_is_wrong,
    ),
    "names beside streets are not looked for": Part(
        {"retention.sql.checks.anywhere:_beside_a_name": nowhere},
        verification.test_a_full_name_beside_its_street_is_wrong,
    ),
    "any value is in range": Part(
        {"retention.sql.checks.in_range:outside": nowhere},
        verification.test_a_value_outside_of_its_range_is_wrong,
    ),
    "marks are not compared with the holds": Part(
        {"retention.sql.checks.holds:_epoch_of": _before_any_hold},
        verification.test_a_mark_on_a_held_row_is_wrong,
    ),
    "batches are not compared with the holds": Part(
        {"retention.sql.checks.holds:trace_text": _nobody},
        verification.test_a_batch_that_concerned_a_held_person_is_wrong,
    ),
    "orphans are not looked for": Part(
        {"retention.sql.checks.orphans:_dangling": _nothing_dangles},
        verification.test_an_orphan_is_wrong,
    ),
    "duplicate keys are not looked for": Part(
        {"retention.sql.checks.unique:Finding": _nothing_found},
        verification.test_a_duplicate_key_is_wrong,
    ),
    "looking at nothing is enough": Part(
        {"retention.sql.checks.examined:Finding": _nothing_found},
        verification.test_a_run_that_looked_at_nothing_is_wrong,
    ),
    "what cannot be told passes": Part(
        {"retention.runtime.verify_run:check_of": _unknown_is_well},
        verification.test_a_table_that_is_not_as_its_rule_knows_it_cannot_be_told,
    ),
    "Great Expectations is asked for the values": Part(
        {"retention.runtime.expectations:_great_expectations": _Telling},
        verification.test_nothing_that_is_found_says_a_value,
    ),
    "a secret is a parameter of a statement": Part(
        {"retention.sql.dialects.sqlite:SQLite.keyed_digest": _with_the_secret_bound},
        pseudonyms.test_no_secret_and_nothing_of_a_person_is_in_statements_parameters_and_logs,
    ),
    "counsel's mark exempts nothing": Part(
        {"retention.sql.verdicts:CompiledRule._by_counsel": property(nowhere)},
        cool_downs.test_a_ceiling_that_counsel_marked_waits_for_nothing,
    ),
    "an earlier text decides alone": Part(
        {"retention.runtime.compiling:Compiling.rule": _earlier_text_alone},
        cool_downs.test_a_longer_period_holds_at_once,
    ),
    "one person retires a dataset": Part(
        {"retention.sql.control.retirements:_refuse_same": nothing},
        retirement.test_one_person_alone_retires_nothing,
    ),
}


@pytest.mark.parametrize("name", CHECK_PARTS)
def test_a_guard_that_is_left_out_is_missed(name: str, request: pytest.FixtureRequest) -> None:
    is_missed(CHECK_PARTS[name], request)
