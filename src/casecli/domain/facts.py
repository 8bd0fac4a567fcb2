"""What is known when an action is judged, by the names of `domain.variables`."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from casecli.domain.calendar import parse_duration, parse_time
from casecli.domain.case import Side
from casecli.domain.checklist import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from casecli.domain.case import Accounts, Case, Environment, Occurrence, Product
    from casecli.domain.checklist import Choice, Question
    from casecli.domain.policy import Actor, Policy, Request, SeverityLevel

_UNSPACED = (("\u0e00", "\u109f"), ("\u1780", "\u17ff"), ("\u2e80", "\u9fff"))


def known_facts(
    policy: Policy,
    action: str,
    case: Case | None,
    actor: Actor,
    request: Request,
    now: datetime,
) -> dict[str, object]:
    """Give the variables that are known, flat by name; unknown ones are left out.

    Answers stand in their one spelling, choices under their ids, and malformed or blank
    ones are left out, so that a condition never meets "Yes " or "".
    """
    facts = asked_facts(policy, action, actor, request, now)
    facts["case.exists"] = case is not None
    if case is not None:
        facts |= case_facts(policy, case, actor, request, CASE_FACTS)
    return facts


def asked_facts(
    policy: Policy, action: str, actor: Actor, request: Request, now: datetime
) -> dict[str, object]:
    """Give what is known without looking at a case, and so the same for all cases."""
    asked = policy.severity(request.severity)
    fields = _clean_fields(policy, request.fields)
    facts: dict[str, object | None] = {
        "action": action,
        "now": now,
        **_actor_facts(policy, actor),
        "request.channel": request.channel,
        "request.subject": request.subject,
        "request.description": request.description,
        "request.text": request.text,
        "request.type": _called(
            policy.case_types, request.type or policy.default_type or None
        ),
        "request.severity": asked.id if asked else request.severity,
        "request.severity_rank": asked.rank if asked else None,
        "request.impact": request.impact,
        "request.impact_words": count_words(request.impact),
        "request.impact_answers": _clean(
            policy.impact.questions, request.impact_answers
        ),
        "request.answers": _clean(_questions(policy, action), request.answers),
        "request.fields": fields,
        "request.relationship": _relationship(fields) or actor.relationship or None,
        "request.feed": request.feed,
        "request.reason": _called(_reasons(policy, action), request.reason),
        "request.outcome": _called(policy.escalation.outcomes, request.outcome),
        "request.files": len(request.files),
        "request.largest_file": max((each.size for each in request.files), default=0),
        "request.follows": request.follows,
        "request.contact": (
            request.contact.strip() or fields.get("contact") or actor.name
        ),
        "request.contact_24x7": (
            request.contact_24x7
            or fields.get("contact_24x7", "").lower() in ("yes", "y", "true")
        ),
    }
    return _known(facts)


def case_facts(
    policy: Policy, case: Case, actor: Actor, request: Request, names: Iterable[str]
) -> dict[str, object]:
    """Give those of the named facts of a case that are known."""
    told = _Told(policy, case, actor, request)
    return _known({name: CASE_FACTS[name].tell(told) for name in names})


def fields_behind(names: Iterable[str]) -> frozenset[str]:
    """Name the fields of `Case` that facts are made of."""
    return frozenset(each for name in names for each in CASE_FACTS[name].fields)


def _known(facts: Mapping[str, object | None]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}


def services_of(policy: Policy, actor: Actor) -> frozenset[str] | None:
    """Give the services a contract includes; None where nobody has said its level.

    An add-on counts only on top of a level it goes with.
    """
    if not (actor.level or actor.services):
        return None
    levels = {actor.level}
    for name in actor.add_ons:
        extra = policy.level(name)
        if extra and (not extra.goes_with or actor.level in extra.goes_with):
            levels.add(extra.id)
    included = {each.id for each in policy.services if levels & set(each.levels)}
    return frozenset(included | set(actor.services))


def count_words(text: str) -> int:
    """Count words; two characters of a script written without spaces make one."""
    words = len(text.split())
    if text.isascii():
        return words
    unspaced = sum(any(low <= each <= high for low, high in _UNSPACED) for each in text)
    return words + unspaced // 2


def flat_fields(case: Case) -> dict[str, str]:
    """Give a case's fields by the flat ids of `Draft.fields`, blank ones left out."""
    groups: Mapping[str, Occurrence | Product | Environment | Accounts] = {
        "occurrence": case.occurrence,
        "product": case.product,
        "environment": case.environment,
        "accounts": case.accounts,
    }
    flat = {
        f"{group}.{name}": getattr(part, name)
        for group, part in groups.items()
        for name in part.__dataclass_fields__
    }
    flat |= {
        "type": case.type,
        "subtype": case.subtype,
        "severity": case.severity,
        "workaround.text": case.workaround.text,
        **case.fields,
    }
    return {name: value for name, value in flat.items() if value}


def _actor_facts(policy: Policy, actor: Actor) -> dict[str, object | None]:
    role = policy.role(actor.role)
    services = services_of(policy, actor)
    return {
        "actor.name": actor.name or None,
        "actor.role": role.id if role else actor.role,
        "actor.level": actor.level or None,
        "actor.services": None if services is None else sorted(services),
        "actor.installed": list(actor.installed),
        "actor.company": actor.company or None,
        "actor.entitlement": actor.entitlement,
    }


def _questions(policy: Policy, action: str) -> Iterable[Question]:
    """Give the questions whose answers `Request.answers` holds for an action."""
    asked: Mapping[str, Iterable[Question]] = {
        "escalate": policy.escalation.facts,
        "deescalate": policy.escalation.deescalation,
        "close": policy.closing.confirmations,
    }
    return chain(asked.get(action, ()), policy.checklist)


def _reasons(policy: Policy, action: str) -> tuple[Choice, ...]:
    match action:
        case "escalate":
            return policy.escalation.reasons
        case "close":
            return policy.closing.reasons
        case _:
            return ()


def _called(choices: tuple[Choice, ...], value: str | None) -> str | None:
    """Give the id of the choice a value means, else the value itself."""
    if not value or any(each.id == value for each in choices):
        return value
    return next((each.id for each in choices if each.is_called(value)), value)


def _clean(questions: Iterable[Question], answers: Mapping[str, str]) -> dict[str, str]:
    if not answers:
        return {}
    by_id = {each.id: each for each in questions}
    spelled = {
        name: normalise(by_id[name], value) if name in by_id else value.strip()
        for name, value in answers.items()
    }
    return {name: value for name, value in spelled.items() if value}


def _clean_fields(policy: Policy, fields: Mapping[str, str]) -> dict[str, str]:
    clean = {name: value.strip() for name, value in fields.items() if value.strip()}
    if clean:
        for spec in policy.fields:
            if spec.choices and spec.id in clean:
                clean[spec.id] = _called(spec.choices, clean[spec.id]) or ""
    return clean


def _relationship(fields: Mapping[str, str]) -> str:
    """Tell from the two accounts who stands between the user and the vendor."""
    user, buyer = fields.get("accounts.end_user"), fields.get("accounts.sold_to")
    if not (user and buyer):
        return ""
    return "direct" if user.casefold() == buyer.casefold() else "indirect"


def stale_at(policy: Policy, case: Case) -> datetime | None:
    """Give when the vendor's silence becomes a ground; None where it never does.

    Counted from the vendor's last change, or from the opening where it has made none.
    """
    spec = policy.escalation
    since = case.vendor_updated_at or case.opened_at
    if spec.no_update is None or since is None:
        return None
    return since + parse_duration(spec.no_update)


def _unread(case: Case) -> bool:
    if not case.comments:
        return False
    newest = max(case.comments, key=lambda each: each.at)
    return newest.side is Side.VENDOR


def _moment(text: str | None) -> datetime | None:
    """Read a time somebody typed; anything else, or one without offset, is unknown."""
    try:
        return parse_time(text.strip()) if text else None
    except ValueError:
        return None


class _Told(NamedTuple):
    """What the facts of a case are made of."""

    policy: Policy
    case: Case
    actor: Actor
    request: Request

    @property
    def severity(self) -> SeverityLevel | None:
        return self.policy.severity(self.case.severity)

    @property
    def agreed(self) -> SeverityLevel | None:
        return self.policy.severity(self.case.severity_agreed)

    @property
    def deployment(self) -> str | None:
        return (
            self.case.environment.deployment
            or self.request.answers.get("environment.deployment")
            or self.actor.deployment
            or None
        )


class CaseFact(NamedTuple):
    """How a fact is told of a case, and which fields of `Case` it takes for that."""

    fields: tuple[str, ...]
    tell: Callable[[_Told], object | None]


def _milestone(told: _Told) -> datetime | None:
    milestone = told.case.business_impact.milestone_date
    return None if milestone is None else datetime.combine(milestone, time(), UTC)


def _escalated(told: _Told) -> bool:
    newest = told.case.escalation
    return newest is not None and newest.state.live


CASE_FACTS: Mapping[str, CaseFact] = {
    "case.number": CaseFact(("number",), lambda told: told.case.number),
    "case.numbered": CaseFact(("number",), lambda told: bool(told.case.number)),
    "case.type": CaseFact(
        ("type",), lambda told: _called(told.policy.case_types, told.case.type)
    ),
    "case.status": CaseFact(("status",), lambda told: told.case.status.value),
    "case.ended": CaseFact(("status",), lambda told: told.case.status.ended),
    "case.waiting_on": CaseFact(
        ("waiting_on",), lambda told: told.case.waiting_on.value
    ),
    "case.open_items": CaseFact(
        ("action_items",),
        lambda told: sum(each.done_at is None for each in told.case.action_items),
    ),
    "case.unread": CaseFact(("comments",), lambda told: _unread(told.case)),
    "case.company": CaseFact(
        ("accounts", "fields"),
        lambda told: told.case.accounts.end_user or told.case.fields.get("customer"),
    ),
    "case.contact": CaseFact(
        ("contact",),
        lambda told: told.case.contact.name or told.case.contact.email or None,
    ),
    "case.severity": CaseFact(
        ("severity",),
        lambda told: told.severity.id if told.severity else told.case.severity,
    ),
    "case.severity_rank": CaseFact(
        ("severity",), lambda told: told.severity and told.severity.rank
    ),
    "case.severity_agreed": CaseFact(
        ("severity_agreed",),
        lambda told: told.agreed.id if told.agreed else told.case.severity_agreed,
    ),
    "case.severity_agreed_rank": CaseFact(
        ("severity_agreed",), lambda told: told.agreed and told.agreed.rank
    ),
    "case.impact": CaseFact(
        ("business_impact",), lambda told: told.case.business_impact.summary
    ),
    "case.milestone": CaseFact(("business_impact",), _milestone),
    "case.environment": CaseFact(
        ("environment",), lambda told: told.case.environment.type
    ),
    "case.deployment": CaseFact(("environment",), lambda told: told.deployment),
    "case.product": CaseFact(("product",), lambda told: told.case.product.name),
    "case.workaround": CaseFact(
        ("workaround",), lambda told: bool(told.case.workaround.text)
    ),
    "case.workaround_practical": CaseFact(
        ("workaround",), lambda told: told.case.workaround.practical
    ),
    "case.opened_at": CaseFact(("opened_at",), lambda told: told.case.opened_at),
    "case.updated_at": CaseFact(("updated_at",), lambda told: told.case.updated_at),
    "case.vendor_updated_at": CaseFact(
        ("vendor_updated_at",), lambda told: told.case.vendor_updated_at
    ),
    "case.stale_at": CaseFact(
        ("vendor_updated_at", "opened_at"),
        lambda told: stale_at(told.policy, told.case),
    ),
    "case.closed_at": CaseFact(("closed_at",), lambda told: told.case.closed_at),
    "case.rca_requested_at": CaseFact(
        ("rca_requested_at",),
        lambda told: (
            told.case.rca_requested_at
            or _moment(told.request.answers.get("rca_requested_at"))
        ),
    ),
    "case.rca_days": CaseFact(
        ("environment",),
        lambda told: told.policy.escalation.rca_days.get(
            (told.deployment or "").lower()
        ),
    ),
    "case.escalated": CaseFact(("escalations",), _escalated),
    "case.escalation_state": CaseFact(
        ("escalations",),
        lambda told: told.case.escalation and told.case.escalation.state.value,
    ),
    "case.fields": CaseFact(("fields",), lambda told: dict(told.case.fields)),
}
