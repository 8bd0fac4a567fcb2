"""Cases as users see them: snapshot, our changes and our marks made into one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.case import Call, Case, Note, PendingChange, Status, WaitingOn
from casecli.domain.change import EditFields, Open, OutboxState, Receipt
from casecli.domain.folding import fold, opened
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
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

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
_LIVE = "state NOT IN ('rejected', 'dropped') AND (folds OR kind IN ('open', 'edit'))"
_BATCH = 200  # cases read at once: who asks for thirty need not wait for thousands


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
    ) -> Case | None:
        """Build a case; None where there is neither a snapshot nor a live `Open`.

        `vendors` spares reading the snapshot to who has just written it; `before`
        leaves out our changes from that seq on.
        """
        own = self._own(ref)
        if own is None:
            return None
        changes = self._conn.execute(
            f"SELECT * FROM outbox WHERE ref = ? AND {_LIVE} "  # noqa: S608 (ours)
            "AND (? IS NULL OR seq < ?) ORDER BY seq",
            (ref, before, before),
        ).fetchall()
        if vendors is None:
            vendors = self._snapshot(ref, own)
        case = self._folded(own, vendors, changes)
        if case is None:
            return None
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

    def cases(self, refs: Sequence[int], fields: Collection[str]) -> Iterator[Case]:
        """Build cases in this order, without our marks, timers and what is pending.

        Only `fields` are sure to be filled. `case` takes most of its time to ask for
        one case after the other, and to read what was said in it.
        """
        for batch in (refs[n : n + _BATCH] for n in range(0, len(refs), _BATCH)):
            wanted = (json.dumps(batch),)
            found = self._conn.execute(
                "SELECT ref, profile, number, json FROM cases "
                "LEFT JOIN snapshot USING (ref) WHERE same_as IS NULL "
                "AND ref IN (SELECT value FROM json_each(?))",
                wanted,
            )
            known = {row["ref"]: row for row in found}
            changes: dict[int, list[sqlite3.Row]] = {}
            for row in self._conn.execute(
                f"SELECT * FROM outbox WHERE {_LIVE} "  # noqa: S608 (ours)
                "AND ref IN (SELECT value FROM json_each(?)) ORDER BY seq",
                wanted,
            ):
                changes.setdefault(row["ref"], []).append(row)
            for ref in batch:
                if ref in known:
                    case = self._narrow(known[ref], changes.get(ref, ()), fields)
                    if case is not None:
                        yield case

    def _narrow(
        self,
        known: sqlite3.Row,
        changes: Sequence[sqlite3.Row],
        fields: Collection[str],
    ) -> Case | None:
        """Build a case of which only `fields` matter."""
        own = {
            "ref": ref_text(known["ref"]),
            "profile": known["profile"],
            "number": known["number"],
        }
        # what a change does may hang on any part of the case
        only = None if any(row["folds"] for row in changes) else fields
        text = known["json"]
        vendors = None if text is None else self._vendors_case(text, own, only)
        return self._folded(own, vendors, changes)

    def _folded(
        self, own: dict[str, Any], vendors: Case | None, changes: Sequence[sqlite3.Row]
    ) -> Case | None:
        """Lay our changes and what is ours to know over the vendor's case."""
        case = _joined(vendors, _our_case(changes))
        if case is None:
            return None
        own["backend"] = case.backend or self._backend_of(own["profile"])
        if any(getattr(case, name) != value for name, value in own.items()):
            case = replace(case, **own)
        return fold(case, [_change(row) for row in changes if row["folds"]])

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
        base = _joined(self._snapshot(ref, own), _our_case(changes))
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

    def _snapshot(self, ref: int, own: Mapping[str, Any]) -> Case | None:
        row = self._conn.execute(
            "SELECT json FROM snapshot WHERE ref = ?", (ref,)
        ).fetchone()
        return None if row is None else self._vendors_case(row["json"], own)

    def _vendors_case(
        self, text: str, own: Mapping[str, Any], only: Collection[str] | None = None
    ) -> Case:
        """Read a snapshot, with what is ours to know laid over it at once."""
        known = json.loads(text)
        backend = known.get("backend") or self._backend_of(own["profile"])
        if only is not None:
            known = {name: known[name] for name in only if name in known}
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
