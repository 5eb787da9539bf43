"""`make demo` with fewer people and datasets: the real DAGs, in one process, twice. The whole of it runs in .ci/run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ("crm", "billing", "tenants")


def demo(folder: Path) -> str:
    """Run the demo; gives what stands on the screen."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "RETENTION"))}
    environment |= {
        "RETENTION_DEMO_DIR": str(folder),
        "RETENTION_DEMO_PEOPLE": "400",
        "RETENTION_DEMO_DATASETS": " ".join(DATASETS),
    }
    done = subprocess.run(
        [sys.executable, "-m", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_disposes_once_and_says_so(tmp_path: Path) -> None:
    first = demo(tmp_path)
    assert "Legal hold H-0001 on customer 17" in first
    assert f"in force in {', '.join(DATASETS)}." in first
    for dataset in DATASETS:
        assert f"{dataset}, verification passed" in first
    assert "due, not done" not in first
    reports = list((tmp_path / "home" / "reports").glob("*.html"))
    assert len(reports) == len(DATASETS)
    assert all("http://" not in report.read_text() and "<script" not in report.read_text() for report in reports)

    second = demo(tmp_path)
    assert "Nothing was left to do" in second
    assert second.count("verification passed") == len(DATASETS)
