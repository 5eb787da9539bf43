"""Keep Airflow's talk off the screen: it goes into a file, ours stays visible."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console


@contextmanager
def noise_into(file: Path) -> Iterator[Console]:
    """A console on the real standard output, while everything else that writes to it (file descriptors 1 and 2, so
    libraries and child processes too) ends in ``file``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    screen = os.fdopen(os.dup(kept[0]), "w", encoding="utf-8")
    try:
        yield Console(file=screen, width=None if screen.isatty() else 140, highlight=False)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        screen.close()
        for original, target in zip(kept, (1, 2), strict=True):
            os.dup2(original, target)
            os.close(original)
