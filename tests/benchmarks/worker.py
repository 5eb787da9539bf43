"""A process of its own for one rule, as a task is: its time, its pace between batches, and its memory.

``python -m tests.benchmarks.worker <run id> <rule id>``, with RETENTION_HOME, RETENTION_RULES and the addresses in the
environment; writes one JSON object.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from pathlib import Path

from retention.runtime.clock import SystemClock
from retention.runtime.deployment import open_deployment
from retention.runtime.dispose import dispose
from retention.runtime.resolver import EnvironmentResolver


def main(run_id: str, rule_id: str) -> None:
    deployment = open_deployment(Path(os.environ["RETENTION_RULES"]), EnvironmentResolver(), SystemClock())
    # The driver is imported by opening the database.
    deployment.database(rule_id.split(".")[0])
    before, began = peak_mib(), time.perf_counter()
    seen: list[tuple[float, int]] = []
    result = dispose(deployment, run_id, rule_id, lambda done, _: seen.append((time.perf_counter(), done)))
    seconds = time.perf_counter() - began
    deployment.close()
    told = {
        "seconds": seconds,
        "groups": result.deleted + result.pseudonymized,
        "spared": sum(result.spared.values()),
        "rows": sum(result.rows.values()),
        "batches": result.batches,
        "batch_ms_median": result.batch_ms_median,
        "batch_ms_max": result.batch_ms_max,
        "groups_per_second": pace(seen),
        "memory_mib": peak_mib() - before,
    }
    sys.stdout.write(json.dumps(told))


def pace(seen: list[tuple[float, int]]) -> float | None:
    """Groups a second once the first batch is through, which also compiles the statements; None for one batch."""
    if len(seen) < 2:
        return None
    (began, done), (ended, total) = seen[0], seen[-1]
    return (total - done) / (ended - began)


def peak_mib() -> float:
    """The most memory that this process ever held. getrusage would count what its parent held before the exec."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    kib = int(found.group(1)) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
