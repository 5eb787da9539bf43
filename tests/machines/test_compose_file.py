"""docker-compose.yml, as far as it can be judged without an engine; test_two_workers starts the same components."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machines import compose

AIRFLOW = {name for name, service in compose.services().items() if "build" in service}
RUNNING = AIRFLOW - {"airflow-init"}


def composed(*arguments: str, secrets: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("no docker-compose: apt install docker-compose")
    env_file = folder / "secrets.env"
    env_file.write_text(secrets)
    command = [program, "--env-file", str(env_file), "--file", str(compose.FILE), *arguments]
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, env=clean, timeout=60, check=False)


def demanded() -> frozenset[str]:
    return compose.required(compose.FILE.read_text())


def test_compose_takes_the_file_once_every_secret_is_there(tmp_path: Path) -> None:
    all_of_them = "".join(f"{name}=made-up\n" for name in sorted(demanded()))
    taken = composed("config", "--quiet", secrets=all_of_them, folder=tmp_path)
    assert (taken.returncode, taken.stderr) == (0, "")


@pytest.mark.parametrize("missing", sorted(demanded()))
def test_a_missing_secret_is_refused_with_its_remedy(missing: str, tmp_path: Path) -> None:
    others = "".join(f"{name}=made-up\n" for name in sorted(demanded() - {missing}))
    refused = composed("config", "--quiet", secrets=others, folder=tmp_path)
    assert refused.returncode != 0
    assert "write .env with scripts/secrets" in refused.stderr


def test_no_variable_has_a_default() -> None:
    text = compose.FILE.read_text()
    variables = re.findall(r"(?<!\$)\$\{[^}]*\}", text)
    assert variables
    assert [one for one in variables if ":?" not in one] == []


def test_no_port_is_open_beyond_loopback() -> None:
    ports = [port for service in compose.services().values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_every_service_that_stays_tells_its_health() -> None:
    silent = [name for name, service in compose.services().items() if "healthcheck" not in service]
    assert silent == ["airflow-init"]  # it ends


def test_every_component_has_the_same_environment() -> None:
    kinds = {tuple(sorted(compose.services()[name]["environment"].items())) for name in RUNNING}
    assert len(kinds) == 1


def test_what_is_mounted_from_here_is_here() -> None:
    mounted = [volume for service in compose.services().values() for volume in service.get("volumes", ())]
    sources = {volume.split(":")[0] for volume in mounted if volume.startswith(".")}
    assert sources == {"./retention_rules", "./deploy/control_store.sh"}
    assert [source for source in sources if not (compose.ROOT / source).exists()] == []


def test_the_image_copies_what_is_here_and_pins_airflow() -> None:
    lines = (compose.ROOT / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[2:-1]]
    assert [name for name in copied if not (compose.ROOT / name).exists()] == []
    assert "FROM apache/airflow:3.3.2-python3.11" in lines
    assert "apache-airflow==3.3.2" in (compose.ROOT / "constraints.txt").read_text().splitlines()


def test_airflow_knows_every_option_and_every_command() -> None:
    """Asked in a process of its own, with the environment of the file."""
    secrets = dict.fromkeys(demanded(), "made-up")
    options = [name for name in compose.environment("airflow-worker", secrets) if name.startswith("AIRFLOW__")]
    commands = sorted({str(compose.services()[name]["command"]) for name in RUNNING})
    program = (
        "import sys\n"
        "from airflow.configuration import conf\n"
        "from airflow.cli.cli_parser import get_parser\n"
        "from airflow.providers_manager import ProvidersManager\n"
        "ProvidersManager().initialize_providers_configuration()\n"
        f"for name in {options!r}:\n"
        "    _, section, option = name.split('__')\n"
        "    known = section.lower() == 'celery_broker_transport_options' or (\n"
        "        conf.configuration_description.get(section.lower(), {}).get('options', {}).get(option.lower()))\n"
        "    if not known: print('unknown option', name)\n"
        f"for command in {commands!r}:\n"
        "    get_parser().parse_args(command.split())\n"
        "print('asked')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW__CORE__LOAD_EXAMPLES": "false"},
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.split("\n")[-2:] == ["asked", ""], answer.stdout
    assert "unknown option" not in answer.stdout


def test_the_secrets_are_written_once_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(compose.ROOT / "scripts" / "secrets", tmp_path / "scripts")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    first = subprocess.run([script], capture_output=True, text=True, check=False)
    assert (first.returncode, first.stderr) == (0, "")
    env = tmp_path / ".env"
    written = env.read_text()
    assert env.stat().st_mode & 0o777 == 0o600
    assert {line.split("=")[0] for line in written.splitlines()} == demanded()
    assert not [value for line in written.splitlines() if (value := line.split("=", 1)[1]) and value in first.stdout]

    again = subprocess.run([script], capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "what to do" in again.stderr
    assert env.read_text() == written
