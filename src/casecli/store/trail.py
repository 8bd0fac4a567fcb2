"""What happened, for scripts, and what left this machine, for auditors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from casecli.domain.ports import AuditEntry, Event
from casecli.domain.wire import from_plain
from casecli.store.codec import dump, dump_value
from casecli.store.columns import moment, ref_text, stamp, storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime


def note(
    conn: sqlite3.Connection,
    now: datetime,
    ref: int,
    kind: str,
    data: Mapping[str, str],
) -> None:
    """Append an event about a case."""
    conn.execute(
        "INSERT INTO event (at, ref, number, profile, kind, data) "
        "SELECT ?, ref, number, profile, ?, ? FROM cases WHERE ref = ?",
        (stamp(now), kind, dump(data), ref),
    )


def events(conn: sqlite3.Connection, after: int, limit: int) -> tuple[Event, ...]:
    """Read events after a cursor, oldest first."""
    found = conn.execute(
        "SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
    )
    return tuple(
        Event(
            seq=row["seq"],
            at=moment(row["at"]),
            case=ref_text(row["ref"]),
            number=row["number"],
            profile=row["profile"],
            kind=row["kind"],
            data=json.loads(row["data"]),
        )
        for row in found
    )


def audit(conn: sqlite3.Connection, entry: AuditEntry) -> None:
    """Append to what left."""
    conn.execute(
        "INSERT INTO audit (at, ref, json) VALUES (?, ?, ?)",
        (stamp(entry.at), storable(entry.case), dump_value(entry)),
    )


def audited(
    conn: sqlite3.Connection, since: datetime | None, case: str | None
) -> tuple[AuditEntry, ...]:
    """Read what left, oldest first."""
    found = conn.execute(
        "SELECT json FROM audit WHERE at >= ? AND (? IS NULL OR ref = ?) ORDER BY id",
        ("" if since is None else stamp(since), case, case),
    )
    return tuple(from_plain(AuditEntry, json.loads(row["json"])) for row in found)
