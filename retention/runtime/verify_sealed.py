"""A sealed run looked at again: what was found while its originals could be looked for stays on record."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retention.model.run import Check, CheckOutcome, Verification
from retention.runtime.deployment import Deployment
from retention.runtime.verify_run import verify_run
from retention.sql.checks.look import LIST_GONE
from retention.sql.checks.same_subject import KEY_GONE

_GOOD = (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE)
_FOLLOWS = "findings_without_unknown"  # Great Expectations counts what our verifier cannot tell


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAgain:
    """``recorded`` is what sealed the run. ``untold``: checks that ask for the key or the lists, which
    sealing destroyed."""

    found: Verification
    recorded: Verification
    untold: int

    @property
    def passed(self) -> bool:
        """Nothing is wrong, and what cannot be told now was told when the run was sealed."""
        bad = sum(check.outcome not in _GOOD for check in self.found.checks)
        return self.recorded.passed and bool(self.found.checks) and bad == self.untold


def verify_sealed(deployment: Deployment, run_id: str) -> LookedAgain:
    """Raises what verify_run raises. What is on record stays, whatever comes of it."""
    runs = deployment.control.runs
    recorded = runs.verification(run_id)
    if recorded is None:
        raise AssertionError(f"{run_id} is sealed without a verification")
    try:
        found = verify_run(deployment, run_id)
    finally:
        runs.save_verification(run_id, recorded)
    return looked_again(found, recorded)


def looked_again(found: Verification, recorded: Verification) -> LookedAgain:
    """Great Expectations calls every unknown finding wrong: where what sealing forgets is missing, it cannot tell
    either."""
    unknown = [one for one in found.checks if one.outcome is CheckOutcome.COULD_NOT_TELL and one.by == "verifier"]
    if unknown and all(map(_forgotten, unknown)):
        found = replace(found, checks=tuple(map(_untold, found.checks)))
    untold = sum(map(_forgotten, found.checks))
    return LookedAgain(found=found, recorded=recorded, untold=untold)


def _forgotten(check: Check) -> bool:
    return check.outcome is CheckOutcome.COULD_NOT_TELL and check.note in (KEY_GONE, LIST_GONE)


def _untold(check: Check) -> Check:
    if check.name != _FOLLOWS or check.outcome is not CheckOutcome.WRONG:
        return check
    return replace(check, outcome=CheckOutcome.COULD_NOT_TELL, violations=0, unknown=1, note=KEY_GONE)
