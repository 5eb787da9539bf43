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
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Those that nobody has signed off.")] = False,
) -> Answer:
    """The statutes of the catalogue, one line each."""
    found = [
        one
        for one in _catalogue(call).values()
        if jurisdiction in (None, one.jurisdiction)
        and (category is None or category in one.categories)
        and not (unsigned and one.signed)
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


def _known(name: str, catalogue: Mapping[str, Statute]) -> Statute:
    from retention.model.errors import Problem, RetentionError
    from retention.policy.naming import choose_from

    if name not in catalogue:
        what = f"the statute {name!r} is not in the catalogue"
        remedy = choose_from(name, catalogue, what="statutes")
        raise RetentionError(Problem(code="R160", what=what, where="statutes", remedy=remedy))
    return catalogue[name]


def _row(statute: Statute) -> tuple[str, ...]:
    return (statute.id, _words(statute.kind), _counted(statute), "yes" if statute.signed else "no")


def _told(statute: Statute) -> Iterator[tuple[str, str]]:
    """What is empty is left out."""
    told = {
        "kind": _words(statute.kind),
        "by": _words(statute.force),
        "jurisdiction": statute.jurisdiction,
        "categories": ", ".join(statute.categories),
        "binds": statute.applies_to,
        "runs from": _start(statute),
        "counted": _counted(statute),
        "open while": statute.open_while,
        "in force": _in_force(statute),
        "supersedes": ", ".join(statute.supersedes),
        "confidence": statute.confidence.value,
        "seen in": "; ".join(statute.sources),
        "note": statute.note,
        "stands in": str(statute.source),
        "signed off": _signed(statute),
    }
    return ((name, said) for name, said in told.items() if said)


def _start(statute: Statute) -> str:
    names = [event.name for event in statute.events]
    return names[0] if statute.which is None else f"the {statute.which} of {', '.join(names)}"


def _counted(statute: Statute) -> str:
    from retention.model.counting_words import steps_in_words

    if statute.needs_decision:
        return f"needs a decision: {statute.needs_decision}"
    own = [(event.name, event.terms) for event in statute.events if event.terms is not None]
    parts = [] if statute.terms is None else [", ".join(steps_in_words(statute.terms))]
    return "; ".join([*parts, *(f"from {name}: {', '.join(steps_in_words(terms))}" for name, terms in own)])


def _in_force(statute: Statute) -> str:
    since = f"since {statute.effective_from}" if statute.effective_from else ""
    until = f"until {statute.effective_to}" if statute.effective_to else ""
    return f"{since} {until}".strip()


def _signed(statute: Statute) -> str:
    signed = statute.sign_off
    if signed is not None:
        return f"by {signed.by} on {signed.on}, {signed.reference}"
    from retention.policy.statutes import SHORTEST_TEXT

    return f'by nobody; a sign-off of this entry gives text: "{statute.digest[:SHORTEST_TEXT]}"'


def _words(name: str) -> str:
    return name.replace("_", " ")


def _document(statute: Statute) -> dict[str, Any]:
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
        "counted": _counted(statute),
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
