"""Upload a large file to a Request Tracker, beside curl, and watch time and memory.

    python benchmarks/upload.py [MEGABYTES] [ROUNDS]

Ours reads the file once for its sha256 and once to send it, then reads back what the
tracker has. curl sends it only. They take turns; the best round of each counts.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest

from casecli.backends import BackendOptions
from casecli.backends.request_tracker import RequestTracker
from casecli.domain.change import AddAttachment, Open
from tests.servers.rt5 import Tracker, request_tracker

AT = datetime(2026, 3, 2, tzinfo=UTC)


def ours(backend: RequestTracker, number: str, file: Path, key: str) -> float:
    """Hash and upload; give the seconds."""
    begun = time.perf_counter()
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        size = file.stat().st_size
        change = AddAttachment(
            key=key, case="L1", at=AT, name="dump.bin", sha256=digest, size=size
        )
        receipt = backend.deliver(
            change, number, source=source, progress=lambda _: None
        )
    if "size" not in receipt.applied:
        raise SystemExit(f"the tracker kept something else: {receipt}")
    return time.perf_counter() - begun


def curl(tracker: Tracker, number: str, file: Path) -> float:
    """Upload with curl; give the seconds."""
    begun = time.perf_counter()
    subprocess.run(
        [
            "curl",
            *("-sS", "--fail", "-o", os.devnull),
            *("-H", f"Authorization: token {tracker.tokens['customer']}"),
            *("-F", 'JSON={"Content": "a file", "ContentType": "text/plain"}'),
            *("-F", f"Attachments=@{file};type=application/octet-stream"),
            f"{tracker.url}/REST/2.0/ticket/{number}/correspond",
        ],
        check=True,
    )
    return time.perf_counter() - begun


def main(megabytes: int = 200, rounds: int = 2) -> int:
    """Take turns with curl."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        request_tracker(Path(name) / "rt") as tracker,
    ):
        file = Path(name) / "dump.bin"
        with file.open("wb") as out:
            for _ in range(megabytes):
                out.write(os.urandom(1_000_000))
        backend = RequestTracker(
            BackendOptions(
                profile="upload",
                url=tracker.url,
                user="customer",
                role="customer",
                folder=Path(name),
                settings={"queue": "support"},
                token=lambda: tracker.tokens["customer"],
            )
        )
        opened = backend.deliver(Open(key="k", case="L1", at=AT, subject="x"), None)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pairs = [
            (
                curl(tracker, opened.number, file),
                ours(backend, opened.number, file, f"f{n}"),
            )
            for n in range(rounds)
        ]
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        backend.close()
    theirs, mine = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    print(f"{megabytes} MB: curl {theirs:.1f} s, casecli {mine:.1f} s with its sha256")
    print(
        f"ratio {mine / theirs:.2f}, memory {before:.0f} MB before, {after:.0f} after"
    )
    return 0 if mine <= 1.15 * theirs else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:])))
    except pytest.skip.Exception as skipped:
        print(f"not measured: {skipped}")
