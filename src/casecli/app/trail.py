"""The trail of what left this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.change import AddAttachment
from casecli.domain.ports import AuditEntry

if TYPE_CHECKING:
    from casecli.app.workplace import Workplace
    from casecli.domain.change import OutboxItem


def keep(place: Workplace, item: OutboxItem, destination: str) -> None:
    """Put a delivered change on the trail: its digest, never its content."""
    from casecli.app.filing import intent_digest
    from casecli.domain.wire import to_plain

    change, receipt = item.change, item.receipt
    if isinstance(change, AddAttachment):
        sha256, size = change.sha256, change.size
    else:
        plain = to_plain(change)
        sha256, size = intent_digest(plain), len(str(plain))
    entry = AuditEntry(
        at=place.now(),
        profile=item.profile,
        case=change.case,
        number=receipt.number if receipt else None,
        change=change.key,
        kind=change.kind,
        destination=destination,
        sha256=sha256,
        bytes=size,
        findings=change.scrubbed,
        waivers={each.rule: each.reason for each in change.waivers},
    )
    place.store.audit(entry)
