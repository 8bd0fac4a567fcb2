"""The `Store` on one SQLite file: each method one transaction, durable on return.

The rooms behind it are imported by the method that needs them: a bare `list` decodes
no case and must not pay for the modules that could.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from casecli.store.file import StoreFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from casecli.domain.case import Call, Case, Draft, Note, Timer
    from casecli.domain.change import AnyChange, OutboxItem, OutboxState, Receipt
    from casecli.domain.ports import Attempt, AuditEntry, Event, Snapshot
    from casecli.domain.query import CaseQuery
    from casecli.store.outbox import Outbox
    from casecli.store.views import Views


def _no_timers(case: Case) -> tuple[Timer, ...]:  # noqa: ARG001 (the shape of a rule)
    return ()


def _no_backend(profile: str) -> str:  # noqa: ARG001 (the shape of a look-up)
    return ""


class SqliteStore:
    """Local storage in the file at `path`, made at the first write.

    `derive` computes the timers that are written into a case's row, so they are as old
    as the row; `rebuild` after what it depends on has changed. `backend_of` names the
    backend of a profile where a snapshot does not. Not for use by several threads.
    """

    def __init__(
        self,
        path: Path,
        *,
        derive: Callable[[Case], tuple[Timer, ...]] = _no_timers,
        backend_of: Callable[[str], str] | None = None,
    ) -> None:
        self._file = StoreFile(path)
        self._derive = derive
        self._backend_of = backend_of or _no_backend

    def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        self._file.close()

    @contextmanager
    def _folding(self, *, write: bool) -> Iterator[tuple[sqlite3.Connection, Views]]:
        from casecli.store.views import Views  # before anybody waits for the lock

        with self._file.writing() if write else self._file.reading() as conn:
            yield conn, Views(conn, self._derive, self._backend_of)

    @contextmanager
    def _outbox(self, *, write: bool) -> Iterator[Outbox]:
        from casecli.store.outbox import Outbox

        with self._folding(write=write) as (conn, views):
            yield Outbox(conn, views)

    # drafts

    def new_ref(self) -> str:
        """Give a ref that was never given before, to draft or case."""
        from casecli.store import drafts
        from casecli.store.columns import ref_text

        with self._file.writing() as conn:
            return ref_text(drafts.new_ref(conn))

    def save_draft(self, draft: Draft) -> Draft:
        """Keep a draft under its ref, or under the next one."""
        from casecli.store import drafts

        with self._file.writing() as conn:
            return drafts.save(conn, draft)

    def draft(self, ref: str) -> Draft | None:
        """Read a draft."""
        from casecli.store import drafts

        with self._file.reading() as conn:
            return drafts.read(conn, ref)

    def drafts(self) -> tuple[Draft, ...]:
        """Read all drafts, the last saved first."""
        from casecli.store import drafts

        with self._file.reading() as conn:
            return drafts.read_all(conn)

    def drop_draft(self, ref: str) -> bool:
        """Forget a draft; its ref is not given again."""
        from casecli.store import drafts

        with self._file.writing() as conn:
            return drafts.drop(conn, ref)

    # outbox

    def record(
        self,
        changes: Sequence[AnyChange],
        profile: str,
        now: datetime,
        intent: str | None = None,
    ) -> tuple[OutboxItem, ...]:
        """Queue changes, all or none; a key recorded before gives what stands there.

        Raises:
            Conflicted: a key is taken by another request, or a case opened twice.
            NotFound: a change is about a case nobody has opened.
        """
        with self._outbox(write=True) as outbox:
            return outbox.record(changes, profile, now, intent)

    def recorded(self, key: str) -> OutboxItem | None:
        """Find a change by its key, in whatever state."""
        with self._outbox(write=False) as outbox:
            return outbox.find(key)

    def outbox(
        self,
        profile: str | None = None,
        case: str | None = None,
        states: Iterable[OutboxState] | None = None,
    ) -> tuple[OutboxItem, ...]:
        """Read changes in the order they were recorded."""
        with self._outbox(write=False) as outbox:
            return outbox.items(profile, case, states)

    def attempts(self, key: str) -> tuple[Attempt, ...]:
        """Read every try at a change, the first one first."""
        with self._outbox(write=False) as outbox:
            return outbox.attempts(key)

    def lease(self, case: str, until: datetime, now: datetime) -> bool:
        """Take or prolong the right to deliver a case; False if another has it."""
        from casecli.store.outbox import lease_taken, take_lease

        with self._file.reading() as conn:  # those who wait must not hold up writers
            if lease_taken(conn, case, now):
                return False
        with self._file.writing() as conn:
            return take_lease(conn, case, until, now)

    def release(self, case: str) -> None:
        """Give the right back, if this process has it."""
        from casecli.store.outbox import release_lease

        with self._file.writing() as conn:
            release_lease(conn, case)

    def pull_lock(self, profile: str) -> AbstractContextManager[bool]:
        """Be the only process that pulls a profile; death lets go of it."""
        return self._file.alone(profile)

    def begin_attempt(self, key: str, now: datetime) -> OutboxItem:
        """Mark a change `sending`.

        Raises:
            Conflicted: it is settled, so sending it again could double it.
            NotFound: no change has this key.
        """
        with self._outbox(write=True) as outbox:
            return outbox.begin_attempt(key, now)

    def settle(
        self,
        key: str,
        state: OutboxState,
        now: datetime,
        *,
        receipt: Receipt | None = None,
        error: str | None = None,
        not_before: datetime | None = None,
    ) -> OutboxItem:
        """Note how a try ended; a change once delivered is returned unchanged.

        A delivered change is folded until the next snapshot of its case is taken in.
        Of a rejected `Open` no case is left, so its draft can be had under its ref.

        Raises:
            Conflicted: a dropped change can only turn out to be delivered.
            NotFound: no change has this key.
        """
        with self._outbox(write=True) as outbox:
            return outbox.settle(
                key, state, now, receipt=receipt, error=error, not_before=not_before
            )

    def replace_change(self, change: AnyChange, now: datetime) -> OutboxItem:
        """Change the content of a queued change, keeping key and place.

        Raises:
            Conflicted: some of it may have reached the vendor, or it is settled.
            NotFound: no change has this key.
        """
        with self._outbox(write=True) as outbox:
            return outbox.replace_change(change, now)

    # the vendor's view

    def take_in(
        self,
        profile: str,
        snapshots: Sequence[Snapshot],
        now: datetime,
        cursor: str | None = None,
    ) -> tuple[str, ...]:
        """Keep snapshots; with a cursor, note the pull and `now` as its time."""
        from casecli.store import intake

        with self._folding(write=True) as (conn, views):
            return intake.take_in(conn, views, profile, snapshots, now, cursor)

    def cursor(self, profile: str) -> str | None:
        """Read how far the last pull came."""
        with self._file.reading() as conn:
            row = conn.execute(
                "SELECT cursor FROM cursor WHERE profile = ?", (profile,)
            ).fetchone()
        return None if row is None else row["cursor"]

    def pulled_at(self, profile: str) -> datetime | None:
        """Read when a pull last brought a cursor."""
        from casecli.store.columns import moment

        with self._file.reading() as conn:
            row = conn.execute(
                "SELECT pulled_at FROM cursor WHERE profile = ?", (profile,)
            ).fetchone()
        return None if row is None else moment(row["pulled_at"])

    def version(self, ref: str) -> str | None:
        """Read the version of the case's snapshot."""
        from casecli.store.columns import ref_number

        with self._file.reading() as conn:
            row = conn.execute(
                "SELECT version FROM snapshot WHERE ref = ?", (ref_number(ref),)
            ).fetchone()
        return None if row is None else row["version"]

    # reading

    def resolve(self, text: str, profile: str) -> str | None:
        """Find the ref of a case or draft; None also for what names two cases."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.resolve(conn, text, profile)

    def case(self, ref: str, before: int | None = None) -> Case | None:
        """Read a case folded with what is pending, or only with changes before a seq.

        None for drafts, and for cases whose only `Open` was rejected or dropped.
        """
        from casecli.store.columns import ref_number
        from casecli.store.listing import standing_ref

        number = ref_number(ref)
        if number is None:
            return None
        with self._folding(write=False) as (conn, views):
            known = standing_ref(conn, number)
            return None if known is None else views.case(known, before=before)

    def cases(self, refs: Iterable[str], fields: Collection[str]) -> Iterator[Case]:
        """Read cases as a policy sees them, all of one moment.

        Only `fields` are sure to be filled; marks, timers and what is pending are not.
        """
        from casecli.store.columns import ref_number

        numbers = [each for each in map(ref_number, refs) if each is not None]
        with self._folding(write=False) as (_, views):
            yield from views.cases(numbers, fields)

    def vendors_case(self, ref: str) -> Case | None:
        """Read a case as far as the vendor has it; None for one it has never seen."""
        from casecli.store.columns import ref_number
        from casecli.store.listing import standing_ref

        number = ref_number(ref)
        if number is None:
            return None
        with self._folding(write=False) as (conn, views):
            known = standing_ref(conn, number)
            return None if known is None else views.vendors_case(known)

    def rows(self, query: CaseQuery) -> list[dict[str, object]]:
        """Read rows with the keys `listing.COLUMNS`, times as RFC 3339 UTC.

        `pending` is a count, `due_at` the earliest timer, `tags` a list.

        Raises:
            BadInput: a filter or a sort column that does not exist.
        """
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.rows(conn, query)

    def todo_rows(self, profile: str) -> list[dict[str, object]]:
        """Read rows of cases with to-dos of ours, each with its `todos`."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.todo_rows(conn, profile)

    def draft_rows(self) -> list[dict[str, object]]:
        """Read what a list of drafts shows, the last saved first."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.draft_rows(conn)

    def pending(self, profile: str) -> list[dict[str, object]]:
        """Read what a list of undelivered changes shows, in their order."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.pending(conn, profile)

    def search(self, texts: Sequence[str], limit: int) -> list[dict[str, object]]:
        """Find rows by phrase, best first, ended cases among them."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.search(conn, texts, limit)

    def counts(self, profile: str | None) -> dict[str, int]:
        """Count as `status.open`, `waiting_on.vendor`, `outbox.queued`, `draft`, …."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.counts(conn, profile)

    def snoozed(self, profile: str, now: datetime) -> int:
        """Count the cases waiting on us that are put off past `now`."""
        from casecli.store import listing

        with self._file.reading() as conn:
            return listing.snoozed(conn, profile, now)

    def events(self, after: int, limit: int) -> tuple[Event, ...]:
        """Read events after a cursor, oldest first."""
        from casecli.store import trail

        with self._file.reading() as conn:
            return trail.events(conn, after, limit)

    # our own side

    def retag(self, ref: str, add: Iterable[str], remove: Iterable[str]) -> None:
        """Add and remove tags of ours, leaving what the vendor tagged.

        Raises:
            NotFound: neither a case nor a draft has this ref.
        """
        from casecli.store import drafts

        with self._folding(write=True) as (conn, views):
            drafts.retag(conn, views, ref, add, remove)

    def annotate(  # noqa: PLR0913 (one argument a mark)
        self,
        ref: str,
        *,
        tags: tuple[str, ...] | None = None,
        note: Note | None = None,
        snoozed_until: datetime | None = None,
        seen_at: datetime | None = None,
        todos: tuple[str, ...] | None = None,
        call: Call | None = None,
        assignee: str | None = None,
    ) -> None:
        """Set our own marks; None leaves a mark as it is, an empty tuple clears it.

        Raises:
            NotFound: neither a case nor a draft has this ref.
        """
        from casecli.store import drafts

        with self._folding(write=True) as (conn, views):
            drafts.annotate(
                conn,
                views,
                ref,
                tags=tags,
                note=note,
                snoozed_until=snoozed_until,
                seen_at=seen_at,
                todos=todos,
                call=call,
                assignee=assignee,
            )

    # trail

    def audit(self, entry: AuditEntry) -> None:
        """Append to the trail; the file itself refuses to change or delete from it."""
        from casecli.store import trail

        with self._file.writing() as conn:
            trail.audit(conn, entry)

    def audited(
        self, since: datetime | None, case: str | None
    ) -> tuple[AuditEntry, ...]:
        """Read the trail, oldest first."""
        from casecli.store import trail

        with self._file.reading() as conn:
            return trail.audited(conn, since, case)

    # upkeep

    def rebuild(self) -> int:
        """Compute every row of `list` and `search` anew; give how many cases."""
        with self._folding(write=True) as (conn, views):
            refs = [row["ref"] for row in conn.execute("SELECT ref FROM cases")]
            for ref in refs:
                views.refresh(ref)
        return len(refs)

    def check(self) -> list[str]:
        """Name everything wrong with the file; nothing if it is sound."""
        from casecli.store.check import problems

        with self._file.reading() as conn:
            return problems(conn)

    def backup(self, target: Path) -> None:
        """Copy the file to `target`, which is replaced only by a whole copy."""
        self._file.backup(target)
