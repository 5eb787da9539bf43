"""retention token new"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.person import Token
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="Tokens of persons, where several share one user of the operating system.", no_args_is_help=True)


@app.callback()
def tokens() -> None:
    """Tokens of persons, where several share one user of the operating system."""


def token_new(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="By which colleagues know the person.")],
    token: Token = None,
) -> Answer:
    """Make a token for a person. It is shown once; the ledger records who made it."""
    from retention.runtime.persons import new_token, who_acts

    with call.deployment() as deployment:
        made_by = who_acts(deployment, token)
        made = new_token(deployment, name, made_by)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, made)

    return Answer(data={"name": name.strip(), "token": made, "made_by": made_by}, show=show)


app.command("new")(verb(token_new))
