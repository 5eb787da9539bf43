"""Airflow as docker-compose.yml has it, on this machine: its components, two Celery workers, PostgreSQL and Redis."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL, make_url

from retention.runtime.keys import new_key
from tests.database_servers import PostgreSQLServer
from tests.machines import compose

WORKERS = ("one", "two")
ADMIN = "admin"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(kw_only=True)
class Machines:
    """Components by name, each the leader of a process group of its own, with its output in ``<name>.log``."""

    folder: Path
    environment: dict[str, str]
    url: str
    password: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def run(self, *arguments: str) -> str:
        """A command that ends by itself; gives what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """The machine is gone from one instant to the next: the worker and all that it started."""
        leader = psutil.Process(self.processes[name].pid)
        family = [leader, *leader.children(recursive=True)]
        for member in family:
            member.suspend()  # or one could still do something while another dies
        for member in family:
            member.kill()
        self.processes[name].wait(timeout=20)

    def family(self) -> list[tuple[str, psutil.Process]]:
        """Every process that was started here and lives, with the name of its component."""
        return [
            (name, member)
            for name, process in self.processes.items()
            if process.poll() is None
            for leader in [psutil.Process(process.pid)]
            for member in (leader, *leader.children(recursive=True))
        ]

    def stop(self) -> None:
        family = [member for _, member in self.family()]
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=25)
        for member in alive:
            member.kill()


@pytest.fixture(scope="module")
def machines(postgresql: PostgreSQLServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Everything is up, and nothing has run. The rules are those of the sample's dataset crm."""
    redis = shutil.which("redis-server")
    if redis is None:
        pytest.skip("no Redis: apt install redis-server")
    folder = tmp_path_factory.mktemp("machines")
    given = {name: secrets.token_hex(24) for name in compose.required(compose.FILE.read_text())}
    given |= {"AIRFLOW_FERNET_KEY": _fernet_key(), "RETENTION_PSEUDONYM_KEY": new_key()}
    broker, port = free_port(), free_port()
    made = Machines(
        folder=folder,
        environment=_environment(folder, postgresql, given, broker, port),
        url=f"http://127.0.0.1:{port}",
        password=given["AIRFLOW_ADMIN_PASSWORD"],
    )
    _databases(postgresql, given)
    try:
        made.start("redis", redis, *_redis_arguments(folder, broker, given["REDIS_PASSWORD"]))
        _initialise(made)
        _start(made, port)
        yield made
    finally:
        made.stop()


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _environment(
    folder: Path, postgresql: PostgreSQLServer, given: dict[str, str], broker: int, port: int
) -> dict[str, str]:
    """Of the file, with the services' names replaced by where they are here, and with what lies in the image."""
    written = compose.environment("airflow-worker", given)
    here = {
        name: _located(value, postgresql)
        .replace("@redis:6379", f"@127.0.0.1:{broker}")
        .replace("http://airflow-apiserver:8080", f"http://127.0.0.1:{port}")
        .replace("http://127.0.0.1:8080", f"http://127.0.0.1:{port}")
        for name, value in written.items()
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "RETENTION"))}
    return {
        **inherited,
        **here,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(compose.ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        # Patience is shorter here than in the file: a test waits for a dead worker to be noticed.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port()),
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "AIRFLOW__API__WORKERS": "1",
        "RETENTION_RULES": str(folder / "rules"),
        "RETENTION_HOME": str(folder / "home"),
        "RETENTION_SCHEDULE": "off",
        "RETENTION_CRM_URL": postgresql.url("crm"),
    }


def _located(value: str, postgresql: PostgreSQLServer) -> str:
    """An address of the service ``postgres``, at this test run's server."""
    if "@postgres/" not in value:
        return value
    prefix = "db+" if value.startswith("db+") else ""
    asked = make_url(value.removeprefix("db+"))
    server = make_url(postgresql.url("postgres"))
    there = URL.create(
        asked.drivername, asked.username, asked.password, server.host, server.port, asked.database, server.query
    )
    return prefix + there.render_as_string(hide_password=False)


def _databases(postgresql: PostgreSQLServer, given: dict[str, str]) -> None:
    for owner, password in (("airflow", "AIRFLOW_DB_PASSWORD"), ("retention", "RETENTION_DB_PASSWORD")):
        postgresql.execute(f"CREATE ROLE {owner} LOGIN PASSWORD '{given[password]}'")
        postgresql.execute(f"CREATE DATABASE {owner} OWNER {owner}")
    postgresql.execute("CREATE DATABASE crm")


def _redis_arguments(folder: Path, port: int, password: str) -> tuple[str, ...]:
    settings = folder / "redis.conf"
    settings.write_text(f'requirepass {password}\nsave ""\nbind 127.0.0.1\nport {port}\ndir {folder}\n')
    settings.chmod(0o600)
    return (str(settings),)


def _initialise(made: Machines) -> None:
    """What the service airflow-init does, by its own text."""
    script = compose.services()["airflow-init"]["command"][0].replace("$$", "$")
    made.environment["AIRFLOW_ADMIN_PASSWORD"] = made.password
    done = subprocess.run(
        ["/bin/bash", "-c", script], env=made.environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    del made.environment["AIRFLOW_ADMIN_PASSWORD"]


def _start(made: Machines, port: int) -> None:
    airflow = (sys.executable, "-m", "airflow")
    made.start("api-server", *airflow, "api-server", "--host", "127.0.0.1", "--port", str(port))
    made.start("scheduler", *airflow, "scheduler", "--skip-serve-logs")
    made.start("dag-processor", *airflow, "dag-processor")
    for name in WORKERS:
        pid = made.folder / f"{name}.pid"
        made.start(name, *airflow, "celery", "worker", "-H", f"{name}@%h", "--pid", str(pid), "--skip-serve-logs")
    until = time.monotonic() + 120
    while not all(" ready." in made.log(name) for name in WORKERS):
        assert time.monotonic() < until, "\n".join(made.log(name)[-2000:] for name in made.processes)
        time.sleep(0.5)
