"""What spares a test run time without testing less."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

ROOM = 4 << 30  # bytes
MEMORY = Path("/dev/shm")


def roomy_memory() -> str | None:
    """Writing a file, and waiting until it is written: in memory that takes no time."""
    return str(MEMORY) if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def write_into_memory() -> None:
    """Temporary folders of tests, and what they hold: databases above all."""
    memory = roomy_memory()
    if memory is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)


def collect_garbage_seldom() -> None:
    """Statements that are compiled leave much garbage, and with all that is imported each look for it takes long: with
    Python's own settings a quarter of the time of a run."""
    gc.set_threshold(100_000, 50, 100)
