"""How an explanation looks on a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console

from retention.cli.screen import line, table
from retention.model.clause import Role
from retention.model.verdict import Verdict
from retention.runtime.explain_words import (
    change_in_words,
    clause_named,
    day,
    end_in_words,
    line_in_words,
    moment,
    next_in_words,
    reckoned,
)
from retention.runtime.explanation import Between, DatasetSearched, Explanation, PersonExplained
from retention.runtime.words import HOLD_CLASSES, VERDICTS, counted


def show_record(console: Console, found: Explanation, *, why_not: bool) -> None:
    zone = f"{found.zone}, where it is {day(found.as_of, found.zone)}"
    line(console, f"{found.title} ({found.rule_id}): {found.table} {found.key}", style="bold")
    line(console, f"as of {found.as_of.isoformat()} ({zone})")
    if found.given:
        line(console, f"{found.given} goes with it: the two are decided as one")
    line(console)
    _verdict(console, found)
    if why_not:
        line(console)
        _why_not(console, found)
    line(console)
    _ends(console, found)
    line(console)
    _clauses(console, found)
    _holds(console, found)
    _around(console, found)


def _verdict(console: Console, found: Explanation) -> None:
    line(console, f"verdict: {VERDICTS[found.verdict]}: {found.because}", style="bold")
    line(console, f"  decided by {line_in_words(found.line)}")
    line(console, f"  changes next: {next_in_words(found)}")
    for change in found.ahead[1:]:
        line(console, f"  then: {change_in_words(found, change)}")
    if found.ahead:
        line(console, f"  if nothing is written meanwhile{_told_by(found)}")
    if found.but_for_holds is not None:
        line(console, f"  without any hold it would be {VERDICTS[found.but_for_holds]}")


def _told_by(found: Explanation) -> str:
    return f", and the facts from elsewhere ({', '.join(found.told_by)}) stay fresh" if found.told_by else ""


def _why_not(console: Console, found: Explanation) -> None:
    if found.verdict is Verdict.DUE:
        line(console, "why nothing protects it:", style="bold")
        for words in found.unprotected:
            line(console, f"  - {words}")
        return
    line(console, "what stands between it and its disposal:", style="bold")
    _between(console, found.between)


def _between(console: Console, found: Iterable[Between]) -> None:
    for one in found:
        line(console, f"  - {one.what}")
        line(console, f"    needs: {one.needs}")


def _ends(console: Console, found: Explanation) -> None:
    line(console, f"F, the latest end of its floors:      {end_in_words(found.ends.floors, Role.FLOOR)}")
    line(console, f"P, the latest end of its purposes:    {end_in_words(found.ends.purposes, Role.PURPOSE)}")
    ceiling = found.ends.ceilings
    served = f"; served from {moment(ceiling.at, found.zone)} on" if ceiling.at is not None else ""
    line(console, f"C, the earliest end of its ceilings:  {end_in_words(ceiling, Role.CEILING)}{served}")


def _clauses(console: Console, found: Explanation) -> None:
    """Of a clause that does not apply, its dates would lead astray."""
    for clause in found.clauses:
        condition = f"where {clause.condition}" if clause.condition else ""
        if clause.applies is False:
            line(console, f"{clause_named(clause)}: does not apply (only {condition})")
            line(console, f"  basis: {clause.basis}")
            continue
        line(console, f"{clause_named(clause)}: {clause.says}")
        line(console, f"  {reckoned(clause)}")
        if condition:
            line(console, f"  {condition}")
        if clause.open_while:
            holds = {True: "it holds", False: "it does not", None: "nobody can tell"}[clause.stays_open]
            line(console, f"  open while {clause.open_while}: {holds}")
        line(console, f"  basis: {clause.basis}")
        if clause.unsigned:
            line(console, f"  counsel has not signed off {clause.statute}: it may keep longer, and lets nothing go")
        if clause.counsel:
            line(console, f"  counsel: {clause.counsel}")


def _holds(console: Console, found: Explanation) -> None:
    for hold in found.holds:
        how = HOLD_CLASSES[hold.covers]
        doubt = "" if hold.certain else "nobody can tell whether it covers it; "
        until = f", protects until {hold.protects_until:%Y-%m-%d %H:%M} UTC" if hold.protects_until else ""
        line(console, f"hold {hold.id} ({doubt}{how}): {hold.matter}, placed {hold.placed_at:%Y-%m-%d}{until}")
    if not found.holds and not found.held_unknown:
        line(console, "no hold covers it")
    if found.held_unknown:
        line(console, "nobody can tell whom it is about, and there are holds: one of them might cover it")


def _around(console: Console, found: Explanation) -> None:
    if found.marked_on:
        line(console, f"pseudonymized by this rule as of {found.marked_on.isoformat()}, and unchanged since")
    for rows in found.members:
        line(console, f"{counted(rows.rows, 'row')} of {rows.table} go{'es' if rows.rows == 1 else ''} with it")
    for rows in found.references:
        ruled = f"; {', '.join(rows.rules)} decides on them" if rows.rules else "; no rule speaks for them"
        line(console, f"{counted(rows.rows, 'row')} of {rows.table} refer{'s' if rows.rows == 1 else ''} to it{ruled}")
    if found.other_rules:
        line(console, f"other rules decide on rows of {found.table}, too: {', '.join(found.other_rules)}")
    if found.unclassified:
        line(console, f"columns that the rule does not classify: {', '.join(found.unclassified)}")


# -- of a person -------------------------------------------------------------------------------------------------------


def show_person(console: Console, found: PersonExplained, *, why_not: bool) -> None:
    rows = sum(rule.rows for dataset in found.datasets for rule in dataset.under)
    line(console, f"{found.subject.kind} {found.subject.key}: {counted(rows, 'record')}", style="bold")
    line(console, f"as of {found.as_of.isoformat()}")
    if found.linked:
        keys = ", ".join(f"{counted(number, 'key')} of the kind {kind}" for kind, number in found.linked.items())
        line(console, f"identity links say that these are the same person's: {keys}")
    for doubt in found.doubts:
        line(console, f"cannot be told: {doubt}")
    if found.holds:
        line(console, f"legal holds on this person: {', '.join(found.holds)}")
    if found.claims:
        line(console, f"claims assessments on this person: {', '.join(found.claims)}")
    _overview(console, found)
    for dataset in found.datasets:
        _dataset(console, dataset)
    for name in found.retired:
        line(console, f"{name}: two persons have retired this dataset; it was not looked at")
    for record in found.records:
        line(console)
        show_record(console, record, why_not=why_not)


def _overview(console: Console, found: PersonExplained) -> None:
    rows = [
        (one.rule_id, f"{one.table} {one.key}", VERDICTS[one.verdict], _next(one), one.because) for one in found.records
    ]
    if rows:
        line(console)
        table(console, ("rule", "record", "verdict", "changes next", "because"), rows, whole=("record",))


def _next(found: Explanation) -> str:
    if found.next_change is not None:
        return f"{found.next_change.on.isoformat()}: {VERDICTS[found.next_change.verdict]}"
    return "by a run" if found.verdict is Verdict.DUE else "unknown"


def _ignored(found: DatasetSearched) -> Iterator[str]:
    """With the reason that stands in datasets.yaml."""
    return (f"{name} ({why})" if why else name for name, why in found.no_rule.items())


def _dataset(console: Console, found: DatasetSearched) -> None:
    line(console)
    line(console, f"{found.title} ({found.dataset})", style="bold")
    for rule in found.under:
        verdicts = Counter(VERDICTS[one.verdict] for one in rule.records)
        said = ", ".join(f"{number} {name}" for name, number in verdicts.items())
        more = rule.rows - len(rule.records)
        left = f"; {more:,} more are not explained here: raise --rows" if more else ""
        line(console, f"  {rule.rule_id}: {counted(rule.rows, 'record')}: {said}{left}")
    if found.without:
        line(console, f"  no record under: {', '.join(one.rule_id for one in found.without)}")
    for rule in (*found.under, *found.without):
        if rule.nameless:
            line(console, f"  {rule.rule_id}: some rows name nobody; one may be about this person, and nobody can tell")
    if found.not_about:
        line(console, f"  about others or nobody, and not looked at: {', '.join(found.not_about)}")
    if found.no_rule:
        line(console, f"  no rule speaks for, and not looked at: {', '.join(_ignored(found))}")
    for gone in found.gone:
        line(
            console, f"  disposed of already: under {gone.rule_id}, at {gone.at:%Y-%m-%d %H:%M} UTC, run {gone.run_id}"
        )
