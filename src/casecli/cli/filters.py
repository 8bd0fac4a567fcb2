"""The filters of `list` from what was typed to a query of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput
from casecli.domain.query import CaseQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

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


def query(  # noqa: PLR0913 (the filters of `list`)
    session: Session,
    *,
    wanted: Mapping[str, Sequence[str] | None],
    excluded: Mapping[str, Sequence[str] | None],
    tags: Sequence[str] | None,
    fields: Sequence[str] | None,
    stale: str | None,
    since: str | None,
    until: str | None,
    escalated: bool,
    unread: bool,
    sort: str,
    limit: int | None,
    ended: bool,
) -> CaseQuery:
    """Build the query.

    Raises:
        BadInput: a value no case can have, or a time nobody can read.
    """
    if sort not in SORTS:
        raise BadInput(f"--sort {sort!r} is not one of {', '.join(SORTS)}")
    asked = _split(wanted)
    return CaseQuery(
        profile=session.options.profile,
        wanted=asked,
        excluded=_split(excluded),
        fields=dict(_pairs(fields or ())),
        tags=tuple(tags or ()),
        since=moment(since, session.now(), "--since"),
        until=moment(until, session.now(), "--until"),
        stale_before=moment(stale, session.now(), "--stale"),
        escalated=escalated,
        unread=unread,
        ended=ended or any(each in ENDED for each in asked.get("status", ())),
        sort=sort,
        limit=limit,
    )


def moment(text: str | None, now: datetime, option: str) -> datetime | None:
    """Read a time: RFC 3339, a date (midnight here), or a span back such as 3d.

    Raises:
        BadInput: none of these.
    """
    if text is None:
        return None
    from datetime import datetime

    from casecli.domain.timers import parse_duration

    try:
        return now - parse_duration(text.removeprefix("-"))
    except (ValueError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"{option} {text[:40]!r} is neither a time nor a span such as 3d",
            f"{option} 2026-11-21T09:00+01:00",
        ) from error
    return found.astimezone(found.tzinfo or None)


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
