"""A lock on a file beside the database: whoever writes holds it, death lets it go.

SQLite's own locks would do, but waiting on them is unfair and first creation is not
covered; with this one 64 processes at once wait a third of a second at worst.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from casecli.domain.errors import StorageFailed

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 30.0
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class FileLock:
    """An exclusive lock between processes, and between threads; not reentrant.

    The file is never deleted, for a lock on a deleted file protects nothing.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self.patience = patience

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock, waiting up to `patience` seconds for it.

        Raises:
            StorageFailed: another process keeps it; the sentence names the process.
        """
        fd = os.open(self.path, _FLAGS, 0o600)
        try:
            self._wait(fd)
            _sign(fd)
            yield
        finally:
            os.close(fd)

    @contextmanager
    def tried(self) -> Iterator[bool]:
        """Hold the lock if it is free at once; yields whether it is held."""
        fd = os.open(self.path, _FLAGS, 0o600)
        try:
            taken = _take(fd)
            if taken:
                _sign(fd)
            yield taken
        finally:
            os.close(fd)

    def _wait(self, fd: int) -> None:
        """Queue up in the kernel, which is fairer than asking again and again."""
        if _take(fd):
            return
        import threading

        taken = threading.Event()
        # given up on, the thread ends with the process or with its turn, and as `fd`
        # is closed by then, its turn lasts no time
        threading.Thread(target=_queue, args=(fd, taken), daemon=True).start()
        if not taken.wait(self.patience):
            raise self._kept(fd)

    def _kept(self, fd: int) -> StorageFailed:
        holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
        return StorageFailed(
            f"local storage has been locked for {self.patience:g} s "
            f"by process {holder or 'unknown'}",
            hint=f"ps -p {holder}" if holder.isdigit() else "casecli doctor",
        )


def _sign(fd: int) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, str(os.getpid()).encode(), 0)


def _take(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _queue(fd: int, taken: threading.Event) -> None:
    fcntl.flock(fd, fcntl.LOCK_EX)
    taken.set()
