"""How our values stand in columns; light, for `list` imports it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_REF = re.compile(r"L([1-9][0-9]{0,17})", re.ASCII)


def stamp(moment: datetime) -> str:
    """Write a time in one fixed width, so that text order is the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """Write a time that may be missing."""
    return None if moment is None else stamp(moment)


def moment(stamped: str) -> datetime:
    """Read a stamped time."""
    return datetime.fromisoformat(stamped)


def moment_or_none(stamped: str | None) -> datetime | None:
    """Read a stamped time that may be missing."""
    return None if stamped is None else datetime.fromisoformat(stamped)


def ref_number(ref: str) -> int | None:
    """Read the 12 of `L12`; None for any other text."""
    match = _REF.fullmatch(ref)
    return int(match[1]) if match else None


def ref_text(number: int) -> str:
    """Write `L12` for 12."""
    return f"L{number}"


def storable(text: str) -> str:
    """Make a text bindable: lone surrogates, which UTF-8 has no bytes for, become `?`.

    Only for columns that are searched or listed; the JSON beside them keeps the text.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
