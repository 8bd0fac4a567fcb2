"""How far a pull of Request Tracker came, as a condition of TicketSQL.

RT's transaction numbers are monotone, but a customer's view of them has holes of
unknown length. So tickets are read by their last update, and the newest transaction
number tells whether one within the last `overlap` seconds has changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.backends import tracker_pull

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor(tracker_pull.Cursor):
    """A cursor that RT can be asked with."""

    @property
    def after(self) -> str:
        """The condition of TicketSQL for what comes after the last page."""
        if self.at is None:
            return "id > 0"
        at = instant(self.at)
        later = f"LastUpdated > '{at}'"
        return f"({later} OR (LastUpdated >= '{at}' AND id > {self.ticket}))"

    def again(self, overlap: timedelta) -> str:
        """The condition for what must be looked at a second time, up to the mark."""
        if self.at is None:
            return ""
        since, to = instant(self.at - overlap), instant(self.at)
        return f"LastUpdated >= '{since}' AND LastUpdated <= '{to}'"


def instant(moment: datetime) -> str:
    """Write a time for TicketSQL: it takes a bare one for local, and Z for nonsense."""
    return f"{moment:%Y-%m-%d %H:%M:%S} +0000"
