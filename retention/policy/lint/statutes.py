"""What has to be known of the statutes that a rule refers to: no sign-off, and what keeps them open."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.clause import Role
from retention.policy.finding import Finding
from retention.policy.lint.tables import at, clause_path
from retention.policy.rule_file import ReadRule


def check(read: ReadRule) -> Iterator[Finding]:
    yield from _unsigned(read)
    yield from _kept_open(read)


def _unsigned(read: ReadRule) -> Iterator[Finding]:
    """One remark for each entry of the file."""
    entries: dict[tuple[str | int, ...], list[str]] = {}
    for clause in read.rule.clauses:
        if clause.statute and clause.unsigned:
            entries.setdefault(clause_path(read, clause), []).append(clause.statute)
    for path, names in entries.items():
        listed = ", ".join(dict.fromkeys(names))
        what = f"counsel has not signed off {listed}: what they say may keep rows longer, and lets none go"
        remedy = f"have counsel look at them (`retention statutes show {names[0]}`), and sign_offs.yaml say so"
        yield at(read, "R166", path, what, remedy, remark=True)


def _kept_open(read: ReadRule) -> Iterator[Finding]:
    """Of floors and purposes: what the law says in words, no column can be read for."""
    for clause in read.rule.clauses:
        statute = read.reading.statutes.get(clause.statute)
        if statute is not None and statute.open_while and clause.open_while is None and clause.role is Role.FLOOR:
            what = f"the law keeps {statute.id} open while: {statute.open_while}"
            remedy = "say with open_while which rows those are, or place legal holds on them"
            yield at(read, "R167", clause_path(read, clause), what, remedy, remark=True)
