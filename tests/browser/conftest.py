"""A browser, and an Airflow of its own on a free port with the small demo in it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where Airflow answers, the password of its user admin, and the process of ``make up``."""

    url: str
    password: str
    folder: Path
    pid: int


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """``make demo`` with 400 people, then ``make up``; ended by Ctrl-C."""
    folder = tmp_path_factory.mktemp("browser")
    environment = _environment(folder)
    subprocess.run([sys.executable, "-m", "demo"], cwd=ROOT, env=environment, check=True, timeout=400)
    screen = folder / "up.txt"
    with screen.open("wb") as out:
        up = subprocess.Popen(
            [sys.executable, "-m", "demo.up"], cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        password = _wait_for(up, screen)
        url = f"http://127.0.0.1:{environment['RETENTION_UP_PORT']}"
        yield Site(url=url, password=password, folder=folder, pid=up.pid)
    finally:
        _end(up)


def _end(up: subprocess.Popen[bytes]) -> None:
    """Ctrl-C must leave nothing behind."""
    import psutil

    family = psutil.Process(up.pid).children(recursive=True) if up.poll() is None else []
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=60) == 0
    assert not [child for child in family if child.is_running()], "orphans"


def _environment(folder: Path) -> dict[str, str]:
    """Of the demo alone: what the tests of Airflow set for themselves must not reach it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "RETENTION"))}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **inherited,
        "RETENTION_DEMO_DIR": str(folder / "demo"),
        "RETENTION_DEMO_PEOPLE": "400",
        "RETENTION_DEMO_DATASETS": "crm billing support",
        "RETENTION_UP_PORT": str(port),
        "COLUMNS": "200",
    }


def _wait_for(up: subprocess.Popen[bytes], screen: Path) -> str:
    until = time.monotonic() + 200
    while time.monotonic() < until:
        found = re.search(r"user admin, password (\S+)", screen.read_text())
        if found:
            return found.group(1)
        if up.poll() is not None:
            break
        time.sleep(1)
    raise AssertionError(f"Airflow did not come up:\n{screen.read_text()}")


@pytest.fixture
def page(site: Site, tmp_path: Path) -> Iterator[Any]:
    """A page of a signed-in browser."""
    if not CHROMIUM.exists():
        pytest.skip("no browser: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=str(CHROMIUM),
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            viewport={"width": 1400, "height": 900},
        )
        page = context.pages[0]
        page.set_default_timeout(30_000)
        page.goto(site.url + "/auth/login")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", site.password)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(re.escape(site.url) + r"/(?!auth)"))
        yield page
        context.close()
