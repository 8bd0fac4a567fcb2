"""What is known when an action is judged, by the names of `domain.policy.VARIABLES`."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import chain
from typing import TYPE_CHECKING

from casecli.domain.checklist import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.domain.case import Accounts, Case, Environment, Occurrence, Product
    from casecli.domain.checklist import Question
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

    Answers stand in their one spelling and malformed or blank ones are left out, so
    that a condition never meets "Yes " or "".
    """
    asked = policy.severity(request.severity)
    role = policy.role(actor.role)
    facts: dict[str, object | None] = {
        "action": action,
        "now": now,
        "actor.role": role.id if role else actor.role,
        "actor.level": actor.level,
        "actor.services": list(actor.services),
        "case.exists": case is not None,
        "request.channel": request.channel,
        "request.subject": request.subject,
        "request.description": request.description,
        "request.text": request.text,
        "request.type": request.type or policy.default_type or None,
        "request.severity": asked.id if asked else request.severity,
        "request.severity_rank": asked.rank if asked else None,
        "request.impact": request.impact,
        "request.impact_words": count_words(request.impact),
        "request.impact_answers": _clean(
            policy.impact.questions, request.impact_answers
        ),
        "request.answers": _clean(_questions(policy, action), request.answers),
        "request.fields": _clean((), request.fields),
        "request.feed": request.feed,
        "request.reason": request.reason,
        "request.files": len(request.files),
        "request.largest_file": max((each.size for each in request.files), default=0),
        "request.follows": request.follows,
        "request.contact_24x7": request.contact_24x7,
    }
    if case is not None:
        facts.update(_case_facts(policy, case))
    return {name: value for name, value in facts.items() if value is not None}


def count_words(text: str) -> int:
    """Count words; two characters of a script written without spaces make one."""
    unspaced = sum(any(low <= each <= high for low, high in _UNSPACED) for each in text)
    return len(text.split()) + unspaced // 2


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


def _questions(policy: Policy, action: str) -> Iterable[Question]:
    """Give the questions whose answers `Request.answers` holds for an action."""
    asked: Mapping[str, Iterable[Question]] = {
        "escalate": policy.escalation.facts,
        "deescalate": policy.escalation.deescalation,
        "close": policy.closing.confirmations,
    }
    return chain(asked.get(action, ()), policy.checklist)


def _clean(questions: Iterable[Question], answers: Mapping[str, str]) -> dict[str, str]:
    by_id = {each.id: each for each in questions}
    spelled = {
        name: normalise(by_id[name], value) if name in by_id else value.strip()
        for name, value in answers.items()
    }
    return {name: value for name, value in spelled.items() if value}


def _case_facts(policy: Policy, case: Case) -> dict[str, object | None]:
    level = policy.severity(case.severity)
    milestone = case.business_impact.milestone_date
    escalation = case.escalation
    return {
        "case.number": case.number,
        "case.type": case.type,
        "case.status": case.status.value,
        "case.ended": case.status.ended,
        "case.waiting_on": case.waiting_on.value,
        "case.severity": level.id if level else case.severity,
        "case.severity_rank": level.rank if level else None,
        "case.severity_agreed": case.severity_agreed,
        "case.impact": case.business_impact.summary,
        "case.milestone": milestone and datetime.combine(milestone, time(), UTC),
        "case.environment": case.environment.type,
        "case.deployment": case.environment.deployment,
        "case.product": case.product.name,
        "case.workaround": bool(case.workaround.text),
        "case.workaround_practical": case.workaround.practical,
        "case.opened_at": case.opened_at,
        "case.updated_at": case.updated_at,
        "case.vendor_updated_at": case.vendor_updated_at,
        "case.closed_at": case.closed_at,
        "case.rca_requested_at": case.rca_requested_at,
        "case.escalated": escalation is not None and escalation.state.live,
        "case.escalation_state": escalation.state.value if escalation else None,
        "case.fields": dict(case.fields),
    }
