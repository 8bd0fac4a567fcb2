"""The moments that matter in a case, computed from its facts and its policy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.domain.calendar import BusinessCalendar, window_end
from casecli.domain.case import Status, Timer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.domain.case import Case
    from casecli.domain.policy import Policy

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def timers(policy: Policy, case: Case) -> tuple[Timer, ...]:
    """Give the running timers of a case, nearest first; none for what nobody stated."""
    running = (*_response(policy, case), *_reopen(policy, case))
    return tuple(sorted(running, key=lambda timer: timer.due_at))


def parse_duration(text: str) -> timedelta:
    """Read `30m`, `4h` or `2d`.

    Raises:
        ValueError: anything else.
    """
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdigit():
        msg = f"{text!r} is not a duration such as 30m, 4h or 2d"
        raise ValueError(msg)
    return timedelta(**{_UNITS[unit]: int(number)})


def _response(policy: Policy, case: Case) -> Iterator[Timer]:
    level = policy.severity(case.severity)
    if level is None or level.response is None or case.opened_at is None:
        return
    if case.status in (Status.OPEN, Status.QUEUED) and case.vendor_updated_at is None:
        due = case.opened_at + parse_duration(level.response)
        yield Timer(kind="response-due", due_at=due, rule=f"severity {level.id}")


def _reopen(policy: Policy, case: Case) -> Iterator[Timer]:
    window = policy.reopen
    if case.status is not Status.CLOSED or case.closed_at is None:
        return
    if window.days is not None:
        zone = (policy.calendar or BusinessCalendar()).zone
        end = window_end(case.closed_at, window.days, zone, inclusive=window.inclusive)
        rule = window.rule or f"{policy.id.upper()}-REOPEN"
        yield Timer(kind="reopen-until", due_at=end, rule=rule)
