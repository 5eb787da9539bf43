"""A rule for a table that has none: proposed from its schema, decided by a person."""

from retention.policy.proposals.proposal import Proposal, RelatedTime, Surroundings, Wishes, propose
from retention.policy.proposals.text import proposal_text, to_decide
from retention.policy.proposals.times import TimeCandidate
from retention.policy.proposals.wishes import wishes_of

__all__ = [
    "Proposal",
    "RelatedTime",
    "Surroundings",
    "TimeCandidate",
    "Wishes",
    "proposal_text",
    "propose",
    "to_decide",
    "wishes_of",
]
