"""Cases that came about elsewhere: tracked by number, or given the number by phone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casecli.app.handing import carried, leased
from casecli.domain.case import (
    Case,
    EscalationState,
    Rejection,
    Status,
    WaitingOn,
)
from casecli.domain.change import Open, OutboxState, Receipt
from casecli.domain.errors import (
    BadInput,
    Conflicted,
    NotFound,
    NotFoundRemote,
    Unsupported,
)
from casecli.domain.ports import Snapshot

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.app.workplace import Workplace
    from casecli.domain.change import OutboxItem
    from casecli.domain.ports import Backend

BY_HAND = "by hand"
"""The version of a snapshot that a person typed: any the vendor gives replaces it."""

_OPENABLE = (
    OutboxState.QUEUED,
    OutboxState.UNKNOWN,
    OutboxState.CONFLICT,
    OutboxState.NEEDS_HUMAN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person tells of a case at a vendor that cannot be asked."""

    subject: str | None = None
    severity: str | None = None
    status: Status | None = None
    escalation: EscalationState | None = None
    owner: str | None = None

    def __bool__(self) -> bool:
        return self != Told()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A case in the cache; `source` is `vendor`, `hand`, or `cache` if it was there."""

    ref: str
    source: str


def vendors_number(text: str) -> str:
    """Check what is said to be the vendor's number.

    Raises:
        BadInput: it is none, or looks like one of our refs.
    """
    from casecli.app.reading import case_name

    number = case_name(text)
    if number[:1] == "L" and number[1:].isdigit():
        raise BadInput(
            f"{number} is a local ref, not a number of the vendor",
            f"casecli show {number}",
        )
    return number


def fetch(place: Workplace, backend: Backend, number: str) -> Tracked | None:
    """Take a case in as the vendor has it; None from a vendor that cannot be asked.

    Raises:
        NotFound: the vendor has no such case, or hides it from us.
        BackendError: the vendor could not be asked.
    """
    try:
        snapshot = backend.fetch(number)
    except Unsupported:
        return None
    except NotFoundRemote as error:
        raise NotFound(
            "case at the vendor", number, f"casecli track {number} --offline"
        ) from error
    if snapshot is None:
        return None
    (ref,) = place.store.take_in(place.profile, (snapshot,), place.now())
    return Tracked(ref=ref, source="vendor")


def keep(place: Workplace, number: str, told: Told) -> Tracked:
    """Keep a case as a person tells it; what was told of it before stays.

    What the vendor told stands: then nothing is changed.

    Raises:
        BadInput: a severity the policy does not have, or no escalation to tell of.
    """
    _ensure_severity(place, told.severity)
    ref = place.store.resolve(f"{place.profile}:{number}", place.profile)
    held = place.store.version(ref) if ref else None
    vendors_word = held not in (None, BY_HAND)
    if ref and (vendors_word or (held is None and not told)):
        return Tracked(ref=ref, source="cache")
    now = place.now()
    before = place.store.vendors_case(ref) if ref else None
    before = before or Case(status=Status.OPEN, opened_at=now)
    case = as_told(place, before, told, f"case {number}")
    return Tracked(ref=take_in(place, number, case), source="hand")


def as_told(
    place: Workplace, case: Case, told: Told, name: str = "", why: str = ""
) -> Case:
    """Put what is told into a case; `why` are the reasons if it is a rejection."""
    now, level = place.now(), place.policy.severity(told.severity)
    case = replace(
        case,
        subject=told.subject or case.subject or name,
        severity=(level.id if level else told.severity) or case.severity,
        updated_at=now if told else case.updated_at or now,
    )
    if told.escalation is not None:
        case = escalated(case, told.escalation, told.owner, why, now)
    elif told.owner:
        case = replace(case, owner=told.owner)
    return case if told.status is None else standing(case, told.status, now)


def _ensure_severity(place: Workplace, severity: str | None) -> None:
    levels = place.policy.severities
    if severity is not None and levels and place.policy.severity(severity) is None:
        names = ", ".join(each.id for each in levels)
        raise BadInput(f"severity {severity!r} is not one of {names}")


def standing(case: Case, status: Status, now: datetime) -> Case:
    """Put a case where a person says it stands."""
    return replace(
        case,
        status=status,
        waiting_on=_waiting_on(status),
        closed_at=(case.closed_at or now) if status.ended else None,
    )


def escalated(
    case: Case, state: EscalationState, owner: str | None, why: str, now: datetime
) -> Case:
    """Put a case's escalation where a person says the vendor has it.

    `why` are the reasons of a rejection.

    Raises:
        BadInput: the vendor has no escalation of it.
    """
    if not case.escalations:
        raise BadInput(
            "no escalation of this case has reached the vendor", "casecli status"
        )
    *earlier, newest = case.escalations
    heard = replace(
        newest,
        state=state,
        owner=owner or newest.owner,
        acknowledged_at=newest.acknowledged_at or now,
        closed_at=None if state.live else (newest.closed_at or now),
        rejection=Rejection(reasons=why)
        if state is EscalationState.REJECTED
        else newest.rejection,
    )
    return replace(case, escalations=(*earlier, heard))


def take_in(place: Workplace, number: str, case: Case) -> str:
    """Keep a case as a person knows the vendor to have it; give its ref."""
    bare = replace(case, ref="", profile="", number=None, backend="", timers=())
    snapshot = Snapshot(number=number, version=BY_HAND, case=bare)
    (ref,) = place.store.take_in(place.profile, (snapshot,), place.now())
    return ref


def _waiting_on(status: Status) -> WaitingOn:
    match status:
        case Status.WAITING_ON_CUSTOMER:
            return WaitingOn.CUSTOMER
        case Status.WAITING_ON_THIRD_PARTY:
            return WaitingOn.THIRD_PARTY
        case Status.CLOSED | Status.CANCELLED:
            return WaitingOn.NOBODY
        case _:
            return WaitingOn.VENDOR


def settle(place: Workplace, ref: str, number: str) -> OutboxItem:
    """Take an undelivered `Open` as done elsewhere under this number; never sent then.

    A case already tracked under the number becomes one with it. One that a person
    carried over is on the trail of what left from now on.

    Raises:
        Conflicted: it has a number, is being sent, or the number is another case's.
        NotFound: nothing of this case waits to be opened.
    """
    store = place.store
    opens = [
        item
        for item in store.outbox(place.profile, ref, OutboxState)
        if isinstance(item.change, Open)
    ]
    if not opens:
        raise NotFound("undelivered case", ref, f"casecli track {number}")
    item = opens[-1]
    if item.state is OutboxState.DELIVERED:
        return _settled_before(place, item, number)
    _ensure_free(place, ref, number)
    with leased(place, ref, ref):
        item = store.recorded(item.change.key) or item
        if item.state is OutboxState.DELIVERED:
            return _settled_before(place, item, number)
        if item.state not in (*_OPENABLE, OutboxState.SENDING):
            raise Conflicted(
                f"case {ref} is {item.state.value}", f"casecli open --draft {ref}"
            )
        receipt = Receipt(number=number, at=place.now())
        if item.handed_over:
            return carried(place, item, receipt, "by hand")
        return store.settle(
            item.change.key, OutboxState.DELIVERED, place.now(), receipt=receipt
        )


def _settled_before(place: Workplace, item: OutboxItem, number: str) -> OutboxItem:
    case = place.store.case(item.change.case)
    has = case.number if case else None
    if has != number:
        raise Conflicted(
            f"case {item.change.case} has the number {has}",
            f"casecli show {item.change.case}",
        )
    return item


def _ensure_free(place: Workplace, ref: str, number: str) -> None:
    """Refuse a number under which another case of ours was opened."""
    other = place.store.resolve(f"{place.profile}:{number}", place.profile)
    if other is None or other == ref:
        return
    items = place.store.outbox(place.profile, other, OutboxState)
    if any(isinstance(item.change, Open) for item in items):
        raise Conflicted(f"{number} is case {other}", f"casecli show {other}")
