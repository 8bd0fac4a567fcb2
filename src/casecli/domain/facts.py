"""What is known when an action is judged, by the names of `domain.variables`."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import chain
from typing import TYPE_CHECKING

from casecli.domain.calendar import parse_duration, parse_time
from casecli.domain.case import Side
from casecli.domain.checklist import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.domain.case import Accounts, Case, Environment, Occurrence, Product
    from casecli.domain.checklist import Choice, Question
    from casecli.domain.policy import Actor, Policy, Request

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
    asked = policy.severity(request.severity)
    fields = _clean_fields(policy, request.fields)
    facts: dict[str, object | None] = {
        "action": action,
        "now": now,
        **_actor_facts(policy, actor),
        "case.exists": case is not None,
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
    if case is not None:
        facts.update(_case_facts(policy, case, actor, request))
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


def _case_facts(
    policy: Policy, case: Case, actor: Actor, request: Request
) -> dict[str, object | None]:
    level, agreed = (
        policy.severity(case.severity),
        policy.severity(case.severity_agreed),
    )
    milestone = case.business_impact.milestone_date
    escalation, contact = case.escalation, case.contact
    deployment = (
        case.environment.deployment
        or request.answers.get("environment.deployment")
        or actor.deployment
        or None
    )
    return {
        "case.number": case.number,
        "case.numbered": bool(case.number),
        "case.type": _called(policy.case_types, case.type),
        "case.status": case.status.value,
        "case.ended": case.status.ended,
        "case.waiting_on": case.waiting_on.value,
        "case.open_items": sum(each.done_at is None for each in case.action_items),
        "case.unread": _unread(case),
        "case.company": case.accounts.end_user or case.fields.get("customer"),
        "case.contact": contact.name or contact.email or None,
        "case.severity": level.id if level else case.severity,
        "case.severity_rank": level.rank if level else None,
        "case.severity_agreed": agreed.id if agreed else case.severity_agreed,
        "case.severity_agreed_rank": agreed.rank if agreed else None,
        "case.impact": case.business_impact.summary,
        "case.milestone": milestone and datetime.combine(milestone, time(), UTC),
        "case.environment": case.environment.type,
        "case.deployment": deployment,
        "case.product": case.product.name,
        "case.workaround": bool(case.workaround.text),
        "case.workaround_practical": case.workaround.practical,
        "case.opened_at": case.opened_at,
        "case.updated_at": case.updated_at,
        "case.vendor_updated_at": case.vendor_updated_at,
        "case.stale_at": stale_at(policy, case),
        "case.closed_at": case.closed_at,
        "case.rca_requested_at": case.rca_requested_at
        or _moment(request.answers.get("rca_requested_at")),
        "case.rca_days": policy.escalation.rca_days.get((deployment or "").lower()),
        "case.escalated": escalation is not None and escalation.state.live,
        "case.escalation_state": escalation.state.value if escalation else None,
        "case.fields": dict(case.fields),
    }


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
