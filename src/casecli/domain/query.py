"""What `list` asks the store for; alone, because `list` must start fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PAGE = 30
"""How many cases are shown unless another number is asked for."""


class CaseQuery(NamedTuple):
    """Filters of `list`; empty means no filter, `excluded` holds the --not-* ones.

    `wanted` and `excluded` map a column (status, severity, type, owner, contact,
    waiting_on) to the values it may, or may not, have. `sort` is a column without a
    direction: the newest or nearest comes first. `limit` None is no limit. `awake_at`
    leaves out the cases that are snoozed at that moment.
    """

    profile: str | None = None
    wanted: Mapping[str, tuple[str, ...]] = {}
    excluded: Mapping[str, tuple[str, ...]] = {}
    fields: Mapping[str, str] = {}
    tags: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    stale_before: datetime | None = None
    escalated: bool = False
    unread: bool = False
    ended: bool = False
    awake_at: datetime | None = None
    sort: str = "updated"
    limit: int | None = PAGE
