"""Deliver the outbox, and reconcile lost answers.

A change is marked `sending` before its first byte and settled after its answer. What
lies between is `unknown`: it is looked for at the vendor by its key before anything is
sent again, at the earliest one horizon after the last send.
"""

from __future__ import annotations

import random
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.app import trail
from casecli.app.pulling import refresh
from casecli.app.rejudge import request_of
from casecli.domain.change import (
    AddAttachment,
    EditFields,
    Open,
    OutboxItem,
    OutboxState,
)
from casecli.domain.errors import (
    AuthError,
    BackendError,
    CaseError,
    RateLimited,
    ScrubRefused,
    StorageFailed,
    Transient,
    Unknown,
    VersionConflict,
)
from casecli.domain.judgement import refusals
from casecli.domain.ports import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from casecli.app.pulling import Counting
    from casecli.app.workplace import Workplace
    from casecli.domain.change import Receipt
    from casecli.domain.ports import Backend

    # Shows a file of this name and size going out; told of each piece while inside.
    Uploading = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

LEASE = timedelta(seconds=120)
LEADING = timedelta(seconds=10)
LOOK_AGAIN = 0.05
LOOK_SELDOM = 0.5
RESENDS = 7
LONGEST_PAUSE = timedelta(seconds=300)

_WAITING = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did, change by change; `problem` is why it stopped early.

    `refused` is why something that had been approved was not sent after all.
    """

    items: tuple[OutboxItem, ...] = ()
    problem: CaseError | None = None
    refused: ScrubRefused | None = None


@dataclass(slots=True)
class Delivery:
    """Sends one profile's changes; `connect` gives the backend, the same each time."""

    place: Workplace
    destination: str
    connect: Callable[[], Backend]
    pause: Callable[[float], None]
    uploading: Uploading | None = None
    _versions: dict[str, str] = field(default_factory=dict, init=False)
    _refused: ScrubRefused | None = field(default=None, init=False)

    def deliver(
        self,
        case: str,
        key: str,
        deadline: datetime,
        tried: Callable[[str], None] | None = None,
    ) -> OutboxItem:
        """Deliver a case's changes until this one is settled, stuck, or time is up.

        Another process may hold the case and send our change for us; then we wait for
        it. Never raises for what the vendor says: the item's state tells. `tried` is
        told the key of each change that had its turn.
        """
        store = self.place.store
        patience = LOOK_AGAIN
        while True:
            item = self._item(key)
            now = self.place.now()
            if item.state not in _WAITING:
                return item
            if store.lease(case, now + LEASE, now):
                try:
                    self._deliver_leased(case, item.seq, tried)
                finally:
                    store.release(case)
                return self._item(key)
            if now >= deadline:
                return item
            self.pause(patience * (0.5 + random.random()))  # noqa: S311 (jitter)
            patience = min(patience * 1.5, LOOK_SELDOM)

    def wait(self, case: str, key: str, deadline: datetime) -> OutboxItem:
        """Keep trying until the change is settled or the deadline has come."""
        item = self.deliver(case, key, deadline)
        while item.state in _WAITING and self.place.now() < deadline:
            self.pause(1.0)
            item = self.deliver(case, key, deadline)
        return item

    def push(self, case: str | None = None, shown: Counting | None = None) -> Pushed:
        """Deliver everything that waits, case by case; stop at refused credentials."""
        self._refused = None
        waiting = self.place.store.outbox(self.place.profile, case, _WAITING)
        cases = list(dict.fromkeys(item.change.case for item in waiting))
        deadline = self.place.now() + timedelta(seconds=30)
        problem: CaseError | None = None
        with _counted(shown if waiting else None, len(waiting)) as step:
            for each in cases:
                keys = [item.change.key for item in waiting if item.change.case == each]
                try:
                    self._push_case(each, keys, deadline, step)
                except AuthError as error:
                    problem = error
                    break
        return Pushed(
            items=tuple(self._item(item.change.key) for item in waiting),
            problem=problem,
            refused=self._refused,
        )

    def _push_case(
        self,
        case: str,
        keys: Sequence[str],
        deadline: datetime,
        step: Callable[[int], None],
    ) -> None:
        """Deliver what waits of a case; counted in the end even if it had no turn."""
        left = set(keys)

        def tried(key: str) -> None:
            if key in left:
                left.remove(key)
                step(1)

        self.deliver(case, keys[-1], deadline, tried)
        step(len(left))

    def hand_over_again(self, case: str) -> None:
        """Make what waits for a person anew, after the case got its number."""
        place = self.place
        for item in place.store.outbox(place.profile, case):
            if item.handed_over:
                place.store.settle(item.change.key, OutboxState.QUEUED, place.now())
        self.push(case)

    def _item(self, key: str) -> OutboxItem:
        item = self.place.store.recorded(key)
        if item is None:
            msg = f"change {key} is not recorded"
            raise LookupError(msg)
        return item

    def _deliver_leased(
        self, case: str, mine: int, tell: Callable[[str], None] | None
    ) -> None:
        """Send a case's changes in order; one that is stuck holds back the rest.

        What others record behind ours (`mine` is its seq) is sent along for a while:
        they wait for us.
        """
        until = self.place.now() + LEADING
        tried: set[str] = set()
        delivered = False
        while True:
            item = self._next(case, tried)
            if item is None or (item.seq > mine and self.place.now() >= until):
                break
            tried.add(item.change.key)
            settled = self._advance(item)
            if tell is not None:
                tell(item.change.key)
            delivered = delivered or settled.state is OutboxState.DELIVERED
            rejected = settled.state is OutboxState.REJECTED
            if rejected and isinstance(settled.change, Open):
                break
            done = rejected or settled.state is OutboxState.DELIVERED
            if not done and not settled.handed_over:
                break
        if delivered:
            self._refresh_quietly(case)

    def _next(self, case: str, tried: set[str]) -> OutboxItem | None:
        """Give the first change that waits untried; None behind a stuck one."""
        stuck = (OutboxState.CONFLICT, OutboxState.NEEDS_HUMAN)
        for item in self.place.store.outbox(self.place.profile, case):
            if item.handed_over:  # what follows goes to the same person
                continue
            if item.state in stuck:
                return None
            if item.change.key not in tried:
                return item
        return None

    def _refresh_quietly(self, case: str) -> None:
        try:
            refresh(self.place, self.connect, case)
        except BackendError:
            return  # the change is delivered; the next sync brings the snapshot

    def _advance(self, item: OutboxItem) -> OutboxItem:
        now = self.place.now()
        if item.not_before is not None and now < item.not_before:
            return item
        if item.state is OutboxState.QUEUED:
            return self._send(item)
        return self._reconcile(item, now)

    def _reconcile(self, item: OutboxItem, now: datetime) -> OutboxItem:
        store, change = self.place.store, item.change
        able = self.connect().capabilities()
        if able.dedupe is Support.NATIVE:
            return self._send(item)
        if able.dedupe is Support.NONE:
            return store.settle(
                change.key,
                OutboxState.NEEDS_HUMAN,
                now,
                error="the answer was lost and this vendor cannot be asked for it",
            )
        sent = item.last_sent or item.recorded_at
        if now < sent + able.horizon:
            return store.settle(
                change.key,
                OutboxState.UNKNOWN,
                now,
                error=item.error,
                not_before=sent + able.horizon,
            )
        try:
            receipt = self.connect().find(
                change.key,
                change.kind,
                self._target(item),
                (item.first_sent or sent) - timedelta(minutes=5),
            )
        except BackendError as error:
            return self._failed(item, error, found_out=False)
        if receipt is not None:
            return self._delivered(item, receipt)
        if self._lost(item) > RESENDS:
            return store.settle(
                change.key,
                OutboxState.NEEDS_HUMAN,
                now,
                error=f"sent {item.attempts} times and not found at the vendor",
            )
        return self._send(item)

    def _lost(self, item: OutboxItem) -> int:
        """Count the answers that never came; other tries cannot have doubled it."""
        tries = self.place.store.attempts(item.change.key)
        return sum(each.outcome in (None, OutboxState.UNKNOWN) for each in tries)

    def _send(self, item: OutboxItem) -> OutboxItem:
        place, change = self.place, item.change
        refused = self._refused_now(item)
        if refused is not None:
            return place.store.settle(
                change.key, OutboxState.NEEDS_HUMAN, place.now(), error=refused
            )
        try:
            backend = self.connect()
        except BackendError as error:
            return self._failed(item, error, found_out=False)
        place.store.begin_attempt(change.key, place.now())
        try:
            receipt = self._hand_over(backend, item)
        except BackendError as error:
            return self._failed(item, error)
        except StorageFailed as error:
            return place.store.settle(
                change.key, OutboxState.UNKNOWN, place.now(), error=str(error)
            )
        except CaseError as error:
            if isinstance(error, ScrubRefused):
                self._refused = error
            return place.store.settle(
                change.key, OutboxState.NEEDS_HUMAN, place.now(), error=str(error)
            )
        except BaseException as error:
            # Whatever it was, bytes may have left: never believe that nothing happened.
            place.store.settle(
                change.key, OutboxState.UNKNOWN, place.now(), error=repr(error)
            )
            raise
        return self._delivered(item, receipt)

    def _hand_over(self, backend: Backend, item: OutboxItem) -> Receipt:
        change, target = item.change, self._target(item)
        guarded = isinstance(change, EditFields)
        version = self._version(change.case) if guarded else None
        if not isinstance(change, AddAttachment):
            return backend.deliver(change, target, version)
        with (
            closing(self.place.spool.open(change.sha256)) as source,
            self._shown(change.name, change.size) as progress,
        ):
            return backend.deliver(change, target, version, source, progress)

    def _shown(
        self, name: str, size: int
    ) -> AbstractContextManager[Callable[[int], None] | None]:
        return self.uploading(name, size) if self.uploading else nullcontext()

    def _version(self, case: str) -> str | None:
        """Give the newest state we know of: our own writes move it too."""
        return self._versions.get(case) or self.place.store.version(case)

    def _target(self, item: OutboxItem) -> str | None:
        if isinstance(item.change, Open):
            return None
        case = self.place.store.case(item.change.case)
        return case.number if case else None

    def _refused_now(self, item: OutboxItem) -> str | None:
        """Judge a change again as it is about to leave; time and the case moved on."""
        place, change = self.place, item.change
        case = None
        if not isinstance(change, Open):
            case = place.store.case(change.case, before=item.seq)
        urgent = isinstance(change, Open) and change.urgent
        findings = place.judge(change.action, case, request_of(change), urgent=urgent)
        refused = refusals(findings, change.waivers)
        return "; ".join(each.message for each in refused) or None

    def _delivered(self, item: OutboxItem, receipt: Receipt) -> OutboxItem:
        place, change = self.place, item.change
        if receipt.by_hand:
            return place.store.settle(
                change.key,
                OutboxState.NEEDS_HUMAN,
                place.now(),
                receipt=receipt,
                error=f"carry it over: casecli handoff {receipt.number or change.case}",
            )
        settled = place.store.settle(
            change.key, OutboxState.DELIVERED, place.now(), receipt=receipt
        )
        if receipt.version is not None:
            self._versions[change.case] = receipt.version
        trail.keep(place, settled, self.destination)
        return settled

    def _failed(
        self, item: OutboxItem, error: BackendError, *, found_out: bool = True
    ) -> OutboxItem:
        """Settle a failed try; `found_out` False keeps an unknown change unknown."""
        place, key = self.place, item.change.key
        now = place.now()
        pause = min(timedelta(seconds=2 ** min(item.attempts, 8)), LONGEST_PAUSE)
        state, not_before = OutboxState.REJECTED, None
        match error:
            case Transient() | AuthError():
                state = OutboxState.QUEUED if found_out else item.state
                not_before = now + pause if isinstance(error, Transient) else None
            case RateLimited():
                state = OutboxState.QUEUED if found_out else item.state
                asked = max(error.retry_at or now, now + pause)
                not_before = asked + pause * random.random()  # noqa: S311 (jitter)
            case Unknown():
                state = OutboxState.UNKNOWN
            case VersionConflict():
                state = OutboxState.CONFLICT
            case _:
                state = OutboxState.REJECTED if found_out else item.state
        settled = place.store.settle(
            key, state, now, error=str(error), not_before=not_before
        )
        if isinstance(error, AuthError):
            raise error
        return settled


def _counted(
    shown: Counting | None, total: int
) -> AbstractContextManager[Callable[[int], None]]:
    return shown(total) if shown is not None else nullcontext(lambda _: None)
