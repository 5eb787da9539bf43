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

DATASETS = ("crm", "billing", "support")


def sample(
    call: Call,
    people: Annotated[int, typer.Option("--people", min=1, max=5_000_000, help="How many customers.")] = 20_000,
    sqlite: Annotated[
        Path | None, typer.Option("--sqlite", metavar="DIR", help="As SQLite files in this folder.")
    ] = None,
) -> Answer:
    """Build the databases of the made-up company Northgate Cloud: crm, billing, support. The same data every time.

    Without --sqlite into $RETENTION_CRM_URL, $RETENTION_BILLING_URL and $RETENTION_SUPPORT_URL.
    """
    from retention.cli.progress import told
    from retention.sample import build_all

    urls = _environment() if sqlite is None else _files(sqlite)
    with told("sample") as tell:
        built = build_all(urls, people, tell)

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


def _files(folder: Path) -> Mapping[str, str]:
    """Raises RetentionError R308 where the folder cannot be used, or a database is there already."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refusal(f"the folder cannot be made: {error.strerror}", str(folder)) from None
    paths = {dataset: folder.resolve() / f"{dataset}.db" for dataset in DATASETS}
    there = [path.name for path in paths.values() if path.exists()]
    if there:
        raise _refusal(f"there is something already: {', '.join(there)}", str(folder))
    return {dataset: f"sqlite:///{path}" for dataset, path in paths.items()}


def _environment() -> Mapping[str, str]:
    """Raises RetentionError R320 for a variable that is not set."""
    missing = [_variable(dataset) for dataset in DATASETS if not os.environ.get(_variable(dataset))]
    if missing:
        raise refuse(
            "R320",
            f"no address: {', '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set",
            where="sample",
            remedy="set them to empty databases, or build SQLite files with --sqlite DIR",
        )
    return {dataset: os.environ[_variable(dataset)] for dataset in DATASETS}


def _refusal(what: str, where: str) -> Exception:
    return refuse("R308", what, where=where, remedy="name a new folder; nothing of yours is ever overwritten")
