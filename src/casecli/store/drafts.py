"""What is only ours: refs, drafts and the marks on cases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.case import Draft
from casecli.domain.errors import NotFound
from casecli.domain.wire import from_plain
from casecli.store.codec import dump, dump_value
from casecli.store.columns import ref_number, ref_text, stamp, storable
from casecli.store.listing import standing_ref

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from casecli.domain.case import Call, Note
    from casecli.store.views import Views


def new_ref(conn: sqlite3.Connection) -> int:
    """Give the next ref number; it is used up even if nothing comes of it."""
    conn.execute("UPDATE counter SET value = value + 1 WHERE name = 'ref'")
    found = conn.execute("SELECT value FROM counter WHERE name = 'ref'").fetchone()
    return int(found[0])


def ref_of(ref: str) -> int:
    """Read a ref that must be one.

    Raises:
        NotFound: it is not shaped like ours.
    """
    number = ref_number(ref)
    if number is None:
        raise NotFound("case", ref, "casecli list")
    return number


def save(conn: sqlite3.Connection, draft: Draft) -> Draft:
    """Keep a draft, with a ref from now on; the last one saved is the newest."""
    ref = ref_of(draft.ref) if draft.ref else new_ref(conn)
    kept = replace(draft, ref=ref_text(ref))
    # a ref from elsewhere (an import) is never to be given a second time
    conn.execute("UPDATE counter SET value = max(value, ?) WHERE name = 'ref'", (ref,))
    saved = conn.execute("SELECT ifnull(max(saved), 0) + 1 FROM draft").fetchone()[0]
    conn.execute(
        "INSERT OR REPLACE INTO draft (ref, profile, json, saved) VALUES (?, ?, ?, ?)",
        (ref, storable(draft.profile), dump_value(kept), saved),
    )
    return kept


def read(conn: sqlite3.Connection, ref: str) -> Draft | None:
    """Read a draft."""
    row = conn.execute(
        "SELECT json FROM draft WHERE ref = ?", (ref_number(ref),)
    ).fetchone()
    return None if row is None else from_plain(Draft, json.loads(row["json"]))


def read_all(conn: sqlite3.Connection) -> tuple[Draft, ...]:
    """Read all drafts, the last saved first."""
    found = conn.execute("SELECT json FROM draft ORDER BY saved DESC")
    return tuple(from_plain(Draft, json.loads(row["json"])) for row in found)


def drop(conn: sqlite3.Connection, ref: str) -> bool:
    """Forget a draft."""
    gone = conn.execute("DELETE FROM draft WHERE ref = ?", (ref_number(ref),))
    return gone.rowcount > 0


def retag(
    conn: sqlite3.Connection,
    views: Views,
    ref: str,
    add: Iterable[str],
    remove: Iterable[str],
) -> None:
    """Add and remove tags of ours, leaving what the vendor tagged.

    Raises:
        NotFound: neither a case nor a draft has this ref.
    """
    known = _standing(conn, ref)
    conn.executemany(
        "INSERT OR IGNORE INTO tag VALUES (?, ?)", [(known, tag) for tag in add]
    )
    conn.executemany(
        "DELETE FROM tag WHERE ref = ? AND tag = ?", [(known, tag) for tag in remove]
    )
    views.refresh(known)


def _standing(conn: sqlite3.Connection, ref: str) -> int:
    known = standing_ref(conn, ref_of(ref))
    if known is None:
        raise NotFound("case", ref, "casecli list")
    return known


def annotate(  # noqa: PLR0913 (one argument a mark, as the port has it)
    conn: sqlite3.Connection,
    views: Views,
    ref: str,
    *,
    tags: tuple[str, ...] | None,
    note: Note | None,
    snoozed_until: datetime | None,
    seen_at: datetime | None,
    todos: tuple[str, ...] | None,
    call: Call | None,
    assignee: str | None = None,
) -> None:
    """Set marks of a case or draft; None leaves a mark as it is.

    Raises:
        NotFound: neither a case nor a draft has this ref.
    """
    known = _standing(conn, ref)
    if tags is not None:
        conn.execute("DELETE FROM tag WHERE ref = ?", (known,))
        conn.executemany(
            "INSERT OR IGNORE INTO tag VALUES (?, ?)",
            [(known, storable(" ".join(tag.split()))) for tag in tags],
        )
    for table, said in (("note", note), ("call", call)):
        if said is not None:
            conn.execute(
                f"INSERT INTO {table} (ref, at, text) VALUES (?, ?, ?)",  # noqa: S608 (ours)
                (known, stamp(said.at), storable(said.text)),
            )
    marks: dict[str, str] = {}
    if snoozed_until is not None:
        marks["snoozed_until"] = stamp(snoozed_until)
    if seen_at is not None:
        marks["seen_at"] = stamp(seen_at)
    if todos is not None:
        marks["todos"] = dump(todos)
    if assignee is not None:
        marks["assignee"] = storable(" ".join(assignee.split()))
    for name, value in marks.items():
        conn.execute(
            f"INSERT INTO mark (ref, {name}) VALUES (?, ?) "  # noqa: S608 (ours)
            f"ON CONFLICT (ref) DO UPDATE SET {name} = excluded.{name}",
            (known, value),
        )
    views.refresh(known)
