"""Changes on their way to the vendor: recorded once, settled once, never lost.

A change that may have reached the vendor keeps its content, and one that did stays
delivered whatever a slower process says afterwards.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.change import Open, OutboxItem, OutboxState, Receipt
from casecli.domain.errors import Conflicted, NotFound
from casecli.domain.ports import Attempt
from casecli.domain.wire import from_plain
from casecli.store.codec import digest, dump_value, load_change, same_request
from casecli.store.columns import (
    moment,
    moment_or_none,
    ref_text,
    stamp,
    stamp_or_none,
    storable,
)
from casecli.store.drafts import ref_of
from casecli.store.intake import attach_number
from casecli.store.listing import standing_ref
from casecli.store.process import Owner
from casecli.store.trail import note

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from casecli.domain.change import AnyChange
    from casecli.store.views import Views

_UNSETTLED = tuple(state for state in OutboxState if not state.settled)
# of these the vendor made nothing: the request never left, or was refused as a whole
_MADE_NOTHING = (OutboxState.QUEUED, OutboxState.REJECTED, OutboxState.CONFLICT)
_NEWSWORTHY = (
    OutboxState.DELIVERED,
    OutboxState.REJECTED,
    OutboxState.CONFLICT,
    OutboxState.NEEDS_HUMAN,
    OutboxState.DROPPED,
)


class Outbox:
    """The outbox within one transaction."""

    def __init__(self, conn: sqlite3.Connection, views: Views) -> None:
        self._conn = conn
        self._views = views

    def record(
        self,
        changes: Sequence[AnyChange],
        profile: str,
        now: datetime,
        intent: str | None,
    ) -> tuple[OutboxItem, ...]:
        """Queue changes that are not recorded yet; give all as they stand now.

        Raises:
            Conflicted: a key is taken by another request, or a case opened twice.
            NotFound: a change is about a case nobody has opened.
        """
        touched: dict[int, None] = {}
        for change in changes:
            ref = ref_of(change.case)
            ref = standing_ref(self._conn, ref) or ref
            change = replace(change, case=ref_text(ref))  # noqa: PLW2901 (the same one)
            held = self._row(change.key)
            if held is not None:
                _ensure_same(held, change, intent)
                continue
            self._admit(change, ref, profile)
            payload = dump_value(change)
            self._conn.execute(
                "INSERT INTO outbox (key, ref, profile, kind, payload, digest, intent, "
                "state, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?)",
                (
                    change.key,
                    ref,
                    profile,
                    change.kind,
                    payload,
                    digest(payload),
                    intent,
                    stamp(now),
                ),
            )
            self._tell(now, ref, "recorded", change.key, change.kind)
            touched[ref] = None
        for ref in touched:
            self._views.refresh(ref)
        return tuple(self.item(change.key) for change in changes)

    def item(self, key: str) -> OutboxItem:
        """Read a change.

        Raises:
            NotFound: no change has this key.
        """
        return _item(self._known(key))

    def find(self, key: str) -> OutboxItem | None:
        """Read a change that may not be there."""
        row = self._row(key)
        return None if row is None else _item(row)

    def items(
        self,
        profile: str | None,
        case: str | None,
        states: Iterable[OutboxState] | None,
    ) -> tuple[OutboxItem, ...]:
        """Read changes in the order they were recorded; unsettled ones by default."""
        wanted = tuple(_UNSETTLED if states is None else states)
        conditions = [f"state IN ({', '.join('?' * len(wanted))})"]
        values: list[object] = list(wanted)
        if profile is not None:
            conditions.append("profile = ?")
            values.append(profile)
        if case is not None:
            ref = ref_of(case)
            conditions.append("ref = ?")
            values.append(standing_ref(self._conn, ref) or ref)
        found = self._conn.execute(
            f"SELECT * FROM outbox WHERE {' AND '.join(conditions)} "  # noqa: S608 (ours)
            "ORDER BY seq",
            values,
        )
        return tuple(map(_item, found))

    def attempts(self, key: str) -> tuple[Attempt, ...]:
        """Read every try at a change."""
        found = self._conn.execute(
            "SELECT attempt.* FROM attempt JOIN outbox USING (seq) WHERE key = ? "
            "ORDER BY n",
            (key,),
        )
        return tuple(
            Attempt(
                n=row["n"],
                started=moment(row["started"]),
                ended=moment_or_none(row["ended"]),
                outcome=row["outcome"],
                error=row["error"],
            )
            for row in found
        )

    def begin_attempt(self, key: str, now: datetime) -> OutboxItem:
        """Mark a change `sending`.

        Raises:
            Conflicted: it is settled, so sending it again could double it.
        """
        row = self._known(key)
        if OutboxState(row["state"]).settled:
            raise Conflicted(
                f"change {key} is {row['state']} already", f"casecli outbox show {key}"
            )
        n = row["attempts"] + 1
        at = stamp(now)
        self._conn.execute(
            "UPDATE outbox SET state = 'sending', attempts = ?, not_before = NULL, "
            "first_sent = ifnull(first_sent, ?), last_sent = ? WHERE seq = ?",
            (n, at, at, row["seq"]),
        )
        # a try that nobody ended may have reached the vendor
        self._conn.execute(
            "UPDATE attempt SET ended = ?, outcome = 'unknown' "
            "WHERE seq = ? AND ended IS NULL",
            (at, row["seq"]),
        )
        self._conn.execute(
            "INSERT INTO attempt (seq, n, started) VALUES (?, ?, ?)",
            (row["seq"], n, at),
        )
        self._views.refresh(row["ref"])
        return self.item(key)

    def settle(
        self,
        key: str,
        state: OutboxState,
        now: datetime,
        *,
        receipt: Receipt | None,
        error: str | None,
        not_before: datetime | None,
    ) -> OutboxItem:
        """Note how a try ended; what was delivered stays so, as it was first noted.

        Raises:
            Conflicted: a dropped change can only turn out to be delivered.
        """
        row = self._known(key)
        error = None if error is None else storable(error)
        before = OutboxState(row["state"])
        if before is OutboxState.DELIVERED or state is before is OutboxState.DROPPED:
            return _item(row)
        if before is OutboxState.DROPPED and state is not OutboxState.DELIVERED:
            raise Conflicted(f"change {key} was dropped", f"casecli outbox show {key}")
        self._conn.execute(
            "UPDATE attempt SET ended = ?, outcome = ?, error = ? "
            "WHERE seq = ? AND ended IS NULL",
            (stamp(now), state.value, error, row["seq"]),
        )
        self._conn.execute(
            "UPDATE outbox SET state = ?, error = ?, not_before = ?, receipt = ?, "
            "folds = ? WHERE seq = ?",
            (
                state.value,
                error,
                stamp_or_none(not_before),
                None if receipt is None else dump_value(receipt),
                state not in (OutboxState.REJECTED, OutboxState.DROPPED),
                row["seq"],
            ),
        )
        self._recount_sent(row["seq"])
        delivered = state is OutboxState.DELIVERED
        if delivered and row["kind"] == Open.kind and receipt is not None:
            attach_number(self._conn, row["ref"], row["profile"], receipt.number)
        if state in _NEWSWORTHY and state is not before:
            self._tell(now, row["ref"], state.value, key, row["kind"])
        self._views.refresh(row["ref"])
        return self.item(key)

    def replace_change(self, change: AnyChange, now: datetime) -> OutboxItem:
        """Give a queued change other content.

        Raises:
            Conflicted: some of it may have reached the vendor, or all is settled.
        """
        row = self._known(change.key)
        state = OutboxState(row["state"])
        fixed = row["last_sent"] is not None or row["kind"] != change.kind
        if state.settled or fixed:
            raise Conflicted(
                f"change {change.key} can no longer be edited",
                f"casecli outbox show {change.key}",
            )
        payload = dump_value(replace(change, case=ref_text(row["ref"])))
        self._conn.execute(
            "UPDATE outbox SET payload = ?, digest = ? WHERE seq = ?",
            (payload, digest(payload), row["seq"]),
        )
        self._tell(now, row["ref"], "edited", change.key, change.kind)
        self._views.refresh(row["ref"])
        return self.item(change.key)

    def _admit(self, change: AnyChange, ref: int, profile: str) -> None:
        known = self._views.case(ref) is not None
        if not isinstance(change, Open):
            if not known:
                raise NotFound("case", change.case, "casecli list")
            return
        if known:
            raise Conflicted(
                f"case {change.case} was opened already", f"casecli show {change.case}"
            )
        self._conn.execute(
            "INSERT INTO cases (ref, profile) VALUES (?, ?) "
            "ON CONFLICT (ref) DO UPDATE SET profile = excluded.profile",
            (ref, profile),
        )
        self._conn.execute(
            "UPDATE counter SET value = max(value, ?) WHERE name = 'ref'", (ref,)
        )

    def _recount_sent(self, seq: int) -> None:
        nothing = ", ".join(f"'{state.value}'" for state in _MADE_NOTHING)
        self._conn.execute(
            "UPDATE outbox SET (first_sent, last_sent) = "  # noqa: S608 (ours)
            "(SELECT min(started), max(started) FROM attempt WHERE seq = ? "
            f"AND ifnull(outcome, '') NOT IN ({nothing})) WHERE seq = ?",
            (seq, seq),
        )

    def _tell(self, now: datetime, ref: int, what: str, key: str, kind: str) -> None:
        note(self._conn, now, ref, what, {"change": key, "kind": kind})

    def _known(self, key: str) -> sqlite3.Row:
        row = self._row(key)
        if row is None:
            raise NotFound("change", key, "casecli outbox list")
        return row

    def _row(self, key: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._conn.execute(
            "SELECT * FROM outbox WHERE key = ?", (key,)
        ).fetchone()
        return row


def take_lease(
    conn: sqlite3.Connection, case: str, until: datetime, now: datetime
) -> bool:
    """Take the right to deliver a case, or keep it for longer.

    It is free when nobody has it, its time is over or its owner is gone.
    """
    if lease_taken(conn, case, now):
        return False
    ref = ref_of(case)
    ref = standing_ref(conn, ref) or ref
    owner = Owner.current()
    conn.execute(
        "INSERT OR REPLACE INTO lease (ref, pid, started, boot, until) "
        "VALUES (?, ?, ?, ?, ?)",
        (ref, owner.pid, owner.started, owner.boot, stamp(until)),
    )
    return True


def lease_taken(conn: sqlite3.Connection, case: str, now: datetime) -> bool:
    """Tell whether another live process may deliver a case; a look, not a claim."""
    ref = ref_of(case)
    ref = standing_ref(conn, ref) or ref
    row = conn.execute("SELECT * FROM lease WHERE ref = ?", (ref,)).fetchone()
    if row is None or row["until"] <= stamp(now):
        return False
    holder = Owner(row["pid"], row["started"], row["boot"])
    return holder != Owner.current() and holder.alive


def release_lease(conn: sqlite3.Connection, case: str) -> None:
    """Give up the right, if this process has it."""
    ref = ref_of(case)
    owner = Owner.current()
    conn.execute(
        "DELETE FROM lease WHERE ref = ? AND pid = ? AND started = ? AND boot = ?",
        (standing_ref(conn, ref) or ref, owner.pid, owner.started, owner.boot),
    )


def _ensure_same(held: sqlite3.Row, change: AnyChange, intent: str | None) -> None:
    if intent is not None and held["intent"] is not None:
        same = intent == held["intent"]
    else:
        same = held["kind"] == change.kind and same_request(
            held["payload"], dump_value(change)
        )
    if not same:
        raise Conflicted(
            f"key {change.key} was used for another request",
            f"casecli outbox show {change.key}",
        )


def _item(row: sqlite3.Row) -> OutboxItem:
    receipt = row["receipt"]
    return OutboxItem(
        seq=row["seq"],
        change=load_change(row["kind"], row["payload"]),
        profile=row["profile"],
        state=OutboxState(row["state"]),
        recorded_at=moment(row["recorded_at"]),
        attempts=row["attempts"],
        first_sent=moment_or_none(row["first_sent"]),
        last_sent=moment_or_none(row["last_sent"]),
        not_before=moment_or_none(row["not_before"]),
        error=row["error"],
        receipt=None if receipt is None else from_plain(Receipt, json.loads(receipt)),
        intent=row["intent"],
    )
