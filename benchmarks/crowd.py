"""Many casecli processes at once on one cache, its first creation included.

    python benchmarks/crowd.py [PROCESSES] [ROUNDS]

Half of the commands comment, half list. Every comment must be delivered exactly once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

OPEN = [
    "open",
    "-s",
    "Crowd",
    "-m",
    "text",
    "--severity",
    "low",
    "--answer",
    "production-down=no",
    "--impact",
    "nobody-is-held-up-by-this-at-all",
    "--key",
    "crowd",
    "--json",
]


def casecli(environ: dict[str, str], *words: str) -> tuple[int, str, float]:
    """Run one command; give its code, its output and its seconds."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "casecli", *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.perf_counter() - begun


def one(environ: dict[str, str], number: int, rounds: int) -> list[str]:
    """Be one user: open the shared case, then comment and list in turn."""
    said = [casecli(environ, *OPEN)]
    ref = json.loads(said[0][1])["case"] if not said[0][0] else "L1"
    for turn in range(rounds):
        words = (
            ["comment", ref, "-m", f"word {number} {turn}"]
            if turn % 2
            else ["list", "--json"]
        )
        said.append(casecli(environ, *words))
    return [f"exit {code}: {output}" for code, output, _ in said if code]


def main(processes: int = 64, rounds: int = 20) -> int:
    """Run the crowd and count what came of it."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "CASECLI_HOME": home, "CI": "1"}
        begun = time.perf_counter()
        with ThreadPoolExecutor(processes) as crowd:
            each_failed = crowd.map(lambda n: one(environ, n, rounds), range(processes))
            failed = [said for failures in each_failed for said in failures]
        seconds = time.perf_counter() - begun
        casecli(environ, "sync")
        cases = json.loads(casecli(environ, "list", "--all", "--json")[1])
        shown = casecli(environ, "show", cases[0]["ref"], "--json")[1]
        case = json.loads(shown)
    texts = [each["text"] for each in case["comments"]]
    wanted = processes * (rounds // 2)
    print(f"{processes} processes x {rounds} commands in {seconds:.1f} s")
    print(
        f"failed {len(failed)}, cases {len(cases)}, comments {len(texts)} of {wanted}"
    )
    print(f"lost {wanted - len(set(texts))}, doubled {len(texts) - len(set(texts))}")
    for kind, count in Counter(each.partition(":")[0] for each in failed).items():
        example = next(each for each in failed if each.startswith(f"{kind}:"))
        print(f"{count} x {example.strip()}")
    return 0 if not failed and len(texts) == len(set(texts)) == wanted else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
