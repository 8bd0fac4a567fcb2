"""Our own desk: a support system in one SQLite file, for one machine or a test.

Its file lies in the profile's data folder and is opened by many processes at once.
Access to the file is access to the desk: the roles keep honest people apart, no more.
Times are those the caller hands in; order comes from the desk's own event numbers.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.desk_casework import CaseWork, too_large
from casecli.backends.desk_changes import apply, first_look
from casecli.backends.desk_records import (
    AGENT,
    CUSTOMER,
    READ_ONLY,
    Person,
    Records,
    StoredCase,
    seen_by,
)
from casecli.backends.desk_tables import (
    APPLICATION_ID,
    SQLITE_TYPES,
    VERSION,
    statements,
)
from casecli.domain.case import Status
from casecli.domain.change import AddAttachment, Open, Receipt
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    StorageFailed,
    Transient,
)
from casecli.domain.ports import (
    Capabilities,
    Discovery,
    Identity,
    Page,
    Snapshot,
    Support,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange

FILE = "desk.db"
BUSY_SECONDS = 30
MAX_ATTACHMENT = 1024**3


class Desk:
    """The port `Backend` over `<folder>/desk.db`.

    Options: `account` (default `local`), `email`, `max_attachment` in bytes. The roles
    `agent` and `read-only` are meant literally; any other role is a customer.
    """

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        if not options.user.strip():
            raise AuthError(
                "the desk needs to know who you are",
                hint=f"casecli profile show {options.profile}",
            )
        self.person = Person(
            account=options.settings.get("account", "local"),
            name=options.user,
            role=options.role if options.role in (AGENT, READ_ONLY) else CUSTOMER,
            email=options.settings.get("email"),
        )
        self.limit = _bytes(options.settings.get("max_attachment"), options.profile)
        self._file = options.folder / FILE
        self._db = _connect(options.folder, self._file)
        self._introduce()

    def _introduce(self) -> None:
        with self.reading() as records:
            known = records.knows(self.person)
        if not known:
            with self.writing() as records:
                records.register(self.person)

    # transactions
    def _run(
        self, statement: str, *values: str | int | bytes | None
    ) -> list[tuple[Any, ...]]:  # a column's type is the table's to know
        return self._db.execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[Records]:
        """Begin a transaction that writes; commit at the end, undo on any error."""
        with self._transaction("BEGIN IMMEDIATE") as records:
            yield records

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Begin a transaction that sees one state of the desk; keep it short."""
        with self._transaction("BEGIN") as records:
            yield records

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Records]:
        with _said_plainly(self._file):
            self._db.execute(begin)
            try:
                yield Records(self._run)
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has already undone it, and a second ROLLBACK would
                # hide why.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    # the port
    def capabilities(self) -> Capabilities:
        """Say what the desk can do; it is never asked."""
        return Capabilities(
            dedupe=Support.NATIVE,
            horizon=timedelta(0),
            feeds=Support.NATIVE,
            internal_comments=Support.NATIVE,
            attachments=Support.NATIVE,
            escalate=Support.NATIVE,
            reopen=Support.NATIVE,
            close_reason=Support.NATIVE,
            edit_severity=Support.NATIVE,
            concurrency=Support.NATIVE,
            fields=Support.NATIVE,
            max_attachment=self.limit,
            statuses=tuple(
                each.value
                for each in Status
                if each not in (Status.DRAFT, Status.QUEUED)
            ),
        )

    def whoami(self) -> Identity:
        """Say as whom the profile works here."""
        with self.reading() as records:
            accounts = records.accounts()
        return Identity(
            name=self.person.name,
            email=self.person.email,
            role=self.person.role,
            account=self.person.account,
            accounts=tuple(each for each in accounts if self.person.sees(each)),
        )

    def discover(self) -> Discovery:
        """Say which version of the desk this is; it asks for no choice."""
        return Discovery(version=str(VERSION))

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change in one transaction; `progress` gets the size of each piece.

        A `version` older than the last change of facts refuses edit, close, cancel
        and reopen; comments and files go in whatever was said meanwhile.
        """
        with self.writing() as records:
            earlier = self.earlier(records, change.key, change.kind, target)
            if earlier is not None:
                return earlier
            if self.person.role == READ_ONLY:
                raise PermissionDenied(
                    f"{self.person.name} may read cases, not change them",
                    hint="casecli whoami",
                )
            if isinstance(change, AddAttachment) and change.size > self.limit:
                raise too_large(change.name, self.limit)
            work = self._start(records, change, target)
            apply(work, change, version, source, progress, self.limit)
            return work.finish(change.kind, change)

    def earlier(
        self, records: Records, key: str, kind: str, target: str | None
    ) -> Receipt | None:
        """Give the answer this key got before; None for a new one.

        Raises:
            Invalid: the key stood for something else then.
        """
        found = records.delivered(key)
        if found is None:
            return None
        same_case = target is None or found.number == target
        if found.kind != kind or not same_case or found.account != self.person.account:
            raise Invalid(
                f"key {key} was used for another change", hint="casecli outbox list"
            )
        return found.receipt

    def _start(
        self, records: Records, change: AnyChange, target: str | None
    ) -> CaseWork:
        if not isinstance(change, Open):
            return self.work_on(records, target or "", change.key, change.at)
        case = first_look(change)
        number = f"CS-{records.take('case')}"
        seq = records.take("event")
        stored = StoredCase(
            account=self.person.account,
            key=change.key,
            version=seq,
            edited=seq,
            case=case,
        )
        records.add_case(stored, number)
        return CaseWork(
            records=records,
            person=self.person,
            number=number,
            seq=seq,
            now=change.at,
            stored=stored,
            key=change.key,
            case=replace(case, number=number),
        )

    def work_on(
        self, records: Records, number: str, key: str, now: datetime
    ) -> CaseWork:
        """Take up a case within a writing transaction.

        Raises:
            NotFoundRemote: there is none with this number, or not for this person.
        """
        stored = self._visible(records, number)
        return CaseWork(
            records=records,
            person=self.person,
            number=number,
            seq=records.take("event"),
            now=now,
            stored=stored,
            key=key,
            case=stored.case,
        )

    def _visible(self, records: Records, number: str) -> StoredCase:
        stored = records.find_case(number)
        if stored is None or not self.person.sees(stored.account):
            raise NotFoundRemote(
                f"the desk has no case {number!r}", hint="casecli list"
            )
        return stored

    def find(
        self,
        key: str,
        kind: str,
        target: str | None,
        since: datetime,  # noqa: ARG002 (keys are kept for ever)
    ) -> Receipt | None:
        """Give the answer to an earlier delivery; silence proves there was none."""
        with self.reading() as records:
            found = records.delivered(key)
        if found is None or found.kind != kind or not self.person.sees(found.account):
            return None
        return found.receipt if target in (None, found.number) else None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        with self.reading() as records:
            stored = self._visible(records, number)
        if str(stored.version) == if_version:
            return None
        return self._snapshot(stored)

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read cases by their last event; one that changes meanwhile comes later."""
        after = _position(cursor)
        account = None if self.person.role == AGENT else self.person.account
        with self.reading() as records:
            if after > records.newest_event():
                raise Invalid(
                    f"the desk has not come as far as cursor {cursor}",
                    hint="casecli sync --full",
                )
            numbers = records.changed(after, max(limit, 1) + 1, account)
            page = [self._visible(records, each) for each in numbers[: max(limit, 1)]]
        return Page(
            snapshots=tuple(self._snapshot(each) for each in page),
            next=str(page[-1].version if page else after),
            more=len(numbers) > len(page),
        )

    def _snapshot(self, stored: StoredCase) -> Snapshot:
        return Snapshot(
            number=stored.case.number or "",
            version=str(stored.version),
            case=seen_by(self.person, stored.case),
            key=stored.key,
        )

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes; nothing is locked while `out` takes them."""
        with self.reading() as records:
            case = self._visible(records, number).case
        if all(each.id != attachment for each in case.attachments):
            raise NotFoundRemote(
                f"{number} has no attachment {attachment!r}",
                hint=f"casecli attachments {number}",
            )
        n = 0
        while (content := self._chunk(attachment, n)) is not None:
            out.write(content)
            n += 1

    def _chunk(self, attachment: str, n: int) -> bytes | None:
        with self.reading() as records:
            return records.chunk(attachment, n)

    def close(self) -> None:
        """Let go of the file; harmless twice."""
        self._db.close()


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise Invalid(f"{cursor!r} is not a cursor of the desk", "casecli sync --full")
    return int(cursor)


def _bytes(text: str | None, profile: str) -> int:
    if text is None:
        return MAX_ATTACHMENT
    if not text.isdecimal():
        raise BadInput(
            f"max_attachment is a number of bytes, not {text!r}",
            hint=f"casecli profile show {profile}",
        )
    return int(text)


# --- the file ------------------------------------------------------------------------

_SETTINGS = (
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


def _connect(folder: Path, file: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(file, flags, 0o600))
    except OSError as error:
        raise StorageFailed(
            f"the desk's file {file} cannot be opened: {error.strerror}",
            hint="casecli doctor",
        ) from error
    with _said_plainly(file):
        # One thread at a time is the port's rule; which one is the caller's business.
        db = sqlite3.connect(
            file,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for setting in _SETTINGS:
                db.execute(setting).fetchall()
            _prepare(db, file)
        except BaseException:
            db.close()
            raise
    return db


def _prepare(db: sqlite3.Connection, file: Path) -> None:
    if _mark(db) == (APPLICATION_ID, VERSION):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Judged again under the lock: another process may just have made the tables.
        if not _is_ready(db, file):
            for statement in statements(SQLITE_TYPES):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _mark(db: sqlite3.Connection) -> tuple[int, int]:
    owner = db.execute("PRAGMA application_id").fetchall()[0][0]
    return owner, db.execute("PRAGMA user_version").fetchall()[0][0]


def _is_ready(db: sqlite3.Connection, file: Path) -> bool:
    owner, version = _mark(db)
    if owner == APPLICATION_ID and version > VERSION:
        raise StorageFailed(
            f"the desk's file {file} was written by a newer casecli",
            hint="pip install --upgrade casecli",
        )
    if owner == APPLICATION_ID and version == VERSION:
        return True
    tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()[0][0]
    if owner or version or tables:
        raise StorageFailed(f"{file} is not a desk's file", hint="casecli doctor")
    return False


@contextmanager
def _said_plainly(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Invalid(f"the desk's own rules forbid it: {error}") from error
    except UnicodeEncodeError as error:
        raise Invalid("the text holds a lone surrogate, which no desk takes") from error
    except sqlite3.Error as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        )
        if busy:
            raise Transient(
                f"the desk was busy for {BUSY_SECONDS} seconds", hint="casecli sync"
            ) from error
        raise StorageFailed(
            f"the desk's file {file} cannot be used: {error}", hint="casecli doctor"
        ) from error
