"""What Request Tracker's tickets, transactions and attachments say about a case.

What we write carries its key in the subject of the message, which RT keeps as the
`Data` of the transaction: searchable, and no line in a text a person reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.domain.calendar import parse_time
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
from casecli.domain.change import with_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Record = dict[str, Any]  # a decoded JSON object of RT's; read under `understood`

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TALK = frozenset({"Create", "Correspond", "Comment"})
# What moves the newest transaction without changing a fact anybody could overwrite.
HARMLESS = TALK | {"SystemError", "EmailRecord", "CommentEmailRecord"}
ESCALATION_LINE = "[escalation]"
IN_ESCALATION = "comment-escalation"
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
_MARK = re.compile(r"\[casecli (.+) ([a-z-]+)\]")
_SHA256 = re.compile(r"\bsha256 ([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names this RT gives to what we speak of; from the profile's settings."""

    key: str = "External-ID"
    severity: str = "Severity"
    reason: str = "Close-Reason"
    escalated: str = "Escalated"
    fields: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=lambda: STATUSES)

    def their_status(self, ours: Status) -> str:
        """Translate a status; of several words for it the last, which is the user's."""
        return [name for name, each in self.statuses.items() if each is ours][-1]

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
    mark: tuple[str, str] | None = None
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


def mark(key: str, kind: str) -> str:
    """Write the subject by which a message of ours is found again."""
    return f"[casecli {key} {kind}]"


def marked(data: str) -> tuple[str, str] | None:
    """Read key and kind from a subject; None where it is not ours."""
    found = _MARK.fullmatch(data.strip())
    return (found[1], found[2]) if found else None


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
    """Read an attachment's record, its text not included."""
    return Part(
        id=str(item["id"]),
        name=item.get("Filename") or "",
        media=item.get("ContentType") or "",
        size=int(item.get("ContentLength") or 0),
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
    talk = [each for each in history if each.kind in TALK]
    told = [each.at for each in talk if each.author not in customers]
    opening = next((each for each in talk if each.kind == "Create"), None)
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
        waiting_on=_waiting_on(status),
        severity=words.our_severity(theirs) if theirs else None,
        cc=tuple(each["id"] for each in ticket["Cc"]),
        owner=None if owner == "Nobody" else owner,
        opened_at=parse_time(ticket["Created"]),
        updated_at=max((each.at for each in history), default=None),
        vendor_updated_at=max(told, default=None),
        closed_at=resolved if status.ended and resolved != NEVER else None,
        close_reason=values.get(words.reason) if status.ended else None,
        comments=tuple(_comments(talk, customers)),
        attachments=tuple(_attachments(talk, customers)),
        escalations=tuple(_escalations(history, escalated=words.escalated in values)),
    )
    return _with_custom_fields(case, values, words)


def _with_custom_fields(case: Case, values: dict[str, str], words: Vocabulary) -> Case:
    ours = {theirs: name for name, theirs in words.fields.items()}
    special = {words.key, words.severity, words.reason, words.escalated}
    for name, value in values.items():
        if name in ours:
            case = with_fields(case, {ours[name]: value})
        elif name not in special:
            case = replace(case, fields={**case.fields, name: value})
    return case


def _waiting_on(status: Status) -> WaitingOn:
    if status.ended or status is Status.RESOLVED:
        return WaitingOn.NOBODY
    waits = status is Status.WAITING_ON_CUSTOMER
    return WaitingOn.CUSTOMER if waits else WaitingOn.VENDOR


def _side(author: str, customers: set[str]) -> Side:
    return Side.CUSTOMER if author in customers else Side.VENDOR


def _comments(talk: Iterable[Transaction], customers: set[str]) -> Iterator[Comment]:
    for each in talk:
        key, kind = each.mark or (None, "")
        if each.kind == "Create" or kind == "attachment" or not each.text:
            continue
        text, feed = each.text, Feed.CASE
        # Ours say in the mark which feed they are of; a vendor's agent types the line.
        if kind != "comment" and text.startswith(f"{ESCALATION_LINE}\n"):
            text, feed = text.removeprefix(f"{ESCALATION_LINE}\n"), Feed.ESCALATION
        internal = each.kind == "Comment"
        yield Comment(
            id=str(each.id),
            at=each.at,
            author=each.author,
            text=text,
            side=_side(each.author, customers),
            feed=feed,
            visibility=Visibility.INTERNAL if internal else Visibility.PUBLIC,
            key=key,
        )


def _attachments(
    talk: Iterable[Transaction], customers: set[str]
) -> Iterator[Attachment]:
    for each in talk:
        key, kind = each.mark or (None, "")
        ours = kind == "attachment"
        digest = _SHA256.search(each.text) if ours else None
        for file in each.files:
            yield Attachment(
                id=file.id,
                at=each.at,
                author=each.author,
                name=file.name,
                size=file.size,
                sha256=digest[1] if digest else None,
                side=_side(each.author, customers),
                key=key if ours else None,
            )


def escalation_text(reason: str, outcome: str | None, details: str) -> str:
    """Write an escalation so that a person reads it and `_escalations` does too."""
    lines = [f"Reason: {reason}", f"Wanted: {outcome}" if outcome else "", "", details]
    return "\n".join(lines)


def _escalations(
    history: Iterable[Transaction], *, escalated: bool
) -> Iterator[Escalation]:
    """Pair requests with their ends; the vendor ends one by clearing the field."""
    asked: Transaction | None = None
    for each in history:
        kind = each.mark[1] if each.mark else ""
        if kind == "escalate":
            if asked is not None:
                yield _escalation(asked, each.at)
            asked = each
        elif kind == "deescalate" and asked is not None:
            yield _escalation(asked, each.at)
            asked = None
    if asked is not None:
        yield _escalation(asked, None if escalated else asked.at)


def _escalation(asked: Transaction, ended: datetime | None) -> Escalation:
    text = asked.text.removeprefix(f"{ESCALATION_LINE}\n")
    reason, _, rest = text.partition("\n")
    wanted, _, details = rest.partition("\n\n")
    return Escalation(
        id=str(asked.id),
        state=EscalationState.CLOSED if ended else EscalationState.REQUESTED,
        requested_at=asked.at,
        reason=reason.removeprefix("Reason: "),
        details=details,
        outcome=wanted.removeprefix("Wanted: ") or None,
        closed_at=ended,
        key=asked.mark[0] if asked.mark else None,
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
