"""TOML tables as policy values, by the annotations of `domain/policy.py`; strict.

An unknown key, a wrong type or a missing key is a `Misfit` that names the place and
what was expected; nothing is guessed and nothing half built.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from casecli.domain.calendar import BusinessCalendar, parse_time
from casecli.domain.checklist import Choice, Question
from casecli.domain.policy import (
    ACTIONS,
    ChannelSpec,
    ClosingSpec,
    Effect,
    EscalationSpec,
    FormSpec,
    ImpactSpec,
    Policy,
    Role,
    Rule,
    RuleExample,
    SeverityLevel,
    Term,
)
from casecli.domain.variables import VARIABLES, Kind
from casecli.policies.public_holidays import PublicHolidays

Table = Mapping[str, Any]  # what tomllib gives
Path = tuple[str, ...]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PASS = "pass"  # noqa: S105 (an expectation, not a password)

TERM_KINDS = ("state", "escalation", "role", "ask", "reassignment", "feed", "step")

# A table that may stand many times is written in the singular: [[rule]].
KEYS: Mapping[type, Mapping[str, str]] = {
    Policy: {
        "case_types": "case_type",
        "fields": "field",
        "severities": "severity",
        "roles": "role",
        "channels": "channel",
        "forms": "form",
        "rules": "rule",
        "notes": "note",
        "terms": "term",
        "texts": "text",
        "services": "service",
    },
    ImpactSpec: {"questions": "question"},
    ClosingSpec: {
        "reasons": "reason",
        "vendor_reasons": "vendor_reason",
        "confirmations": "confirmation",
    },
    EscalationSpec: {"reasons": "reason", "outcomes": "outcome", "facts": "fact"},
    Rule: {"examples": "example"},
}

_WORDS: Mapping[tuple[type, str], Iterable[str]] = {
    (Policy, "status"): ("current", "legacy"),
    (Rule, "on"): ACTIONS,
    (Rule, "needs"): VARIABLES,
    (Question, "needs"): VARIABLES,
    (RuleExample, "expect"): (*(each.value for each in Effect), PASS),
    (Role, "may"): ACTIONS,
    (ChannelSpec, "actions"): ACTIONS,
    (FormSpec, "id"): ACTIONS,
    (ChannelSpec, "clock"): ("always", "business"),
    (SeverityLevel, "clock"): ("always", "business"),
    (Term, "kind"): TERM_KINDS,
}


class Misfit(Exception):
    """A table does not fit; `path` leads to it through keys and ids."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(problem)
        self.path, self.problem = path, problem

    @property
    def key(self) -> str:
        """The place as authors write it: `rule.GEN-ESC-LOW.effect`."""
        return ".".join(self.path)


def build_policy(table: Table) -> Policy:
    """Build a policy from merged TOML.

    Raises:
        Misfit: something is unknown, missing or of the wrong type.
    """
    built: Policy = _build(Policy, table, ())
    return built


def keys_of(kind: type) -> tuple[str, ...]:
    """Name the TOML keys of one of our policy types."""
    return tuple(_shape(kind))


@functools.cache
def _shape(kind: type) -> Mapping[str, tuple[str, Any, bool]]:
    """Give TOML key -> attribute, type, required."""
    names = {
        "date": date,
        "datetime": datetime,
        "Mapping": Mapping,
        "BusinessCalendar": BusinessCalendar,
    }
    hints, keys = get_type_hints(kind, localns=names), KEYS.get(kind, {})
    return {
        keys.get(each.name, each.name): (
            each.name,
            hints[each.name],
            each.default is MISSING and each.default_factory is MISSING,
        )
        for each in fields(kind)
    }


def _build(kind: Any, data: Any, path: Path) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _build(inner[0], data, path)
    if origin is tuple:
        return _many(inner[0], data, path)
    if origin is Mapping:
        return _mapping(inner[1], data, path)
    if kind is BusinessCalendar:
        return _calendar(_table(data, path), path)
    if is_dataclass(kind):
        if kind is Choice and isinstance(data, str):
            data = {"id": data}
        return _dataclass(kind, _table(data, path), path)
    if issubclass(kind, Enum):
        words = [each.value for each in kind]
        return kind(_word(data, words, path))
    if kind is float and type(data) is int:
        return float(data)
    if type(data) is not kind:
        raise _wrong(path, data, _NOUNS[kind])
    return data


_NOUNS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    date: "a date such as 2026-01-31",
    time: "a time such as 09:00:00",
}


def _dataclass(kind: Any, data: Table, path: Path) -> Any:
    shape = _shape(kind)
    for key in data:
        if key not in shape:
            raise Misfit((*path, key), f"is not known, expected {_closest(key, shape)}")
    values: dict[str, Any] = {}
    for key, (name, hint, required) in shape.items():
        here = (*path, key)
        if key not in data:
            if required:
                raise Misfit(here, "is missing")
            continue
        if (kind, name) == (RuleExample, "given"):
            values[name] = _facts(_table(data[key], here), here)
            continue
        values[name] = _build(hint, data[key], here)
        words = _WORDS.get((kind, name))
        if words is not None:
            found = values[name]
            for each in (found,) if isinstance(found, str) else found:
                _word(each, words, here)
        if name == "id" and not values[name].strip():
            raise _wrong(here, values[name], "a name")
    return kind(**values)


def _many(inner: Any, data: Any, path: Path) -> tuple[Any, ...]:
    if isinstance(data, str) and inner is str:
        data = [data]
    if not isinstance(data, list):
        raise _wrong(path, data, f"a list: {_list_hint(inner, path)}")
    built = tuple(
        _build(inner, item, (*path, label_of(item, n))) for n, item in enumerate(data)
    )
    ids = [each.id for each in built if hasattr(each, "id")]
    for name in ids:
        if ids.count(name) > 1:
            raise Misfit((*path, name), "is there twice, expected once")
    return built


def label_of(item: object, position: int) -> str:
    """Name an item of an array by its id, else by its place counted from 1."""
    name = item.get("id") if isinstance(item, dict) else item
    return name if isinstance(name, str) and name else str(position + 1)


def _list_hint(inner: Any, path: Path) -> str:
    return '["…", "…"]' if inner is str else f"[[{'.'.join(path)}]]"


def _mapping(inner: Any, data: Any, path: Path) -> Mapping[str, Any]:
    table = _table(data, path)
    return {key: _build(inner, item, (*path, key)) for key, item in table.items()}


def _table(data: Any, path: Path) -> Table:
    if not isinstance(data, dict):
        raise _wrong(path, data, f"a table: [{'.'.join(path)}]")
    return data


def _word(data: Any, words: Iterable[str], path: Path) -> str:
    if not isinstance(data, str) or data not in words:
        raise _wrong(path, data, _closest(str(data), words))
    return data


def _calendar(data: Table, path: Path) -> BusinessCalendar:
    return BusinessCalendar(**_calendar_values(data, path))


def _calendar_values(data: Table, path: Path) -> dict[str, Any]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    known = ("zone", "workdays", "opens", "closes", "holidays", "country")
    for key in data:
        if key not in known:
            raise Misfit((*path, key), f"is not known, expected {_closest(key, known)}")
    values: dict[str, Any] = {
        key: _build(time, data[key], (*path, key))
        for key in ("opens", "closes")
        if key in data
    }
    if "zone" in data:
        name = _build(str, data["zone"], (*path, "zone"))
        try:
            values["zone"] = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _wrong(
                (*path, "zone"), name, "a zone such as Europe/Berlin"
            ) from None
    if "workdays" in data:
        days = _many(str, data["workdays"], (*path, "workdays"))
        values["workdays"] = frozenset(
            DAYS.index(_word(day, DAYS, (*path, "workdays"))) for day in days
        )
    if "holidays" in data:
        found = _many(date, data["holidays"], (*path, "holidays"))
        values["holidays"] = frozenset(found)
    if "country" in data:
        code = _build(str, data["country"], (*path, "country")).strip()
        values["public"] = PublicHolidays(code)
    return values


def calendar_of(
    said: Mapping[str, str], calendar: BusinessCalendar
) -> BusinessCalendar:
    """Lay texts over a calendar: lists by `;`, times and dates as ISO writes them.

    Raises:
        Misfit: a key or a value is none of a calendar's.
        ValueError: a time or a date cannot be read.
    """
    data: dict[str, Any] = dict(said)
    for key in ("opens", "closes"):
        if key in data:
            data[key] = time.fromisoformat(data[key].strip())
    for key in ("holidays", "workdays"):
        if key in data:
            parts = [each.strip() for each in data[key].split(";") if each.strip()]
            days = key == "holidays"
            data[key] = [date.fromisoformat(each) for each in parts] if days else parts
    values = _calendar_values(data, ("calendar",))
    if "holidays" in values:
        values["holidays"] |= calendar.holidays
    return replace(calendar, **values)


def _facts(data: Table, path: Path, prefix: str = "") -> dict[str, object]:
    """Flatten `{ case = { severity = "low" } }` and give each fact its kind's type."""
    facts: dict[str, object] = {}
    for key, value in data.items():
        name, here = f"{prefix}{key}", (*path, key)
        variable = VARIABLES.get(name)
        if variable is not None:
            facts[name] = _fact(variable.kind, value, here)
        elif isinstance(value, dict):
            facts |= _facts(value, here, f"{name}.")
        else:
            expected = _closest(name, VARIABLES)
            raise Misfit(here, f"is not a variable, expected {expected}")
    return facts


def _fact(kind: Kind, value: Any, path: Path) -> object:
    match kind:
        case Kind.STRING:
            return _build(str, value, path)
        case Kind.BOOL:
            return _build(bool, value, path)
        case Kind.INT:
            return _build(int, value, path)
        case Kind.STRINGS:
            return list(_many(str, value, path))
        case Kind.TABLE:
            return _mapping(str, value, path)
        case Kind.TIMESTAMP:
            return _moment(value, path)


def _moment(value: Any, path: Path) -> datetime:
    expected = "a time with its offset such as 2026-01-31T09:00:00Z"
    if isinstance(value, str):
        try:
            return parse_time(value)
        except ValueError:
            raise _wrong(path, value, expected) from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong(path, value, expected)
    return value.astimezone(UTC)


def _wrong(path: Path, found: object, expected: str) -> Misfit:
    said = str(found) if isinstance(found, (date, time)) else repr(found)
    short = said if len(said) <= 60 else f"{said[:57]}..."  # noqa: PLR2004 (one line)
    return Misfit(path, f"is {short}, expected {expected}")


def _closest(word: str, words: Iterable[str]) -> str:
    from difflib import get_close_matches

    known = list(words)
    few = len(known) <= 6  # noqa: PLR2004 (short enough to read them all)
    close = [] if few else get_close_matches(word, known, n=3, cutoff=0.6)
    return " or ".join(close) if close else f"one of {', '.join(known)}"
