"""A vendor's rules as values: what it offers, wants, allows and refuses."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from casecli.domain.checklist import Choice, Question
from casecli.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from casecli.domain.calendar import BusinessCalendar
    from casecli.domain.case import CommunicationPlan


ACTIONS = (
    "view",
    "open",
    "comment",
    "upload",
    "edit",
    "escalate",
    "deescalate",
    "plan",
    "transfer",
    "close",
    "cancel",
    "reopen",
)
"""Every verb a role may be given, a channel may serve and a rule may stand on.

`transfer`, the technical hand-over to the vendor's next level, is the vendor's to do:
it is judged, so that one sees what it waits for, and never sent.
"""


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
    """A condition in CEL over `domain.variables`; true means the finding applies.

    `scope` is a condition over what is always known: where it does not hold the rule is
    passed over before `needs` are looked at. `message` and `remedy` may name variables:
    `{case.number}`.
    """

    id: str
    on: tuple[str, ...]
    effect: Effect
    when: str
    message: str
    scope: str = ""
    waivable: bool = False
    needs: tuple[str, ...] = ()
    unknown: WhenUnknown = WhenUnknown.SKIP
    field: str | None = None
    remedy: str = ""
    source: str = ""
    earliest: str = ""
    examples: tuple[RuleExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpec:
    """Subject or description as the vendor wants it; under `min_words` words warn."""

    label: str = ""
    help: str = ""
    min_words: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field of a case: what it means, whether it must be filled, what it takes.

    An `open_ended` field takes other values than its choices too. The value of one with
    `leading_of` is the beginning of another field's: its first `leading_parts` parts,
    any of these numbers, between dots.
    """

    id: str
    label: str
    help: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    open_ended: bool = False
    depends_on: str = ""
    leading_of: str = ""
    leading_parts: tuple[int, ...] = ()
    default: str = ""
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityLevel:
    """One severity; rank 1 is the worst. `offered` lists the channels it may be set on.

    An empty `offered` means every channel; `remedy` says how to get a severity that a
    channel does not offer: for one, to open with `instead` and to do `todo` after that.
    `response` is the base target on `clock`, None where the vendor states none.
    """

    id: str
    rank: int
    label: str
    definition: str = ""
    offered: tuple[str, ...] = ()
    remedy: str = ""
    instead: str = ""
    todo: str = ""
    response: str | None = None
    clock: str = "always"
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
class FormSpec:
    """The vendor's own form for the action `id`, as a person fills it in.

    `way` leads to it, click by click, and `submit` is the last one. `fields` stand in
    the form's order; `labels` are its words where they are not the field's.
    """

    id: str
    title: str
    way: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    submit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSpec:
    """Why a case may be closed and what the customer confirms first.

    `vendor_reasons` are grounds only the vendor has. After `no_feedback` without a word
    from the customer, or `attempts` to reach him, it closes; None where it states none.
    """

    reasons: tuple[Choice, ...] = ()
    vendor_reasons: tuple[Choice, ...] = ()
    confirmations: tuple[Question, ...] = ()
    no_feedback: str | None = None
    attempts: int | None = None
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
    """Grounds, facts to verify, plan and de-escalation of the vendor's escalation.

    `rca_days` are the business days a root cause analysis may take, by deployment;
    `no_update` is the silence that is a ground by itself, from the severity
    `no_update_from` upwards.
    """

    reasons: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    facts: tuple[Question, ...] = ()
    rca_days: Mapping[str, int] = field(default_factory=dict)
    no_update: str | None = None
    no_update_from: str = ""
    plan_modes: tuple[str, ...] = ()
    deescalation: tuple[Question, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementLevel:
    """A support level and what it does to response targets.

    An `add_on` comes on top of one of the levels it `goes_with`. `targets` False: the
    level has no response targets at all. `response_factor` multiplies the base target
    of a severity; one it does not name keeps it.
    """

    id: str
    label: str
    add_on: bool = False
    goes_with: tuple[str, ...] = ()
    targets: bool = True
    response_factor: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something the vendor does for customers of some support levels."""

    id: str
    label: str
    levels: tuple[str, ...] = ()
    definition: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the vendor: a state, a role at its side, a thing it may ask for."""

    id: str
    kind: str
    label: str
    definition: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to know that no rule can judge."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything one vendor demands, from one file and what it extends.

    `default_type` is the case type taken where a request names none; empty where the
    vendor wants it chosen. `cites` gives sources to what casecli checks by itself, by
    the last part of the finding's rule: `STATE`, `ESCALATION`.
    """

    id: str
    title: str
    vendor: str
    status: str = "current"
    verified_at: date | None = None
    extends: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    cites: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Remark, ...] = ()
    terms: tuple[Term, ...] = ()
    case_types: tuple[Choice, ...] = ()
    default_type: str = ""
    texts: Mapping[str, TextSpec] = field(default_factory=dict)
    fields: tuple[FieldSpec, ...] = ()
    severities: tuple[SeverityLevel, ...] = ()
    impact: ImpactSpec = ImpactSpec()
    checklist: tuple[Question, ...] = ()
    attachments: AttachmentLimits = AttachmentLimits()
    roles: tuple[Role, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)
    forms: tuple[FormSpec, ...] = ()
    closing: ClosingSpec = ClosingSpec()
    reopen: ReopenSpec = ReopenSpec()
    escalation: EscalationSpec = EscalationSpec()
    entitlement: tuple[EntitlementLevel, ...] = ()
    services: tuple[Service, ...] = ()
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

    def ways(self, action: str) -> tuple[ChannelSpec, ...]:
        """Give the channels that serve an action, in the policy's order."""
        return tuple(
            each for each in self.channels if not each.actions or action in each.actions
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

    def form(self, action: str) -> FormSpec | None:
        """Find the vendor's form for an action; None where nobody has described it."""
        return next((each for each in self.forms if each.id == action), None)

    def level(self, wanted: str) -> EntitlementLevel | None:
        """Find a support level or add-on by id."""
        return next((each for each in self.entitlement if each.id == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks and what their contract gives them, as the profile says.

    `services` come on top of those of `level` and `add_ons`; `installed` names the
    vendor's tools in use. `relationship` is direct, or indirect where maintenance is
    bought through a partner; empty texts are not known.
    """

    name: str = ""
    role: str = ""
    level: str = ""
    add_ons: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    company: str = ""
    relationship: str = ""
    deployment: str = ""
    entitlement: str = "unverified"


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
    outcome: str = ""
    follows: str = ""
    contact: str = ""
    contact_24x7: bool = False
    plan: CommunicationPlan | None = None


def rule_id(policy: Policy, part: str) -> str:
    """Name a finding that comes from a table: `GENERIC-SEVERITY`."""
    return f"{policy.id.upper()}-{part}"
