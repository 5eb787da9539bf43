"""Rules of one cluster: what belongs together lives equally long. Laws differ; what a controller says need not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retention.model.clause import Role
from retention.policy.finding import Finding
from retention.policy.lint.tables import at
from retention.policy.rule_file import ReadRule


def check(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """Each rule beside the first of its cluster, in whatever dataset."""
    first: dict[str, ReadRule] = {}
    for read in rules:
        other = first.setdefault(read.rule.cluster, read)
        for role in (Role.PURPOSE, Role.CEILING):
            here, there = _periods(read, role), _periods(other, role)
            if here and there and here != there:
                yield _differ(read, other, role, here, there)


def _periods(read: ReadRule, role: Role) -> frozenset[str]:
    """Those that the rule says itself."""
    own = (clause for clause in read.rule.of_role(role) if not clause.statute and "/" not in clause.id)
    return frozenset(str(terms.periods[0]) for clause in own for terms in clause.known_terms)


def _differ(read: ReadRule, other: ReadRule, role: Role, here: frozenset[str], there: frozenset[str]) -> Finding:
    place = other.reading.text.at("cluster")
    what = (
        f"{read.rule.id} and {other.rule.id} ({place}) are of one cluster, {read.rule.cluster!r}, and their {role}s "
        f"last {_listed(here)} here and {_listed(there)} there: what belongs together lives equally long"
    )
    remedy = "let the periods agree, or name another cluster"
    return at(read, "R263", ("cluster",), what, remedy, remark=True)


def _listed(periods: frozenset[str]) -> str:
    return ", ".join(sorted(periods))
