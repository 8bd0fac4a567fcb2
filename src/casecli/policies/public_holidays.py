"""Public holidays of a country or a part of one; the door to `holidays`.

Packs and profiles only name the country, `DE-BY`. The library is loaded when a day is
first asked about: most commands never ask.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Container


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The days off of a country by its ISO 3166 code, `DE` or `DE-BY`, in any year.

    Where the country moves a holiday that falls on a week-end, the day it is moved to
    is a day off as well.
    """

    country: str

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self.calendar()

    def calendar(self) -> Container[date]:
        """Load the country's days.

        Raises:
            BadInput: no such country, or it has no such part.
        """
        return _calendar(self.country)


@functools.cache
def _calendar(country: str) -> Container[date]:
    import holidays

    code, _, part = country.upper().partition("-")
    parts = holidays.list_supported_countries().get(code)
    if parts is None:
        raise BadInput(
            f"calendar.country is {country!r}, expected an ISO code of a country "
            "or a part of one, such as DE, DE-BY or US-CA",
            "casecli profile show",
        )
    if part and part not in parts:
        known = ", ".join(f"{code}-{each}" for each in parts) or f"{code} alone"
        raise BadInput(
            f"calendar.country is {country!r}, expected {known}", "casecli profile show"
        )
    return holidays.country_holidays(code, subdiv=part or None)
