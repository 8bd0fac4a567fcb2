"""What to have at hand before phoning the vendor: whom to call and what to say.

What nobody has told us is said to be unknown, never left out and never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.domain.case import Status, WaitingOn
from casecli.domain.text import told

if TYPE_CHECKING:
    from casecli.domain.case import Case
    from casecli.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the profile says; empty where it does not."""

    profile: str
    name: str = ""
    account: str = ""
    contract: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something the person at the other end will ask and we cannot tell."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSheet:
    """Numbers to dial, lines to say in this order, and what is not known."""

    phones: Mapping[str, str]
    lines: tuple[str, ...]
    unknown: tuple[Unknown, ...]


def call_sheet(
    policy: Policy, caller: Caller, case: Case, asked: tuple[str, ...] = ()
) -> CallSheet:
    """Put together what a call about a case needs; `asked` is what is wanted of it."""
    setting = f"casecli profile add {caller.profile} … --set"
    edit = f"casecli edit {case.label}"
    level = policy.severity(case.severity)
    named = level.label if level else case.severity
    impact = _impact(policy, case)
    facts = (
        (
            policy.phones,
            "the vendor's telephone number",
            f"{setting} phone.support=NUMBER",
        ),
        (caller.contract, "the contract", f"{setting} contract.number=ID"),
        (caller.level, "the support level", f"casecli profile add {caller.profile} …"),
        (case.number, "the case number", f"casecli settle {case.ref} --number N"),
        (named, "the severity", f"{edit} --severity LEVEL"),
        (impact, "the business impact", f"{edit} --impact TEXT"),
        (case.contact.phone, "a number to call us back", "say it on the telephone"),
    )
    started = case.occurrence.started_at
    lines = (
        f"My name is {caller.name or '(your name)'}"
        + (f", of {caller.account}" if caller.account else "")
        + f"; contract {caller.contract or '(not known)'}, "
        f"support level {caller.level or '(not known)'}.",
        f"I am calling about case {case.number}: {case.subject}."
        if case.number
        else f"I want to open a case, it has no number yet: {case.subject}.",
        f"Severity: {named or '(not known)'}.",
        f"Business impact: {impact or '(not known)'}.",
        f"It began: {started or '(not known)'}.",
        f"You reach me at {case.contact.phone or '(your number)'}.",
        *(asked or _asked(case)),
    )
    return CallSheet(
        phones=policy.phones,
        lines=lines,
        unknown=tuple(
            Unknown(what=what, hint=hint) for value, what, hint in facts if not value
        ),
    )


def _impact(policy: Policy, case: Case) -> str:
    impact = case.business_impact
    asked = {each.id: each.text for each in policy.impact.questions}
    answers = "; ".join(
        told(asked.get(name, name), value) for name, value in impact.answers.items()
    )
    return ". ".join(each for each in (impact.summary.rstrip("."), answers) if each)


def _asked(case: Case) -> tuple[str, ...]:
    """Say what is wanted of the vendor, by where the case stands."""
    escalation = case.escalation
    if case.number is None:
        return ("Please open it now and give me its number.",)
    if escalation is not None and escalation.state.live:
        owner = escalation.owner or "nobody we know of"
        return (
            f"Its escalation is {escalation.state.value}, with {owner}.",
            "Who owns it, what happens next, and when do I hear from you?",
        )
    if case.status.ended or case.status is Status.RESOLVED:
        return (f"It is {case.status.value}, and I want it taken up again.",)
    if case.waiting_on is WaitingOn.CUSTOMER:
        return ("It waits for us: what exactly do you need?",)
    return ("Who works on it, what is the next step, and when do I hear from you?",)
