"""retention report"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import refuse

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.deployment import Deployment
    from retention.runtime.forecast import Forecast


def report(
    call: Call,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Left out: the latest that has ended.")] = None,
    ahead: Annotated[
        bool,
        typer.Option(
            "--forecast", help="Write it anew, with charts of what falls due in the coming 24 months, as of now."
        ),
    ] = False,
) -> Answer:
    """Say where the report of a run is. One that is missing is written anew from the control store."""
    from retention.runtime.report import rewrite_report

    with call.deployment() as deployment:
        run_id = run or _latest(deployment)
        if ahead:
            path = rewrite_report(deployment, run_id, _ahead(deployment, run_id))
            return _answer(run_id, path)
        path = Path(deployment.control.runs.run(run_id).report or deployment.home / "reports" / f"{run_id}.html")
        if not path.is_file():
            path = rewrite_report(deployment, run_id)

    return _answer(run_id, path)


def _ahead(deployment: Deployment, run_id: str) -> Forecast:
    from retention.cli.progress import told
    from retention.runtime.forecast import forecast

    dataset = deployment.control.runs.run(run_id).handle.dataset
    with told(dataset) as tell:
        return forecast(deployment, dataset, None, tell)


def _answer(run_id: str, path: Path) -> Answer:
    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, str(path))

    return Answer(data={"run_id": run_id, "report": path}, show=show)


def _latest(deployment: Deployment) -> str:
    """Raises RetentionError R400 where no run has ended yet."""
    for record in deployment.control.runs.recent():
        if record.ended_at is not None:
            return record.handle.run_id
    raise refuse(
        "R400",
        "no run has ended yet",
        where="control store",
        remedy="`retention run DATASET`; its report is written at its end",
    )
