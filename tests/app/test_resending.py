"""How often a change is sent again when the way to the vendor keeps breaking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

import pytest

from casecli.app.delivery import Delivery
from casecli.backends import BackendOptions
from casecli.backends.desk import Desk
from casecli.domain.change import AnyChange, OutboxItem, OutboxState, Receipt
from casecli.domain.errors import BackendError, Transient, Unknown
from casecli.domain.ports import Capabilities, Support
from casecli.store.spool import FileSpool
from casecli.store.sqlite import SqliteStore
from tests.workplace import MONDAY, OPENING, workplace


class FarDesk(Desk):
    """A desk that has to be searched for keys, at the end of a way that breaks."""

    faults: Iterator[BackendError | None] = iter(())
    asked = 0

    def capabilities(self) -> Capabilities:
        able = super().capabilities()
        return replace(able, dedupe=Support.EMULATED, horizon=timedelta(0))

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        self.asked += 1
        fault = next(self.faults, None)
        if fault is not None:
            raise fault
        return super().deliver(change, target, version, source, progress)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FarDesk]:
    options = BackendOptions(
        profile="live", url="", user="ann", role="customer", folder=tmp_path / "desk"
    )
    with closing(FarDesk(options)) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "data" / "casecli.db")) as made:
        made.record((OPENING,), "live", MONDAY)
        yield made


def synced(desk: FarDesk, store: SqliteStore, tmp_path: Path, times: int) -> OutboxItem:
    """Push so often, ten minutes apart, and give what became of the opening."""
    now = [MONDAY]
    work = workplace(store, FileSpool(tmp_path / "spool"), tmp_path, lambda: now[0])
    delivery = Delivery(
        place=work, destination="live", connect=lambda: desk, pause=lambda _: None
    )
    for n in range(times):
        now[0] = MONDAY + n * timedelta(minutes=10)
        delivery.push()
    found = store.recorded("k1")
    assert found is not None
    return found


def test_tries_that_never_left_do_not_count_against_a_lost_answer(
    desk: FarDesk, store: SqliteStore, tmp_path: Path
) -> None:
    desk.faults = iter([*repeat(Transient("no way"), 20), Unknown("broke off")])

    opened = synced(desk, store, tmp_path, 22)

    assert (opened.state, opened.attempts) == (OutboxState.DELIVERED, 22)
    assert len(desk.changed_since(None, 10).snapshots) == 1


def test_a_way_that_breaks_seven_times_needs_nobody(
    desk: FarDesk, store: SqliteStore, tmp_path: Path
) -> None:
    desk.faults = repeat(Unknown("broke off"), 7)

    opened = synced(desk, store, tmp_path, 8)

    assert opened.state is OutboxState.DELIVERED
    assert len(desk.changed_since(None, 10).snapshots) == 1


def test_a_vendor_where_nothing_is_ever_found_is_not_sent_more_and_more(
    desk: FarDesk, store: SqliteStore, tmp_path: Path
) -> None:
    desk.faults = repeat(Unknown("broke off"))

    opened = synced(desk, store, tmp_path, 12)

    assert (opened.state, desk.asked) == (OutboxState.NEEDS_HUMAN, 8)
    assert opened.error == "sent 8 times and not found at the vendor"
