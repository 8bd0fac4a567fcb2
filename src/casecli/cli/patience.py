"""Why a change still waits, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.domain.change import OutboxItem


def why(item: OutboxItem, now: datetime) -> str:
    """Say why a change waits, and until when it is not tried again."""
    said = item.error or "waiting"
    if item.not_before is None or item.not_before <= now:
        return said
    from casecli.domain.calendar import format_time

    # A whole second: nobody comes back by the millisecond.
    until = item.not_before.replace(microsecond=0) + timedelta(seconds=1)
    return f"{said}; not tried before {format_time(until)}"
