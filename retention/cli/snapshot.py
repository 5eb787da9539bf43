"""retention snapshot"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.snapshot import SnapshotReceipt


def snapshot(
    call: Call,
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Left out: all of datasets.yaml.")
    ] = None,
) -> Answer:
    """Write the schema that the rules rely on beside them, and say what changed. Reads the database alone."""
    from retention.runtime.snapshot import snapshot as take

    with call.deployment() as deployment:
        receipts = tuple(take(deployment, dataset_id) for dataset_id in datasets or deployment.datasets)

    def show(console: Console) -> None:
        for receipt in receipts:
            _show(console, receipt)

    return Answer(data=receipts, show=show)


def _show(console: Console, receipt: SnapshotReceipt) -> None:
    from retention.cli.screen import line
    from retention.runtime.words import counted

    size = f"{counted(receipt.tables, 'table')}, {counted(receipt.columns, 'column')}"
    wrote = "wrote" if receipt.changed else "unchanged:"
    line(console, f"{receipt.dataset}: {wrote} {receipt.path} ({size})")
    for change in receipt.changes:
        concerns = f" (concerns {', '.join(change.rule_ids)})" if change.rule_ids else ""
        line(console, f"  {change.severity.value.replace('_', ' ')}: {change.what}{concerns}")
    if receipt.changed:
        line(console, "  review the file and commit it; `retention lint` says what the rules make of it")
    if receipt.first:
        line(console, f"  `retention rule new {receipt.dataset}.TABLE` proposes the rule of a table")
