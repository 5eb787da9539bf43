"""``make demo``: build the sample company, run the real DAGs to their end, say what happened."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from demo import places
from demo.airflow_runs import DagRunTold
from demo.quiet import noise_into
from demo.summary import changed, table_of, undone
from retention.model.errors import RetentionError


def main() -> int:
    """Exit code 0 when every run ended well and nothing planned is left undone, else 1; 2 for a refusal."""
    places.set_environment()
    with noise_into(places.LOG) as console:
        try:
            return _demo(console)
        except (RetentionError, RuntimeError) as error:
            console.print(f"[red]The demo stopped.[/]\n{error}\n  Airflow's log: {places.LOG}", markup=True)
            return 2


def _demo(console: Console) -> int:
    from demo.company import build, held

    build(console)
    held(console)
    console.print("\n[bold]Starting Airflow in this process[/] (its log: " + _short(places.LOG) + ")")
    runs = _run_all(console)
    console.print()
    for run in runs:
        console.print(table_of(run))
    console.print("Each column adds up: examined = what was kept, and why, + deleted + pseudonymized.")
    _conclude(console, runs)
    good = all(run.state == "success" for run in runs) and not undone(runs)
    return 0 if good else 1


def _run_all(console: Console) -> tuple[DagRunTold, ...]:
    from demo.airflow_runs import prepare_airflow, run

    dags = prepare_airflow()
    runs = []
    for dataset in places.DATASETS:
        dag = dags[f"retention_{dataset}"]
        console.print(f"\n[bold]{dag.dag_id}[/], as of {places.AS_OF}")
        runs.append(run(dag, places.AS_OF, lambda line: console.print(f"  {line}")))
        console.print(f"  {runs[-1].state} in {runs[-1].seconds:.1f} s")
    return tuple(runs)


def _conclude(console: Console, runs: tuple[DagRunTold, ...]) -> None:
    if any(run.state != "success" for run in runs):
        console.print("[red]A run ended red.[/] Its report says what to do.")
    elif changed(runs) == 0:
        console.print("[bold]Nothing was left to do[/]: all that is due had gone before. make demo-reset starts over.")
    else:
        console.print(
            "Every run is verified and sealed. make demo again finds nothing left; make up shows it in Airflow."
        )
    console.print("\nReports:")
    for run in runs:
        name = run.told.get("seal", {}).get("report")
        if name:
            console.print(f"  {_short(places.HOME / 'reports' / str(name))}", soft_wrap=True)


def _short(path: Path) -> str:
    """Relative to where the person stands, where that is shorter."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
