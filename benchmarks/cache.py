"""Fill a store with many cases: `python benchmarks/cache.py DIR N`.

The cases are the same on every run: neither chance nor the clock is asked.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.domain.case import (
    Attachment,
    BusinessImpact,
    Case,
    Comment,
    Contact,
    Environment,
    Escalation,
    EscalationState,
    Product,
    Side,
    Status,
    Timer,
    WaitingOn,
)
from casecli.domain.ports import Snapshot
from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH = 2000
PROFILES = ("genesys", "citrix", "internal-desk")
SEVERITIES = ("critical", "high", "medium", "low")
# most of a cache is history: nine in ten of these cases have ended
STATUSES = (Status.OPEN, *(Status.CLOSED,) * 6, Status.CANCELLED, *(Status.CLOSED,) * 2)
ACTIVE = (Status.OPEN, Status.IN_PROGRESS, Status.WAITING_ON_CUSTOMER, Status.RESOLVED)
SYMPTOMS = (
    "Agents are logged out after exactly ten minutes",
    "Nightly export stops with ORA-01555",
    "Call recordings are missing for the second tenant",
    "Login page answers 502 behind the new load balancer",
    "Reports show yesterday's figures until noon",
    "Disk of the media server fills up within a day",
    "Certificate renewal leaves the old chain in place",
    "Screen pop opens the wrong customer record",
)
PARTS = ("voice gateway", "reporting", "routing", "web portal", "media store")
WORDS = (
    "connection refused by peer after the upgrade to the latest release",
    "the log shows a timeout while waiting for the session service",
    "we restarted both nodes and the error came back within an hour",
    "please send the traces of the affected period with debug level three",
    "only users of the northern site are affected and mobile clients work",
    "the workaround holds but costs two people half a day each week",
    "a fix is planned for the next maintenance release of this branch",
)


def cases(count: int) -> Iterator[tuple[str, Snapshot]]:
    """Give profile and snapshot of each case, the oldest first."""
    for n in range(count):
        number = f"{4_000_000 + n}"
        opened = NEWEST - timedelta(minutes=17 * (count - n))
        yield (
            PROFILES[n % 3],
            Snapshot(number=number, version="7", case=_case(n, opened)),
        )


def fill(
    path: Path, count: int, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Take `count` cases into the store at `path`."""
    store = SqliteStore(path, derive=_timers, backend_of=lambda _: "rt")
    waiting: dict[str, list[Snapshot]] = {profile: [] for profile in PROFILES}
    for n, (profile, snapshot) in enumerate(cases(count)):
        waiting[profile].append(snapshot)
        if len(waiting[profile]) == BATCH:
            store.take_in(profile, waiting[profile], NEWEST)
            waiting[profile].clear()
            progress(n + 1)
    for profile, rest in waiting.items():
        store.take_in(profile, rest, NEWEST, cursor=str(count))
    store.close()


def _case(n: int, opened: datetime) -> Case:
    status = STATUSES[n // 3 % 10]
    if not status.ended:
        status = ACTIVE[n // 30 % 4]
    updated = opened + timedelta(hours=3 + n % 500)
    waits_on_us = status is Status.WAITING_ON_CUSTOMER
    vendor = WaitingOn.CUSTOMER if waits_on_us else WaitingOn.VENDOR
    return Case(
        type="problem" if n % 5 else "request",
        subject=f"{SYMPTOMS[n % 8]} ({PARTS[n % 5]}, site {n % 97})",
        description=f"{_prose(n, 4)}\nFirst seen on host-{n % 911}.",
        status=status,
        status_raw=status.value.title(),
        waiting_on=WaitingOn.NOBODY if status.ended else vendor,
        severity=SEVERITIES[(n * 7) % 4],
        business_impact=BusinessImpact(summary=f"{n % 40} agents cannot work"),
        product=Product(name=PARTS[n % 5], release=f"9.{n % 12}"),
        environment=Environment(type="production" if n % 4 else "test"),
        fields={"queue": f"q{n % 20}", "contract": f"C-{n % 300}"},
        contact=Contact(name=f"Contact {n % 60}", email=f"c{n % 60}@example.com"),
        owner=f"engineer-{n % 150}",
        opened_at=opened,
        updated_at=updated,
        vendor_updated_at=updated - timedelta(hours=1),
        closed_at=updated if status.ended else None,
        comments=tuple(_comment(n, k, opened) for k in range(2 + n % 4)),
        attachments=tuple(_attachment(n, k, opened) for k in range(n % 3)),
        escalations=(_escalation(n, opened),) if n % 50 == 0 else (),
    )


def _prose(n: int, sentences: int) -> str:
    return ". ".join(WORDS[(n * 3 + k * (n % 5 + 1)) % 7] for k in range(sentences))


def _comment(n: int, k: int, opened: datetime) -> Comment:
    return Comment(
        id=f"{n}-{k}",
        at=opened + timedelta(hours=k + 1),
        author=f"engineer-{n % 150}" if k % 2 else "me",
        text=_prose(n + k, 2),
        side=Side.VENDOR if k % 2 else Side.CUSTOMER,
    )


def _attachment(n: int, k: int, opened: datetime) -> Attachment:
    return Attachment(
        id=f"{n}-a{k}",
        at=opened,
        author="me",
        name=f"{PARTS[(n + k) % 5].replace(' ', '-')}-{n % 911}.log.gz",
        size=40_000 + n,
    )


def _escalation(n: int, opened: datetime) -> Escalation:
    state = EscalationState.CLOSED if n % 500 else EscalationState.ACTIVE
    return Escalation(id=f"{n}-e", state=state, requested_at=opened, reason="no update")


def _timers(case: Case) -> tuple[Timer, ...]:
    if case.status.ended or case.opened_at is None:
        return ()
    due = case.opened_at + timedelta(days=5)
    return (Timer(kind="next-update", due_at=due, rule="example"),)


def main() -> None:
    """Fill the store named on the command line and say how long it took."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    started = time.perf_counter()
    fill(folder / "casecli.db", count, lambda n: print(f"{n} cases", file=sys.stderr))
    spent = time.perf_counter() - started
    size = (folder / "casecli.db").stat().st_size / 1e6
    print(f"{count} cases in {spent:.1f} s, {size:.0f} MB")


if __name__ == "__main__":
    main()
