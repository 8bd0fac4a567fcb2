"""Policies as plain data, and what sets two of them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.domain.wire import to_plain
from casecli.policies.public_holidays import PublicHolidays
from casecli.policies.shape import DAYS, label_of

if TYPE_CHECKING:
    from casecli.domain.calendar import BusinessCalendar
    from casecli.domain.policy import Policy


class Difference(NamedTuple):
    """One key in which two policies differ; None where one of them lacks it."""

    key: str
    before: Any
    after: Any


def describe(policy: Policy) -> dict[str, Any]:
    """Give a policy as JSON data, its calendar in words."""
    plain: dict[str, Any] = to_plain(replace(policy, calendar=None))
    plain["calendar"] = policy.calendar and _calendar(policy.calendar)
    return plain


def diff(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Give every key in which two policies differ, sorted by key."""
    old, new = _flat(describe(before)), _flat(describe(after))
    return tuple(
        Difference(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def _flat(data: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten to dotted keys; items of arrays go by id, empty things are absent."""
    flat: dict[str, Any] = {}
    if isinstance(data, list) and any(isinstance(each, dict) for each in data):
        data = {label_of(each, n): each for n, each in enumerate(data)}
    if isinstance(data, dict):
        for key, value in data.items():
            flat |= _flat(value, f"{prefix}{key}.")
    elif data not in (None, "", []):
        flat[prefix.removesuffix(".")] = data
    return flat


def _calendar(calendar: BusinessCalendar) -> dict[str, Any]:
    public = calendar.public
    return {
        "zone": str(calendar.zone),
        "workdays": [DAYS[day] for day in sorted(calendar.workdays)],
        "opens": calendar.opens.isoformat(),
        "closes": calendar.closes.isoformat(),
        "country": public.country if isinstance(public, PublicHolidays) else "",
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
    }
