"""``make up``: Airflow with its UI on the demo's databases. Ctrl-C stops all of it.

The components run one by one, since ``airflow standalone`` lets the log servers listen on every interface.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from rich.console import Console

from demo import places

COMPONENTS = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
STOP_SECONDS = 20
START_SECONDS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One component, leader of a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]


def main() -> int:
    """Exit code 0 after Ctrl-C, 1 when a component did not come up or died, 2 when there is no demo yet."""
    console = Console(highlight=False)
    if not places.RULES.is_dir():
        console.print("There is no demo yet.\n  what to do: make demo, then make up")
        return 2
    port = int(os.environ.get("RETENTION_UP_PORT") or 8080)
    password = _environment(port)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    running: list[Running] = []
    try:
        console.print(f"Starting Airflow; its logs are in {places.AIRFLOW / 'logs'} ...")
        _prepare()
        running.append(_start("api-server", ("api-server", "--host", "127.0.0.1", "--port", str(port))))
        running += [_start(name, arguments) for name, arguments in COMPONENTS.items()]
        return _watch(console, running, stop, port, password)
    finally:
        _stop(console, running)


def _watch(console: Console, running: list[Running], stop: threading.Event, port: int, password: str) -> int:
    told = False
    began = time.monotonic()
    while not stop.wait(0.5):
        dead = next((one for one in running if one.process.poll() is not None), None)
        if dead is not None:
            console.print(
                f"{dead.name} ended by itself with exit code {dead.process.returncode}.\n"
                f"  what to do: read {_log_of(dead.name)}; a port in use is changed by RETENTION_UP_PORT=8081 make up"
            )
            return 1
        if not told and _healthy(port):
            console.print(f"Airflow is up: http://127.0.0.1:{port}/  user admin, password {password}")
            console.print("Trigger retention_crm there with as_of 2026-07-01T00:00:00Z. Ctrl-C stops everything.")
            told = True
        if not told and time.monotonic() - began > START_SECONDS:
            console.print(f"Airflow did not come up.\n  what to do: read the logs in {places.AIRFLOW / 'logs'}")
            return 1
    return 0


def _environment(port: int) -> str:
    """Set the environment of the components; gives the generated password of the user admin."""
    places.set_environment()
    passwords = places.AIRFLOW / "passwords.json"
    if not passwords.is_file():
        with os.fdopen(os.open(passwords, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            json.dump({"admin": secrets.token_urlsafe(12)}, out)
    os.environ.update(
        {
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        }
    )
    return str(json.loads(passwords.read_text())["admin"])


def _prepare() -> None:
    """Metadata database and pools, in children: this process stays small and imports no Airflow."""
    for arguments in (("-m", "airflow", "db", "migrate"), ("-m", "retention_airflow.init")):
        with _log_of("prepare").open("ab") as log:
            subprocess.run([sys.executable, *arguments], check=True, stdout=log, stderr=log, start_new_session=True)  # noqa: S603


def _start(name: str, arguments: tuple[str, ...]) -> Running:
    with _log_of(name).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "airflow", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    return Running(name=name, process=process)


def _die_with_parent() -> None:
    """Linux ends the component when this process is killed so hard that it cannot clean up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _stop(console: Console, running: list[Running]) -> None:
    """End the process groups that were started here, and whatever they started elsewhere."""
    if not running:
        return
    console.print("Stopping ...")
    family = [member for one in running for member in _family(one.process.pid)]
    for one in running:
        _signal_group(one.process.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for member in alive:
        member.kill()
    psutil.wait_procs(alive, timeout=5)
    console.print("Stopped.")


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _healthy(port: int) -> bool:
    """Every component has reported to the API server."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=2) as answer:
            health = json.load(answer)
    except (OSError, urllib.error.URLError, ValueError):
        return False
    return all(health[part].get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _log_of(name: str) -> Path:
    folder = places.AIRFLOW / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


if __name__ == "__main__":
    sys.exit(main())
