"""retention rule new"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.new_rule import NewRule

app = typer.Typer(help="A rule for a table that has none.", no_args_is_help=True)


class DispositionWish(StrEnum):
    """As rule files write it."""

    DELETE = "delete"
    PSEUDONYMIZE = "pseudonymize"


def rule_new(
    call: Call,
    table: Annotated[str, typer.Argument(metavar="DATASET.TABLE", help="As the snapshot spells it.")],
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="How long: P6Y, P18M, P90D. Together with --basis.")
    ] = None,
    basis: Annotated[
        str | None, typer.Option("--basis", metavar="TEXT", help="Why: the law with its article, or your reason.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="COLUMN", help="From when, or relationship_end; left out: the likeliest of the schema."
        ),
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="ID", help="Name of the clause: a reason of your own.")
    ] = None,
    floor: Annotated[
        str | None, typer.Option("--floor", metavar="ID", help="Name of the clause: a law demands it.")
    ] = None,
    disposition: Annotated[
        DispositionWish | None,
        typer.Option(
            "--disposition", metavar="delete|pseudonymize", help="Left out: by what refers to the table's rows."
        ),
    ] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Print the file, and write nothing.")] = False,
) -> Answer:
    """Propose the rule of a table from the committed snapshot. Without --period and --basis both wait for a person, and
    lint refuses the file until they are written. No file is ever overwritten."""
    from retention.model.rule import Action
    from retention.runtime.new_rule import Decided, new_rule

    decided = Decided(
        period=period,
        basis=basis,
        start=start,
        purpose=purpose,
        floor=floor,
        action=None if disposition is None else Action(disposition.value),
    )
    with call.deployment() as deployment:
        found = new_rule(deployment, table, decided, write=not print_only)

    def show(console: Console) -> None:
        if print_only:
            console.out(found.text, end="", highlight=False)
        else:
            _show(console, found)

    return Answer(data=found, show=show)


def _show(console: Console, found: NewRule) -> None:
    from retention.cli.screen import line, problems

    line(console, f"wrote {found.file}: a proposal, made from the schema", style="bold")
    for name, texts in (
        ("subject", (found.subject,)),
        ("start", (found.start,)),
        ("or", found.other_starts),
        ("stored as", found.stored),
        ("goes with it", found.goes_with),
        ("refers to it", found.referred_by),
        ("disposition", (found.disposition,)),
    ):
        for text in texts:
            line(console, f"  {name:<13}{text}")
    for column in found.columns:
        if column.doubt:
            line(console, f"  {'look at':<13}{column.table}.{column.column} ({column.kind}): {column.doubt}")
    for decision in found.to_decide:
        line(console, f"  {'to decide':<13}{decision}", style="yellow")
    if found.problems:
        line(console, "what lint finds in it:", style="bold")
        problems(console, found.problems)
    line(console, "next:", style="bold")
    for step in found.next:
        line(console, f"  {step}")


app.command("new")(verb(rule_new))
