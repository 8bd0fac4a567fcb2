"""Pull a Request Tracker of many tickets, beside a plain loop of python-rt and `rt ls`.

    python benchmarks/pull.py [TICKETS]

Starts a tracker of its own. `casecli sync` reads tickets, what was said in them and
their files, and keeps it all; python-rt, in a throwaway environment, reads the tickets
alone by pages of a hundred, and then their histories too (without the texts, which cost
it more requests still), for as many tickets as `SAMPLE` says. Compare the figures of
one run with one another only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import pytest

from tests.servers.process import Desk
from tests.servers.rt5 import request_tracker
from tests.servers.rt5_tickets import fill

CHANGES = 100
SAMPLE = 100
LOOP = """
import sys
from rt.rest2 import Rt
url, token, sample = sys.argv[1:]
rt = Rt(url + "/REST/2.0", token=token)
fields = ("Subject,Status,Priority,Owner,Requestor,Cc,Created,LastUpdated,Resolved,"
    "CustomFields")
asked = {"fields": fields, "per_page": 100}
count = 0
for ticket in rt.search(raw_query="Queue='support'", order="id", query_format=asked):
    count += 1
    if int(sample):
        rt.get_ticket_history(ticket["id"])
        if count >= int(sample):
            break
print(count)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How long a child took, how much it held, and what it said."""

    seconds: float
    megabytes: float
    said: str


def child(words: list[str], **environment: str) -> Run:
    """Run a program to its end."""
    begun = time.perf_counter()
    with subprocess.Popen(
        words,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(said)
    return Run(time.perf_counter() - begun, used.ru_maxrss / 1024, said.strip())


def casecli(home: Path, tracker: Desk, *words: str) -> Run:
    """Run a command of casecli with the tracker's customer."""
    return child(
        [sys.executable, "-m", "casecli", *words],
        CASECLI_HOME=str(home),
        CASECLI_PROFILE="rt",
        CASECLI_TOKEN=tracker.tokens["customer"],
        CI="1",
    )


def change(tracker: Desk) -> None:
    """Say something in a hundred tickets."""
    headers = {"Authorization": f"token {tracker.tokens['agent']}"}
    with httpx.Client(headers=headers, timeout=60) as client:
        for number in range(1, CHANGES + 1):
            path = f"{tracker.url}/REST/2.0/ticket/{number}/correspond"
            said = {"Content": f"news {number}", "ContentType": "text/plain"}
            client.post(path, json=said).raise_for_status()


def python_rt(folder: Path) -> str:
    """Make a throwaway environment with python-rt in it."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "rt>=3.2"], check=True, stderr=subprocess.DEVNULL)
    return python


def told(what: str, run: Run, beside: float | None = None) -> None:
    """Print one line of figures."""
    ratio = f"  {run.seconds / beside:5.3f} x" if beside else ""
    print(f"{what:44} {run.seconds:7.1f} s {run.megabytes:5.0f} MB{ratio}", flush=True)


def main(count: int = 10_000) -> int:
    """Fill, pull, change, pull again."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        request_tracker(Path(name) / "rt") as tracker,
    ):
        folder = Path(name)
        begun = time.perf_counter()
        fill(tracker, folder / "rt", count)
        print(f"{count} tickets copied in {time.perf_counter() - begun:.1f} s")
        python = python_rt(folder / "venv")
        token = tracker.tokens["customer"]
        listed = child([python, "-c", LOOP, tracker.url, token, "0"])
        told("python-rt, tickets alone", listed)
        sampled = child([python, "-c", LOOP, tracker.url, token, str(SAMPLE)])
        told(f"python-rt, with histories, {SAMPLE} tickets", sampled)
        whole = Run(sampled.seconds * count / SAMPLE, sampled.megabytes, "")
        told(f"  the same for {count}, by rule of three", whole)
        home = folder / "home"
        words = ("--backend", "rt", "--url", tracker.url, "--set", "queue=support")
        casecli(home, tracker, "profile", "add", "rt", *words)
        full = casecli(home, tracker, "sync")
        told("casecli sync, everything", full, whole.seconds)
        print(f"  {full.said}")
        again = casecli(home, tracker, "sync")
        told("casecli sync, nothing new", again, full.seconds)
        change(tracker)
        news = casecli(home, tracker, "sync")
        told(f"casecli sync, {CHANGES} changes", news, full.seconds)
        print(f"  {news.said}")
        program = shutil.which("rt-5") or shutil.which("rt")
        if program:
            asked = ["ls", "-t", "ticket", "Queue='support'"]
            shell = {"RTSERVER": tracker.url, "RTUSER": "root", "RTPASSWD": "password"}
            told("rt ls", child([program, *asked], **shell))
        else:
            print("rt ls: not measured, the package rt5-clients is not installed")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:])))
    except pytest.skip.Exception as skipped:
        print(f"not measured: {skipped}")
