"""retention plan"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console


def plan(
    call: Call, dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Of datasets.yaml.")], as_of: AsOf = None
) -> Answer:
    """Say what is due and what is kept, by the same steps as a run. Writes nothing; may look into the future."""
    from retention.cli.progress import told
    from retention.runtime.plan_run import preview

    with call.deployment() as deployment, told(dataset) as tell:
        tell("plan", 0, 1)
        found = preview(deployment, dataset, instant(as_of))

    def show(console: Console) -> None:
        from retention.cli.plan_tables import show_plan

        show_plan(console, found)

    return Answer(data=found, show=show)
