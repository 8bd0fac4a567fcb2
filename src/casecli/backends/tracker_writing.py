"""Writing to a ticket tracker, and reading back what became of it.

Trackers acknowledge what they did not do, so a receipt says only what was seen
afterwards. Verbs a tracker has no place for become messages with our mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from casecli.backends.tracker_talk import (
    ESCALATION_LINE,
    IN_ESCALATION,
    escalation_text,
)
from casecli.backends.tracker_versions import event_of
from casecli.domain.case import Feed, Status, Visibility
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
)
from casecli.domain.errors import (
    BackendError,
    Invalid,
    PermissionDenied,
    TooLarge,
    Unsupported,
)
from casecli.domain.folding import with_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from casecli.domain.case import Case
    from casecli.domain.change import AnyChange
    from casecli.domain.ports import Snapshot

    Claims = dict[str, Callable[[Case], bool]]

NOT_BY_EDIT = {
    "status": "close, cancel and reopen move a case",
    "number": "the vendor numbers its cases",
    "owner": "the vendor assigns its own people",
    "severity_agreed": "the vendor agrees to a severity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to say in a case, and what changes with it in the same request."""

    key: str
    kind: str
    text: str
    internal: bool = False
    status: Status | None = None
    reason: str | None = None
    escalated: bool | None = None


class Tracker(Protocol):
    """What a server must be able to do for `Writer` to do the rest.

    A `version` given is the state the user saw; the tracker raises `VersionConflict`
    where facts have changed since. `ignored` maps a field to why it was left out.
    """

    name: str
    internal: bool
    """Whether it has comments that only the vendor's people read."""
    in_steps: bool
    """Whether `say` takes several requests, so that a part may be done already."""

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read a case; of its files at least what came with an event of ours.

        Raises:
            NotFoundRemote: there is none, or none for us.
        """
        ...

    def their_severity(self, ours: str) -> str:
        """Translate a severity, to compare what was asked with what is there."""
        ...

    def open(self, change: Open) -> tuple[str, Mapping[str, str]]:
        """Open a case; give its number and what was ignored."""
        ...

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Write a message; give its id, where that is told, and what was ignored."""
        ...

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str | None:
        """Send a file with a message; give the id of either where it is told."""
        ...

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set fields, subject and severity among them; give what was ignored."""
        ...


class Writer:
    """Does changes to one tracker's cases."""

    def __init__(
        self, tracker: Tracker, *, agent: bool, max_attachment: int | None
    ) -> None:
        self._tracker, self._agent, self._limit = tracker, agent, max_attachment

    def do(  # noqa: C901 (one arm a change)
        self,
        change: AnyChange,
        number: str,
        version: str | None,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> Receipt:
        """Do a change to a case that is there already."""
        match change:
            case Open():
                raise Invalid("a case is opened once", hint="casecli list")
            case AddComment():
                return self._comment(change, number)
            case AddAttachment():
                return self._attach(change, number, source, progress)
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

    def open(self, change: Open) -> Receipt:
        """Open a case with our key in it."""
        text = change.text or change.description
        number, ignored = self._tracker.open(change)
        claims: Claims = {
            "description": lambda case: _same(case.description, text),
            **self._claims(asked(change), ignored),
        }
        if change.cc and "cc" not in ignored:
            claims["cc"] = lambda case: len(case.cc) == len(change.cc)
        return self._receipt(number, change, claims, ignored, made=True)

    def _comment(self, change: AddComment, number: str) -> Receipt:
        internal = change.visibility is Visibility.INTERNAL
        if internal and not self._tracker.internal:
            raise Unsupported(
                f"{self._tracker.name} shows every comment to everybody",
                hint=f"casecli comment {number}",
            )
        if internal and not self._agent:
            raise PermissionDenied(
                "only the vendor's people may write internal comments",
                hint=f"casecli comment {number}",
            )
        escalation = change.feed is Feed.ESCALATION
        message = Message(
            key=change.key,
            kind=IN_ESCALATION if escalation else change.kind,
            text=f"{ESCALATION_LINE}\n{change.text}" if escalation else change.text,
            internal=internal,
        )
        event, ignored = self._tracker.say(number, message, None)

        def said(case: Case) -> bool:
            return any(
                _same(each.text, change.text)
                and (each.feed, each.visibility) == (change.feed, change.visibility)
                for each in case.comments
                if each.key == change.key
            )

        claims: Claims = dict.fromkeys(("text", "feed", "visibility"), said)
        return self._receipt(number, change, claims, ignored, event)

    def _attach(
        self,
        change: AddAttachment,
        number: str,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> Receipt:
        limit = self._limit
        if limit is not None and change.size > limit:
            raise TooLarge(f"{change.name} is over the limit of {limit} bytes", limit)
        if source is None:
            raise Invalid(f"{change.name} came without its bytes", hint="casecli sync")
        event = self._tracker.attach(number, change, source, progress)

        def there(case: Case) -> bool:
            return (change.key, change.name) in [
                (each.key, each.name) for each in case.attachments
            ]

        def whole(case: Case) -> bool:
            return (change.key, change.size) in [
                (each.key, each.size) for each in case.attachments
            ]

        claims: Claims = {"name": there, "size": whole}
        return self._receipt(number, change, claims, {}, event)

    def _edit(self, change: EditFields, number: str, version: str | None) -> Receipt:
        wanted = {k: v for k, v in change.fields.items() if k not in NOT_BY_EDIT}
        ignored = {k: NOT_BY_EDIT[k] for k in change.fields if k in NOT_BY_EDIT}
        claims = self._claims(wanted, {})
        if version is not None:
            # Sent again after a lost answer: what is there already is no conflict.
            case = self._tracker.look(number).case
            if all(holds(case) for holds in claims.values()):
                wanted = {}
        if wanted:
            ignored |= self._tracker.edit(number, wanted, version)
        left = {name: holds for name, holds in claims.items() if name not in ignored}
        return self._receipt(number, change, left, ignored, made=True)

    def _escalate(self, change: Escalate, number: str) -> Receipt:
        case = self._tracker.look(number).case
        if case.status.ended:
            raise Invalid(f"{number} has ended", hint=f"casecli reopen {number}")
        if _live(case):
            raise Invalid(
                f"{number} is escalated already", hint=f"casecli show {number}"
            )
        contact = (change.contact.name, change.contact.email, change.contact.phone)
        reach = ", ".join(each for each in contact if each)
        details = (
            change.details,
            f"Impact: {change.impact}" if change.impact else "",
            f"Contact: {reach}" if reach else "",
            *(f"{each.question} {each.value}" for each in change.answers),
        )
        told = "\n".join(each for each in details if each)
        message = Message(
            key=change.key,
            kind=change.kind,
            text=f"{ESCALATION_LINE}\n"
            + escalation_text(change.reason, change.outcome, told),
            escalated=True,
        )
        event, ignored = self._tracker.say(number, message, None)

        def asked(case: Case) -> bool:
            return case.escalation is not None and case.escalation.key == change.key

        claims: Claims = {"reason": asked, "state": lambda c: asked(c) and _live(c)}
        for name in ("details", "outcome"):
            if getattr(change, name):
                claims[name] = asked
        return self._receipt(number, change, claims, ignored, event)

    def _agree(self, change: AgreePlan, number: str) -> Receipt:
        if not _live(self._tracker.look(number).case):
            raise _not_escalated(number)
        plan = change.plan
        lines = (
            ESCALATION_LINE,
            f"Agreed updates: {plan.mode}, {plan.every}",
            f"With: {', '.join(plan.attendees)}",
        )
        message = Message(key=change.key, kind=change.kind, text="\n".join(lines))
        event, _ = self._tracker.say(number, message, None)
        why = f"{self._tracker.name} has no plan; it was said in the escalation's feed"
        return self._receipt(number, change, {}, {"plan": why}, event)

    def _deescalate(self, change: Deescalate, number: str) -> Receipt:
        case = self._tracker.look(number).case
        # The flag may be gone already, taken away before the words were cut off.
        if not _live(case) and not (self._tracker.in_steps and case.escalation):
            raise _not_escalated(number)
        message = Message(
            key=change.key,
            kind=change.kind,
            text=f"{ESCALATION_LINE}\n{change.agreement or 'The escalation may end.'}",
            escalated=False,
        )
        event, ignored = self._tracker.say(number, message, None)
        claims: Claims = {"state": lambda case: not _live(case)}
        return self._receipt(number, change, claims, ignored, event)

    def _end(
        self,
        change: Close | Cancel,
        number: str,
        version: str | None,
        status: Status,
        text: str,
    ) -> Receipt:
        message = Message(
            key=change.key,
            kind=change.kind,
            text=text,
            status=status,
            reason=change.reason,
        )
        # What is read in the talk of a case is the first line.
        reasons = (change.reason, change.reason.partition("\n")[0])
        claims: Claims = {
            "status": lambda case: case.status is status,
            "close_reason": lambda case: case.close_reason in reasons,
        }
        there = self._tracker.look(number).case.status
        already = there if there is status else None
        return self._move(number, change, version, message, claims, already)

    def _reopen(self, change: Reopen, number: str, version: str | None) -> Receipt:
        message = Message(
            key=change.key, kind=change.kind, text=change.reason, status=Status.OPEN
        )
        claims: Claims = {"status": lambda case: not case.status.ended}
        there = self._tracker.look(number).case.status
        already = None if there.ended else there
        return self._move(number, change, version, message, claims, already)

    def _move(
        self,
        number: str,
        change: AnyChange,
        version: str | None,
        message: Message,
        claims: Claims,
        already: Status | None,
    ) -> Receipt:
        """Change the status with a message; nothing is said where it is `already` so.

        Unless that may be our own doing, cut off before the words.
        """
        ignored: dict[str, str] = {}
        if already is not None:
            ignored["status"] = f"already {already}"
            if not self._tracker.in_steps:
                return self._receipt(number, change, {}, ignored, made=True)
            message = replace(message, status=None)
        event, further = self._tracker.say(number, message, version)
        ignored |= further
        left = {name: holds for name, holds in claims.items() if name not in ignored}
        made = "text" in further
        return self._receipt(number, change, left, ignored, event, made=made)

    def _claims(self, fields: Mapping[str, str], ignored: Mapping[str, str]) -> Claims:
        theirs = self._tracker.their_severity

        def has(name: str, value: str) -> Callable[[Case], bool]:
            if name == "severity":
                return lambda case: theirs(case.severity or "") == theirs(value)
            return lambda case: with_fields(case, {name: value}) == case

        return {k: has(k, v) for k, v in fields.items() if k not in ignored}

    def _receipt(
        self,
        number: str,
        change: AnyChange,
        claims: Claims,
        ignored: Mapping[str, str],
        event: str | None = None,
        *,
        made: bool = False,
    ) -> Receipt:
        """Read back what was written; it stays written when that fails.

        Raises:
            Invalid: no message with our key is there, and none was promised (`made`).
        """
        tracker = self._tracker
        try:
            snapshot = tracker.look(number, event)
        except BackendError:
            return Receipt(number=number, event_id=event, ignored=ignored)
        event = event_of(snapshot.case, change.key) or event
        if event is None and not made:
            raise Invalid(
                f"{tracker.name} took the {change.kind} and did not keep it",
                hint="casecli whoami",
            )
        true = tuple(name for name, holds in claims.items() if holds(snapshot.case))
        why = f"{tracker.name} did not keep it"
        return Receipt(
            number=number,
            version=snapshot.version,
            event_id=event,
            url=snapshot.case.url,
            applied=true,
            ignored={**ignored, **{k: why for k in claims if k not in true}},
            verified=True,
        )


def asked(change: Open) -> dict[str, str]:
    """Give all fields of an opening, subject and severity among them."""
    severity = {"severity": change.severity} if change.severity else {}
    return {**change.fields, "subject": change.subject, **severity}


def _same(there: str, asked: str) -> bool:
    """Compare texts as trackers keep them: line ends are theirs, as is the edge."""
    return _plain(there) == _plain(asked)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _live(case: Case) -> bool:
    return case.escalation is not None and case.escalation.state.live


def _not_escalated(number: str) -> Invalid:
    return Invalid(f"{number} is not escalated", hint=f"casecli escalate {number}")
