"""How far a pull came on a server whose only order is a clock's.

Cases come by their last update, from a little before the last one seen. What was seen
within that overlap is remembered with its digest and passed over while it is the same,
so that late commits and equal times lose nothing and nothing comes twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from casecli.domain.calendar import format_time, parse_time
from casecli.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A listed case: its number, last update, and a digest of all the list tells."""

    number: str
    updated: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLately:
    """The newest update seen, and what was seen within the overlap before it."""

    at: datetime | None = None
    seen: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> SeenLately:
        """Read a cursor.

        Raises:
            Invalid: it is none of ours.
        """
        if cursor is None:
            return cls()
        try:
            at, seen = json.loads(cursor)
            return cls(
                at=parse_time(at) if at else None,
                seen={n: (parse_time(when), digest) for n, when, digest in seen},
            )
        except (ValueError, TypeError) as error:
            raise Invalid(
                "the cursor is not one of this server", hint="casecli sync --full"
            ) from error

    def __str__(self) -> str:
        at = format_time(self.at) if self.at else None
        seen = [
            [number, format_time(when), digest]
            for number, (when, digest) in sorted(self.seen.items())
        ]
        return json.dumps([at, seen], separators=(",", ":"))

    def start(self, overlap: timedelta) -> datetime | None:
        """Say from which update on to list; None for all."""
        return self.at - overlap if self.at else None

    def page(
        self,
        listed: Iterable[T],
        found: Callable[[T], Found],
        limit: int,
        overlap: timedelta,
    ) -> tuple[list[T], SeenLately, bool]:
        """Take the next `limit` unseen from a list in order of update.

        Gives them, how far that came, and whether there are more.
        """
        start = self.start(overlap)
        taken: list[T] = []
        at, seen = self.at, dict(self.seen)
        more = False
        for each in listed:
            one = found(each)
            known = seen.get(one.number)
            passed = start is not None and one.updated < start
            if passed or (known and known[1] == one.digest):
                continue
            if len(taken) == limit:
                more = True
                break
            taken.append(each)
            seen[one.number] = (one.updated, one.digest)
            at = one.updated if at is None else max(at, one.updated)
        kept = {n: it for n, it in seen.items() if at and it[0] >= at - overlap}
        return taken, SeenLately(at=at, seen=kept), more
