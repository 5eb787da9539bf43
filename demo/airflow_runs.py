"""Run the real DAGs through Airflow in this process, and read what their tasks told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demo import places


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRunTold:
    """How a run of one DAG ended, and the result of each task by task id; a task that told nothing is missing."""

    dag_id: str
    state: str
    told: Mapping[str, Mapping[str, Any]]
    seconds: float


def prepare_airflow() -> dict[str, Any]:
    """Airflow's metadata database, pools, and the DAGs by id. Raises RuntimeError with the import errors."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    from retention_airflow.init import make_pools

    initdb()
    make_pools()
    bag = DagBag(str(places.ROOT / "dags"))
    if bag.import_errors:
        raise RuntimeError("\n".join(bag.import_errors.values()))
    return dict(bag.dags)


def run(dag: Any, as_of: str, say: Callable[[str], None]) -> DagRunTold:
    """Run one DAG to its end with ``dag.test``. ``say`` gets a line for each task that ends."""
    from airflow.sdk.listener import get_listener_manager

    listener = _listener(say)
    manager = get_listener_manager()
    manager.add_listener(listener)  # type: ignore[no-untyped-call]
    began = time.monotonic()
    try:
        dag_run = dag.test(run_conf={"as_of": as_of})
    finally:
        manager.pm.unregister(listener)
    return DagRunTold(
        dag_id=dag.dag_id,
        state=str(dag_run.state),
        told=_told(dag.dag_id, dag_run.run_id, dag.task_ids),
        seconds=time.monotonic() - began,
    )


def _listener(say: Callable[[str], None]) -> Any:
    from airflow.listeners import hookimpl

    class Listener:
        @hookimpl
        def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
            say(f"[green]done[/]    {task_instance.task_id}")

        @hookimpl
        def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
            say(f"[red]failed[/]  {task_instance.task_id}: {error}")

    return Listener()


def _told(dag_id: str, run_id: str, task_ids: list[str]) -> dict[str, Mapping[str, Any]]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query: Any = XComModel.get_many(run_id=run_id, key="return_value", dag_ids=dag_id)
        found = {row.task_id: XComModel.deserialize_value(row) for row in session.scalars(query)}
    return {task: found[task] for task in task_ids if isinstance(found.get(task), Mapping)}
