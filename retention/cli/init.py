"""retention init"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console


def init(
    call: Call,
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Left out: all of datasets.yaml.")
    ] = None,
) -> Answer:
    """Make the control store and, in each dataset, the tables that runs need. Safe to repeat."""
    from retention.runtime.initialise import initialise

    with call.deployment() as deployment:
        wanted = tuple(datasets or deployment.datasets)
        initialise(deployment, wanted)
        home, deployment_id = deployment.home, deployment.control.deployment_id

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"Control store, ledger key and reports: {home}")
        line(console, f"Ready: {', '.join(wanted)}")

    return Answer(data={"deployment": deployment_id, "home": home, "datasets": wanted}, show=show)
