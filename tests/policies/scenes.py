"""Actions that are in order at each vendor, and how `rows.toml` changes them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli import policies
from casecli.domain.case import (
    Accounts,
    BusinessImpact,
    Case,
    Comment,
    Contact,
    Environment,
    Escalation,
    EscalationState,
    Side,
    Status,
    WaitingOn,
    Workaround,
)
from casecli.domain.judgement import judge, refusals
from casecli.domain.policy import Actor, FileFact, Request
from casecli.policies import CelConditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.domain.policy import Finding, Policy

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PACKS = {
    "C": "citrix",
    "E": "generic",
    "G": "genesys",
    "S": "genesys",
    "P": "hotline-portal",
}
ROWS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "rows.toml").read_text(encoding="utf-8")
)

ACTORS = {
    "citrix": Actor(entitlement="verified"),
    "generic": Actor(),
    "genesys": Actor(name="ada@example.com", role="designated-contact"),
    "hotline-portal": Actor(),
}
CASE = Case(
    ref="L1",
    number="4711",
    status=Status.OPEN,
    severity="medium",
    opened_at=NOW - timedelta(days=30),
    business_impact=BusinessImpact(summary="40 clerks wait for each screen"),
)
LIVE = Escalation(id="E1", state=EscalationState.ACTIVE, requested_at=NOW)
FACTS = {
    "problem-statement-correct": "yes",
    "impact-described": "yes",
    "milestone-date": "none",
}
OPENING = Request(
    subject="Calls are dropped after transfer",
    description="Since the update of Monday every third call ends when it is moved on",
    severity="medium",
    impact="twelve agents call customers back by hand",
    impact_answers={"production-down": "no"},
    contact="Ada",
    fields={"occurrence.started_at": "2026-03-02 08:00 UTC"},
)
CHECKLIST = (
    "release-notes",
    "knowledge-base",
    "manuals",
    "definition",
    "tried",
    "reproduce",
    "logs",
    "search-keys",
)
GENESYS_OPENING = replace(
    OPENING,
    answers=dict.fromkeys(CHECKLIST, "see the description"),
    fields={
        **OPENING.fields,
        "accounts.end_user": "Acme",
        "accounts.sold_to": "Acme",
        "product.category": "Products",
        "product.name": "Framework",
        "product.release": "8.5",
        "product.version": "8.5.103",
        "environment.type": "Production",
        "environment.os": "RHEL 9",
        "subtype": "Problem",
    },
)
PORTAL_OPENING = replace(
    OPENING,
    answers={"known-issues": "none that fits"},
    fields={**OPENING.fields, "subject_type": "machines", "product.name": "Press 4"},
)
IN_ORDER = {
    ("citrix", "open"): OPENING,
    ("citrix", "edit"): Request(severity="medium"),
    ("citrix", "close"): Request(
        channel="phone",
        reason="resolved",
        answers={"worked-to-satisfaction": "yes", "may-be-closed": "yes"},
    ),
    ("citrix", "reopen"): Request(reason="it is back"),
    ("citrix", "escalate"): Request(
        channel="web",
        reason="dissatisfied",
        text="No answer for a week; we want to speak with a manager",
        outcome="speak-with-manager",
        impact="40 clerks wait for each screen",
        contact="Ada",
    ),
    ("generic", "escalate"): Request(
        channel="phone", reason="dissatisfied-with-progress", answers=FACTS
    ),
    ("generic", "deescalate"): Request(answers={"agree": "yes"}),
    ("genesys", "open"): GENESYS_OPENING,
    ("genesys", "comment"): Request(text="any news?"),
    ("genesys", "escalate"): Request(reason="other", text="the fix does not hold"),
    ("genesys", "close"): Request(reason="resolved"),
    ("genesys", "edit"): Request(fields={"environment.os": "RHEL 9"}),
    ("genesys", "reopen"): Request(reason="it is back"),
    ("genesys", "upload"): Request(files=(FileFact(name="a.log", size=1),)),
    ("hotline-portal", "open"): PORTAL_OPENING,
    ("hotline-portal", "view"): Request(),
    ("hotline-portal", "comment"): Request(text="see the file"),
    ("hotline-portal", "upload"): Request(files=(FileFact(name="a.log", size=1),)),
}


@cache
def pack(name: str) -> Policy:
    """Load a policy once."""
    return policies.load(name)


@cache
def conditions(name: str) -> CelConditions:
    """Compile a policy's conditions once."""
    return CelConditions(pack(name).calendar)


def said(  # noqa: PLR0913 (what a judgement rests on)
    name: str,
    action: str,
    request: Request | None = None,
    case: Case | None = None,
    *,
    actor: Actor | None = None,
    now: datetime = NOW,
    settings: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Judge at a vendor by name, under a contract's settings."""
    policy = policies.under_contract(pack(name), settings or {})
    engine = CelConditions(policy.calendar) if settings else conditions(name)
    asked = IN_ORDER[name, action] if request is None else request
    return judge(policy, action, case, actor or ACTORS[name], asked, now, engine)


def scene(row: str, side: str) -> tuple[Finding, ...]:
    """Judge one side, `refuses` or `passes`, of a row."""
    spec, name = ROWS[row], PACKS[row[0]]
    action, changes = spec["action"], spec[side]
    case = case_for(action, changes.get("case", {}))
    return said(
        name,
        action,
        _request(IN_ORDER[name, action], changes.get("request", {})),
        None if action == "open" or changes.get("no_case") else case,
        actor=replace(ACTORS[name], **_tuples(changes.get("actor", {}))),
        settings=spec.get("contract"),
    )


def _request(request: Request, changes: Mapping[str, Any]) -> Request:
    """Lay changes over a request; fields and answers of an opening are merged."""
    values = dict(changes)
    if "files" in values:
        values["files"] = tuple(
            FileFact(name="a.log", size=size) for size in values["files"]
        )
    if values.get("fields"):
        values["fields"] = {**request.fields, **values["fields"]}
    if values.get("answers") and request.subject:
        values["answers"] = {**request.answers, **values["answers"]}
    return replace(request, **values)


def case_for(action: str, changes: Mapping[str, Any]) -> Case:
    """Give the case an action of these scenes is about."""
    case = CASE
    if action == "deescalate":
        case = replace(case, escalations=(LIVE,))
    if action == "reopen":
        case = replace(case, status=Status.CLOSED, closed_at=NOW)
    for name, value in changes.items():
        case = replace(case, **_change(name, value))
    return case


def _change(name: str, value: Any) -> dict[str, Any]:
    match name:
        case "status":
            return {"status": Status(value)}
        case "waiting_on":
            return {"waiting_on": WaitingOn(value)}
        case "escalation":
            state = EscalationState(value)
            return {"escalations": (replace(LIVE, state=state),)}
        case "workaround":
            return {"workaround": Workaround(text=value)}
        case "deployment":
            return {"environment": Environment(deployment=value)}
        case "company":
            return {"accounts": Accounts(end_user=value)}
        case "contact":
            return {"contact": Contact(name=value)}
        case "impact":
            return {"business_impact": BusinessImpact(summary=value)}
        case "last_word":
            return {"comments": (_comment(Side(value)),)}
        case _:
            return {name: value}


def _comment(side: Side) -> Comment:
    return Comment(id="1", at=NOW, author="x", text="please look", side=side)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
    }


def rules(findings: Iterable[Finding]) -> list[str]:
    """Give the rules that speak."""
    return [each.rule for each in findings]


def refused(findings: Iterable[Finding]) -> list[str]:
    """Give the rules that refuse."""
    return [each.rule for each in refusals(findings)]


def at(text: str) -> datetime:
    """Read a moment."""
    return datetime.fromisoformat(text)
