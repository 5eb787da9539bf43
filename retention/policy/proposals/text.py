"""A proposed rule as a file: what the schema says, what is a guess, and what a person must decide, marked as such."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from retention.model.join import Join
from retention.model.rule import Action, ValueKind
from retention.policy.proposals.children import Referrer
from retention.policy.proposals.proposal import Proposal, ProposedColumn, RelatedTime
from retention.policy.proposals.times import TimeCandidate
from retention.policy.undecided import TO_DECIDE
from retention.policy.yaml_words import flow, quoted, quoted_text

WIDTH = 118


def proposal_text(proposal: Proposal) -> str:
    """The file that is written to rules/<dataset>/."""
    return "\n".join([*_head(proposal), *_rule(proposal)]) + "\n"


def to_decide(proposal: Proposal) -> tuple[str, ...]:
    """What no schema can say, in words. Lint refuses the file until it is written (R540)."""
    wishes, found = proposal.wishes, []
    if wishes.period is None:
        found.append("period and basis: how long, by which law (floors) or for which reason of your own (purposes)")
    if proposal.start is None and proposal.other_starts:
        found.append("start: no column says when a person's relationship ended; what there is stands in remarks")
    elif proposal.start is None:
        parents = ", ".join(dict.fromkeys(key.table for key in proposal.table.foreign_keys))
        rather = f"; do its rows rather go with {parents} (goes_with in that rule)?" if parents else ""
        found.append(f"start: no column of the table looks like a time{rather}")
    if proposal.subject is None:
        found.append("subject: no way leads from the table to a person; whom are its rows about?")
    columns = (*proposal.columns, *(column for _, columns in proposal.members for column in columns))
    undecided = [column.name for column in columns if (column.treatment.strategy or {}).get("name") == TO_DECIDE]
    if undecided:
        found.append(f"strategy of {', '.join(undecided)}: none fits type, length and keys")
    return tuple(found)


def _head(proposal: Proposal) -> Iterator[str]:
    table = f"{proposal.dataset}.{proposal.table.name}"
    yield from _comment(
        f"Proposed by `retention rule new {table}` from the schema. Remarks behind a # are worth a look."
    )
    decisions = to_decide(proposal)
    if decisions:
        yield from _comment(f"Lint refuses this file (R540) until a person has written what stands as {TO_DECIDE}:")
    for decision in decisions:
        yield from _comment(f"- {decision}", inner="  ")
    for referrer in proposal.referrers:
        yield from _comment(_refers(referrer, proposal))


def _refers(referrer: Referrer, proposal: Proposal) -> str:
    said = f"{referrer.table} ({', '.join(referrer.columns)}) refers to {referrer.parent} and does not go with it"
    if proposal.action is Action.PSEUDONYMIZE:
        return f"{said}: its rows stay."
    rule = "has a rule of its own" if referrer.ruled else "needs a rule of its own, or goes_with here"
    return f"{said}: as long as such a row is there, nothing is deleted. It {rule}."


def _rule(proposal: Proposal) -> Iterator[str]:
    yield "version: 1"
    yield f"id: {proposal.id}"
    yield f"title: {quoted(proposal.title)}"
    yield f"dataset: {quoted(proposal.dataset)}"
    yield from _remarked(
        f"cluster: {quoted(proposal.cluster)}", "data that belong together and live equally long; rules may share it"
    )
    yield f"table: {quoted(proposal.table.name)}"
    if proposal.members:
        yield "goes_with:"
    for member, columns in proposal.members:
        yield from _remarked(f"  - table: {quoted(member.table.name)}", member.why)
        if member.parent != proposal.table.name:
            yield f"    parent: {quoted(member.parent)}"
        yield f"    join: {_pairs(member.join)}"
        yield "    columns:"
        yield from _columns(columns, "      ")
    yield from _subject(proposal)
    yield from _relationship(proposal)
    yield from _clause(proposal)
    yield from _remarked(f"disposition: {proposal.action.value}", proposal.why_action)
    yield "columns:"
    yield from _columns(proposal.columns, "  ")


def _subject(proposal: Proposal) -> Iterator[str]:
    found = proposal.subject
    if found is None:
        yield f'subject: {TO_DECIDE} # {{kind: customer, key: customer_id}}, or {{nobody: "why"}}'
        return
    steps = ", ".join(f"{{columns: {_pairs(step)}, table: {quoted(step.table)}}}" for step in found.path)
    path = f", path: [{steps}]" if steps else ""
    missing = "; NULL: somebody unknown, else write when_missing: nobody" if found.nullable else ""
    yield from _remarked(f"subject: {{kind: {found.kind}, key: {quoted(found.key)}{path}}}", f"{found.why}{missing}")


def _relationship(proposal: Proposal) -> Iterator[str]:
    start = proposal.start
    if isinstance(start, RelatedTime):
        table = start.join.table
        ends = f"it ends with the last {start.at.column} of {table}; without any such row it is undetermined"
        yield from _remarked("relationship:", ends)
        yield f"  table: {quoted(table)}"
        yield f"  join: {_pairs(start.join)}"
        yield from _remarked(f"  end: {flow(start.at.written)}", _doubts(start.at, "NULL: it lasts"))


def _clause(proposal: Proposal) -> Iterator[str]:
    wishes, start = proposal.wishes, proposal.start
    yield (
        "floors: # must be kept until then, by law"
        if wishes.floor
        else ("purposes: # may be kept until then, for a reason of your own; what a law demands stands under `floors`")
    )
    yield f"  - id: {wishes.clause}"
    if start is None:
        yield f"    start: {TO_DECIDE} # a time column, or relationship_end"
    elif isinstance(start, RelatedTime):
        yield "    start: relationship_end"
    else:
        without = "a row without it is undetermined, and kept"
        yield from _remarked(f"    start: {flow(start.written)}", _doubts(start, without))
    for other in proposal.other_starts:
        yield from _comment(f"or: {_other(other)}", indent="    ")
    if wishes.period is None or wishes.basis is None:
        yield f"    period: {TO_DECIDE} # P6Y, P18M, P90D; with `align: calendar_year` where the law counts so"
        yield f"    basis: {TO_DECIDE} # the law with its article, or the reason of the controller"
    else:
        yield f"    period: {wishes.period}"
        yield f"    basis: {quoted_text(wishes.basis)}"


def _doubts(at: TimeCandidate, null: str) -> str:
    return "; ".join(filter(None, (at.doubt, null if at.nullable else "")))


def _other(start: TimeCandidate | RelatedTime) -> str:
    if isinstance(start, TimeCandidate):
        return f"start: {flow(start.written)}" + (f" ({start.doubt})" if start.doubt else "")
    return (
        f"start: relationship_end, with relationship: {{table: {quoted(start.join.table)}, join: {_pairs(start.join)}, "
        f"end: {flow(start.at.written)}}}"
    )


def _columns(columns: tuple[ProposedColumn, ...], indent: str) -> Iterator[str]:
    for column in columns:
        kind, treated = column.guess.kind, column.treatment
        doubt = "; ".join(filter(None, (column.guess.doubt, treated.doubt)))
        use: object = str(kind)
        if treated.keep is not None:
            use = {"kind": str(kind), "keep": treated.keep}
        elif treated.strategy is not None:
            strategy = treated.strategy
            use = {"kind": str(kind), "strategy": strategy["name"] if len(strategy) == 1 else strategy}
        text = str(ValueKind.NONE) if use == str(ValueKind.NONE) else flow(use)
        yield from _remarked(f"{indent}{quoted(column.name)}: {text}", doubt)


def _pairs(join: Join) -> str:
    return flow(dict(zip(join.columns, join.far_columns, strict=True)))


def _remarked(line: str, remark: str) -> Iterator[str]:
    """Behind the line where there is room, else above it."""
    words = " ".join(remark.split())
    if not words or len(line) + len(words) <= WIDTH:
        yield f"{line} # {words}" if words else line
        return
    yield from _comment(words, indent=line[: len(line) - len(line.lstrip())])
    yield line


def _comment(text: str, *, indent: str = "", inner: str = "") -> list[str]:
    """``inner``: before the text, behind the mark of a comment."""
    lines = wrap(text, WIDTH - len(indent) - len(inner), break_on_hyphens=False)
    return [f"{indent}# {inner}{line}" for line in lines]
