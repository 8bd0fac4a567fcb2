"""Nothing is lost and nothing is doubled while the way to the server keeps breaking."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from casecli.app.delivery import Delivery
from casecli.app.workplace import Workplace
from casecli.domain.case import BusinessImpact, Visibility
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    AnyChange,
    Open,
    OutboxState,
)
from casecli.domain.ports import Backend, Store
from casecli.store.spool import FileSpool
from casecli.store.sqlite import SqliteStore
from tests.servers.connecting import KINDS, connect
from tests.servers.process import Desk
from tests.servers.proxy import lossy
from tests.workplace import workplace

# Each case has a comment and a file: 102 cases are 306 changes a server.
CASES = int(os.environ.get("CASECLI_FAULTED_CASES", "4"))
# Which part of the writes is cut, and of which part the answers are lost.
CUTS = float(os.environ.get("CASECLI_FAULTS_CUT", "0.05"))
LOSSES = float(os.environ.get("CASECLI_FAULTS_LOST", "0.2"))
ROUNDS = 40
IMPACT = BusinessImpact(
    summary="two of three contact centres cannot take any call since nine",
    answers={"production-down": "no", "people-affected": "410"},
)

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


@pytest.mark.parametrize("name", list(KINDS))
def test_every_change_arrives_once_over_a_broken_way(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    desk: Desk = request.getfixturevalue(KINDS[name].fixture)
    store = SqliteStore(tmp_path / "data" / "casecli.db", backend_of=lambda _: name)
    spool = FileSpool(tmp_path / "spool")
    clock = [timedelta(0)]
    work = workplace(
        store, spool, tmp_path, lambda: datetime.now(UTC) + sum(clock, timedelta(0))
    )
    with closing(store), lossy(desk.port) as proxy:
        changes = recorded(store, spool)
        proxy.misbehave(Random(6), CUTS, LOSSES)  # noqa: S311 (faults, the same on each run)
        with closing(
            connect(name, desk, proxy.url, settings={"horizon": "1"})
        ) as backend:
            rounds = delivered(work, backend, clock)
        waiting = [(each.state, each.error) for each in store.outbox("live")]

    with closing(connect(name, desk)) as backend:
        keys = Counter(keys_at(backend))
    told = f"{name}: {len(changes)} changes in {rounds} rounds, {dict(proxy.faults)}"
    print(told)  # noqa: T201 (the figures)
    assert waiting == [], told
    assert {each.key: keys[each.key] for each in changes} == {
        each.key: 1 for each in changes
    }, told
    assert proxy.faults["lost"] > 0, told


def recorded(store: Store, spool: FileSpool) -> list[AnyChange]:
    """Write down all there is to deliver."""
    at = datetime.now(UTC)
    found: list[AnyChange] = []
    for n in range(CASES):
        ref = store.new_ref()
        content = b"trace %d\n" % n * 1000
        scratch = spool.scratch()
        scratch.write_bytes(content)
        digest, size = spool.seal(scratch)
        assert digest == hashlib.sha256(content).hexdigest()
        key = f"{at:%H%M%S%f}-{n}"
        changes = (
            Open(
                key=f"{key}-open",
                case=ref,
                at=at,
                subject=f"Calls drop after {n} seconds",
                description="Every call drops since this morning.",
                type="problem",
                severity="high",
                impact=IMPACT,
            ),
            AddComment(
                key=f"{key}-comment",
                case=ref,
                at=at,
                text=f"comment {n}",
                visibility=Visibility.PUBLIC,
            ),
            AddAttachment(
                key=f"{key}-file",
                case=ref,
                at=at,
                name=f"trace-{n}.log",
                sha256=digest,
                size=size,
            ),
        )
        store.record(changes, "live", at)
        found += changes
    return found


def delivered(work: Workplace, backend: Backend, clock: list[timedelta]) -> int:
    """Push until nothing waits; five minutes pass between two rounds."""
    delivery = Delivery(
        place=work, destination="live", connect=lambda: backend, pause=lambda _: None
    )
    for n in range(1, ROUNDS + 1):
        delivery.push()
        left = {each.state for each in work.store.outbox("live")}
        if not left or OutboxState.NEEDS_HUMAN in left:
            return n
        clock.append(timedelta(minutes=5))
    return ROUNDS


def keys_at(backend: Backend) -> list[str | None]:
    """List the keys of all there is at the server, as often as it is there."""
    cursor: str | None = None
    found: list[str | None] = []
    more = True
    while more:
        page = backend.changed_since(cursor, 100)
        for each in page.snapshots:
            found.append(each.key)
            found += [one.key for one in each.case.comments]
            found += [one.key for one in each.case.attachments]
        cursor, more = page.next, page.more
    return found
