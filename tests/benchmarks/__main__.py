"""``make bench``: speed on the sample company, and of finding under many laws, against raw statements in the same run.

``python -m tests.benchmarks --people 200000 --kind sqlite --kind mariadb``. Read the figures as ratios: each raw
statement runs on a copy of the same database, just before the engine does the same work.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.benchmarks.holds import HoldsMeasured, measure_holds
from tests.benchmarks.many_laws import measure_many_laws
from tests.benchmarks.measuring import Measured, measure
from tests.benchmarks.servers import kinds, server_of
from tests.benchmarks.tables import RATIO_AIM, datasets_table, holds_table, laws_table, rules_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200_000, help="about 15 rows each (default: 200000)")
    parser.add_argument("--holds-only", action="store_true", help="only how long a hold takes to come into force")
    parser.add_argument("--invoices", type=int, default=5_000_000, help="of ten countries (default: 5000000)")
    parser.add_argument("--laws-only", action="store_true", help="only finding what is due under many laws")
    parser.add_argument("--kind", choices=kinds(), action="append", help="may be repeated (default: all)")
    options = parser.parse_args()
    console = Console()
    console.width = max(console.width, 100)
    if options.laws_only:
        return _laws(options.invoices, console)
    held = [_held(kind, console) for kind in options.kind or kinds()]
    if options.holds_only:
        console.print(holds_table(held))
        return 0
    measured = [_measured(kind, options.people, console) for kind in options.kind or kinds()]
    console.print()
    console.print(rules_table(measured))
    console.print(
        "Raw: one statement a table in one transaction, without holds, journal, proof or reference checks, on a copy.\n"
        "Whole: all that a task does, from its imports on. Batches: its pace after the first batch.\n"
        "Memory: the most that the worker process held above its imports."
    )
    console.print(datasets_table(measured))
    console.print(holds_table(held))
    return _laws(options.invoices, console)


def _laws(invoices: int, console: Console) -> int:
    """Fails where finding costs more than it may."""
    with tempfile.TemporaryDirectory(prefix="retention-bench-") as name:
        Path(name).chmod(0o755)
        with server_of("postgresql", Path(name)) as server:
            measured = list(measure_many_laws(server, Path(name), invoices))
    console.print(measured[0].plan, markup=False, highlight=False, soft_wrap=True)
    console.print(laws_table(measured))
    return 0 if all(one.ratio <= RATIO_AIM for one in measured) else 1


def _held(kind: str, console: Console) -> HoldsMeasured:
    with tempfile.TemporaryDirectory(prefix="retention-bench-") as name:
        Path(name).chmod(0o755)
        measured = measure_holds(kind, Path(name))
    console.print(f"[dim]{kind}: {len(measured.seconds)} holds placed beside a run[/]", highlight=False)
    return measured


def _measured(kind: str, people: int, console: Console) -> Measured:
    with tempfile.TemporaryDirectory(prefix="retention-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the PostgreSQL server gives up root
        with server_of(kind, folder) as server:
            return measure(kind, server, folder, people, lambda line: console.print(f"[dim]{line}[/]", highlight=False))


if __name__ == "__main__":
    sys.exit(main())
