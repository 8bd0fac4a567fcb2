"""What a customer asks of a vendor, written once, and how far it has come.

A change is immutable and carries the key made when its intent was recorded.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from casecli.domain.case import (
    Answer,
    BusinessImpact,
    CommunicationPlan,
    Contact,
    Feed,
    Visibility,
    Waiver,
)
from casecli.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class OutboxState(StrEnum):
    """Where a change stands between us and the vendor."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    NEEDS_HUMAN = "needs-human"
    DROPPED = "dropped"

    @property
    def settled(self) -> bool:
        """True when nothing more will be sent for it."""
        return self in (
            OutboxState.DELIVERED,
            OutboxState.REJECTED,
            OutboxState.DROPPED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A request to the vendor about the case with local ref `case`.

    `scrubbed` counts by type what the gate replaced in it; it stays at home.
    """

    kind: ClassVar[str] = ""
    action: ClassVar[str] = ""

    key: str
    case: str
    at: datetime
    channel: str = "portal"
    waivers: tuple[Waiver, ...] = ()
    scrubbed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Change):
    """Open a case; every text in it has passed the scrub gate.

    `text` is the description with the answers, the facts support guides ask for and the
    legend of tokens, for vendors whose cases have no fields of their own for them. An
    `urgent` one may lack what `urgency.deferred` leaves for later.
    """

    kind: ClassVar[str] = "open"
    action: ClassVar[str] = "open"

    subject: str
    description: str = ""
    text: str = ""
    type: str | None = None
    severity: str | None = None
    impact: BusinessImpact = field(default_factory=BusinessImpact)
    fields: Mapping[str, str] = field(default_factory=dict)
    checklist: tuple[Answer, ...] = ()
    contact: Contact = field(default_factory=Contact)
    cc: tuple[str, ...] = ()
    asset: str | None = None
    follows: str | None = None
    links: tuple[str, ...] = ()
    fingerprint: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment(Change):
    """Say something in one of the two feeds."""

    kind: ClassVar[str] = "comment"
    action: ClassVar[str] = "comment"

    text: str
    feed: Feed = Feed.CASE
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAttachment(Change):
    """Send the sealed bytes with this sha256, and no others."""

    kind: ClassVar[str] = "attachment"
    action: ClassVar[str] = "upload"

    name: str
    sha256: str
    size: int
    note: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFields(Change):
    """Set fields by the ids of `Draft.fields`, or `severity`, `subject`, `impact`."""

    kind: ClassVar[str] = "edit"
    action: ClassVar[str] = "edit"

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Change):
    """Ask for management attention."""

    kind: ClassVar[str] = "escalate"
    action: ClassVar[str] = "escalate"

    reason: str
    details: str = ""
    outcome: str | None = None
    impact: str = ""
    contact: Contact = field(default_factory=Contact)
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreePlan(Change):
    """Record the updates agreed for the live escalation."""

    kind: ClassVar[str] = "plan"
    action: ClassVar[str] = "plan"

    plan: CommunicationPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Deescalate(Change):
    """Record the customer's agreement that the escalation may end."""

    kind: ClassVar[str] = "deescalate"
    action: ClassVar[str] = "deescalate"

    agreement: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Change):
    """Ask the vendor to close the case for this reason."""

    kind: ClassVar[str] = "close"
    action: ClassVar[str] = "close"

    reason: str
    text: str = ""
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Change):
    """Withdraw the case; unlike closing, nothing was solved."""

    kind: ClassVar[str] = "cancel"
    action: ClassVar[str] = "cancel"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Change):
    """Have a closed case taken up again."""

    kind: ClassVar[str] = "reopen"
    action: ClassVar[str] = "reopen"

    reason: str


AnyChange = (
    Open
    | AddComment
    | AddAttachment
    | EditFields
    | Escalate
    | AgreePlan
    | Deescalate
    | Close
    | Cancel
    | Reopen
)

KINDS: Mapping[str, type[AnyChange]] = {
    each.kind: each
    for each in (
        Open,
        AddComment,
        AddAttachment,
        EditFields,
        Escalate,
        AgreePlan,
        Deescalate,
        Close,
        Cancel,
        Reopen,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the vendor did, as read back: servers acknowledge what they did not do.

    `ignored` maps a field to why it was not applied; `event_id` is the vendor's id of
    the comment, attachment or escalation the change became. `by_hand`: the change was
    made ready for a person, who has yet to carry it there; `number` may be empty then.
    `at` is when that was done, None where the change went at its own time.
    """

    number: str
    version: str | None = None
    event_id: str | None = None
    url: str | None = None
    applied: tuple[str, ...] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False
    by_hand: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A recorded change and all that is known of its way to the vendor.

    `seq` orders changes within a case; `not_before` holds a retry back; `last_sent` is
    None until a byte may have left. `intent` digests the arguments `--key` named.
    """

    seq: int
    change: AnyChange
    profile: str
    state: OutboxState
    recorded_at: datetime
    attempts: int = 0
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    not_before: datetime | None = None
    error: str | None = None
    receipt: Receipt | None = None
    intent: str | None = None

    @property
    def handed_over(self) -> bool:
        """True while a package made for a person waits to be carried to the vendor."""
        made = self.receipt is not None and self.receipt.by_hand
        return made and self.state is OutboxState.NEEDS_HUMAN
