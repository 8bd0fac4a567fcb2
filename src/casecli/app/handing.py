"""Changes a person carries to the vendor: which wait, and when they count as done."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.app import trail
from casecli.domain.change import Open, OutboxState, Receipt
from casecli.domain.errors import Conflicted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.app.workplace import Workplace
    from casecli.domain.change import OutboxItem

_LEASE = timedelta(seconds=30)


def waiting(place: Workplace, ref: str) -> tuple[OutboxItem, ...]:
    """Give the changes of a case that a person has yet to carry over, in order."""
    items = place.store.outbox(place.profile, ref)
    return tuple(each for each in items if each.handed_over)


def done(place: Workplace, item: OutboxItem, destination: str) -> OutboxItem:
    """Count a change as carried over; a second time changes nothing.

    Raises:
        Conflicted: the case has no number yet, it is being worked on by another
            process, or the change was settled otherwise.
    """
    store, change = place.store, item.change
    case = store.case(change.case)
    if isinstance(change, Open) or case is None or case.number is None:
        raise Conflicted(
            f"case {change.case} has no number yet",
            f"casecli settle {change.case} --number N",
        )
    with leased(place, change.case, case.label):
        item = store.recorded(change.key) or item
        if item.state is OutboxState.DELIVERED:
            return item
        if not item.handed_over:
            raise Conflicted(
                f"{change.kind} {change.key[:13]} is {item.state.value}",
                f"casecli outbox show {change.key[:13]}",
            )
        return carried(place, item, Receipt(number=case.number), destination)


@contextmanager
def leased(place: Workplace, ref: str, label: str) -> Iterator[None]:
    """Hold a case, called `label`, so that nobody sends its changes meanwhile.

    Raises:
        Conflicted: somebody is sending them.
    """
    store = place.store
    if not store.lease(ref, place.now() + _LEASE, place.now()):
        raise Conflicted(f"case {label} is being sent right now", "casecli outbox list")
    try:
        yield
    finally:
        store.release(ref)


def carried(
    place: Workplace, item: OutboxItem, receipt: Receipt, destination: str
) -> OutboxItem:
    """Settle a change that was handed over, and put it on the trail of what left."""
    settled = place.store.settle(
        item.change.key,
        OutboxState.DELIVERED,
        place.now(),
        receipt=replace(receipt, by_hand=True, at=place.now()),
    )
    trail.keep(place, settled, destination)
    return settled
