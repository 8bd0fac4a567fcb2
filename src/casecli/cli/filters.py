"""The filters of `list` from what was typed to a query of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput
from casecli.domain.query import PAGE, CaseQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from casecli.cli.wiring import Session

SORTS = ("updated", "opened", "due", "severity", "ref")
ENDED = ("closed", "cancelled")
STATUSES = (
    "draft",
    "queued",
    "open",
    "in-progress",
    "waiting-on-customer",
    "waiting-on-third-party",
    "resolved",
    *ENDED,
)
WAITING_ON = ("customer", "vendor", "third-party", "nobody")
_LEGAL = {"status": STATUSES, "waiting_on": WAITING_ON}


def query(session: Session, typed: Mapping[str, Any]) -> CaseQuery:
    """Build the query of `list` from what was typed, by parameter name.

    Raises:
        BadInput: a value no case can have, or a time nobody can read.
    """
    sort = typed.get("sort", "updated")
    if sort not in SORTS:
        raise BadInput(f"--sort {sort!r} is not one of {', '.join(SORTS)}")
    contact = [*(typed.get("contact") or ()), *([session.user] * typed.get("mine", 0))]
    wanted = _split(
        {
            "status": typed.get("status"),
            "severity": typed.get("severity"),
            "type": typed.get("case_type"),
            "owner": typed.get("owner"),
            "contact": contact,
            "waiting_on": typed.get("waiting_on"),
        }
    )
    excluded = _split(
        {
            "status": typed.get("not_status"),
            "severity": typed.get("not_severity"),
            "owner": typed.get("not_owner"),
        }
    )
    every = typed.get("all_", False)
    return CaseQuery(
        profile=session.options.profile,
        wanted=wanted,
        excluded=excluded,
        fields=dict(_pairs(typed.get("field") or ())),
        tags=tuple(typed.get("tag") or ()),
        since=moment(typed.get("since"), session, "--since"),
        until=moment(typed.get("until"), session, "--until"),
        stale_before=moment(typed.get("stale"), session, "--stale"),
        escalated=typed.get("escalated", False),
        unread=typed.get("unread", False),
        ended=every or any(each in ENDED for each in wanted.get("status", ())),
        sort=sort,
        limit=None if every else typed.get("limit", PAGE),
    )


def moment(text: str | None, session: Session, option: str) -> datetime | None:
    """Read a time: RFC 3339, a date (midnight here), or a span back such as 3d.

    Raises:
        BadInput: none of these.
    """
    if text is None:
        return None
    span = _span(text.removeprefix("-"))
    try:
        return _time(text, option) if span is None else session.now() - span
    except OverflowError as error:
        raise BadInput(f"{option} {text[:40]!r} is before all time") from error


def ahead(text: str, session: Session, option: str = "--until") -> datetime:
    """Read a time to come: RFC 3339, a date (midnight here), or a span such as 3d.

    Raises:
        BadInput: none of these, or it has passed.
    """
    span, now = _span(text), session.now()
    try:
        found = _time(text, option) if span is None else now + span
    except OverflowError as error:
        raise BadInput(f"{option} {text[:40]!r} is after all time") from error
    if found <= now:
        raise BadInput(f"{option} {text[:40]!r} has passed", f"{option} 3d")
    return found


def _span(text: str) -> timedelta | None:
    from casecli.domain.timers import parse_duration

    try:
        return parse_duration(text)
    except (ValueError, OverflowError):
        return None


def _time(text: str, option: str) -> datetime:
    from datetime import datetime

    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(found.tzinfo or None)
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"{option} {text[:40]!r} is neither a time nor a span such as 3d",
            f"{option} 2026-11-21T09:00+01:00",
        ) from error


def _split(
    filters: Mapping[str, Sequence[str] | None],
) -> dict[str, tuple[str, ...]]:
    found = {}
    for column, values in filters.items():
        words = tuple(
            word.strip() for each in values or () for word in each.split(",") if word
        )
        legal = _LEGAL.get(column)
        for word in words:
            if legal and word not in legal:
                raise BadInput(
                    f"{column.replace('_', '-')} {word!r} is not one of "
                    f"{', '.join(legal)}"
                )
        if words:
            found[column] = words
    return found


def _pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    from casecli.cli.texts import pairs

    return list(pairs(values, "--field"))
