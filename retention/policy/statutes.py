"""The catalogue of statutes: statutes/<jurisdiction>.yaml, and which entries counsel has signed off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from retention.model.dataset import Source
from retention.model.errors import RetentionError
from retention.model.starting_point import Which
from retention.model.statute import SignOff, Statute, StatuteEvent, StatuteKind
from retention.model.terms import Terms
from retention.policy.digest import canonical, digest_of
from retention.policy.documents.statute import (
    SeveralDocument,
    SignOffsDocument,
    StatuteDocument,
    StatutesDocument,
)
from retention.policy.documents.terms import terms_of
from retention.policy.finding import Finding, Refused, in_reading_order
from retention.policy.naming import choose_from
from retention.policy.places import overlooked
from retention.policy.validate import validate
from retention.policy.yaml_text import read_yaml

STATUTES, SIGN_OFFS = "statutes", "sign_offs.yaml"
SHORTEST_TEXT = 12  # digits of a digest that a sign-off gives
# What says where an entry was found, and decides nothing: a better source is no other law.
_WORDS = ("confidence", "sources", "note", "sign_off", "source", "digest", "supersedes", "open_while")


@dataclass
class Catalogue:
    """``statutes`` by id, in the order of files and entries."""

    statutes: dict[str, Statute] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def load_statutes(rules_dir: Path) -> Mapping[str, Statute]:
    """Raises RetentionError with every problem of the catalogue; for a remark nothing is refused."""
    catalogue = read_statutes(rules_dir)
    if problems := [finding for finding in catalogue.findings if not finding.remark]:
        raise RetentionError(*in_reading_order(problems))
    return catalogue.statutes


def read_statutes(rules_dir: Path) -> Catalogue:
    """Empty where there is no folder of statutes."""
    catalogue = Catalogue()
    for path in sorted((rules_dir / STATUTES).glob("*.yaml")):
        if path.name != SIGN_OFFS and not path.name.startswith("."):
            _read_file(path, f"{STATUTES}/{path.name}", catalogue)
    catalogue.findings.extend(overlooked(rules_dir, STATUTES, "statutes/<jurisdiction>.yaml"))
    signed = rules_dir / STATUTES / SIGN_OFFS
    if signed.exists():
        _read_sign_offs(signed, f"{STATUTES}/{SIGN_OFFS}", catalogue)
    catalogue.findings.extend(_wrong_links(catalogue.statutes.values(), catalogue.statutes))
    return catalogue


def _read_file(path: Path, name: str, catalogue: Catalogue) -> None:
    try:
        parsed = read_yaml(path, name)
        document = validate(StatutesDocument, parsed)
    except Refused as refused:
        catalogue.findings.extend(refused.findings)
        return
    expected = f"{document.jurisdiction.lower()}.yaml"
    if path.name != expected:
        what = f"the statutes of {document.jurisdiction} lie in {path.name}"
        at = parsed.at("jurisdiction")
        catalogue.findings.append(Finding(code="R153", at=at, what=what, remedy=f"name the file {expected}"))
    for position, entry in enumerate(document.statutes):
        at = parsed.at("statutes", position, "id")
        if entry.id in catalogue.statutes:
            what = f"the statute {entry.id} stands twice (also in {catalogue.statutes[entry.id].source})"
            catalogue.findings.append(Finding(code="R153", at=at, what=what, remedy="take one of them out"))
            continue
        statute = _statute(entry, document.jurisdiction, at)
        catalogue.statutes[entry.id] = statute
        catalogue.findings.extend(_wrong_days(statute))


def _statute(entry: StatuteDocument, jurisdiction: str, at: Source) -> Statute:
    start = entry.start
    effective = entry.effective
    statute = Statute(
        id=entry.id,
        jurisdiction=jurisdiction,
        categories=tuple(entry.categories),
        kind=entry.kind,
        citation=entry.citation,
        force=entry.force,
        events=tuple(_events(start)),
        which=Which.LATEST if start.latest_of else Which.EARLIEST if start.earliest_of else None,
        terms=None if entry.period is None else terms_of(entry.period, entry),
        needs_decision=entry.needs_decision or "",
        applies_to=entry.applies_to or "",
        open_while=entry.open_while or "",
        effective_from=effective.from_ if effective else None,
        effective_to=effective.to if effective else None,
        supersedes=tuple(entry.supersedes),
        confidence=entry.confidence,
        sources=tuple(entry.sources),
        note=entry.note or "",
        digest="",
        sign_off=None,
        source=at,
    )
    return replace(statute, digest=_digest(statute))


def _events(start: SeveralDocument) -> Iterator[StatuteEvent]:
    if start.event is not None:
        yield StatuteEvent(name=start.event)
    for one in start.latest_of or start.earliest_of or ():
        yield StatuteEvent(name=one.event, terms=None if one.period is None else terms_of(one.period, one))


def _digest(statute: Statute) -> str:
    return digest_of({key: value for key, value in canonical(statute).items() if key not in _WORDS})


def _wrong_days(statute: Statute) -> Iterator[Finding]:
    first, last = statute.effective_from, statute.effective_to
    if first is not None and last is not None and last < first:
        what = f"{statute.id} ends on {last}, before it begins on {first}"
        yield Finding(code="R154", at=statute.source, what=what, remedy="correct `from` and `to` under `effective`")
    for terms in _terms(statute):
        transition = terms.transition
        if transition is not None and first is not None and transition.effective != first:
            what = f"the transition of {statute.id} is effective on {transition.effective}, the statute from {first}"
            yield Finding(
                code="R154",
                at=statute.source,
                what=what,
                remedy="write one day: under `transition`, and under `effective`",
            )
    if statute.kind is not StatuteKind.MAXIMUM and any(map(without_old_text, _terms(statute))):
        what = f"the transition of {statute.id} lacks the old text: earlier records would be kept for ever"
        remedy = "add before: {period: ..}, or PT0S where there was no such law"
        yield Finding(code="R154", at=statute.source, what=what, remedy=remedy)
    if statute.kind is StatuteKind.MAXIMUM and any(map(_moves_on, _terms(statute))):
        what = f"the maximum {statute.id} would move on to a business day, and keep longer than the law permits"
        remedy = "take business_days out: only minimums and limitations move on"
        yield Finding(code="R154", at=statute.source, what=what, remedy=remedy)


def _terms(statute: Statute) -> list[Terms]:
    """Its own, and those of its events."""
    return [terms for terms in (statute.terms, *(event.terms for event in statute.events)) if terms is not None]


def without_old_text(terms: Terms) -> bool:
    """A new text, and nothing of what was the law before: only what has to be gone may say so."""
    older = terms.transition
    return older is not None and (older.before is None or without_old_text(older.before))


def _moves_on(terms: Terms) -> bool:
    """By the present text, or by an older one."""
    before = terms.transition.before if terms.transition else None
    return bool(terms.business_days) or (before is not None and _moves_on(before))


def _wrong_links(statutes: Iterable[Statute], known: Mapping[str, Statute]) -> Iterator[Finding]:
    for statute in statutes:
        for other in statute.supersedes:
            if other not in known:
                what = f"{statute.id} supersedes {other!r}, which is not in the catalogue"
                remedy = choose_from(other, known, what="statutes")
                yield Finding(code="R155", at=statute.source, what=what, remedy=remedy)


def _read_sign_offs(path: Path, name: str, catalogue: Catalogue) -> None:
    try:
        parsed = read_yaml(path, name)
        document = validate(SignOffsDocument, parsed)
    except Refused as refused:
        catalogue.findings.extend(refused.findings)
        return
    for position, entry in enumerate(document.sign_offs):
        here = ("sign_offs", position)
        statute = catalogue.statutes.get(entry.statute)
        if statute is None:
            remedy = choose_from(entry.statute, catalogue.statutes, what="statutes")
            what = f"the statute {entry.statute!r} is not in the catalogue"
            at = parsed.at(*here, "statute")
            catalogue.findings.append(Finding(code="R155", at=at, what=what, remedy=remedy))
        elif len(entry.text) < SHORTEST_TEXT or not statute.digest.startswith(entry.text):
            catalogue.findings.append(_another_text(statute, entry.text, parsed.at(*here, "text")))
        else:
            sign_off = SignOff(by=entry.by, on=entry.on, reference=entry.reference, text=entry.text)
            catalogue.statutes[statute.id] = replace(statute, sign_off=sign_off)


def _another_text(statute: Statute, signed: str, at: Source) -> Finding:
    """A remark, not a refusal: the entry counts as one that nobody has signed off."""
    what = f"another text of {statute.id} was signed off; this one counts as not signed off"
    if len(signed) < SHORTEST_TEXT:
        what = (
            f"{len(signed)} digits cannot tell which text of {statute.id} was signed off; it counts as not signed off"
        )
    remedy = (
        f"have counsel look at it (`retention statutes show {statute.id}`), and then write "
        f'text: "{statute.digest[:SHORTEST_TEXT]}"'
    )
    return Finding(code="R156", at=at, what=what, remedy=remedy, remark=True)
