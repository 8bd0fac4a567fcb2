"""Cases as users see them: snapshot, our changes and our marks made into one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.case import Call, Case, Note, PendingChange, Status, WaitingOn
from casecli.domain.change import EditFields, Open, OutboxState, Receipt, fold, opened
from casecli.domain.wire import from_plain
from casecli.store.codec import load_change
from casecli.store.columns import (
    moment,
    moment_or_none,
    ref_text,
    stamp_or_none,
    storable,
)
from casecli.store.listing import COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from casecli.domain.case import Timer
    from casecli.domain.change import AnyChange

# what vendors often have no field for and would otherwise be gone with the first pull
_OURS = (
    "type",
    "subtype",
    "description",
    "severity",
    "business_impact",
    "occurrence",
    "product",
    "environment",
    "asset",
    "contact",
    "cc",
    "accounts",
    "workaround",
    "links",
    "follows",
    "fingerprint",
    "checklist",
    "waivers",
)
_BLANK = Case()


class Views:
    """Folds cases, and keeps the row that `list` and `search` read."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        derive: Callable[[Case], tuple[Timer, ...]],
        backend_of: Callable[[str], str],
    ) -> None:
        self._conn = conn
        self._derive = derive
        self._backend_of = backend_of

    def case(
        self,
        ref: int,
        vendors: Case | None = None,
        before: int | None = None,
        *,
        marked: bool = True,
    ) -> Case | None:
        """Build a case; None where there is neither a snapshot nor a live `Open`.

        `vendors` spares reading the snapshot to who has just written it; `before`
        leaves out our changes from that seq on. What only we say of it, tags, notes,
        calls and to-dos, is left out unless `marked`.
        """
        own = self._own(ref)
        if own is None:
            return None
        changes = self._conn.execute(
            "SELECT * FROM outbox WHERE ref = ? AND state NOT IN "
            "('rejected', 'dropped') AND (folds OR kind IN ('open', 'edit')) "
            "AND (? IS NULL OR seq < ?) ORDER BY seq",
            (ref, before, before),
        ).fetchall()
        ours = _our_case(changes)
        if vendors is None:
            vendors = self._vendors_case(ref, own)
        case = _joined(vendors, ours)
        if case is None:
            return None
        own["backend"] = case.backend or self._backend_of(own["profile"])
        if any(getattr(case, name) != value for name, value in own.items()):
            case = replace(case, **own)
        folding = [_change(row) for row in changes if row["folds"]]
        case = fold(case, folding)
        if marked:
            case = self._marked(ref, case)
        pending = tuple(
            _pending(row)
            for row in changes
            if row["folds"] and not OutboxState(row["state"]).settled
        )
        timers = self._derive(case)
        if not (pending or timers or case.pending):
            return case
        return replace(case, pending=pending, timers=(*case.timers, *timers))

    def vendors_case(self, ref: int) -> Case | None:
        """Build a case from the snapshot and what was delivered since, nothing else."""
        own = self._own(ref)
        if own is None:
            return None
        changes = self._conn.execute(
            "SELECT * FROM outbox WHERE ref = ? AND state = 'delivered' "
            "AND (folds OR kind IN ('open', 'edit')) ORDER BY seq",
            (ref,),
        ).fetchall()
        base = _joined(self._vendors_case(ref, own), _our_case(changes))
        if base is None:
            return None
        folding = [_change(row) for row in changes if row["folds"]]
        return fold(replace(base, ref=own["ref"]), folding)

    def refresh(self, ref: int, vendors: Case | None = None) -> None:
        """Make the row of a case again, or take it away if there is no case."""
        case = self.case(ref, vendors)
        if case is None:
            self._conn.execute("DELETE FROM view WHERE ref = ?", (ref,))
            self._conn.execute("DELETE FROM prose WHERE rowid = ?", (ref,))
            return
        seen_at = self._conn.execute(
            "SELECT seen_at FROM mark WHERE ref = ?", (ref,)
        ).fetchone()
        row = _row(ref, case, seen_at and seen_at[0])
        self._conn.execute(_INSERT_VIEW, row)
        self._index(ref, _prose(case))

    def _index(self, ref: int, prose: tuple[str, ...]) -> None:
        held = self._conn.execute(
            "SELECT * FROM prose WHERE rowid = ?", (ref,)
        ).fetchone()
        if held is not None and tuple(held) == prose:
            return
        if held is not None:
            self._conn.execute("DELETE FROM prose WHERE rowid = ?", (ref,))
        self._conn.execute(
            "INSERT INTO prose (rowid, subject, description, comments, attachments, "
            "other) VALUES (?, ?, ?, ?, ?, ?)",
            (ref, *prose),
        )

    def _own(self, ref: int) -> dict[str, Any] | None:
        """Give what is ours to know of a case; None where it is another one's twin."""
        row = self._conn.execute(
            "SELECT profile, number FROM cases WHERE ref = ? AND same_as IS NULL",
            (ref,),
        ).fetchone()
        return None if row is None else {"ref": ref_text(ref), **row}

    def _vendors_case(self, ref: int, own: Mapping[str, Any]) -> Case | None:
        """Read the snapshot, with what is ours to know laid over it at once."""
        row = self._conn.execute(
            "SELECT json FROM snapshot WHERE ref = ?", (ref,)
        ).fetchone()
        if row is None:
            return None
        known = json.loads(row["json"])
        backend = known.get("backend") or self._backend_of(own["profile"])
        return from_plain(Case, {**known, **own, "backend": backend})

    def _marked(self, ref: int, case: Case) -> Case:
        mark = self._conn.execute("SELECT * FROM mark WHERE ref = ?", (ref,)).fetchone()
        tags = self._conn.execute(
            "SELECT tag FROM tag WHERE ref = ? ORDER BY tag", (ref,)
        )
        notes = self._conn.execute(
            "SELECT at, text FROM note WHERE ref = ? ORDER BY id", (ref,)
        )
        calls = self._conn.execute(
            "SELECT at, text FROM call WHERE ref = ? ORDER BY id", (ref,)
        )
        case = replace(
            case,
            tags=tuple(dict.fromkeys((*case.tags, *(row["tag"] for row in tags)))),
            notes=(*case.notes, *(Note(**_said(row)) for row in notes)),
            calls=(*case.calls, *(Call(**_said(row)) for row in calls)),
        )
        if mark is None:
            return case
        return replace(
            case,
            todos=tuple(json.loads(mark["todos"])),
            snoozed_until=moment_or_none(mark["snoozed_until"]),
            assignee=mark["assignee"] or case.assignee,
        )


def _said(row: sqlite3.Row) -> dict[str, Any]:
    return {"at": moment(row["at"]), "text": row["text"]}


def _our_case(changes: Sequence[sqlite3.Row]) -> Case | None:
    """Give the case as our own `Open` and delivered edits made it."""
    opens = [row for row in changes if row["kind"] == "open"]
    if not opens:
        return None
    request = _change(opens[-1])
    assert isinstance(request, Open)  # noqa: S101 (its row says so)
    case = opened(request)
    if opens[-1]["state"] == OutboxState.DELIVERED:
        receipt = from_plain(Receipt, json.loads(opens[-1]["receipt"] or "{}"))
        case = replace(
            case, status=Status.OPEN, waiting_on=WaitingOn.VENDOR, url=receipt.url
        )
    edits = [
        _change(row)
        for row in changes
        if row["kind"] == EditFields.kind and not row["folds"]
    ]
    return fold(case, edits)


def _joined(vendors: Case | None, ours: Case | None) -> Case | None:
    """Take the vendor's word for everything the vendor has a word for."""
    if vendors is None or ours is None:
        return vendors or ours
    return replace(
        vendors,
        fields={**ours.fields, **vendors.fields},
        url=vendors.url or ours.url,
        **{
            name: getattr(ours, name)
            for name in _OURS
            if getattr(vendors, name) == getattr(_BLANK, name)
        },
    )


def _change(row: sqlite3.Row) -> AnyChange:
    """Read a change; one that a person carried over happened when that was done."""
    change = load_change(row["kind"], row["payload"])
    if row["state"] == OutboxState.DELIVERED and row["receipt"]:
        receipt = from_plain(Receipt, json.loads(row["receipt"]))
        return replace(change, at=receipt.at or change.at)
    return change


def _pending(row: sqlite3.Row) -> PendingChange:
    return PendingChange(
        change=row["key"],
        kind=row["kind"],
        state=row["state"],
        at=moment(row["recorded_at"]),
        error=row["error"],
    )


_VIEW = (*COLUMNS, "ended", "fields")  # what `list` shows, and what it filters by
_INSERT_VIEW = (
    f"INSERT INTO view ({', '.join(_VIEW)}) "  # noqa: S608 (ours)
    f"VALUES ({', '.join(f':{name}' for name in _VIEW)}) "
    "ON CONFLICT (ref) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _VIEW if name != "ref")
)
_TEXTS = COLUMNS[COLUMNS.index("number") : COLUMNS.index("contact")]


def _row(ref: int, case: Case, seen_at: str | None) -> dict[str, object]:
    due = min(case.timers, key=lambda timer: timer.due_at, default=None)
    vendors_last = stamp_or_none(case.vendor_updated_at)
    if seen_at is None:
        unread = vendors_last is not None and not case.status.ended
    else:
        unread = vendors_last is not None and vendors_last > seen_at
    escalation = case.escalation
    return {
        "ref": ref,
        **{name: _text(getattr(case, name)) for name in _TEXTS},
        "contact": _text(case.contact.email or case.contact.name),
        "opened_at": stamp_or_none(case.opened_at),
        "updated_at": stamp_or_none(case.updated_at),
        "vendor_updated_at": vendors_last,
        "closed_at": stamp_or_none(case.closed_at),
        "snoozed_until": stamp_or_none(case.snoozed_until),
        "due_at": due and stamp_or_none(due.due_at),
        "due_kind": due and due.kind,
        "escalated": escalation is not None and escalation.state.live,
        "unread": unread,
        "pending": len(case.pending),
        "tags": storable("\n".join(case.tags)),
        "ended": case.status.ended,
        "fields": json.dumps(_flat(case)),
    }


def _text(value: str | None) -> str | None:
    return None if value is None else storable(str(value))


def _flat(case: Case) -> dict[str, str]:
    """Give the fields by the ids people set them with."""
    flat = dict(case.fields)
    for group in ("occurrence", "product", "environment", "accounts"):
        part = getattr(case, group)
        for name in part.__dataclass_fields__:
            value = getattr(part, name)
            if isinstance(value, bool):
                flat[f"{group}.{name}"] = "yes" if value else "no"
            elif value is not None:
                flat[f"{group}.{name}"] = value
    if case.asset is not None:
        flat["asset"] = case.asset
    return flat


def _prose(case: Case) -> tuple[str, ...]:
    return (
        storable(case.subject),
        storable(case.description),
        _lines(comment.text for comment in case.comments),
        _lines(attachment.name for attachment in case.attachments),
        _lines(
            (
                case.business_impact.summary,
                case.resolution or "",
                case.occurrence.actual or "",
                case.workaround.text or "",
                *case.fields.values(),
                *(answer.value for answer in case.checklist),
                *(escalation.details for escalation in case.escalations),
                *(note.text for note in case.notes),
                *(call.text for call in case.calls),
            )
        ),
    )


def _lines(texts: Iterable[str]) -> str:
    return storable("\n".join(filter(None, texts)))
