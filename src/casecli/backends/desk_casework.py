"""What the desk does with a case: one case, one person, one transaction.

Whatever is done becomes rows, one event and a receipt that was read back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from casecli.backends.desk_records import AGENT, Delivered, StoredCase
from casecli.domain.case import (
    Attachment,
    Case,
    Comment,
    Escalation,
    EscalationState,
    Feed,
    Side,
    Status,
    Visibility,
    WaitingOn,
)
from casecli.domain.change import Receipt
from casecli.domain.errors import Invalid, TooLarge, VersionConflict
from casecli.domain.folding import latest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from casecli.backends.desk_records import Person, Records

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file on its way in; `took` is told of every piece's size as it is kept."""

    name: str
    source: BinaryIO
    note: str | None = None
    folder: str | None = None
    took: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file whose bytes are at the desk, in no case yet."""

    id: str
    incoming: Incoming
    size: int
    sha256: str


def bring(records: Records, incoming: Incoming, limit: int) -> Brought:
    """Keep a file piece by piece.

    Raises:
        TooLarge: it has more than `limit` bytes; how many more is not found out.
    """
    ident = records.next_attachment()
    digest, size = hashlib.sha256(), 0
    for n in count():
        content = incoming.source.read(CHUNK)
        if not content:
            break
        size += len(content)
        if size > limit:
            raise too_large(incoming.name, limit)
        digest.update(content)
        records.add_chunk(ident, n, content)
        if incoming.took:
            incoming.took(len(content))
    return Brought(id=ident, incoming=incoming, size=size, sha256=digest.hexdigest())


@dataclass(slots=True, kw_only=True)
class CaseWork:
    """A case being worked on; `case` is what it will be once `finish` wrote it.

    `seq` is the event's number, from which comments and escalations made here get
    their ids. `claims` holds, by field, how to read back what was asked for.
    `quiet` work keeps the times people see: nobody outside learns of internal talk.
    """

    records: Records
    person: Person
    number: str
    seq: int
    now: datetime
    stored: StoredCase
    key: str
    case: Case
    event_id: str | None = None
    quiet: bool = False
    claims: dict[str, Callable[[Case], object]] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)

    @property
    def agent(self) -> bool:
        """True when the vendor's side works on the case."""
        return self.person.role == AGENT

    def refuse_ended(self, what: str) -> None:
        """Raise `Invalid` where a closed or cancelled case cannot be worked on."""
        if self.case.status.ended:
            raise Invalid(
                f"{self.number} is {self.case.status}, so it cannot be {what}",
                hint=f"casecli reopen {self.number}",
            )

    def refuse_stale(self, version: str | None) -> None:
        """Raise `VersionConflict` where more than the feeds changed since then."""
        if version is None:
            return
        seen = int(version) if version.isdecimal() else -1
        if seen < self.stored.edited:
            raise VersionConflict(
                f"{self.number} was changed at the desk since version {version}",
                hint=f"casecli show {self.number}",
            )

    def set(self, **values: object) -> None:
        """Change facts of the case."""
        self.case = replace(self.case, **values)  # type: ignore[arg-type] # by name

    def say(
        self,
        text: str,
        feed: Feed = Feed.CASE,
        visibility: Visibility = Visibility.PUBLIC,
    ) -> str:
        """Append a comment and let the case move on as an answer makes it; its id."""
        comment = Comment(
            id=f"C{self.seq}",
            at=self.now,
            author=self.person.name,
            text=text,
            side=self.person.side,
            feed=feed,
            visibility=visibility,
            key=self.key,
        )
        self.records.add_comment(self.number, self.seq, comment)
        self.case = replace(self.case, comments=(*self.case.comments, comment))
        self.event_id = self.event_id or comment.id
        if visibility is Visibility.PUBLIC:
            self._answered()
        else:
            self.quiet = True
        return comment.id

    def _answered(self) -> None:
        status = self.case.status
        waited = status is Status.WAITING_ON_CUSTOMER and not self.agent
        begun = status is Status.OPEN and self.agent
        if waited or begun:
            self.set(status=Status.IN_PROGRESS, waiting_on=WaitingOn.VENDOR)

    def attach(self, brought: Brought) -> Attachment:
        """Enter a file whose bytes are here."""
        incoming = brought.incoming
        attachment = Attachment(
            id=brought.id,
            at=self.now,
            author=self.person.name,
            name=incoming.name,
            size=brought.size,
            sha256=brought.sha256,
            side=self.person.side,
            folder=incoming.folder,
            note=incoming.note,
            key=self.key,
        )
        self.records.add_attachment(self.number, self.seq, attachment)
        self.case = replace(self.case, attachments=(*self.case.attachments, attachment))
        self.event_id = brought.id
        return attachment

    def escalate(self, escalation: Escalation) -> None:
        """Enter an escalation; a case has one live one at most."""
        newest = self.case.escalation
        if newest is not None and newest.state.live:
            raise Invalid(
                f"{self.number} already has a live escalation ({newest.state})",
                hint=f"casecli escalation show {self.number}",
            )
        mine = replace(escalation, id=f"E{self.seq}")
        self.records.add_escalation(self.number, self.seq, mine)
        self.case = replace(self.case, escalations=(*self.case.escalations, mine))
        self.event_id = mine.id

    def live_escalation(self) -> Escalation:
        """Give the escalation the vendor owes work on.

        Raises:
            Invalid: there is none.
        """
        newest = self.case.escalation
        if newest is None or not newest.state.live:
            raise Invalid(
                f"{self.number} has no live escalation",
                hint=f"casecli escalate {self.number}",
            )
        return newest

    def change_escalation(self, **values: object) -> None:
        """Change the live escalation."""
        mine = replace(
            self.live_escalation(),
            **values,  # type: ignore[arg-type] # callers name fields
        )
        self.records.save_escalation(mine)
        self.case = replace(self.case, escalations=(*self.case.escalations[:-1], mine))
        self.event_id = mine.id

    def end(self, status: Status, reason: str) -> None:
        """Close or cancel the case, and with it a live escalation."""
        newest = self.case.escalation
        if newest is not None and newest.state.live:
            self.change_escalation(state=EscalationState.CLOSED, closed_at=self.now)
        self.set(
            status=status,
            waiting_on=WaitingOn.NOBODY,
            closed_at=self.now,
            close_reason=reason,
        )

    def finish(self, kind: str, data: object) -> Receipt:
        """Write the case and its event, read it back and answer.

        Work that did nothing leaves the case and its version as they were.
        """
        idle = not self.claims and self.event_id is None
        if not idle:
            self._write(kind, data)
        receipt = self._receipt(self.stored.version if idle else self.seq)
        self.records.keep_delivery(
            self.key,
            Delivered(
                account=self.person.account,
                number=self.number,
                kind=kind,
                receipt=receipt,
            ),
        )
        return receipt

    def _write(self, kind: str, data: object) -> None:
        if not self.quiet:
            self._touch()
        edited = self.seq if _facts(self.case) != _facts(self.stored.case) else 0
        self.case = replace(self.case, status_raw=self.case.status.value)
        self.records.save_case(
            self.number, self.case, self.seq, max(edited, self.stored.edited)
        )
        self.records.add_event(
            self.seq, self.number, self.now, self.person.name, kind, data
        )

    def _touch(self) -> None:
        self.set(updated_at=latest(self.case.updated_at, self.now))
        if self.person.side is Side.VENDOR:
            self.set(vendor_updated_at=latest(self.case.vendor_updated_at, self.now))

    def _receipt(self, version: int) -> Receipt:
        found = self.records.find_case(self.number)
        kept = {
            name: found is not None and read(found.case) == read(self.case)
            for name, read in self.claims.items()
        }
        lost = {name: "the desk did not keep it" for name in kept if not kept[name]}
        return Receipt(
            number=self.number,
            version=str(version),
            event_id=self.event_id,
            applied=tuple(name for name in kept if kept[name]),
            ignored={**self.ignored, **lost},
            verified=True,
        )


def too_large(name: str, limit: int) -> TooLarge:
    """Build the refusal of a file over the desk's limit."""
    return TooLarge(f"{name} is over the desk's limit of {limit} bytes", limit)


def _facts(case: Case) -> Case:
    return replace(
        case,
        comments=(),
        attachments=(),
        escalations=(),
        updated_at=None,
        vendor_updated_at=None,
        status_raw=None,
    )
