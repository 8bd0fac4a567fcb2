"""What Request Tracker's tickets, transactions and attachments say about a case.

What we write carries its key in the subject of the message, which RT keeps as the
`Data` of the transaction: searchable, and no line in a text a person reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.backends.tracker_settings import Words
from casecli.backends.tracker_talk import (
    Enclosed,
    Mark,
    Said,
    attachments,
    comments,
    escalations,
    marked,
    waiting_on,
)
from casecli.domain.calendar import parse_time
from casecli.domain.case import Case, Side, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, Any]  # a decoded JSON object of RT's; read under `understood`

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TALK = frozenset({"Create", "Correspond", "Comment"})
# What moves the newest transaction without changing a fact anybody could overwrite.
HARMLESS = TALK | {"SystemError", "EmailRecord", "CommentEmailRecord"}
STATUSES = {
    "new": Status.OPEN,
    "open": Status.OPEN,
    "stalled": Status.WAITING_ON_CUSTOMER,
    "resolved": Status.CLOSED,
    "deleted": Status.CANCELLED,
    "rejected": Status.CANCELLED,
}
PRIORITIES = {
    "low": "0",
    "normal": "50",
    "medium": "50",
    "high": "80",
    "urgent": "100",
    "critical": "100",
}
PRIORITY = "Priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary(Words):
    """The names this RT gives to what we speak of; from the profile's settings."""

    key: str = "External-ID"
    severity: str = "Severity"
    reason: str = "Close-Reason"
    escalated: str = "Escalated"
    statuses: Mapping[str, Status] = field(default_factory=lambda: STATUSES)

    def their_status(self, ours: Status) -> str:
        """Translate a status; of several words for it the last, which is the user's."""
        return self.their_statuses(ours)[0]

    def their_severity(self, ours: str) -> str:
        """Translate a severity; one without a translation goes as it is."""
        known = PRIORITIES if self.severity == PRIORITY else {}
        return self.severities.get(ours) or known.get(ours, ours)

    def our_severity(self, theirs: str) -> str:
        """Translate back; a priority between two of ours is the lower one."""
        if self.severity != PRIORITY:
            ours = {value: name for name, value in self.severities.items()}
            return ours.get(theirs, theirs)
        known = {**PRIORITIES, **self.severities}
        below = [name for name in known if int(known[name]) <= int(theirs)]
        return max(below, key=lambda name: int(known[name]), default=theirs)


class Part(NamedTuple):
    """A stored part of a message: a text, or a file when it has a name."""

    id: str
    name: str
    media: str
    size: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One thing that happened to a ticket; `mark` is key and kind of what is ours."""

    id: int
    kind: str
    at: datetime
    author: str
    old: str = ""
    new: str = ""
    mark: Mark | None = None
    parts: tuple[Part, ...] = ()

    @property
    def changes_facts(self) -> bool:
        """True for what an edit on an older state would overwrite unseen."""
        opens_itself = (self.kind, self.old, self.new) == ("Status", "new", "open")
        return self.kind not in HARMLESS and not opens_itself

    @property
    def text(self) -> str:
        """What was said, as plain text."""
        texts = [each for each in self.parts if not each.name and each.text]
        plain = [each.text for each in texts if each.media == "text/plain"]
        if plain or not texts:
            return plain[0] if plain else ""
        return _without_tags(texts[0].text)

    @property
    def files(self) -> tuple[Part, ...]:
        """The files that came with it."""
        return tuple(each for each in self.parts if each.name)


def transaction(item: Record, parts: Sequence[Part] = ()) -> Transaction:
    """Read a transaction; raises like any look into a record."""
    return Transaction(
        id=int(item["id"]),
        kind=item["Type"],
        at=parse_time(item["Created"]),
        author=item["Creator"]["id"],
        old=item.get("OldValue") or "",
        new=item.get("NewValue") or "",
        mark=marked(item.get("Data") or ""),
        parts=tuple(parts),
    )


def part(item: Record) -> Part:
    """Read an attachment's record; its text, if that was asked for."""
    return Part(
        id=str(item["id"]),
        name=item.get("Filename") or "",
        media=item.get("ContentType") or "",
        size=int(item.get("ContentLength") or 0),
        text=item.get("Content") or "",
    )


def custom_fields(ticket: Record) -> dict[str, str]:
    """Give the first value of each custom field that has one."""
    values = {each["name"]: each["values"] for each in ticket["CustomFields"]}
    return {name: str(found[0]) for name, found in values.items() if any(found)}


def case_of(
    ticket: Record, history: Sequence[Transaction], words: Vocabulary, url: str
) -> Case:
    """Build the case from a ticket and all of its visible transactions, in order."""
    values = custom_fields(ticket)
    status = words.statuses.get(ticket["Status"], Status.OPEN)
    customers = {each["id"] for each in (*ticket["Requestor"], *ticket["Cc"])}
    talk = [_said(each, customers) for each in history if each.kind in TALK]
    told = [each.at for each in talk if each.side is Side.VENDOR]
    opening = next((each for each in talk if each.opens), None)
    resolved = parse_time(ticket.get("Resolved") or "1970-01-01T00:00:00Z")
    theirs = ticket[PRIORITY] if words.severity == PRIORITY else None
    theirs = theirs or values.get(words.severity)
    owner = ticket["Owner"]["id"]
    case = Case(
        number=str(ticket["id"]),
        backend="rt",
        url=f"{url}/Ticket/Display.html?id={ticket['id']}",
        subject=ticket["Subject"],
        description=opening.text if opening else "",
        status=status,
        status_raw=ticket["Status"],
        waiting_on=waiting_on(status),
        severity=words.our_severity(theirs) if theirs else None,
        cc=tuple(each["id"] for each in ticket["Cc"]),
        owner=None if owner == "Nobody" else owner,
        opened_at=parse_time(ticket["Created"]),
        updated_at=max((each.at for each in history), default=None),
        vendor_updated_at=max(told, default=None),
        closed_at=resolved if status.ended and resolved != NEVER else None,
        close_reason=values.get(words.reason) if status.ended else None,
        comments=tuple(comments(talk)),
        attachments=tuple(attachments(talk)),
        escalations=tuple(escalations(talk, escalated=words.escalated in values)),
    )
    own = {words.key, words.severity, words.reason, words.escalated}
    return words.filled(case, values, own)


def _said(each: Transaction, customers: set[str]) -> Said:
    return Said(
        id=str(each.id),
        at=each.at,
        author=each.author,
        side=Side.CUSTOMER if each.author in customers else Side.VENDOR,
        text=each.text,
        mark=each.mark,
        opens=each.kind == "Create",
        internal=each.kind == "Comment",
        files=tuple(Enclosed(file.id, file.name, file.size) for file in each.files),
    )


class _Tagless(HTMLParser):
    """Collects the text of a web reply; blocks begin a line."""

    BLOCKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "blockquote"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag in self.BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _without_tags(text: str) -> str:
    reader = _Tagless()
    reader.feed(text)
    reader.close()
    return "".join(reader.found).strip()
