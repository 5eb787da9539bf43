"""retention statutes list | show"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.statute import Statute

app = typer.Typer(help="The catalogue of statutes: what each asks for, how it is counted, and who signed it off.")


def statutes_list(
    call: Call,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", metavar="CODE", help="Of this jurisdiction alone: DE, US-CA.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="NAME", help="Of this category alone: invoices_tax.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="minimum, limitation, maximum or response_deadline.")
    ] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Those that nobody has signed off.")] = False,
    needs_decision: Annotated[
        bool, typer.Option("--needs-decision", help="Those that no rule can use before somebody has decided.")
    ] = False,
) -> Answer:
    """The statutes of the catalogue, one line each."""
    catalogue = _catalogue(call).values()
    _among(jurisdiction, {one.jurisdiction for one in catalogue}, "jurisdictions")
    _among(category, {name for one in catalogue for name in one.categories}, "categories")
    _among(kind, {one.kind.value for one in catalogue}, "kinds")
    found = [
        one
        for one in catalogue
        if jurisdiction in (None, one.jurisdiction)
        and (category is None or category in one.categories)
        and kind in (None, one.kind.value)
        and not (unsigned and one.signed)
        and not (needs_decision and not one.needs_decision)
    ]

    def show(console: Console) -> None:
        from retention.cli.screen import line, table
        from retention.runtime.words import counted

        table(console, ("statute", "kind", "how it is counted", "signed off"), map(_row, found), whole=("statute",))
        line(console, counted(len(found), "statute"))

    return Answer(data={"statutes": [_document(one) for one in found]}, show=show)


def statutes_show(
    call: Call, statute: Annotated[str, typer.Argument(metavar="STATUTE", help="Its id in the catalogue.")]
) -> Answer:
    """One statute as counsel has to see it, and the text that a sign-off of it gives."""
    found = _known(statute, _catalogue(call))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{found.id}  {found.citation}", style="bold")
        for name, said in _told(found):
            line(console, f"  {name:<15}{said}")

    return Answer(data=_document(found), show=show)


app.command("list")(verb(statutes_list))
app.command("show")(verb(statutes_show))


def _catalogue(call: Call) -> Mapping[str, Statute]:
    from retention.policy.statutes import load_statutes

    return load_statutes(call.rules)


def _among(name: str | None, known: set[str], what: str) -> None:
    """Raises RetentionError R510 for a name that the catalogue does not know."""
    from retention.model.errors import refuse
    from retention.policy.naming import choose_from

    if name is not None and name not in known:
        remedy = choose_from(name, known, what=what)
        raise refuse("R510", f"{name!r} is not among the {what} of the catalogue", where="statutes", remedy=remedy)


def _known(name: str, catalogue: Mapping[str, Statute]) -> Statute:
    from retention.model.errors import Problem, RetentionError
    from retention.policy.naming import choose_from

    if name not in catalogue:
        what = f"the statute {name!r} is not in the catalogue"
        remedy = choose_from(name, catalogue, what="statutes")
        raise RetentionError(Problem(code="R160", what=what, where="statutes", remedy=remedy))
    return catalogue[name]


def _row(statute: Statute) -> tuple[str, ...]:
    from retention.model.statute_words import counted_in_words, plain

    return (statute.id, plain(statute.kind), counted_in_words(statute), "yes" if statute.signed else "no")


def _told(statute: Statute) -> Iterator[tuple[str, str]]:
    """What is empty is left out."""
    from retention.model.statute_words import counted_in_words, in_force_in_words, plain, start_in_words

    told = {
        "kind": plain(statute.kind),
        "by": plain(statute.force),
        "jurisdiction": statute.jurisdiction,
        "categories": ", ".join(statute.categories),
        "binds": statute.applies_to,
        "runs from": start_in_words(statute),
        "counted": counted_in_words(statute),
        "open while": statute.open_while,
        "in force": in_force_in_words(statute),
        "supersedes": ", ".join(statute.supersedes),
        "confidence": statute.confidence.value,
        "seen in": "; ".join(statute.sources),
        "note": statute.note,
        "stands in": str(statute.source),
        "signed off": _signed(statute),
    }
    return ((name, said) for name, said in told.items() if said)


def _signed(statute: Statute) -> str:
    signed = statute.sign_off
    if signed is not None:
        return f"by {signed.by} on {signed.on}, {signed.reference}"
    from retention.policy.statutes import SHORTEST_TEXT

    return (
        f"by nobody; to vouch for it, add to statutes/sign_offs.yaml: - {{statute: {statute.id}, "
        f'text: "{statute.digest[:SHORTEST_TEXT]}", by: NAME, on: DAY, reference: PLACE}}'
    )


def _document(statute: Statute) -> dict[str, Any]:
    from retention.model.statute_words import counted_in_words

    signed = statute.sign_off
    return {
        "id": statute.id,
        "jurisdiction": statute.jurisdiction,
        "kind": statute.kind,
        "categories": statute.categories,
        "citation": statute.citation,
        "force": statute.force,
        "applies_to": statute.applies_to,
        "events": [event.name for event in statute.events],
        "which": statute.which,
        "counted": counted_in_words(statute),
        "needs_decision": statute.needs_decision,
        "open_while": statute.open_while,
        "effective_from": statute.effective_from,
        "effective_to": statute.effective_to,
        "supersedes": statute.supersedes,
        "confidence": statute.confidence,
        "sources": statute.sources,
        "note": statute.note,
        "text": statute.digest,
        "sign_off": None if signed is None else {"by": signed.by, "on": signed.on, "reference": signed.reference},
    }
