"""What each change a customer asks for does at the desk."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from casecli.domain.case import (
    BusinessImpact,
    Contact,
    Escalation,
    EscalationState,
    Feed,
    Status,
    Visibility,
    WaitingOn,
)
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    AgreePlan,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
    Reopen,
)
from casecli.domain.errors import Invalid, PermissionDenied
from casecli.domain.folding import opened, with_fields

if TYPE_CHECKING:
    from casecli.backends.desk_casework import Brought, CaseWork
    from casecli.domain.case import Case
    from casecli.domain.change import AnyChange

_NOT_BY_EDIT = {
    "owner": "the desk assigns its own people",
    "severity_agreed": "the vendor agrees to a severity",
    "status": "close, cancel and reopen move a case",
    "number": "the desk numbers its cases",
}
_OF_AN_OPEN = (
    ("description", "description"),
    ("type", "type"),
    ("severity", "severity"),
    ("impact", "business_impact"),
    ("checklist", "checklist"),
    ("contact", "contact"),
    ("cc", "cc"),
    ("asset", "asset"),
    ("links", "links"),
    ("follows", "follows"),
    ("fingerprint", "fingerprint"),
)
_NOTHING = (None, "", (), BusinessImpact(), Contact())


def first_look(change: Open) -> Case:
    """Build the case an `Open` asks for, as the desk takes it in.

    Raises:
        Invalid: it has no subject.
    """
    if not change.subject.strip():
        raise Invalid("a case needs a subject", hint="casecli open --subject TEXT")
    return replace(
        opened(change),
        ref="",
        backend="desk",
        status=Status.OPEN,
        waiting_on=WaitingOn.VENDOR,
    )


def apply(  # noqa: C901 (one arm a change)
    work: CaseWork,
    change: AnyChange,
    version: str | None,
    brought: Brought | None = None,
) -> None:
    """Do a change; the caller finishes the work. `brought` are a file's bytes.

    Raises:
        BackendError: the desk says no, and nothing was done.
    """
    match change:
        case Open():
            _claim_open(work, change)
        case AddComment():
            _comment(work, change)
        case AddAttachment():
            _attach(work, change, brought)
        case EditFields():
            work.refuse_stale(version)
            _edit(work, change)
        case Escalate():
            _escalate(work, change)
        case AgreePlan():
            work.change_escalation(plan=change.plan)
            work.claims["plan"] = attrgetter("escalation.plan")
        case Deescalate():
            _deescalate(work, change)
        case Close():
            _end(work, Status.CLOSED, change.reason, version, change.text)
        case Cancel():
            _end(work, Status.CANCELLED, change.reason, version)
        case Reopen():
            _reopen(work, change, version)


def _claim_open(work: CaseWork, change: Open) -> None:
    work.claims["subject"] = attrgetter("subject")
    for name, attribute in _OF_AN_OPEN:
        if getattr(change, name) not in _NOTHING:
            work.claims[name] = attrgetter(attribute)
    for name, value in change.fields.items():
        work.claims[name] = partial(_has_field, name=name, value=value)
    contact = change.contact
    if contact.name:
        work.records.keep_contact(
            work.stored.account, contact.name, contact.email, contact.phone
        )


def _has_field(case: Case, *, name: str, value: str) -> bool:
    return with_fields(case, {name: value}) == case


def _comment(work: CaseWork, change: AddComment) -> None:
    if change.visibility is Visibility.INTERNAL and not work.agent:
        raise PermissionDenied(
            "only the desk's agents may write internal comments",
            hint=f"casecli comment {work.number}",
        )
    work.say(change.text, change.feed, change.visibility)
    for name in ("text", "feed", "visibility"):
        work.claims[name] = partial(_newest_comment, key=work.key, name=name)


def _newest_comment(case: Case, *, key: str, name: str) -> object:
    return next(getattr(each, name) for each in case.comments if each.key == key)


def _attach(work: CaseWork, change: AddAttachment, brought: Brought | None) -> None:
    came = (brought.sha256, brought.size) if brought else None
    if brought is None or came != (change.sha256, change.size):
        raise Invalid(
            f"{change.name} arrived with other bytes than were approved",
            hint=f"casecli upload {work.number} PATH",
        )
    kept = work.attach(brought)
    stored = work.records.stored_bytes(kept.id) == change.size
    for name in ("name", "size", "sha256", "note", "folder"):
        if getattr(change, name) is None:
            continue
        if stored:
            work.claims[name] = partial(_attachment, key=work.key, name=name)
        else:
            work.ignored[name] = "the desk did not keep all of the bytes"


def _attachment(case: Case, *, key: str, name: str) -> object:
    return next(getattr(each, name) for each in case.attachments if each.key == key)


def _edit(work: CaseWork, change: EditFields) -> None:
    work.refuse_ended("edited")
    barred = {} if work.agent else _NOT_BY_EDIT
    for name, value in change.fields.items():
        if name in barred:
            work.ignored[name] = barred[name]
            continue
        work.case = with_fields(work.case, {name: value})
        work.claims[name] = partial(_has_field, name=name, value=value)


def _escalate(work: CaseWork, change: Escalate) -> None:
    work.refuse_ended("escalated")
    beside = _beside(change)
    if beside:
        work.say(beside, Feed.ESCALATION)
    work.escalate(
        Escalation(
            id="",
            state=EscalationState.REQUESTED,
            requested_at=work.now,
            reason=change.reason,
            details=change.details,
            outcome=change.outcome,
            channel=change.channel,
            key=work.key,
        )
    )
    for name in ("reason", "details", "outcome"):
        if getattr(change, name):
            work.claims[name] = attrgetter(f"escalation.{name}")


def _beside(change: Escalate) -> str:
    """Write down what an escalation has no place for, so that agents read it."""
    contact = (change.contact.name, change.contact.email, change.contact.phone)
    reach = ", ".join(part for part in contact if part)
    lines = (
        f"Impact: {change.impact}" if change.impact else "",
        f"Contact: {reach}" if reach else "",
        *(f"{each.question} {each.value}" for each in change.answers),
    )
    return "\n".join(line for line in lines if line)


def _deescalate(work: CaseWork, change: Deescalate) -> None:
    work.change_escalation(state=EscalationState.CLOSED, closed_at=work.now)
    if change.agreement.strip():
        work.say(change.agreement, Feed.ESCALATION)
    work.claims["state"] = attrgetter("escalation.state")


def _end(
    work: CaseWork, status: Status, reason: str, version: str | None, text: str = ""
) -> None:
    if work.case.status is status:
        work.ignored["status"] = f"already {status}"
        return
    work.refuse_ended(str(status))
    work.refuse_stale(version)
    if text.strip():
        work.say(text)
    work.end(status, reason)
    work.claims["status"] = attrgetter("status")
    work.claims["close_reason"] = attrgetter("close_reason")


def _reopen(work: CaseWork, change: Reopen, version: str | None) -> None:
    if work.case.status is Status.CANCELLED:
        raise Invalid(
            f"{work.number} was cancelled, so it cannot be reopened",
            hint=f"casecli open --follows {work.number}",
        )
    if work.case.status not in (Status.CLOSED, Status.RESOLVED):
        work.ignored["status"] = f"already {work.case.status}"
        return
    work.refuse_stale(version)
    if change.reason.strip():
        work.say(change.reason)
    work.set(
        status=Status.OPEN,
        waiting_on=WaitingOn.VENDOR,
        closed_at=None,
        close_reason=None,
        reopen_until=None,
        resolution=None,
    )
    work.claims["status"] = attrgetter("status")
