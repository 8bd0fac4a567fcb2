"""Business days, reopen windows and due times, zone aware.

A business day is counted when its end lies inside the span, so a span that begins on
Thursday 10:00 holds its first full day at Friday 10:00: elapsed business days from the
moment, not midnights crossed. Week-ends and holidays add nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

MONDAY_TO_FRIDAY = frozenset(range(5))


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time as aware UTC.

    Raises:
        ValueError: not a time, or one without an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"{text!r} has no UTC offset"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Write an aware time as RFC 3339 UTC; whole seconds unless there are more."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EVERY = {"hourly": "1h", "daily": "1d", "weekly": "1w"}


@functools.lru_cache(maxsize=64)
def parse_duration(text: str) -> timedelta:
    """Read `30m`, `4h`, `2d`, `1w`, or `hourly`, `daily`, `weekly`.

    Raises:
        ValueError: anything else.
    """
    plain = _EVERY.get(text.strip().lower(), text.strip())
    number, unit = plain[:-1], plain[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()):
        msg = f"{text!r} is not a duration such as 30m, 4h or 2d"
        raise ValueError(msg)
    return timedelta(**{_UNITS[unit]: int(number)})


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When the vendor works: zone, days of the week, hours, days off.

    `holidays` are the days somebody listed, `public` those of the vendor's country.
    """

    zone: tzinfo = UTC
    workdays: frozenset[int] = MONDAY_TO_FRIDAY
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = frozenset()
    public: Container[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Tell whether the vendor works on this local date."""
        works = day.weekday() in self.workdays and day not in self.holidays
        return works and day not in self.public

    def add_business_days(self, start: datetime, days: int) -> datetime:
        """Give the moment `days` full business days after `start`, by local clock.

        A start on a day off counts from the beginning of the next business day.

        Raises:
            ValueError: `days` is negative, or the calendar never works.
        """
        if days < 0:
            msg = f"cannot add {days} business days"
            raise ValueError(msg)
        return next(islice(self._steps(start), days, None))

    def business_days(self, start: datetime, end: datetime) -> int:
        """Count full business days elapsed from `start` to `end`; never negative."""
        full = islice(self._steps(start), 1, None)
        return sum(1 for _ in takewhile(lambda moment: moment <= end, full))

    def _steps(self, start: datetime) -> Iterator[datetime]:
        """Give the moments 0, 1, 2 … full business days after `start`, without end."""
        local = start.astimezone(self.zone)
        day, clock = local.date(), local.time()
        if not self.is_business_day(day):
            day, clock = self._next_business_day(day), time(0)
        while True:
            yield datetime.combine(day, clock, self.zone).astimezone(UTC)
            day = self._next_business_day(day)

    def end_of_business(self, moment: datetime) -> datetime:
        """Give the close of the business day `moment` falls on, or of the next one."""
        local = moment.astimezone(self.zone)
        day = local.date()
        if not self.is_business_day(day) or local.time() > self.closes:
            day = self._next_business_day(day)
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)

    def add_business_time(self, start: datetime, span: timedelta) -> datetime:
        """Give the moment at which `span` of opening hours have passed after `start`.

        Raises:
            ValueError: the calendar never works, or closes before it opens.
        """
        local, left = start.astimezone(self.zone), span
        if self.closes <= self.opens:
            msg = "the calendar closes before it opens"
            raise ValueError(msg)
        day = local.date()
        if not self.is_business_day(day):
            day = self._next_business_day(day)
        while True:
            opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
            closes = datetime.combine(day, self.closes, self.zone).astimezone(UTC)
            begin = max(opens, start.astimezone(UTC))
            if begin + left <= closes:
                return begin + left
            left -= max(closes - begin, timedelta())
            day = self._next_business_day(day)

    def _next_business_day(self, day: date) -> date:
        for ahead in range(1, 400):
            candidate = day + timedelta(days=ahead)
            if self.is_business_day(candidate):
                return candidate
        msg = "the calendar has no business day within 400 days"
        raise ValueError(msg)


def window_end(
    start: datetime, days: int, zone: tzinfo, *, inclusive: bool
) -> datetime:
    """Give the last moment of a window of calendar days after `start`.

    Inclusive: the same local clock time `days` later still counts, and the seconds
    between two sides of a daylight saving change are the zone's, not ours. Exclusive:
    it ends a microsecond before.
    """
    local = start.astimezone(zone)
    end = datetime.combine(
        local.date() + timedelta(days=days), local.time(), zone
    ).astimezone(UTC)
    return end if inclusive else end - timedelta(microseconds=1)
