"""The desk's rows as domain values and back, in SQL every database understands."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from casecli.domain.calendar import format_time, parse_time
from casecli.domain.case import (
    Attachment,
    Case,
    Comment,
    Escalation,
    Feed,
    Side,
    Visibility,
)
from casecli.domain.change import Receipt
from casecli.domain.wire import from_plain, to_plain

if TYPE_CHECKING:
    from datetime import datetime

Entry = TypeVar("Entry", Comment, Attachment)

AGENT = "agent"
READ_ONLY = "read-only"
CUSTOMER = "customer"


class Run(Protocol):
    """Runs one statement, `?` marking each value, and gives all its rows."""

    def __call__(
        self, statement: str, *values: str | int | bytes | None
    ) -> list[tuple[Any, ...]]:  # a column's type is the table's to know
        """Run it to its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone at the desk, in one role; the same name may have several."""

    account: str
    name: str
    role: str
    email: str | None = None

    @property
    def side(self) -> Side:
        """Which side of a case they write on."""
        return Side.VENDOR if self.role == AGENT else Side.CUSTOMER

    def sees(self, account: str) -> bool:
        """Tell whether an account's cases are theirs to see."""
        return self.role == AGENT or self.account == account


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A key the desk has seen, and what it answered then."""

    account: str
    number: str
    kind: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A case with everything in it, internal comments too.

    `version` is the last event's sequence, `edited` that of the last event that
    changed more than the feeds: only the latter makes an edit stale.
    """

    account: str
    key: str
    version: int
    edited: int
    case: Case


class Records:
    """Reads and writes inside a transaction that somebody else began.

    `next_attachment` numbers files where several transactions write at once.
    """

    def __init__(self, run: Run, next_attachment: str = "") -> None:
        self.run = run
        self._next_attachment = next_attachment or (
            "SELECT value + 1 FROM counter WHERE name = 'event'"
        )

    def take(self, counter: str) -> int:
        """Give the next number of a counter, which stays locked until commit."""
        rows = self.run(
            "UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value",
            counter,
        )
        return int(rows[0][0])

    def newest_event(self) -> int:
        """Give the sequence of the last event, 0 before the first."""
        rows = self.run("SELECT value FROM counter WHERE name = 'event'")
        return int(rows[0][0])

    # who
    def knows(self, person: Person) -> bool:
        """Tell whether this person is registered in this role."""
        return bool(
            self.run(
                "SELECT 1 FROM person WHERE account = ? AND name = ? AND role = ?",
                person.account,
                person.name,
                person.role,
            )
        )

    def register(self, person: Person) -> None:
        """Register a person, and the account with its first one."""
        self.run(
            "INSERT INTO account (name) VALUES (?) ON CONFLICT (name) DO NOTHING",
            person.account,
        )
        self.run(
            "INSERT INTO person (account, name, role, email) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account, name, role) DO NOTHING",
            person.account,
            person.name,
            person.role,
            person.email,
        )

    def accounts(self) -> tuple[str, ...]:
        """Name all accounts."""
        return tuple(row[0] for row in self.run("SELECT name FROM account ORDER BY 1"))

    def keep_contact(
        self, account: str, name: str, email: str | None, phone: str | None
    ) -> None:
        """Remember how to reach somebody; what is not told stays as it was."""
        self.run(
            "INSERT INTO contact (account, name, email, phone) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account, name) DO UPDATE SET"
            " email = COALESCE(EXCLUDED.email, contact.email),"
            " phone = COALESCE(EXCLUDED.phone, contact.phone)",
            account,
            name,
            email,
            phone,
        )

    # keys
    def delivered(self, key: str) -> Delivered | None:
        """Find what became of a key."""
        rows = self.run(
            "SELECT account, number, kind, receipt FROM delivery WHERE key = ?", key
        )
        if not rows:
            return None
        account, number, kind, receipt = rows[0]
        return Delivered(
            account=account,
            number=number,
            kind=kind,
            receipt=from_plain(Receipt, json.loads(receipt)),
        )

    def keep_delivery(self, key: str, delivered: Delivered) -> None:
        """Keep the answer to a key for ever."""
        self.run(
            "INSERT INTO delivery (key, account, number, kind, receipt)"
            " VALUES (?, ?, ?, ?, ?)",
            key,
            delivered.account,
            delivered.number,
            delivered.kind,
            json.dumps(to_plain(delivered.receipt)),
        )

    # cases
    def add_case(self, stored: StoredCase, number: str) -> None:
        """Insert a case that `save_case` will fill."""
        self.run(
            "INSERT INTO support_case (number, account, key, status, updated_at,"
            " version, edited, body) VALUES (?, ?, ?, 'open', '', ?, ?, '{}')",
            number,
            stored.account,
            stored.key,
            stored.version,
            stored.edited,
        )

    def save_case(self, number: str, case: Case, version: int, edited: int) -> None:
        """Write a case's own facts; its feeds, files and escalations have rows."""
        bare = replace(case, comments=(), attachments=(), escalations=())
        self.run(
            "UPDATE support_case SET status = ?, owner = ?, updated_at = ?,"
            " version = ?, edited = ?, body = ? WHERE number = ?",
            case.status.value,
            case.owner,
            format_time(case.updated_at) if case.updated_at else "",
            version,
            edited,
            json.dumps(to_plain(bare)),
            number,
        )

    def find_case(self, number: str) -> StoredCase | None:
        """Read a case with everything in it."""
        rows = self.run(
            "SELECT account, key, version, edited, body FROM support_case"
            " WHERE number = ?",
            number,
        )
        if not rows:
            return None
        account, key, version, edited, body = rows[0]
        return StoredCase(
            account=account,
            key=key,
            version=version,
            edited=edited,
            case=replace(
                from_plain(Case, json.loads(body)),
                comments=self._comments(number),
                attachments=self._attachments(number),
                escalations=self._escalations(number),
            ),
        )

    def changed(self, after: int, limit: int, account: str | None) -> list[str]:
        """Name cases with a version after this, oldest first; None: any account."""
        if account is None:
            rows = self.run(
                "SELECT number FROM support_case WHERE version > ?"
                " ORDER BY version LIMIT ?",
                after,
                limit,
            )
        else:
            rows = self.run(
                "SELECT number FROM support_case WHERE account = ? AND version > ?"
                " ORDER BY version LIMIT ?",
                account,
                after,
                limit,
            )
        return [row[0] for row in rows]

    def add_event(
        self, seq: int, number: str, at: datetime, actor: str, kind: str, data: object
    ) -> None:
        """Append to the desk's log."""
        self.run(
            "INSERT INTO event (seq, number, at, actor, kind, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            seq,
            number,
            format_time(at),
            actor,
            kind,
            json.dumps(to_plain(data)),
        )

    # what a case holds
    def add_comment(self, number: str, seq: int, comment: Comment) -> None:
        """Append to a feed."""
        self.run(
            "INSERT INTO comment (id, number, seq, at, author, side, feed,"
            " visibility, body, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            comment.id,
            number,
            seq,
            format_time(comment.at),
            comment.author,
            comment.side.value,
            comment.feed.value,
            comment.visibility.value,
            comment.text,
            comment.key,
        )

    def _comments(self, number: str) -> tuple[Comment, ...]:
        rows = self.run(
            "SELECT id, at, author, side, feed, visibility, body, key FROM comment"
            " WHERE number = ? ORDER BY seq",
            number,
        )
        return tuple(
            Comment(
                id=ident,
                at=parse_time(at),
                author=author,
                text=body,
                side=Side(side),
                feed=Feed(feed),
                visibility=Visibility(visibility),
                key=key,
            )
            for ident, at, author, side, feed, visibility, body, key in rows
        )

    def add_attachment(self, number: str, seq: int, attachment: Attachment) -> None:
        """Enter a file whose chunks are written in the same transaction."""
        self.run(
            "INSERT INTO attachment (id, number, seq, key, body)"
            " VALUES (?, ?, ?, ?, ?)",
            attachment.id,
            number,
            seq,
            attachment.key,
            json.dumps(to_plain(attachment)),
        )

    def _attachments(self, number: str) -> tuple[Attachment, ...]:
        rows = self.run(
            "SELECT body FROM attachment WHERE number = ? ORDER BY seq", number
        )
        return tuple(from_plain(Attachment, json.loads(row[0])) for row in rows)

    def next_attachment(self) -> str:
        """Give the id of the next file, before anything else of it is known."""
        return f"A{self.run(self._next_attachment)[0][0]}"

    def add_chunk(self, attachment: str, n: int, content: bytes) -> None:
        """Write one piece of a file."""
        self.run(
            "INSERT INTO attachment_chunk (attachment, n, content) VALUES (?, ?, ?)",
            attachment,
            n,
            content,
        )

    def chunk(self, attachment: str, n: int) -> bytes | None:
        """Read one piece of a file; None after the last."""
        rows = self.run(
            "SELECT content FROM attachment_chunk WHERE attachment = ? AND n = ?",
            attachment,
            n,
        )
        return bytes(rows[0][0]) if rows else None

    def stored_bytes(self, attachment: str) -> int:
        """Count the bytes that are really there."""
        rows = self.run(
            "SELECT COALESCE(SUM(LENGTH(content)), 0) FROM attachment_chunk"
            " WHERE attachment = ?",
            attachment,
        )
        return int(rows[0][0])

    def add_escalation(self, number: str, seq: int, escalation: Escalation) -> None:
        """Enter an escalation; the table takes one live one a case."""
        self.run(
            "INSERT INTO escalation (id, number, seq, state, key, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            escalation.id,
            number,
            seq,
            escalation.state.value,
            escalation.key,
            json.dumps(to_plain(escalation)),
        )

    def save_escalation(self, escalation: Escalation) -> None:
        """Write what became of an escalation."""
        self.run(
            "UPDATE escalation SET state = ?, body = ? WHERE id = ?",
            escalation.state.value,
            json.dumps(to_plain(escalation)),
            escalation.id,
        )

    def _escalations(self, number: str) -> tuple[Escalation, ...]:
        rows = self.run(
            "SELECT body FROM escalation WHERE number = ? ORDER BY seq", number
        )
        return tuple(from_plain(Escalation, json.loads(row[0])) for row in rows)


def seen_by(person: Person, case: Case) -> Case:
    """Leave out internal talk, and the keys of changes the other side made."""
    shown = (
        each
        for each in case.comments
        if each.visibility is Visibility.PUBLIC or person.role == AGENT
    )
    return replace(
        case,
        comments=tuple(_own_key(each, person) for each in shown),
        attachments=tuple(_own_key(each, person) for each in case.attachments),
    )


def _own_key(entry: Entry, person: Person) -> Entry:
    return entry if entry.side is person.side else replace(entry, key=None)
