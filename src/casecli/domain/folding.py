"""What a case looks like with the changes the vendor has not confirmed yet.

What the user sees is `fold(snapshot, pending changes)`. Folding a change whose effect
is in the snapshot already changes nothing, so a late or repeated answer does no harm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.case import (
    Accounts,
    Attachment,
    Case,
    Comment,
    Environment,
    Escalation,
    EscalationState,
    Occurrence,
    Product,
    Status,
    WaitingOn,
    Workaround,
)
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    AgreePlan,
    AnyChange,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
    Reopen,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


def fold(case: Case | None, changes: Iterable[AnyChange]) -> Case:
    """Apply pending changes to the vendor's snapshot, oldest first.

    Changes of other cases are passed over. Folding twice is folding once.

    Raises:
        ValueError: there is no snapshot and the first change is not an `Open`.
    """
    ordered = tuple(changes)
    later = [each.key for each in ordered if isinstance(each, Escalate)]
    for change in ordered:
        if later and change.key == later[0]:
            del later[0]
        if case is None:
            if not isinstance(change, Open):
                msg = f"change {change.key} comes before its case was opened"
                raise ValueError(msg)
            case = opened(change)
        elif change.case == case.ref:
            case = _apply(case, change, later)
    if case is None:
        msg = "neither a snapshot nor an open to fold"
        raise ValueError(msg)
    return case


def opened(change: Open) -> Case:
    """Build the case an `Open` asks for, as it looks before the vendor has it."""
    flat = dict(change.fields)
    return Case(
        ref=change.case,
        type=change.type,
        subtype=flat.pop("subtype", None),
        subject=change.subject,
        description=change.description,
        status=Status.QUEUED,
        waiting_on=WaitingOn.NOBODY,
        severity=change.severity,
        business_impact=change.impact,
        occurrence=Occurrence(
            started_at=flat.pop("occurrence.started_at", None),
            frequency=flat.pop("occurrence.frequency", None),
            changed=flat.pop("occurrence.changed", None),
            expected=flat.pop("occurrence.expected", None),
            actual=flat.pop("occurrence.actual", None),
        ),
        product=Product(
            category=flat.pop("product.category", None),
            name=flat.pop("product.name", None),
            release=flat.pop("product.release", None),
            component=flat.pop("product.component", None),
            version=flat.pop("product.version", None),
        ),
        environment=Environment(
            type=flat.pop("environment.type", None),
            os=flat.pop("environment.os", None),
            deployment=flat.pop("environment.deployment", None),
        ),
        accounts=Accounts(
            end_user=flat.pop("accounts.end_user", None),
            sold_to=flat.pop("accounts.sold_to", None),
        ),
        workaround=Workaround(
            text=flat.pop("workaround.text", None),
            practical=_yes_no(flat.pop("workaround.practical", None)),
        ),
        asset=change.asset,
        fields=flat,
        contact=change.contact,
        cc=change.cc,
        links=change.links,
        follows=change.follows,
        fingerprint=change.fingerprint,
        checklist=change.checklist,
        waivers=change.waivers,
        opened_at=change.at,
        updated_at=change.at,
    )


def _yes_no(text: str | None) -> bool | None:
    return None if text is None else text.lower() in ("yes", "true", "1", "y")


def _apply(  # noqa: C901 (one arm a change)
    case: Case, change: AnyChange, later: Sequence[str]
) -> Case:
    match change:
        case Open():
            return case
        case AddComment():
            return _with_comment(case, change)
        case AddAttachment():
            return _with_attachment(case, change)
        case EditFields():
            return with_fields(case, change.fields)
        case Escalate():
            return _with_escalation(case, change)
        case AgreePlan():
            return _with_live_escalation(case, later, plan=change.plan)
        case Deescalate():
            return _with_live_escalation(
                case, later, state=EscalationState.CLOSED, closed_at=change.at
            )
        case Close():
            return _ended(case, Status.CLOSED, change.at, change.reason)
        case Cancel():
            return _ended(case, Status.CANCELLED, change.at, change.reason)
        case Reopen():
            return replace(
                case,
                status=Status.OPEN,
                waiting_on=WaitingOn.VENDOR,
                closed_at=None,
                close_reason=None,
                reopen_until=None,
            )


def _with_comment(case: Case, change: AddComment) -> Case:
    if any(comment.key == change.key for comment in case.comments):
        return case
    comment = Comment(
        id=change.key,
        at=change.at,
        author="me",
        text=change.text,
        feed=change.feed,
        visibility=change.visibility,
        key=change.key,
    )
    answered = case.status is Status.WAITING_ON_CUSTOMER
    return replace(
        case,
        comments=(*case.comments, comment),
        waiting_on=WaitingOn.VENDOR if answered else case.waiting_on,
        updated_at=latest(case.updated_at, change.at),
    )


def _with_attachment(case: Case, change: AddAttachment) -> Case:
    if any(attachment.key == change.key for attachment in case.attachments):
        return case
    attachment = Attachment(
        id=change.key,
        at=change.at,
        author="me",
        name=change.name,
        size=change.size,
        sha256=change.sha256,
        folder=change.folder,
        note=change.note,
        key=change.key,
    )
    return replace(
        case,
        attachments=(*case.attachments, attachment),
        updated_at=latest(case.updated_at, change.at),
    )


def with_fields(case: Case, values: Mapping[str, str]) -> Case:
    """Set fields by the flat ids of `Draft.fields`, plus the case's own text fields."""
    plain = {"severity", "subject", "type", "subtype", "asset", "owner", "assignee"}
    for name, value in values.items():
        group, _, part = name.partition(".")
        if name in plain:
            case = replace(case, **{name: value})  # type: ignore[arg-type] # plain: str
        elif name == "impact":
            case = replace(
                case, business_impact=replace(case.business_impact, summary=value)
            )
        elif name == "workaround.practical":
            case = replace(
                case, workaround=replace(case.workaround, practical=_yes_no(value))
            )
        elif part and group in ("occurrence", "product", "environment", "accounts"):
            case = _with_part(case, group, part, value)
        elif name == "workaround.text":
            case = replace(case, workaround=replace(case.workaround, text=value))
        else:
            case = replace(case, fields={**case.fields, name: value})
    return case


def _with_part(case: Case, group: str, part: str, value: str) -> Case:
    whole = getattr(case, group)
    if part not in type(whole).__dataclass_fields__:
        return replace(case, fields={**case.fields, f"{group}.{part}": value})
    return replace(case, **{group: replace(whole, **{part: value})})


def _with_escalation(case: Case, change: Escalate) -> Case:
    if any(escalation.key == change.key for escalation in case.escalations):
        return case
    escalation = Escalation(
        id=change.key,
        state=EscalationState.REQUESTED,
        requested_at=change.at,
        reason=change.reason,
        details=change.details,
        outcome=change.outcome,
        channel=change.channel,
        key=change.key,
    )
    return replace(case, escalations=(*case.escalations, escalation))


def _with_live_escalation(case: Case, later: Sequence[str], **values: object) -> Case:
    """Change the newest escalation if it is live; those of later changes do not count.

    Without that, folding a second time would end an escalation asked for afterwards.
    """
    known = [n for n, each in enumerate(case.escalations) if each.key not in later]
    if not known or not case.escalations[known[-1]].state.live:
        return case
    place = known[-1]
    changed = replace(
        case.escalations[place],
        **values,  # type: ignore[arg-type] # callers name fields
    )
    return replace(
        case,
        escalations=(
            *case.escalations[:place],
            changed,
            *case.escalations[place + 1 :],
        ),
    )


def _ended(case: Case, status: Status, at: datetime, reason: str) -> Case:
    return replace(
        case,
        status=status,
        waiting_on=WaitingOn.NOBODY,
        closed_at=at,
        close_reason=reason,
    )


def latest(one: datetime | None, other: datetime) -> datetime:
    """Give the later of two moments, where the first may be missing."""
    return other if one is None else max(one, other)
