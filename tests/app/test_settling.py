"""A case is given its number by a person while another process may be sending it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from casecli.app import adopting
from casecli.app.workplace import Workplace
from casecli.domain.change import OutboxState
from casecli.domain.errors import Conflicted
from casecli.store.spool import FileSpool
from casecli.store.sqlite import SqliteStore
from tests.workplace import MONDAY, OPENING, workplace

HOLDER = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from casecli.store.sqlite import SqliteStore

now = datetime.fromisoformat(sys.argv[2])
store = SqliteStore(Path(sys.argv[1]))
print(store.lease("L1", now + timedelta(hours=1), now), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with closing(SqliteStore(tmp_path / "casecli.db")) as store:
        store.record((OPENING,), "live", MONDAY)
        yield workplace(store, FileSpool(tmp_path / "spool"), tmp_path, lambda: MONDAY)


@pytest.fixture
def sender(place: Workplace, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the case and keeps it until its input ends."""
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "casecli.db")]
    with subprocess.Popen(
        [*words, place.now().isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process


@pytest.mark.usefixtures("sender")
def test_a_case_that_is_being_sent_is_not_settled(place: Workplace) -> None:
    with pytest.raises(Conflicted, match="case L1 is being sent right now"):
        adopting.settle(place, "L1", "CS-7")


def test_a_case_whose_sender_has_died_is_settled(
    place: Workplace, sender: subprocess.Popen[str]
) -> None:
    sender.communicate()

    settled = adopting.settle(place, "L1", "CS-7")

    assert settled.state is OutboxState.DELIVERED
    assert settled.receipt is not None
    assert settled.receipt.number == "CS-7"
