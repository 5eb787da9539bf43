"""A sealed run that is looked at again: what is missing for want of the key alone is no fault."""

from __future__ import annotations

from dataclasses import replace

from retention.model.run import Check, CheckOutcome, Verification
from retention.runtime.verify_sealed import looked_again
from retention.sql.checks.same_subject import KEY_GONE


def check(name: str, outcome: CheckOutcome, by: str = "verifier", note: str = "") -> Check:
    return Check(
        name=name,
        rule_id="shop.customers",
        table="customers",
        column="",
        examined=4,
        violations=int(outcome is CheckOutcome.WRONG),
        unknown=int(outcome is CheckOutcome.COULD_NOT_TELL),
        outcome=outcome,
        by=by,
        note=note,
    )


def verification(*checks: Check) -> Verification:
    return Verification(run_id="shop-1", checks=checks, not_examined=())


DUE = check("nothing_due_left", CheckOutcome.PASSED)
KEYLESS = check("originals_gone_anywhere", CheckOutcome.COULD_NOT_TELL, note=KEY_GONE)
FOLLOWS = check("findings_without_unknown", CheckOutcome.WRONG, by="great_expectations")
RECORDED = verification(DUE, check("originals_gone_anywhere", CheckOutcome.PASSED))


def test_the_key_alone_is_missing() -> None:
    again = looked_again(verification(DUE, KEYLESS, FOLLOWS), RECORDED)
    assert (again.passed, again.untold) == (True, 2)
    assert {one.outcome for one in again.found.checks} == {CheckOutcome.PASSED, CheckOutcome.COULD_NOT_TELL}


def test_something_wrong_stays_wrong() -> None:
    wrong = check("nothing_due_left", CheckOutcome.WRONG)
    assert not looked_again(verification(wrong, KEYLESS, FOLLOWS), RECORDED).passed


def test_what_cannot_be_told_for_another_reason_does_not_pass() -> None:
    other = check("counts_agree", CheckOutcome.COULD_NOT_TELL, note="a key was given again")
    again = looked_again(verification(DUE, KEYLESS, other, FOLLOWS), RECORDED)
    assert not again.passed
    assert FOLLOWS in again.found.checks, "Great Expectations keeps what it said"


def test_what_did_not_pass_at_sealing_does_not_pass_now() -> None:
    recorded = replace(RECORDED, checks=(check("nothing_due_left", CheckOutcome.WRONG),))
    assert not looked_again(verification(DUE, KEYLESS, FOLLOWS), recorded).passed
