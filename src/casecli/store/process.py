"""Who a process is, so that what it held is free once it is gone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process by pid, start and boot: pids alone are given again.

    `started` and `boot` are empty where the system does not tell (no /proc).
    """

    pid: int
    started: str
    boot: str

    @classmethod
    def current(cls) -> Owner:
        """Name this process."""
        pid = os.getpid()
        return cls(pid, _started(pid), _boot())

    @property
    def alive(self) -> bool:
        """Tell whether exactly this process still runs."""
        return (
            self.boot == _boot()
            and runs(self.pid)
            and self.started == _started(self.pid)
        )


def runs(pid: int) -> bool:
    """Tell whether any process has this pid, ours to signal or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # the name in brackets may hold blanks and brackets: count the fields behind it
    behind = stat.rpartition(")")[2].split()
    return "" if behind[0] in "ZX" else behind[19]


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
