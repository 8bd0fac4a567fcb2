"""Taking in what the vendor has, and knowing our own cases among it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.change import Open
from casecli.domain.folding import opened
from casecli.store.codec import digest, dump_case, dump_value, load_case, load_change
from casecli.store.columns import ref_text, stamp
from casecli.store.drafts import new_ref
from casecli.store.news import news
from casecli.store.trail import note

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from casecli.domain.case import Case
    from casecli.domain.ports import Snapshot
    from casecli.store.views import Views


def take_in(
    conn: sqlite3.Connection,
    views: Views,
    profile: str,
    snapshots: Sequence[Snapshot],
    now: datetime,
    cursor: str | None,
) -> tuple[str, ...]:
    """Keep snapshots and, with a cursor, how far the pull came; give the refs.

    What is missing from `snapshots` stays as it is: absence says nothing.
    """
    refs = tuple(_take(conn, views, profile, each, now) for each in snapshots)
    if cursor is not None:
        conn.execute(
            "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)",
            (profile, cursor, stamp(now)),
        )
    return tuple(map(ref_text, refs))


def attach_number(
    conn: sqlite3.Connection, ref: int, profile: str, number: str
) -> bool:
    """Give a case its vendor's number; a double found by that number is merged in.

    Gives False where the case had this number already.
    """
    other = _numbered(conn, profile, number)
    if other == ref:
        return False
    if other is not None:
        _merge(conn, gone=other, kept=ref)
    conn.execute("UPDATE cases SET number = ? WHERE ref = ?", (number, ref))
    return True


def _take(
    conn: sqlite3.Connection,
    views: Views,
    profile: str,
    snapshot: Snapshot,
    now: datetime,
) -> int:
    ref, known_anew = _ref_for(conn, profile, snapshot)
    text = dump_case(replace(snapshot.case, number=snapshot.number))
    held = conn.execute("SELECT json FROM snapshot WHERE ref = ?", (ref,)).fetchone()
    conn.execute(
        "INSERT INTO snapshot VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET "
        "version = excluded.version, json = excluded.json, "
        "taken_at = excluded.taken_at",
        (ref, snapshot.version, text, stamp(now)),
    )
    # whatever was delivered before this state was read is the vendor's to show now
    absorbed = conn.execute(
        "UPDATE outbox SET folds = 0 WHERE ref = ? AND folds AND state = 'delivered'",
        (ref,),
    ).rowcount
    same = held is not None and held["json"] == text
    if not same:
        old = _our_request(conn, ref) if held is None else load_case(held["json"])
        for kind, data in news(old, snapshot.case):
            note(conn, now, ref, kind, data)
    if absorbed or known_anew or not same:
        views.refresh(ref, snapshot.case)
    return ref


def _ref_for(
    conn: sqlite3.Connection, profile: str, snapshot: Snapshot
) -> tuple[int, bool]:
    if snapshot.key is not None:
        ours = conn.execute(
            "SELECT ref FROM outbox WHERE key = ? AND kind = 'open' AND profile = ?",
            (snapshot.key, profile),
        ).fetchone()
        if ours is not None:
            ref = int(ours["ref"])
            return ref, attach_number(conn, ref, profile, snapshot.number)
    known = _numbered(conn, profile, snapshot.number)
    if known is not None:
        return known, False
    ref = new_ref(conn)
    conn.execute(
        "INSERT INTO cases (ref, profile, number) VALUES (?, ?, ?)",
        (ref, profile, snapshot.number),
    )
    return ref, True


def _numbered(conn: sqlite3.Connection, profile: str, number: str) -> int | None:
    found = conn.execute(
        "SELECT ref FROM cases WHERE profile = ? AND number = ?", (profile, number)
    ).fetchone()
    return None if found is None else int(found["ref"])


def _our_request(conn: sqlite3.Connection, ref: int) -> Case | None:
    row = conn.execute(
        "SELECT kind, payload FROM outbox WHERE ref = ? AND kind = 'open' "
        "ORDER BY seq DESC LIMIT 1",
        (ref,),
    ).fetchone()
    if row is None:
        return None
    request = load_change(row["kind"], row["payload"])
    return opened(request) if isinstance(request, Open) else None


def _merge(conn: sqlite3.Connection, *, gone: int, kept: int) -> None:
    """Make two refs one case: a pull was quicker than the answer to our `Open`."""
    held = conn.execute("SELECT 1 FROM snapshot WHERE ref = ?", (kept,)).fetchone()
    if held is None:
        conn.execute("UPDATE snapshot SET ref = ? WHERE ref = ?", (kept, gone))
    for row in conn.execute(
        "SELECT seq, kind, payload FROM outbox WHERE ref = ?", (gone,)
    ).fetchall():
        change = load_change(row["kind"], row["payload"])
        payload = dump_value(replace(change, case=ref_text(kept)))
        conn.execute(
            "UPDATE outbox SET ref = ?, payload = ?, digest = ? WHERE seq = ?",
            (kept, payload, digest(payload), row["seq"]),
        )
    for table in ("tag", "mark"):
        conn.execute(
            f"UPDATE OR IGNORE {table} SET ref = ? WHERE ref = ?",  # noqa: S608 (ours)
            (kept, gone),
        )
    for table in ("note", "call"):
        conn.execute(
            f"UPDATE {table} SET ref = ? WHERE ref = ?",  # noqa: S608 (ours)
            (kept, gone),
        )
    for table in ("tag", "mark", "snapshot", "lease", "view"):
        conn.execute(f"DELETE FROM {table} WHERE ref = ?", (gone,))  # noqa: S608 (ours)
    conn.execute("DELETE FROM prose WHERE rowid = ?", (gone,))
    conn.execute(
        "UPDATE cases SET number = NULL, same_as = ? WHERE ref = ?", (kept, gone)
    )
