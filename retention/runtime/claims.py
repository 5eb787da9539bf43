"""Claims assessments: a claim of a person, or against one, is expected, and certain data is kept until a day.

To everything that makes a hold reliable they are holds: placed behind the fence, copied into every dataset, followed
along identity links, ended early by two persons. To the decision they are floors.
"""

from __future__ import annotations

from datetime import date, timedelta

from retention.model.errors import RetentionError, refuse
from retention.model.hold import Claim, Elements, Hold, HoldReceipt, HoldState, SubjectKey
from retention.runtime import holds
from retention.runtime.deployment import Deployment
from retention.runtime.identity_links import hold_everywhere
from retention.runtime.rule_changes import cooled_down_at
from retention.sql.control.records import HoldCopy, HoldRecord


def record(
    deployment: Deployment,
    subjects: tuple[SubjectKey, ...],
    by: str,
    *,
    owner: str,
    through: date,
    why: str,
    elements: tuple[Elements, ...] = (),
) -> HoldReceipt:
    """From its recording on this system disposes of nothing of these persons that it needs, through its last day.

    Raises RetentionError R571 for no owner, no reason, or a last day that has passed; R360 and R367 as for a hold.
    """
    if not owner.strip():
        raise _lacks("it has no owner", "name who answers for it: --owner")
    if not why.strip():
        raise _lacks("it has no reason", "say which claim is expected, without a person's name: --why")
    if through <= deployment.clock.now().date() - timedelta(days=1):
        raise _lacks(f"its last day, {through.isoformat()}, has passed", "name a day that is still to come: --until")
    claim = Claim(owner=owner.strip(), through=through, elements=elements)
    return holds.placed(deployment, why, subjects, by, claim=claim)


def details(deployment: Deployment) -> tuple[HoldRecord, ...]:
    """All in the order in which they were recorded, the ended ones too."""
    return tuple(one for one in deployment.control.holds.records() if one.hold.claim is not None)


def receipt(deployment: Deployment, claim_id: str) -> HoldReceipt:
    """As it stands now. Raises RetentionError R570 for an unknown one."""
    _known(deployment, claim_id)
    return holds.receipt_of(deployment, claim_id)


def request_end(deployment: Deployment, claim_id: str, by: str, reason: str) -> Hold:
    """Ask for its end before its last day; it protects until a second person confirms. Raises RetentionError R570,
    R363 (requested already, or ended), R571 (no reason)."""
    _known(deployment, claim_id)
    if not reason.strip():
        raise _lacks("its end needs a reason", "say why it is no longer needed, without a person's name: --reason")
    return deployment.control.releases.request(claim_id, by, reason.strip(), deployment.clock.now()).hold


def confirm_end(deployment: Deployment, claim_id: str, by: str) -> tuple[Hold, tuple[HoldCopy, ...]]:
    """It protects until the cool-down is over. Raises RetentionError R570, R362 (the person who requested it), R363."""
    _known(deployment, claim_id)
    now = deployment.clock.now()
    ended = deployment.control.releases.confirm(claim_id, by, now, protects_until=cooled_down_at(deployment, now))
    return ended.hold, hold_everywhere(deployment)


def withdraw_end(deployment: Deployment, claim_id: str, by: str) -> Hold:
    """Take back an end that was requested or confirmed. Raises RetentionError R570, R363."""
    _known(deployment, claim_id)
    deployment.control.releases.withdraw(claim_id, by, deployment.clock.now())
    hold_everywhere(deployment)
    return deployment.control.holds.record(claim_id).hold


def _known(deployment: Deployment, claim_id: str) -> None:
    ids = [one.hold.id for one in details(deployment)]
    if claim_id not in ids:
        standing = [one.hold.id for one in details(deployment) if one.hold.state is not HoldState.RELEASED]
        raise refuse(
            "R570",
            f"there is no claims assessment {claim_id!r}; there are: {', '.join(standing[-20:]) or 'none'}",
            where="control store",
            remedy="name one of those; `retention claim list` says more about them",
        )


def _lacks(what: str, remedy: str) -> RetentionError:
    return refuse("R571", f"the claims assessment is not complete: {what}", where="claim", remedy=remedy)
