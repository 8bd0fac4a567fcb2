"""How far a pull of Request Tracker came: a cursor that misses no late commit.

RT's transaction numbers are monotone, but a customer's view of them has holes of
unknown length. So tickets are read by their last update, and the newest transaction
number tells whether one within the last `overlap` seconds has changed since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from casecli.domain.calendar import format_time, parse_time
from casecli.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last ticket of the last page, and what was seen shortly before it."""

    at: datetime | None = None
    ticket: int = 0
    seen: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> Mark:
        """Read a cursor.

        Raises:
            Invalid: it is none of ours.
        """
        if cursor is None:
            return cls()
        try:
            at, ticket, seen = json.loads(cursor)
            return cls(
                at=parse_time(at) if at else None,
                ticket=int(ticket),
                seen={number: (when, version) for number, when, version in seen},
            )
        except (ValueError, TypeError) as error:
            raise Invalid(
                "the cursor is not one of Request Tracker", hint="casecli sync --full"
            ) from error

    def __str__(self) -> str:
        at = format_time(self.at) if self.at else None
        seen = [[number, *found] for number, found in sorted(self.seen.items())]
        return json.dumps([at, self.ticket, seen], separators=(",", ":"))

    @property
    def after(self) -> str:
        """The condition of TicketSQL for what comes after the last page."""
        if self.at is None:
            return "id > 0"
        at = instant(self.at)
        later = f"LastUpdated > '{at}'"
        return f"({later} OR (LastUpdated >= '{at}' AND id > {self.ticket}))"

    def again(self, overlap: timedelta) -> str:
        """The condition for what must be looked at a second time."""
        return f"LastUpdated >= '{instant(self.at - overlap)}'" if self.at else ""

    def moved(self, number: str, updated: str, version: str) -> Mark:
        """Go on to a ticket; one seen again moves only what was seen of it."""
        at = parse_time(updated)
        here = (at, int(number))
        ahead = self.at is None or here > (self.at, self.ticket)
        return Mark(
            at=at if ahead else self.at,
            ticket=int(number) if ahead else self.ticket,
            seen={**self.seen, number: (updated, version)},
        )

    def pruned(self, overlap: timedelta) -> Mark:
        """Forget what nothing can happen to any more."""
        if self.at is None:
            return self
        since = self.at - overlap
        kept = {
            n: found for n, found in self.seen.items() if parse_time(found[0]) >= since
        }
        return Mark(at=self.at, ticket=self.ticket, seen=kept)


def instant(moment: datetime) -> str:
    """Write a time for TicketSQL: it takes a bare one for local, and Z for nonsense."""
    return f"{moment:%Y-%m-%d %H:%M:%S} +0000"
