"""Progress of long work, on standard error, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[str, int, int], None]  # stage or rule id, done, total


@contextmanager
def told(what: str) -> Iterator[Told]:
    """A bar for each stage that is told of. Silent where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bars: dict[str, int] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                _finish(progress, bars)
                bars[stage] = progress.add_task(f"{what}: {stage}", total=total)
            progress.update(bars[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield tell


def _finish(progress: object, bars: dict[str, int]) -> None:
    """What came before is over once the next stage is told of."""
    from rich.progress import Progress

    assert isinstance(progress, Progress)
    for task in progress.tasks:
        progress.update(task.id, completed=task.total)


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""
