"""Plain data as table cells: what a value looks like, and how wide a column may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.cli.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

GAP = "  "
_NARROW = 8
_MINUTE, _HOUR, _DAY, _MONTH = 60, 3600, 86400, 30 * 86400


class Column(NamedTuple):
    """A column of a table; `key` may lead into nested objects (`escalation.state`).

    `shrinks` columns give way first where the terminal is narrow. `time` columns hold
    RFC 3339 texts, shown to people relative to now. `style` names the style of a value.
    """

    key: str
    title: str
    shrinks: bool = False
    time: bool = False
    style: Callable[[Any], str] | None = None


def ago(moment: datetime, now: datetime) -> str:
    """Say how far a time is from now; past 30 days it is the date in `now`'s zone."""
    seconds = int((now - moment).total_seconds())
    distance = abs(seconds)
    if distance < _MINUTE:
        return "just now"
    if distance >= _MONTH:
        return moment.astimezone(now.tzinfo).date().isoformat()
    if distance < _HOUR:
        said = f"{distance // _MINUTE} min"
    elif distance < _DAY:
        said = f"{distance // _HOUR} h"
    else:
        days = distance // _DAY
        said = f"{days} day{'s' * (days > 1)}"
    return f"in {said}" if seconds < 0 else f"{said} ago"


def clock(moment: datetime, now: datetime) -> str:
    """Say a time as the clock here shows it, and from now: `Thu 26 Nov 09:00, in 4 h`.

    Past 30 days the date is enough.
    """
    here = moment.astimezone()
    year = "" if here.year == now.astimezone().year else f" {here.year}"
    near = abs((now - moment).total_seconds()) < _MONTH
    told = f", {ago(moment, now)}" if near else ""
    return f"{here:%a} {here.day} {here:%b}{year} {here:%H:%M}{told}"


def value_of(row: Mapping[str, Any], key: str) -> Any:
    """Follow a dotted key into nested objects; None where the way ends early."""
    value: Any = row
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) or value is row else None
    return value


def cell(row: Mapping[str, Any], column: Column, now: datetime | None) -> str:
    """Write a value for people, safe; times relative to `now` where there is one."""
    value = value_of(row, column.key)
    if column.time and value and now is not None:
        from casecli.domain.calendar import parse_time

        return ago(parse_time(str(value)), now)
    return safe(text_of(value))


def text_of(value: object) -> str:
    """Write a plain value on one line, not yet safe; None is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}={text_of(each)}" for key, each in value.items())
    return str(value)


def shrink(wide: list[int], columns: Sequence[Column], room: int) -> None:
    """Take the excess from the widest column that may give, cell by cell."""
    excess = sum(wide) + len(GAP) * (len(wide) - 1) - room
    while excess > 0:
        giving = [
            at for at, each in enumerate(columns) if each.shrinks and wide[at] > _NARROW
        ] or [at for at, cells in enumerate(wide) if cells > _NARROW]
        if not giving:
            return
        wide[max(giving, key=wide.__getitem__)] -= 1
        excess -= 1
