"""retention facts import | list"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.verb import verb
from retention.model.errors import ExitCode, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from retention.runtime.fact_import import Brought
    from retention.runtime.fact_list import KeptFact

app = typer.Typer(help="Events that another dataset or a file tells, and rules count from.")
Name = Annotated[str | None, typer.Argument(metavar="[FACT]", help="Of datasets.yaml; left out: all that rows tell.")]
File = Annotated[Path | None, typer.Option("--file", help="CSV with the heading key,at; for a fact that files tell.")]
Until = Annotated[
    str | None,
    typer.Option("--complete-until", metavar="INSTANT", help="Up to when the file names every event, with a zone."),
]


def facts_import(call: Call, fact: Name = None, file: File = None, complete_until: Until = None) -> Answer:
    """Bring events into every dataset whose rules count from them. Planning does so by itself for what rows tell."""
    from retention.runtime.fact_import import import_file, import_rows

    with call.deployment() as deployment:
        if file is None and complete_until is None:
            brought = import_rows(deployment, fact)
        else:
            name, path, until = _of_file(fact, file, complete_until)
            brought = import_file(deployment, name, path, until)
    return _answer(brought)


def facts_list(call: Call) -> Answer:
    """Up to when each fact is complete, whether it is stale, and how many there are. No person's key."""
    from retention.runtime.fact_list import kept_facts

    with call.deployment() as deployment:
        kept = kept_facts(deployment)
    problems = tuple(problem for one in kept if (problem := _problem(one)) is not None)
    return Answer(
        data=kept,
        show=lambda console: _show(console, kept),
        problems=problems,
        exit_code=ExitCode.FAILED if problems else ExitCode.OK,
    )


app.command("import")(verb(facts_import))
app.command("list")(verb(facts_list))


def _of_file(fact: str | None, file: Path | None, complete_until: str | None) -> tuple[str, Path, datetime]:
    from retention.cli.as_of import read_instant
    from retention.model.errors import refuse

    if fact is None or file is None or complete_until is None:
        raise refuse(
            "R473",
            "a file needs the name of its fact, and the instant up to which it names every event",
            where="command line",
            remedy="retention facts import FACT --file events.csv --complete-until 2026-07-01T00:00:00Z",
        )
    return fact, file, read_instant(complete_until, "--complete-until")


def _answer(brought: tuple[Brought, ...]) -> Answer:
    problems = tuple(
        Problem(
            code="R478",
            what=f"it could not be brought, and what is there grows stale: {one.reason}",
            where=f"fact {one.fact}, dataset {one.dataset}",
            remedy=f"`retention facts import {one.fact}` again, once that is mended",
        )
        for one in brought
        if one.reason
    )
    return Answer(
        data=brought,
        show=lambda console: _show_brought(console, brought),
        problems=problems,
        exit_code=ExitCode.FAILED if problems else ExitCode.OK,
    )


def _show_brought(console: Console, brought: tuple[Brought, ...]) -> None:
    from retention.cli.screen import line
    from retention.runtime.words import counted

    if not brought:
        line(console, "no rule counts from a fact that rows tell")
    for one in brought:
        if one.complete_until is None:
            continue
        said = f"{counted(one.subjects, 'subject')}, {counted(one.written, 'fact')} written"
        line(console, f"{one.fact} in {one.dataset}: {said}, complete until {_at(one.complete_until)}")
        if one.lost:
            line(console, f"  {counted(one.lost, 'fact')} had not come, and nothing is told of them any more: unknown")
        if one.nameless:
            line(console, f"  {counted(one.nameless, 'row')} of the source name no subject")
        if one.expired:
            line(console, f"  {counted(one.expired, 'fact')} expired")


def _show(console: Console, kept: tuple[KeptFact, ...]) -> None:
    from retention.cli.screen import line, table

    if not kept:
        line(console, "no rule counts from a fact from elsewhere")
        return
    heads = ("fact", "told by", "dataset", "complete until", "known", "open", "unknown", "")
    rows = [
        (
            one.fact,
            one.source,
            one.dataset,
            "never" if one.complete_until is None else _at(one.complete_until),
            f"{one.known:,}",
            f"{one.open:,}",
            f"{one.unknown:,}",
            "stale" if one.stale else "fresh",
        )
        for one in kept
    ]
    table(console, heads, rows)


def _problem(one: KeptFact) -> Problem | None:
    where = f"fact {one.fact}, dataset {one.dataset}"
    if one.reason:
        return Problem(code="R462", what=one.reason, where=where, remedy="check that the dataset can be reached")
    if not one.stale:
        return None
    if one.believed_from is not None:
        return Problem(
            code="R479",
            what=f"what tells it was changed, and is believed from {_at(one.believed_from)} on: until then what "
            f"{', '.join(one.rules)} would decide by it is undetermined",
            where=where,
            remedy="wait for that time, or declare it as it was before",
        )
    again = "" if one.source != "files" else " --file events.csv --complete-until INSTANT"
    said = "it was never brought" if one.complete_until is None else f"complete until {_at(one.complete_until)} only"
    return Problem(
        code="R479",
        what=f"stale, {said}: what {', '.join(one.rules)} would decide by it is undetermined",
        where=where,
        remedy=f"retention facts import {one.fact}{again}",
    )


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
