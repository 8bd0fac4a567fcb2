"""Business days and windows, on both sides of each edge."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.domain.calendar import (
    BusinessCalendar,
    format_time,
    parse_time,
    window_end,
)

BERLIN = ZoneInfo("Europe/Berlin")
UTC_WEEK = BusinessCalendar()
MAY_DAY = BusinessCalendar(zone=BERLIN, holidays=frozenset({date(2026, 5, 1)}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-01-08T10:00Z", "2026-01-08T09:00Z", 0),
        ("2026-01-08T10:00Z", "2026-01-09T09:59:59Z", 0),
        ("2026-01-08T10:00Z", "2026-01-09T10:00Z", 1),
        ("2026-01-08T10:00Z", "2026-01-11T23:00Z", 1),
        ("2026-01-08T10:00Z", "2026-01-14T10:00Z", 4),
        ("2026-01-08T10:00Z", "2026-01-15T09:59:59Z", 4),
        ("2026-01-08T10:00Z", "2026-01-15T10:00Z", 5),
        ("2026-01-10T15:00Z", "2026-01-12T23:59Z", 0),
        ("2026-01-10T15:00Z", "2026-01-13T00:00Z", 1),
        ("2024-01-01T00:00Z", "2026-01-01T00:00Z", 523),
    ],
)
def test_a_business_day_counts_once_it_has_fully_passed(
    start: str, end: str, days: int
) -> None:
    assert UTC_WEEK.business_days(at(start), at(end)) == days


def test_a_holiday_puts_the_day_off_by_one() -> None:
    thursday = at("2026-04-30T10:00+02:00")

    assert MAY_DAY.business_days(thursday, at("2026-05-01T18:00+02:00")) == 0
    assert MAY_DAY.business_days(thursday, at("2026-05-04T10:00+02:00")) == 1


def test_a_business_day_across_the_change_to_summer_time_ends_by_the_local_clock() -> (
    None
):
    friday = at("2026-03-27T10:00+01:00")

    end = MAY_DAY.add_business_days(friday, 1)

    assert end == at("2026-03-30T10:00+02:00")
    assert MAY_DAY.business_days(friday, at("2026-03-30T09:59+02:00")) == 0
    assert MAY_DAY.business_days(friday, at("2026-03-30T10:00+02:00")) == 1


def test_local_ends_are_compared_as_moments_not_as_clock_faces() -> None:
    start = datetime(2026, 3, 27, 10, tzinfo=BERLIN)

    assert MAY_DAY.business_days(start, datetime(2026, 3, 30, 10, tzinfo=BERLIN)) == 1


def test_the_vendors_zone_decides_what_day_it_is() -> None:
    tokyo = BusinessCalendar(zone=ZoneInfo("Asia/Tokyo"))
    saturday_in_tokyo = at("2026-01-09T16:00Z")

    assert tokyo.add_business_days(saturday_in_tokyo, 1) == at("2026-01-12T15:00Z")


@given(
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.integers(0, 40),
)
def test_counting_finds_the_days_that_were_added(gap: timedelta, days: int) -> None:
    start = at("2025-01-01T00:00Z") + gap

    end = MAY_DAY.add_business_days(start, days)

    assert MAY_DAY.business_days(start, end) == days


def test_business_days_cannot_be_taken_away() -> None:
    with pytest.raises(ValueError, match="cannot add -1 business days"):
        UTC_WEEK.add_business_days(at("2026-01-08T10:00Z"), -1)


def test_a_vendor_who_never_works_is_noticed() -> None:
    never = BusinessCalendar(workdays=frozenset())

    with pytest.raises(ValueError, match="no business day within 400 days"):
        never.add_business_days(at("2026-01-08T10:00Z"), 1)


@pytest.mark.parametrize(
    ("moment", "close"),
    [
        ("2026-01-09T16:00Z", "2026-01-09T17:00Z"),
        ("2026-01-09T17:00Z", "2026-01-09T17:00Z"),
        ("2026-01-09T17:00:01Z", "2026-01-12T17:00Z"),
        ("2026-01-10T09:00Z", "2026-01-12T17:00Z"),
    ],
)
def test_the_end_of_business_is_todays_or_the_next_business_days(
    moment: str, close: str
) -> None:
    assert UTC_WEEK.end_of_business(at(moment)) == at(close)


def test_a_window_ends_at_the_same_local_time_across_summer_time() -> None:
    closed = at("2026-03-15T12:00+01:00")

    end = window_end(closed, 30, BERLIN, inclusive=True)

    assert end == at("2026-04-14T12:00+02:00")


def test_an_exclusive_window_ends_just_before() -> None:
    closed = at("2026-03-15T12:00+01:00")

    end = window_end(closed, 30, BERLIN, inclusive=False)

    assert end == at("2026-04-14T11:59:59.999999+02:00")


def test_a_window_that_begins_in_the_doubled_hour_keeps_which_one() -> None:
    second_half_past_two = at("2025-10-26T02:30+01:00")

    end = window_end(second_half_past_two, 1, BERLIN, inclusive=True)

    assert end == at("2025-10-27T02:30+01:00")


def test_times_without_an_offset_are_refused() -> None:
    with pytest.raises(ValueError, match="has no UTC offset"):
        parse_time("2026-01-08T10:00:00")


def test_times_read_back_as_they_were_written() -> None:
    moment = at("2026-01-08T10:00:00.25+05:30")

    assert format_time(moment) == "2026-01-08T04:30:00.250000Z"
    assert parse_time("2026-01-08T04:30:00.250000Z") == moment
