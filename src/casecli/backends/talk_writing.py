"""The verbs of a customer on a tracker that knows texts, states and little else.

Every step may be done again without harm, and what is searched for by its key, the
message, is written last: a change that is found was done completely. A receipt says
only what was read back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from casecli.backends.talk import (
    ESCALATION_LINE,
    IN_ESCALATION,
    UNFLAGGED,
    Mark,
    escalation_text,
    same_facts,
)
from casecli.domain.case import Case, Feed, Status, Visibility
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
    Receipt,
    Reopen,
    with_fields,
)
from casecli.domain.errors import (
    BackendError,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    RateLimited,
    Transient,
    Unknown,
    Unsupported,
    VersionConflict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.domain.change import AnyChange
    from casecli.domain.ports import Snapshot

Claims = dict[str, Callable[[Case], bool]]


class Tracker(Protocol):
    """What a kind of tracker does for the verbs; each method may be repeated."""

    system: str

    def look(self, number: str) -> Snapshot:
        """Read the case as it is now."""
        ...

    def say(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
        """Write a message and give its id."""
        ...

    def move(self, number: str, status: Status) -> None:
        """Bring a case into a state, by whatever way leads there."""
        ...

    def flag(self, number: str, *, on: bool) -> None:
        """Show everybody that a case is escalated, or is not any more."""
        ...

    def edit(self, seen: Snapshot, fields: Mapping[str, str]) -> dict[str, str]:
        """Set fields and give those it has no place for, with the reason."""
        ...


class TalkWriter:
    """Does changes to cases that are there already."""

    def __init__(self, tracker: Tracker, *, agent: bool, internal: bool) -> None:
        self._tracker, self._agent, self._internal = tracker, agent, internal

    def do(self, change: AnyChange, number: str, version: str | None) -> Receipt:
        """Do one change; files and openings are the tracker's own affair."""
        match change:
            case Open() | AddAttachment():
                raise Unsupported(f"{self._tracker.system} does this another way")
            case AddComment():
                return self._comment(change, number)
            case EditFields():
                return self._edit(change, number, version)
            case Escalate():
                return self._escalate(change, number)
            case AgreePlan():
                return self._agree(change, number)
            case Deescalate():
                return self._deescalate(change, number)
            case Close():
                text = f"{change.reason}\n\n{change.text}".strip()
                return self._end(change, number, version, Status.CLOSED, text)
            case Cancel():
                return self._end(
                    change, number, version, Status.CANCELLED, change.reason
                )
            case Reopen():
                return self._reopen(change, number, version)

    def _comment(self, change: AddComment, number: str) -> Receipt:
        internal = change.visibility is Visibility.INTERNAL
        if internal and not self._internal:
            raise Unsupported(f"{self._tracker.system} has no internal comments")
        if internal and not self._agent:
            raise PermissionDenied(
                "only the vendor's people may write internal comments",
                hint=f"casecli comment {number}",
            )
        escalation = change.feed is Feed.ESCALATION
        event = self._tracker.say(
            number,
            f"{ESCALATION_LINE}\n{change.text}" if escalation else change.text,
            Mark(change.key, IN_ESCALATION if escalation else change.kind),
            internal=internal,
        )

        def said(case: Case) -> bool:
            wanted = (event, change.text, change.feed, change.visibility)
            return wanted in [
                (each.id, each.text, each.feed, each.visibility)
                for each in case.comments
            ]

        claims: Claims = dict.fromkeys(("text", "feed", "visibility"), said)
        return self.receipt(number, event, claims, {})

    def _edit(self, change: EditFields, number: str, version: str | None) -> Receipt:
        seen = self._tracker.look(number)
        claims = field_claims(change.fields)
        # Sent again after a lost answer: what is there already is no conflict.
        if all(holds(seen.case) for holds in claims.values()):
            return self.receipt(number, None, claims, {})
        _unchanged(seen, version)
        ignored = self._tracker.edit(seen, change.fields)
        left = {name: each for name, each in claims.items() if name not in ignored}
        return self.receipt(number, None, left, ignored)

    def _escalate(self, change: Escalate, number: str) -> Receipt:
        case = self._tracker.look(number).case
        if case.status.ended:
            raise Invalid(f"{number} has ended", hint=f"casecli reopen {number}")
        if case.escalation is not None and case.escalation.state.live:
            raise Invalid(
                f"{number} is escalated already", hint=f"casecli show {number}"
            )
        ignored: dict[str, str] = {}
        kind = change.kind
        try:
            self._tracker.flag(number, on=True)
        except (Invalid, PermissionDenied, NotFoundRemote) as error:
            kind, ignored = UNFLAGGED, {"flag": str(error)}
        event = self._said(number, _told(change), Mark(change.key, kind))

        def asked(case: Case) -> bool:
            newest = case.escalation
            return newest is not None and newest.id == event

        claims: Claims = {"reason": asked, "state": lambda c: asked(c) and live(c)}
        for name in ("details", "outcome"):
            if getattr(change, name):
                claims[name] = asked
        return self.receipt(number, event, claims, ignored)

    def _agree(self, change: AgreePlan, number: str) -> Receipt:
        if not live(self._tracker.look(number).case):
            raise _not_escalated(number)
        plan = change.plan
        lines = (
            ESCALATION_LINE,
            f"Agreed updates: {plan.mode}, {plan.every}",
            f"With: {', '.join(plan.attendees)}",
        )
        event = self._said(number, "\n".join(lines), Mark(change.key, change.kind))
        why = f"{self._tracker.system} has no plan; it was said in the feed"
        return self.receipt(number, event, {}, {"plan": why})

    def _deescalate(self, change: Deescalate, number: str) -> Receipt:
        case = self._tracker.look(number).case
        if case.escalation is None:
            raise _not_escalated(number)
        ignored: dict[str, str] = {}
        try:
            self._tracker.flag(number, on=False)
        except (Invalid, PermissionDenied, NotFoundRemote) as error:
            ignored = {"flag": str(error)}
        text = f"{ESCALATION_LINE}\n{change.agreement or 'The escalation may end.'}"
        event = self._said(number, text, Mark(change.key, change.kind))
        return self.receipt(number, event, {"state": lambda c: not live(c)}, ignored)

    def _end(
        self,
        change: Close | Cancel,
        number: str,
        version: str | None,
        status: Status,
        text: str,
    ) -> Receipt:
        seen = self._tracker.look(number)
        _unchanged(seen, version)
        ignored: dict[str, str] = {}
        if seen.case.status is not status:
            self._tracker.move(number, status)
        else:
            ignored["status"] = f"already {status}"
        reason = change.reason.partition("\n")[0]
        claims: Claims = {"close_reason": lambda case: case.close_reason == reason}
        if not ignored:
            claims["status"] = lambda case: case.status is status
        return self._finally(number, text, change, claims, ignored)

    def _reopen(self, change: Reopen, number: str, version: str | None) -> Receipt:
        seen = self._tracker.look(number)
        _unchanged(seen, version)
        ignored: dict[str, str] = {}
        if seen.case.status.ended:
            self._tracker.move(number, Status.OPEN)
        else:
            ignored["status"] = f"already {seen.case.status}"
        claims: Claims = {} if ignored else {"status": lambda c: not c.status.ended}
        return self._finally(number, change.reason, change, claims, ignored)

    def _finally(
        self,
        number: str,
        text: str,
        change: AnyChange,
        claims: Claims,
        ignored: dict[str, str],
    ) -> Receipt:
        """Say what the state moved for; that it moved is not undone by a refusal."""
        event: str | None = None
        try:
            event = self._said(number, text or "-", Mark(change.key, change.kind))
        except (Transient, Unknown, RateLimited):
            raise
        except BackendError as error:
            claims.pop("close_reason", None)
            ignored["text"] = str(error)
        return self.receipt(number, event, claims, ignored)

    def _said(self, number: str, text: str, mark: Mark) -> str:
        return self._tracker.say(number, text, mark, internal=False)

    def receipt(
        self,
        number: str,
        event: str | None,
        claims: Claims,
        ignored: Mapping[str, str],
    ) -> Receipt:
        """Read back what was written; it stays written when that fails."""
        try:
            snapshot = self._tracker.look(number)
        except BackendError:
            return Receipt(number=number, event_id=event, ignored=ignored)
        true = tuple(name for name, holds in claims.items() if holds(snapshot.case))
        why = f"{self._tracker.system} did not keep it"
        return Receipt(
            number=number,
            version=snapshot.version,
            event_id=event,
            url=snapshot.case.url,
            applied=true,
            ignored={**ignored, **{k: why for k in claims if k not in true}},
            verified=True,
        )


def field_claims(fields: Mapping[str, str]) -> Claims:
    """Say of each field what must hold once it is set."""

    def has(name: str, value: str) -> Callable[[Case], bool]:
        return lambda case: with_fields(case, {name: value}) == case

    return {name: has(name, value) for name, value in fields.items()}


def live(case: Case) -> bool:
    """Tell whether the newest escalation still runs."""
    return case.escalation is not None and case.escalation.state.live


def _told(change: Escalate) -> str:
    contact = (change.contact.name, change.contact.email, change.contact.phone)
    reach = ", ".join(each for each in contact if each)
    details = (
        change.details,
        f"Impact: {change.impact}" if change.impact else "",
        f"Contact: {reach}" if reach else "",
        *(f"{each.question} {each.value}" for each in change.answers),
    )
    told = "\n".join(each for each in details if each)
    return escalation_text(change.reason, change.outcome, told)


def _not_escalated(number: str) -> Invalid:
    return Invalid(f"{number} is not escalated", hint=f"casecli escalate {number}")


def _unchanged(seen: Snapshot, version: str | None) -> None:
    if version is not None and not same_facts(seen.version, version):
        raise VersionConflict(
            f"{seen.number} was changed at the vendor meanwhile", hint="casecli sync"
        )
