"""Say a recorded change in the policy's words again, to judge it at delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from casecli.domain.policy import FileFact, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.domain.case import Answer


def request_of(change: AnyChange) -> Request:
    """Give the request a change was recorded for."""
    match change:
        case Open():
            return _opening(change)
        case AddComment():
            return Request(
                channel=change.channel, text=change.text, feed=change.feed.value
            )
        case AddAttachment():
            return Request(
                channel=change.channel,
                files=(FileFact(name=change.name, size=change.size),),
            )
        case EditFields():
            return Request(
                channel=change.channel,
                severity=change.fields.get("severity"),
                fields=change.fields,
            )
        case Escalate():
            return Request(
                channel=change.channel,
                reason=change.reason,
                text=change.details,
                impact=change.impact,
                outcome=change.outcome or "",
                contact=change.contact.name or "",
                answers=_by_id(change.answers),
            )
        case AgreePlan():
            return Request(channel=change.channel, plan=change.plan)
        case Deescalate():
            return Request(
                channel=change.channel,
                text=change.agreement,
                answers=_by_id(change.answers),
            )
        case Close():
            return Request(
                channel=change.channel,
                reason=change.reason,
                text=change.text,
                answers=_by_id(change.answers),
            )
        case Cancel() | Reopen():
            return Request(channel=change.channel, reason=change.reason)


def _opening(change: Open) -> Request:
    return Request(
        channel=change.channel,
        subject=change.subject,
        description=change.description,
        type=change.type,
        severity=change.severity,
        impact=change.impact.summary,
        impact_answers=change.impact.answers,
        answers=_by_id(change.checklist),
        fields=change.fields,
        follows=change.follows or "",
        contact=change.contact.name or "",
        contact_24x7=bool(change.contact.available_24x7),
    )


def _by_id(answers: Iterable[Answer]) -> Mapping[str, str]:
    return {answer.id: answer.value for answer in answers}
