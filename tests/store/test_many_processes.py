"""Many processes on one file, its first creation included."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from casecli.domain.query import CaseQuery
from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from casecli.domain.change import AddComment, Open
from casecli.domain.query import CaseQuery
from casecli.store.sqlite import SqliteStore

now = datetime(2026, 3, 1, 12, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
for n in range(3):
    store = SqliteStore(Path(sys.argv[1]))
    ref = store.new_ref()
    key = f"{sys.argv[2]}-{n}"
    store.record([Open(key=key, case=ref, at=now, subject=key)], "acme", now)
    store.record([AddComment(key=f"{key}-c", case=ref, at=now, text="x")], "acme", now)
    assert any(row["subject"] == key for row in store.rows(CaseQuery(limit=None)))
    assert len(store.search([key], 5)) == 1
    store.close()
"""


def test_many_processes_lose_and_double_nothing(path: Path) -> None:
    command = [sys.executable, "-c", WORK, str(path)]
    workers = [
        subprocess.Popen(
            [*command, f"w{n}x"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(16)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()

    said = [worker.communicate("go\n")[1] for worker in workers]

    store = SqliteStore(path)
    assert said == [""] * 16
    assert [worker.returncode for worker in workers] == [0] * 16
    assert len(store.outbox()) == 96
    assert len(store.rows(CaseQuery(limit=None))) == 48
    assert store.new_ref() == "L49"
    assert store.check() == []
