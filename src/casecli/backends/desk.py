"""Our own desk: a support system in a file of its own, or in PostgreSQL for a team.

Both speak the same SQL (`desk_records.py`) over the same tables. In a file the profile
says who works there; a team's database knows by login. Times are those the caller hands
in; order comes from the desk's own event numbers.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.desk_address import is_postgres
from casecli.backends.desk_casework import CHUNK, CaseWork, Incoming, bring, too_large
from casecli.backends.desk_changes import apply, first_look
from casecli.backends.desk_records import (
    AGENT,
    CUSTOMER,
    READ_ONLY,
    Person,
    StoredCase,
    seen_by,
)
from casecli.domain.case import Status
from casecli.domain.change import AddAttachment, Open, Receipt
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
)
from casecli.domain.ports import Capabilities, Identity, Page, Snapshot, Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from casecli.backends import BackendOptions
    from casecli.backends.desk_casework import Brought
    from casecli.backends.desk_database import Database
    from casecli.backends.desk_records import Records
    from casecli.domain.change import AnyChange

MAX_ATTACHMENT = 1024**3


class Desk:
    """The port `Backend` over `<folder>/desk.db`, or over the PostgreSQL of a URL.

    Options: `account` (default `local`), `email`, `max_attachment` in bytes. The roles
    `agent` and `read-only` are meant literally; any other role is a customer. A team's
    database knows account, role and email itself, whatever the profile says.
    """

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        if not options.user.strip():
            raise AuthError(
                "the desk needs to know who you are",
                hint=f"casecli profile show {options.profile}",
            )
        claimed = Person(
            account=options.settings.get("account", "local"),
            name=options.user,
            role=options.role if options.role in (AGENT, READ_ONLY) else CUSTOMER,
            email=options.settings.get("email"),
        )
        self.limit = _bytes(options.settings.get("max_attachment"), options.profile)
        self._database = _database(options)
        try:
            self.person = self._database.enter(claimed)
        except BaseException:
            self._database.close()
            raise

    @contextmanager
    def writing(self, key: str) -> Iterator[Records]:
        """Begin a transaction that writes; two with the same key follow one another."""
        with self._database.writing(key) as records:
            yield records

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Begin a transaction that sees one state of the desk; keep it short."""
        with self._database.reading() as records:
            yield records

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
        with self.writing(change.key) as records:
            earlier = self.earlier(records, change.key, change.kind, target)
            if earlier is not None:
                return earlier
            if self.person.role == READ_ONLY:
                raise PermissionDenied(
                    f"{self.person.name} may read cases, not change them",
                    hint="casecli whoami",
                )
            brought = None
            if isinstance(change, AddAttachment):
                incoming = _incoming(change, source, progress)
                brought = self.bring(records, target or "", incoming, change.size)
            work = self._start(records, change, target)
            apply(work, change, version, brought)
            return work.finish(change.kind, change)

    def bring(
        self, records: Records, number: str, incoming: Incoming, size: int = 0
    ) -> Brought:
        """Take a file's bytes in before the case is taken up: they may take their time.

        Raises:
            NotFoundRemote: there is no such case for this person.
            TooLarge: `size`, or what comes, is over the limit.
        """
        if size > self.limit:
            raise too_large(incoming.name, self.limit)
        self._visible(records, number)
        return bring(records, incoming, self.limit)

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
        # The counter first: whoever holds it is alone, and reads the newest state.
        seq = records.take("event")
        stored = self._visible(records, number)
        return CaseWork(
            records=records,
            person=self.person,
            number=number,
            seq=seq,
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
        self.download_from(number, attachment, 0, out)

    def download_from(
        self, number: str, attachment: str, offset: int, out: BinaryIO
    ) -> None:
        """Write a file's bytes from an offset on; see `download`."""
        with self.reading() as records:
            case = self._visible(records, number).case
        if all(each.id != attachment for each in case.attachments):
            raise NotFoundRemote(
                f"{number} has no attachment {attachment!r}",
                hint=f"casecli attachments {number}",
            )
        n, skip = divmod(offset, CHUNK)
        while (content := self._chunk(attachment, n)) is not None:
            out.write(content[skip:])
            n, skip = n + 1, 0

    def _chunk(self, attachment: str, n: int) -> bytes | None:
        with self.reading() as records:
            return records.chunk(attachment, n)

    @contextmanager
    def listening(self, number: str) -> Iterator[Callable[[float], float]]:
        """Listen for news of a case: see `domain.ports.Herald`."""
        with self._database.listening(number) as pause:
            yield pause

    def close(self) -> None:
        """Let go of the database; harmless twice."""
        self._database.close()


def _incoming(
    change: AddAttachment,
    source: BinaryIO | None,
    took: Callable[[int], None] | None,
) -> Incoming:
    if source is None:
        raise Invalid(f"{change.name} came without its bytes", hint="casecli sync")
    return Incoming(
        name=change.name,
        source=source,
        note=change.note,
        folder=change.folder,
        took=took,
    )


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


def _database(options: BackendOptions) -> Database:
    if is_postgres(options.url):
        from casecli.backends.desk_postgres import TeamDatabase

        return TeamDatabase(options)
    from casecli.backends.desk_file import DeskFile

    return DeskFile(options.folder)
