"""What a support case is, as its vendor and its customer see it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from casecli.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class Status(StrEnum):
    """Our words for where a case stands; `Case.status_raw` keeps the vendor's."""

    DRAFT = "draft"
    QUEUED = "queued"
    OPEN = "open"
    IN_PROGRESS = "in-progress"
    WAITING_ON_CUSTOMER = "waiting-on-customer"
    WAITING_ON_THIRD_PARTY = "waiting-on-third-party"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True where nobody is expected to act: closed or cancelled, not resolved."""
        return self in (Status.CLOSED, Status.CANCELLED)


class WaitingOn(StrEnum):
    """Whose move it is."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    THIRD_PARTY = "third-party"
    NOBODY = "nobody"


class Feed(StrEnum):
    """Which conversation a comment belongs to, whoever may read it."""

    CASE = "case"
    ESCALATION = "escalation"


class Visibility(StrEnum):
    """Who may read a comment, whichever feed it stands in."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Side(StrEnum):
    """Which side of the case wrote something."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


class EscalationState(StrEnum):
    """Where a request for management attention stands."""

    REQUESTED = "requested"
    UNDER_REVIEW = "under-review"
    REJECTED = "rejected"
    ACTIVE = "active"
    CLOSED = "closed"

    @property
    def live(self) -> bool:
        """True while the vendor still owes work on it; only one may be live a case."""
        return self not in (EscalationState.REJECTED, EscalationState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answered question, carrying its wording so that it stands on its own."""

    id: str
    question: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessImpact:
    """The effect on the customer's business, in words and in answered questions."""

    summary: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    milestone_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What was seen; `started_at` stays as typed: people write "since Monday"."""

    started_at: str | None = None
    frequency: str | None = None
    changed: str | None = None
    expected: str | None = None
    actual: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The vendor's product as the contract names it."""

    category: str | None = None
    name: str | None = None
    release: str | None = None
    component: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the product runs."""

    type: str | None = None
    os: str | None = None
    deployment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The person the vendor should reach."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    available_24x7: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Who uses the product and who owns the contract; the same company if direct."""

    end_user: str | None = None
    sold_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workaround:
    """A way around the problem, and whether the customer can live with it."""

    text: str | None = None
    practical: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One entry of a feed; `key` is our change's key when we wrote it, else None."""

    id: str
    at: datetime
    author: str
    text: str
    side: Side = Side.CUSTOMER
    feed: Feed = Feed.CASE
    visibility: Visibility = Visibility.PUBLIC
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file at the vendor; `sha256` is of the bytes sent, null where unknown."""

    id: str
    at: datetime
    author: str
    name: str
    size: int
    sha256: str | None = None
    side: Side = Side.CUSTOMER
    folder: str | None = None
    note: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an escalation was turned down and what the vendor asks for instead."""

    reasons: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunicationPlan:
    """The agreed updates of an escalation; all three parts or it is incomplete."""

    mode: str = ""
    every: str = ""
    attendees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A telephone call about the case, as we noted it."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A request for management attention; a technical hand-over is a transfer."""

    id: str
    state: EscalationState
    requested_at: datetime
    reason: str = ""
    details: str = ""
    outcome: str | None = None
    channel: str = "web"
    acknowledged_at: datetime | None = None
    respond_by: datetime | None = None
    closed_at: datetime | None = None
    owner: str | None = None
    rejection: Rejection | None = None
    plan: CommunicationPlan | None = None
    calls: tuple[Call, ...] = ()
    action_plan: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something the vendor asked the customer to do."""

    text: str
    at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule set aside by a person, with the reason that travels with the change."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A moment that matters; `rule` names what set it, `due_at` is UTC."""

    kind: str
    due_at: datetime
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark of ours that is never sent."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A change of ours the vendor has not confirmed yet."""

    change: str
    kind: str
    state: str
    at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A support case as JSON shows it: the vendor's facts folded with our changes.

    `ref` is ours and never reused; `number` is the vendor's and None until given.
    Times are aware and UTC. Text fields hold what was sent, tokens included.
    """

    ref: str = ""
    number: str | None = None
    profile: str = ""
    backend: str = ""
    url: str | None = None
    type: str | None = None
    subtype: str | None = None
    subject: str = ""
    description: str = ""
    status: Status = Status.OPEN
    status_raw: str | None = None
    waiting_on: WaitingOn = WaitingOn.VENDOR
    severity: str | None = None
    severity_agreed: str | None = None
    business_impact: BusinessImpact = BusinessImpact()
    occurrence: Occurrence = Occurrence()
    product: Product = Product()
    environment: Environment = Environment()
    asset: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    contact: Contact = Contact()
    cc: tuple[str, ...] = ()
    owner: str | None = None
    assignee: str | None = None
    accounts: Accounts = Accounts()
    workaround: Workaround = Workaround()
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    todos: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    calls: tuple[Call, ...] = ()
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    vendor_updated_at: datetime | None = None
    rca_requested_at: datetime | None = None
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    resolution: str | None = None
    reopen_until: datetime | None = None
    follows: str | None = None
    fingerprint: str | None = None
    escalations: tuple[Escalation, ...] = ()
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    checklist: tuple[Answer, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    timers: tuple[Timer, ...] = ()
    pending: tuple[PendingChange, ...] = ()

    @property
    def escalation(self) -> Escalation | None:
        """The newest escalation, live or not."""
        return self.escalations[-1] if self.escalations else None

    @property
    def label(self) -> str:
        """What people call it: the vendor's number, else our ref."""
        return self.number or self.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A case or comment being written, raw and only at home; saved before all else.

    `about` is the case a comment draft belongs to, None for a new case. `fields` is
    flat: `product.name` and `occurrence.started_at` fill the structured parts of a
    case, every other id stays a field of its own. `attach` holds paths, `keys` the
    values support is to search by, as `VALUE` or `NAME=VALUE`.
    """

    ref: str = ""
    profile: str = ""
    about: str | None = None
    subject: str = ""
    description: str = ""
    type: str | None = None
    severity: str | None = None
    impact: str = ""
    impact_answers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    contact: Contact = Contact()
    cc: tuple[str, ...] = ()
    asset: str | None = None
    attach: tuple[str, ...] = ()
    follows: str | None = None
    links: tuple[str, ...] = ()
    channel: str = "portal"
    waivers: tuple[Waiver, ...] = ()
    keys: tuple[str, ...] = ()
    key: str | None = None
    dedupe_key: str | None = None
    urgent: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    error: str | None = None
