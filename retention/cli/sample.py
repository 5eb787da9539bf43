"""retention sample"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import refuse

if TYPE_CHECKING:
    from rich.console import Console


def sample(
    call: Call,
    people: Annotated[
        int, typer.Option("--people", metavar="N", min=1, max=5_000_000, help="How many customers.")
    ] = 20_000,
    sqlite: Annotated[
        Path | None, typer.Option("--sqlite", metavar="DIR", help="As SQLite files in this folder.")
    ] = None,
) -> Answer:
    """Build the databases of the made-up company Northgate Cloud: crm, billing, support, portal, web, hr, marketing,
    tenants. The same data every time.

    Without --sqlite into $RETENTION_CRM_URL, $RETENTION_BILLING_URL and so on: one empty database for each.
    """
    from retention.cli.progress import told
    from retention.sample import build_all

    urls = _environment() if sqlite is None else _files(sqlite)
    with told("sample") as tell:
        built = build_all(urls, people, lambda dataset, table, rows: tell(f"{dataset}.{table}", rows, rows))

    def show(console: Console) -> None:
        from retention.cli.screen import line, table

        rows = [(dataset, name, count) for dataset, tables in built.items() for name, count in tables.items()]
        table(console, ("dataset", "table", "rows"), rows)
        if sqlite is not None:
            for dataset, url in urls.items():
                line(console, f"export {_variable(dataset)}={url}")

    return Answer(data={"people": people, "rows": built}, show=show)


def _variable(dataset: str) -> str:
    return f"RETENTION_{dataset.upper()}_URL"


def _datasets() -> tuple[str, ...]:
    from retention.sample.build import DATASETS

    return tuple(DATASETS)


def _files(folder: Path) -> Mapping[str, str]:
    """Raises RetentionError R308 where the folder cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse(
            "R308",
            f"the folder cannot be made: {error.strerror}",
            where=str(folder),
            remedy="name a folder that is new, or that you can write",
        ) from None
    return {dataset: f"sqlite:///{folder.resolve() / dataset}.db" for dataset in _datasets()}


def _environment() -> Mapping[str, str]:
    """Raises RetentionError R320 for a variable that is not set."""
    missing = [_variable(dataset) for dataset in _datasets() if not os.environ.get(_variable(dataset))]
    if missing:
        raise refuse(
            "R320",
            f"no address: {', '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set",
            where="sample",
            remedy="set them to empty databases, or build SQLite files with --sqlite DIR",
        )
    return {dataset: os.environ[_variable(dataset)] for dataset in _datasets()}
