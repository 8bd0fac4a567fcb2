"""Rows for `list`, `search` and `status`, straight from the view: no case is decoded.

This is what a bare `casecli list` imports, so it stays light.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput
from casecli.store.columns import ref_number, ref_text, stamp, storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from casecli.domain.query import CaseQuery

COLUMNS = (
    "ref",
    "number",
    "profile",
    "backend",
    "url",
    "type",
    "subtype",
    "subject",
    "status",
    "status_raw",
    "waiting_on",
    "severity",
    "owner",
    "assignee",
    "contact",
    "opened_at",
    "updated_at",
    "vendor_updated_at",
    "closed_at",
    "snoozed_until",
    "due_at",
    "due_kind",
    "escalated",
    "unread",
    "pending",
    "tags",
)
DRAFT_COLUMNS = ("ref", "profile", "about", "subject", "updated_at", "error")
PENDING_COLUMNS = ("key", "kind", "state", "error", "case", "number", "by_hand")
_FILTERS = frozenset(
    ("status", "severity", "type", "owner", "assignee", "contact", "waiting_on")
)
_ORDERS = {
    "updated": "view.updated_at DESC, view.ref DESC",
    "opened": "view.opened_at DESC, view.ref DESC",
    "closed": "view.closed_at DESC, view.ref DESC",
    "due": "view.due_at IS NULL, view.due_at, view.ref",
    "severity": "view.severity IS NULL, view.severity, view.updated_at DESC",
    "status": "view.status, view.updated_at DESC",
    "subject": "view.subject COLLATE NOCASE, view.ref",
    "number": "view.number IS NULL, view.number",
    "ref": "view.ref",
}


def _shown(column: str) -> str:
    """Give the SQL that shows a column as JSON does; quicker than Python by far."""
    if column == "ref":
        return "'L' || view.ref"
    if column.endswith(("_at", "_until")):
        return f"replace(view.{column}, '.000000Z', 'Z')"
    return f"view.{column}"


_SELECT = ", ".join(map(_shown, COLUMNS))
# a hit in the subject says more about a case than one in its hundredth comment
_RANKED = 2000
_WEIGHTS = "10.0, 4.0, 1.0, 3.0, 2.0"


def rows(conn: sqlite3.Connection, query: CaseQuery) -> list[dict[str, object]]:
    """Read the rows a query wants, in its order.

    Raises:
        BadInput: a filter or a sort column that does not exist.
    """
    order = _ORDERS.get(query.sort)
    if order is None:
        raise BadInput(
            f"cannot sort by {query.sort!r}", f"--sort {'|'.join(sorted(_ORDERS))}"
        )
    conditions, values = _conditions(query)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = -1 if query.limit is None else query.limit
    found = conn.execute(
        # every part of this text is ours; what was typed is bound
        f"SELECT {_SELECT} FROM view {where} ORDER BY {order} LIMIT ?",  # noqa: S608
        (*values, limit),
    )
    return [_row(row) for row in found]


def todo_rows(conn: sqlite3.Connection, profile: str) -> list[dict[str, object]]:
    """Read the rows of active cases that have to-dos of ours, newest first."""
    import json

    found = conn.execute(
        f"SELECT {_SELECT}, mark.todos FROM mark JOIN view USING (ref) "  # noqa: S608
        "WHERE todos <> '[]' AND profile = ? AND ended = 0 "
        f"ORDER BY {_ORDERS['updated']}",
        (profile,),
    )
    return [
        {**_row(tuple(row)[:-1]), "todos": json.loads(row["todos"])} for row in found
    ]


def draft_rows(conn: sqlite3.Connection) -> list[dict[str, object]]:
    """Read the drafts as `DRAFT_COLUMNS`, the last saved first.

    One whose case is recorded is kept in case the vendor rejects it, and not shown.
    """
    import json

    found = conn.execute(
        "SELECT json FROM draft WHERE ref NOT IN (SELECT ref FROM cases) "
        "ORDER BY saved DESC"
    )
    plain = [json.loads(row["json"]) for row in found]
    return [{name: each.get(name) for name in DRAFT_COLUMNS} for each in plain]


def pending(conn: sqlite3.Connection, profile: str) -> list[dict[str, object]]:
    """Read the changes that are not settled as `PENDING_COLUMNS`, in their order."""
    found = conn.execute(
        "SELECT key, kind, state, error, 'L' || outbox.ref, number, "
        "state = 'needs-human' AND ifnull(json_extract(receipt, '$.by_hand'), 0) "
        "FROM outbox JOIN cases USING (ref) WHERE outbox.profile = ? AND state IN "
        "('queued', 'sending', 'unknown', 'conflict', 'needs-human') ORDER BY seq",
        (profile,),
    )
    return [dict(zip(PENDING_COLUMNS, row, strict=True)) for row in found]


def search(
    conn: sqlite3.Connection, texts: Sequence[str], limit: int
) -> list[dict[str, object]]:
    """Find cases in whose prose one of the texts occurs as a phrase, best first.

    The last word of a text may go on: "connection ref" finds "connection refused". Of
    very many hits only the newest cases are ranked, which is what keeps it quick.
    """
    phrases = [_phrase(text) for text in texts if any(map(str.isalnum, text))]
    if not phrases:
        return []
    found = conn.execute(
        f"SELECT {_SELECT} FROM "  # noqa: S608 (ours, as above)
        f"(SELECT rowid AS hit, bm25(prose, {_WEIGHTS}) AS score FROM prose "
        "WHERE prose MATCH ? ORDER BY rowid DESC LIMIT ?) "
        "JOIN view ON view.ref = hit ORDER BY score, hit DESC LIMIT ?",
        (" OR ".join(phrases), max(limit, _RANKED), limit),
    )
    return [_row(row) for row in found]


def counts(conn: sqlite3.Connection, profile: str | None) -> dict[str, int]:
    """Count as `status.open`, `waiting_on.vendor`, `outbox.queued`, `draft`, `unread`.

    A count of nothing is left out. Ended cases wait on nobody.
    """
    where, values = ("WHERE profile = ?", (profile,)) if profile else ("", ())
    total: Counter[str] = Counter()
    for status, waiting_on, unread, escalated, n in conn.execute(
        "SELECT status, waiting_on, unread, escalated, n "  # noqa: S608 (ours)
        f"FROM tally {where}",
        values,
    ):
        total[f"status.{status}"] += n
        total[f"waiting_on.{waiting_on}"] += n
        total["unread"] += n * unread
        total["escalated"] += n * escalated
    for state, n in conn.execute(
        f"SELECT state, count(*) FROM outbox {where} GROUP BY state",  # noqa: S608
        values,
    ):
        total[f"outbox.{state}"] = n
    total["draft"] = conn.execute(
        f"SELECT count(*) FROM draft {where}",  # noqa: S608
        values,
    ).fetchone()[0]
    return {name: n for name, n in total.items() if n}


def snoozed(conn: sqlite3.Connection, profile: str, now: datetime) -> int:
    """Count the active cases waiting on the customer that are snoozed past `now`."""
    found = conn.execute(
        "SELECT count(*) FROM view WHERE profile = ? AND ended = 0 "
        "AND waiting_on = 'customer' AND snoozed_until > ?",
        (profile, stamp(now)),
    )
    return int(found.fetchone()[0])


def resolve(conn: sqlite3.Connection, text: str, profile: str) -> str | None:
    """Find the ref for what a person typed; a number two profiles share finds none."""
    if not text.isprintable() or not text.strip():
        return None
    ref = ref_number(text)
    known = None if ref is None else standing_ref(conn, ref)
    if known is not None:
        return ref_text(known)
    found = _numbered(conn, "profile = ? AND number = ?", (profile, text))
    if not found:
        found = _numbered(conn, "number = ?", (text,))
    if not found and ":" in text:
        other, _, number = text.partition(":")
        found = _numbered(conn, "profile = ? AND number = ?", (other, number))
    return ref_text(found[0]) if len(found) == 1 else None


def standing_ref(conn: sqlite3.Connection, ref: int) -> int | None:
    """Follow a ref to the case it is now known by; a draft's ref stands for itself."""
    found = conn.execute("SELECT same_as FROM cases WHERE ref = ?", (ref,)).fetchone()
    if found is not None:
        return ref if found[0] is None else standing_ref(conn, found[0])
    draft = conn.execute("SELECT 1 FROM draft WHERE ref = ?", (ref,)).fetchone()
    return None if draft is None else ref


def _numbered(
    conn: sqlite3.Connection, condition: str, values: tuple[str, ...]
) -> list[int]:
    found = conn.execute(
        f"SELECT ref FROM cases WHERE {condition} LIMIT 2",  # noqa: S608 (ours)
        values,
    )
    return [row[0] for row in found]


def _conditions(query: CaseQuery) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if not query.ended and "status" not in query.wanted:
        conditions.append("ended = 0")
    for flag, condition in (
        (query.escalated, "escalated = 1"),
        (query.unread, "unread = 1"),
    ):
        if flag:
            conditions.append(condition)
    for value, condition in (
        (query.profile, "profile = ?"),
        (query.since and stamp(query.since), "updated_at >= ?"),
        (query.until and stamp(query.until), "updated_at < ?"),
        (query.stale_before and stamp(query.stale_before), "updated_at < ?"),
        (query.awake_at and stamp(query.awake_at), "ifnull(snoozed_until, '') <= ?"),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    _add_choices(conditions, values, query.wanted, "{0} IN ({1})")
    _add_choices(
        conditions, values, query.excluded, "({0} IS NULL OR {0} NOT IN ({1}))"
    )
    for tag in query.tags:
        conditions.append("view.ref IN (SELECT tag.ref FROM tag WHERE tag = ?)")
        values.append(storable(tag))
    for name, value in query.fields.items():
        conditions.append(
            "EXISTS (SELECT 1 FROM json_each(fields) AS f "
            "WHERE f.key = ? AND f.value = ?)"
        )
        values += (storable(name), storable(value))
    return conditions, values


def _add_choices(
    conditions: list[str],
    values: list[object],
    choices: Mapping[str, Iterable[str]],
    form: str,
) -> None:
    for column, wanted in choices.items():
        if column not in _FILTERS:
            raise BadInput(f"cannot filter by {column!r}", "casecli list --help")
        chosen = tuple(map(storable, wanted))
        conditions.append(form.format(column, ", ".join("?" * len(chosen))))
        values += chosen


def _phrase(text: str) -> str:
    """Quote what was typed, so that no word of it is an operator."""
    clean = storable(text).replace("\0", " ")
    return '"' + clean.replace('"', '""') + '" *'


def _row(row: Sequence[Any]) -> dict[str, object]:
    shaped = dict(zip(COLUMNS, row, strict=True))
    shaped["escalated"] = bool(shaped["escalated"])
    shaped["unread"] = bool(shaped["unread"])
    tags = shaped["tags"]
    shaped["tags"] = tags.split("\n") if tags else []
    return shaped
