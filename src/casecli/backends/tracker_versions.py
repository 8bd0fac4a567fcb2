"""What a case's state is known by: a version for conflicts, keys for our changes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from casecli.domain.change import Receipt
from casecli.domain.errors import VersionConflict

if TYPE_CHECKING:
    from casecli.domain.case import Case
    from casecli.domain.ports import Snapshot


def event_of(case: Case, key: str) -> str | None:
    """Find what a change became, by its key."""
    keyed = (
        *((each.key, each.id) for each in case.attachments),
        *((each.key, each.id) for each in case.escalations),
        *((each.key, each.id) for each in case.comments),
    )
    return next((event for found, event in keyed if found == key), None)


def found_by_key(snapshot: Snapshot, key: str) -> Receipt | None:
    """Say what became of a change whose answer was lost."""
    event = event_of(snapshot.case, key)
    if event is None:
        return None
    return Receipt(number=snapshot.number, event_id=event, verified=True)


def version_of(case: Case, stamp: str) -> str:
    """Mark a state of a case: its facts first, then all there is to see.

    `stamp` is what the tracker itself says about the state.
    """
    facts = (
        case.subject,
        case.severity,
        case.status.ended,
        case.close_reason,
        case.product,
        case.environment,
        case.occurrence,
        sorted(case.fields.items()),
    )
    return f"{_digest(facts)}-{_digest((stamp, case))}"


def refuse_if_changed(snapshot: Snapshot, version: str) -> None:
    """Compare two marks of `version_of`; talk alone makes no conflict.

    Raises:
        VersionConflict: facts have changed since `version`.
    """
    if snapshot.version.partition("-")[0] != version.partition("-")[0]:
        raise VersionConflict(
            f"{snapshot.number} was changed at the vendor meanwhile",
            hint="casecli sync",
        )


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:16]
