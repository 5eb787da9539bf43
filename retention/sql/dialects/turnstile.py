"""A lock beside a SQLite file through which every writer passes, so that a hold gets in before those behind it.

SQLite lets whoever asks at the right moment have the write lock: a hold that waits for a run of batches can wait for
ever. A batch passes the turnstile and lets go of it as soon as it has the write lock; a hold keeps it, so that the next
batch waits outside.
"""

from __future__ import annotations

import fcntl
import os


class Turnstile:
    """One for each connection. ``path``: of the lock file, made when it is first needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Wait until nobody else holds it, in other threads and processes too. Freed when a process dies."""
        if self._file is not None:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def let_go(self) -> None:
        """Does nothing where it was not taken."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
