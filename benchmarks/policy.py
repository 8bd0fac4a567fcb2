"""What judging costs beyond start-up: one case, and all of a large cache.

    python benchmarks/policy.py [CASES]

Start-up is the budget `list` has, seven times a bare Python. The promises: `policy
check` within it plus 40 ms of CPU on a warm cache, and at most 2 s of CPU beyond
start-up to judge 10,000 open cases.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from cache import NEWEST, cases

from casecli import policies
from casecli.domain.case import Status
from casecli.store.sqlite import SqliteStore

RUNS = 12
BARE = 7
CHECK_MS = 40
ALL_MS = 2000
BATCH = 2000


def cost(home: Path, *words: str, runs: int = RUNS) -> float:
    """Give the least CPU milliseconds of several runs of a command, or of `pass`."""
    best = 1e9
    environ = {**os.environ, "CASECLI_HOME": str(home), "CI": "1"}
    command = [sys.executable, *(("-m", "casecli", *words) if words else ("-c", ""))]
    for _ in range(runs):
        child = subprocess.Popen(
            command,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 5):
            sys.exit(f"casecli {' '.join(words)} ended with {child.returncode}")
        best = min(best, (used.ru_utime + used.ru_stime) * 1000)
    return best


def choose(home: Path, policy: str) -> None:
    """Put the cases of a home under a policy."""
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    role = {"genesys": "designated-contact"}.get(policy, "customer")
    profile = f'backend = "desk"\npolicy = "{policy}"\nrole = "{role}"\n'
    config.write_text(f'profile = "one"\n[profiles.one]\n{profile}')


def fill(home: Path, count: int) -> None:
    """Fill a home with open cases."""
    (home / "data").mkdir(mode=0o700, parents=True)
    store = SqliteStore(home / "data" / "casecli.db", backend_of=lambda _: "desk")
    batch = []
    for _, snapshot in cases(count):
        case = replace(snapshot.case, status=Status.OPEN, closed_at=None)
        batch.append(replace(snapshot, case=case))
        if len(batch) == BATCH:
            store.take_in("one", batch, NEWEST)
            batch = []
    store.take_in("one", batch, NEWEST)
    store.close()


def main(count: int = 10_000) -> None:
    """Print a line for each policy and command."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        fill(home, count)
        budget = BARE * cost(home)
        print(f"{count} open cases; start-up budget {budget:.0f} ms CPU")
        for pack in policies.available():
            choose(home, pack.name)
            alone = cost(home, "list")
            one = cost(home, "policy", "check", "escalate", "L1")
            nothing = cost(home, "list", "--all", runs=3)
            every = cost(home, "list", "--escalatable", "--all", runs=3)
            may = budget + CHECK_MS
            print(f"{pack.name:<15} list {alone:.0f} ms, policy check {one:.0f} ms")
            print(f"  {one / may:4.2f}x of the {may:.0f} ms policy check may take")
            beyond = every - alone
            print(f"  list --escalatable {beyond:.0f} ms beyond list:", end=" ")
            print(f"{beyond / ALL_MS:4.2f}x of the {ALL_MS} ms it may take,", end=" ")
            print(f"{every / nothing:4.2f}x of list --all, which judges nothing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
