"""How far a pull of a tracker came: a cursor that misses no late commit.

Trackers sort by the time of the last update, to the second. So a pull begins a little
before its last place, and what it gave lately is given again only if it changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from casecli.domain.calendar import format_time, parse_time
from casecli.domain.errors import Invalid, Transient
from casecli.domain.ports import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta

    from casecli.domain.ports import Snapshot

FULL = 100
MAX_PAGES = 10_000
AnyMark = TypeVar("AnyMark", bound="Mark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last case of the last page, and what was seen shortly before it."""

    at: datetime | None = None
    ticket: int = 0
    seen: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """Read a cursor.

        Raises:
            Invalid: it is none of ours.
        """
        if cursor is None:
            return cls()
        try:
            at, ticket, seen = json.loads(cursor)
            return cls(
                at=parse_time(at) if at else None,
                ticket=int(ticket),
                seen={number: (when, version) for number, when, version in seen},
            )
        except (ValueError, TypeError) as error:
            raise Invalid(
                "the cursor is not one of this backend", hint="casecli sync --full"
            ) from error

    def __str__(self) -> str:
        at = format_time(self.at) if self.at else None
        seen = [[number, *found] for number, found in sorted(self.seen.items())]
        return json.dumps([at, self.ticket, seen], separators=(",", ":"))

    def moved(self, number: str, updated: str, version: str) -> Self:
        """Go on to a case; one seen again moves only what was seen of it."""
        at = parse_time(updated)
        here = (at, int(number))
        ahead = self.at is None or here > (self.at, self.ticket)
        return replace(
            self,
            at=at if ahead else self.at,
            ticket=int(number) if ahead else self.ticket,
            seen={**self.seen, number: (updated, version)},
        )

    def pruned(self, overlap: timedelta) -> Self:
        """Forget what nothing can happen to any more."""
        if self.at is None:
            return self
        since = self.at - overlap
        kept = {
            n: found for n, found in self.seen.items() if parse_time(found[0]) >= since
        }
        return replace(self, seen=kept)


class Row(NamedTuple):
    """A case as a tracker lists it: its number and its last update."""

    number: str
    updated: datetime


def pulled(
    cursor: str | None,
    limit: int,
    overlap: timedelta,
    rows: Callable[[datetime | None], Iterator[Row]],
    read: Callable[[Sequence[str]], Sequence[Snapshot]],
) -> Page:
    """Read the cases after a cursor, then those that may have changed just before it.

    `rows` lists from a moment on or somewhat before, oldest update first; `read` may
    leave out what is gone.
    """
    mark = Mark.read(cursor)
    fresh: list[Row] = []
    again: list[Row] = []
    since = mark.at - overlap if mark.at else None
    for row in rows(since):
        if since is not None and row.updated < since:
            continue
        known = mark.seen.get(row.number)
        same = known is not None and parse_time(known[0]) == row.updated
        (again if same else fresh).append(row)
        if len(fresh) > limit:
            break
    page, more = fresh[:limit], len(fresh) > limit
    found = {each.number: each for each in read([row.number for row in page])}
    if not more:
        looked = {each.number: each for each in read([row.number for row in again])}
        changed = [
            row
            for row in again
            if row.number in looked
            and looked[row.number].version != mark.seen[row.number][1]
        ]
        room = limit - len(page)
        more = len(changed) > room
        page += changed[:room]
        found = {**looked, **found}
    for row in page:
        version = found[row.number].version if row.number in found else ""
        mark = mark.moved(row.number, format_time(row.updated), version)
    return Page(
        snapshots=tuple(found[row.number] for row in page if row.number in found),
        next=str(mark.pruned(overlap)),
        more=more,
    )


def listed(
    page: Callable[[datetime | None, int], Sequence[Row]], since: datetime | None
) -> Iterator[Row]:
    """List from a moment on; `page` takes a moment and how many full pages to skip.

    Each page begins where the last one ended in time, so that a case updated meanwhile,
    which moves to the end, pushes none of the others over the edge.
    """
    given: set[Row] = set()
    skip = 0
    for _ in range(MAX_PAGES):
        rows = page(since, skip)
        for row in rows:
            if row not in given:
                given.add(row)
                yield row
        if len(rows) < FULL:
            return
        last = rows[-1].updated
        since, skip = (last, 0) if since is None or last > since else (since, skip + 1)
    raise Transient("the server's pages do not end")
