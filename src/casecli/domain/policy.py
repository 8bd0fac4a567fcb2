"""A vendor's rules as values, and the table of facts their conditions may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from casecli.domain.checklist import Choice, Question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from casecli.domain.calendar import BusinessCalendar


ACTIONS = (
    "view",
    "open",
    "comment",
    "upload",
    "edit",
    "escalate",
    "deescalate",
    "plan",
    "close",
    "cancel",
    "reopen",
)
"""Every verb a role may be given, a channel may serve and a rule may stand on."""


class ConditionFailed(Exception):
    """A condition gave no answer; carries why, in the engine's words."""


class Effect(StrEnum):
    """What a finding does to the action; deny and require refuse it."""

    DENY = "deny"
    REQUIRE = "require"
    WARN = "warn"
    INFORM = "inform"

    @property
    def refuses(self) -> bool:
        """True where the action stops unless the finding is waived or answered."""
        return self in (Effect.DENY, Effect.REQUIRE)


class WhenUnknown(StrEnum):
    """What a rule does when a fact it needs is not known."""

    ASK = "ask"
    SKIP = "skip"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a policy says about an action.

    `field` is what `--set`, `--answer` or the option of that name takes; `earliest` is
    the moment at which time alone lifts the finding, None where it never will.
    """

    rule: str
    effect: Effect
    message: str
    field: str | None = None
    waivable: bool = False
    remedy: str = ""
    source: str = ""
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExample:
    """A rule's own test: facts by flat variable name, and the effect or "pass"."""

    given: Mapping[str, object]
    expect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition in CEL over `VARIABLES`; true means the finding applies."""

    id: str
    on: tuple[str, ...]
    effect: Effect
    when: str
    message: str
    waivable: bool = False
    needs: tuple[str, ...] = ()
    unknown: WhenUnknown = WhenUnknown.SKIP
    field: str | None = None
    remedy: str = ""
    source: str = ""
    earliest: str = ""
    examples: tuple[RuleExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field of a case: what it means, whether it must be filled, what it takes."""

    id: str
    label: str
    help: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    depends_on: str = ""
    default: str = ""
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityLevel:
    """One severity; rank 1 is the worst. `offered` lists the channels it may be set on.

    An empty `offered` means every channel; `remedy` says how to get a severity that a
    channel does not offer.
    """

    id: str
    rank: int
    label: str
    definition: str = ""
    offered: tuple[str, ...] = ()
    remedy: str = ""
    response: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactSpec:
    """What is asked about the business impact; always required by our own rule.

    `placeholders` are answers that say nothing; `substantial_from` names the severity
    from which fewer than `substantial_words` words refuse instead of warn.
    """

    help: str = ""
    placeholders: tuple[str, ...] = ()
    substantial_from: str = ""
    substantial_words: int = 0
    questions: tuple[Question, ...] = ()
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentLimits:
    """What the vendor takes; None where the vendor states no limit."""

    max_bytes: int | None = None
    max_count: int | None = None
    banned_extensions: tuple[str, ...] = ()
    in_comments: bool = True
    waivable: bool = False
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who somebody is to the vendor and which actions that allows.

    `default` marks the role taken where a profile names none; without one, nobody acts
    unnamed.
    """

    id: str
    label: str
    may: tuple[str, ...] = ()
    default: bool = False
    remedy: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """A way to reach the vendor and the actions it serves.

    `response` is a duration ("1h", "same-business-day") an escalation is answered in,
    None where the vendor states none.
    """

    id: str
    label: str
    actions: tuple[str, ...] = ()
    response: str | None = None
    clock: str = "always"
    help: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSpec:
    """Why a case may be closed and what the customer confirms first."""

    reasons: tuple[Choice, ...] = ()
    confirmations: tuple[Question, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenSpec:
    """How long after closure a case may be reopened; None days means no window."""

    days: int | None = None
    inclusive: bool = True
    waivable: bool = False
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSpec:
    """Grounds, facts to verify, plan and de-escalation of the vendor's escalation."""

    reasons: tuple[Choice, ...] = ()
    facts: tuple[Question, ...] = ()
    plan_modes: tuple[str, ...] = ()
    deescalation: tuple[Question, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementLevel:
    """A support level: the services in it and what it does to response targets."""

    id: str
    label: str
    services: tuple[str, ...] = ()
    response_factor: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything one vendor demands, from one file and what it extends.

    `default_type` is the case type taken where a request names none; empty where the
    vendor wants it chosen.
    """

    id: str
    title: str
    vendor: str
    status: str = "current"
    verified_at: date | None = None
    extends: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    case_types: tuple[Choice, ...] = ()
    default_type: str = ""
    fields: tuple[FieldSpec, ...] = ()
    severities: tuple[SeverityLevel, ...] = ()
    impact: ImpactSpec = ImpactSpec()
    checklist: tuple[Question, ...] = ()
    attachments: AttachmentLimits = AttachmentLimits()
    roles: tuple[Role, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)
    closing: ClosingSpec = ClosingSpec()
    reopen: ReopenSpec = ReopenSpec()
    escalation: EscalationSpec = EscalationSpec()
    entitlement: tuple[EntitlementLevel, ...] = ()
    rules: tuple[Rule, ...] = ()
    calendar: BusinessCalendar | None = None

    def severity(self, wanted: str | None) -> SeverityLevel | None:
        """Find a severity by id or label, whatever the case of its letters."""
        if wanted is None:
            return None
        name = wanted.strip().lower()
        return next(
            (
                each
                for each in self.severities
                if name in (each.id.lower(), each.label.lower())
            ),
            None,
        )

    def role(self, wanted: str) -> Role | None:
        """Find a role by id; the default one, if there is any, for an empty id."""
        return next(
            (
                each
                for each in self.roles
                if (each.id == wanted if wanted else each.default)
            ),
            None,
        )

    def channel(self, wanted: str) -> ChannelSpec | None:
        """Find a channel; the web and the portal are one where only one is listed."""
        listed = {each.id: each for each in self.channels}
        twin = {"web": "portal", "portal": "web"}.get(wanted, wanted)
        return listed.get(wanted) or listed.get(twin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, as the profile or the backend's `whoami` says."""

    name: str = ""
    role: str = ""
    level: str = ""
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """An attachment as far as limits care; `size` in bytes as it would be sent."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, in the flat words of drafts; absent parts stay empty."""

    channel: str = "portal"
    subject: str = ""
    description: str = ""
    text: str = ""
    type: str | None = None
    severity: str | None = None
    impact: str = ""
    impact_answers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[FileFact, ...] = ()
    feed: str = "case"
    reason: str = ""
    follows: str = ""
    contact_24x7: bool = False


class Kind(StrEnum):
    """The CEL type of a variable."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    TIMESTAMP = "timestamp"
    STRINGS = "list(string)"
    TABLE = "map(string, string)"


class Variable(NamedTuple):
    """A fact conditions may read; unknown facts are absent, never null."""

    kind: Kind
    meaning: str


VARIABLES: Mapping[str, Variable] = {
    "action": Variable(Kind.STRING, "the verb being judged: open, comment, upload, …"),
    "now": Variable(Kind.TIMESTAMP, "the moment of judging"),
    "actor.role": Variable(Kind.STRING, "who asks, by the policy's role id"),
    "actor.level": Variable(Kind.STRING, "support level of the contract"),
    "actor.services": Variable(Kind.STRINGS, "services the contract includes"),
    "case.exists": Variable(Kind.BOOL, "there is a case already"),
    "case.number": Variable(Kind.STRING, "the vendor's number"),
    "case.type": Variable(Kind.STRING, "case type"),
    "case.status": Variable(Kind.STRING, "our word for where it stands"),
    "case.ended": Variable(Kind.BOOL, "closed or cancelled"),
    "case.waiting_on": Variable(Kind.STRING, "whose move it is"),
    "case.severity": Variable(Kind.STRING, "severity id"),
    "case.severity_rank": Variable(Kind.INT, "1 is the worst"),
    "case.severity_agreed": Variable(Kind.STRING, "severity both sides agreed on"),
    "case.impact": Variable(Kind.STRING, "business impact in words"),
    "case.milestone": Variable(Kind.TIMESTAMP, "milestone at risk"),
    "case.environment": Variable(Kind.STRING, "environment type"),
    "case.deployment": Variable(Kind.STRING, "cloud, premise, …"),
    "case.product": Variable(Kind.STRING, "product name"),
    "case.workaround": Variable(Kind.BOOL, "a workaround is known"),
    "case.workaround_practical": Variable(Kind.BOOL, "it can be lived with"),
    "case.opened_at": Variable(Kind.TIMESTAMP, "when it was opened"),
    "case.updated_at": Variable(Kind.TIMESTAMP, "last change by anybody"),
    "case.vendor_updated_at": Variable(Kind.TIMESTAMP, "last change by the vendor"),
    "case.closed_at": Variable(Kind.TIMESTAMP, "when it was closed"),
    "case.rca_requested_at": Variable(Kind.TIMESTAMP, "root cause analysis asked for"),
    "case.escalated": Variable(Kind.BOOL, "an escalation is live"),
    "case.escalation_state": Variable(Kind.STRING, "state of the newest escalation"),
    "case.fields": Variable(Kind.TABLE, "the vendor's own fields"),
    "request.channel": Variable(Kind.STRING, "portal, phone, email, web, chat"),
    "request.subject": Variable(Kind.STRING, "subject asked for"),
    "request.description": Variable(Kind.STRING, "description asked for"),
    "request.text": Variable(Kind.STRING, "comment, details or agreement"),
    "request.type": Variable(Kind.STRING, "case type asked for"),
    "request.severity": Variable(Kind.STRING, "severity asked for"),
    "request.severity_rank": Variable(Kind.INT, "its rank, 1 is the worst"),
    "request.impact": Variable(Kind.STRING, "business impact in words"),
    "request.impact_words": Variable(Kind.INT, "how many words that is"),
    "request.impact_answers": Variable(Kind.TABLE, "answers to the impact questions"),
    "request.answers": Variable(Kind.TABLE, "answers to checklist and confirmations"),
    "request.fields": Variable(Kind.TABLE, "fields by flat id"),
    "request.feed": Variable(Kind.STRING, "case or escalation"),
    "request.reason": Variable(Kind.STRING, "reason or ground"),
    "request.files": Variable(Kind.INT, "number of attachments"),
    "request.largest_file": Variable(Kind.INT, "bytes of the largest attachment"),
    "request.follows": Variable(Kind.STRING, "the case this one continues"),
    "request.contact_24x7": Variable(Kind.BOOL, "the contact is available at any time"),
}
