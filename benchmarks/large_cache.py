"""Reading a large cache: CPU and memory of list, search and status, against start-up.

    python benchmarks/large_cache.py [CASES] [FOLDER]

Start-up alone is `casecli list` in an empty home; the promise is at most twice that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cache import fill

RUNS = 12
COMMANDS = (
    ["list"],
    ["list", "--json"],
    ["search", "timeout"],
    ["search", "certificate", "--json"],
    ["status"],
    ["list", "--severity", "high", "--status", "waiting-on-customer"],
)


def cost(home: Path, words: list[str]) -> tuple[float, int]:
    """Give the least CPU milliseconds of several runs, and the peak memory in MB."""
    best, peak = 1e9, 0
    environ = {**os.environ, "CASECLI_HOME": str(home), "CI": "1"}
    for _ in range(RUNS):
        child = subprocess.Popen(
            [sys.executable, "-m", "casecli", *words],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"casecli {' '.join(words)} ended with {child.returncode}")
        best = min(best, (used.ru_utime + used.ru_stime) * 1000)
        peak = max(peak, used.ru_maxrss // 1024)
    return best, peak


def main(cases: int = 2000, folder: str = "") -> None:
    """Fill a cache unless it is there, then measure."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(folder or scratch) / "home"
        cache = home / "data" / "casecli.db"
        if not cache.exists():
            cache.parent.mkdir(parents=True, mode=0o700)
            fill(cache, cases, lambda _: None)
        alone, memory = cost(Path(scratch) / "empty", ["list"])
        print(f"{cases} cases; start-up alone {alone:.0f} ms CPU, {memory} MB")
        for words in COMMANDS:
            used, memory = cost(home, words)
            ratio = used / alone
            print(f"{used:6.0f} ms  {ratio:4.2f}x  {memory:4d} MB  {' '.join(words)}")


if __name__ == "__main__":
    asked = sys.argv[1:]
    main(int(asked[0]) if asked else 2000, asked[1] if asked[1:] else "")
