"""Writing to Request Tracker, and reading back what became of it.

RT answers 200 or 201 and a sentence to what it did not do, so a receipt says only what
was seen afterwards. Verbs RT has no place for become messages with our mark.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from casecli.backends.http_answers import understood
from casecli.backends.http_form import File
from casecli.backends.request_tracker_reading import Reader
from casecli.backends.request_tracker_records import (
    ESCALATION_LINE,
    IN_ESCALATION,
    PRIORITY,
    escalation_text,
    mark,
)
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
    with_fields,
)
from casecli.domain.errors import (
    BackendError,
    Invalid,
    PermissionDenied,
    TooLarge,
    Unknown,
    VersionConflict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from casecli.backends.http import Reply
    from casecli.backends.request_tracker_reading import Seen
    from casecli.backends.request_tracker_records import Record
    from casecli.domain.case import Case
    from casecli.domain.change import AnyChange

    Claims = dict[str, Callable[[Case], bool]]
    from casecli.backends.http import HttpClient
    from casecli.backends.request_tracker_reading import Reader
    from casecli.backends.request_tracker_settings import Setup

NOT_BY_EDIT = {
    "status": "close, cancel and reopen move a case",
    "number": "Request Tracker numbers its tickets",
    "owner": "the vendor assigns its own people",
    "severity_agreed": "the vendor agrees to a severity",
}
_TRANSACTION = re.compile(r"/transaction/(\d+)$")


class Writer:
    """Does changes to one queue's tickets."""

    def __init__(
        self, http: HttpClient, reader: Reader, setup: Setup, *, agent: bool
    ) -> None:
        self._http, self._reader, self._setup = http, reader, setup
        self._words, self._agent = setup.words, agent

    def do(  # noqa: C901 (one arm a change)
        self,
        change: AnyChange,
        number: str,
        version: str | None,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> Receipt:
        """Do a change to a ticket that is there already."""
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

    def open(self, change: Open, requestor: str) -> Receipt:
        """Open a ticket with our key in its custom field."""
        words = self._words
        text = change.text or change.description
        body, ignored = self._body_of(change.fields, change.severity)
        body["CustomFields"] = {**body.get("CustomFields", {}), words.key: change.key}
        body |= {
            "Queue": self._setup.queue,
            "Subject": change.subject,
            "Requestor": requestor,
            "Cc": list(change.cc),
            "Content": text,
            "ContentType": "text/plain",
        }
        reply = self._http.send("POST", "ticket", body)
        with understood(Unknown):
            number = str(int(reply.json()["id"]))
        claims: Claims = {
            "subject": lambda case: case.subject == change.subject,
            "description": lambda case: case.description == text,
            **self._claims(change.fields, ignored),
        }
        if change.severity:
            claims["severity"] = lambda case: case.severity == change.severity
        if change.cc:
            claims["cc"] = lambda case: len(case.cc) == len(change.cc)
        return self._receipt(number, None, claims, ignored)

    def _comment(self, change: AddComment, number: str) -> Receipt:
        internal = change.visibility is Visibility.INTERNAL
        if internal and not self._agent:
            raise PermissionDenied(
                "only the vendor's people may write internal comments",
                hint=f"casecli comment {number}",
            )
        escalation = change.feed is Feed.ESCALATION
        event = self._say(
            number,
            mark(change.key, IN_ESCALATION if escalation else change.kind),
            f"{ESCALATION_LINE}\n{change.text}" if escalation else change.text,
            internal=internal,
        )

        def said(case: Case) -> bool:
            wanted = (change.text, change.feed, change.visibility)
            return wanted in [
                (each.text, each.feed, each.visibility)
                for each in case.comments
                if each.id == event
            ]

        claims: Claims = dict.fromkeys(("text", "feed", "visibility"), said)
        return self._receipt(number, event, claims, {})

    def _attach(
        self,
        change: AddAttachment,
        number: str,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> Receipt:
        limit = self._setup.max_attachment
        if limit is not None and change.size > limit:
            raise TooLarge(f"{change.name} is over the limit of {limit} bytes", limit)
        if source is None:
            raise Invalid(f"{change.name} came without its bytes", hint="casecli sync")
        self._reader.ticket(number)
        about = f"{change.name}, {change.size} bytes, sha256 {change.sha256}"
        message = {
            "Subject": mark(change.key, change.kind),
            "Content": f"{change.note}\n\n{about}" if change.note else about,
            "ContentType": "text/plain",
        }
        path = f"ticket/{number}/correspond"
        if change.size:
            file = File("Attachments", change.name, source, change.size)
            form = {"JSON": json.dumps(message)}
            reply = self._http.upload(path, form, file, progress)
        else:
            # RT takes an empty FileContent for none at all; a line end decodes to it.
            empty = {
                "FileName": change.name,
                "FileType": "application/octet-stream",
                "FileContent": "\n",
            }
            reply = self._http.send("POST", path, {**message, "Attachments": [empty]})
        with understood(Unknown):
            transaction = _transaction_of(reply)
        try:
            files = self._reader.files(transaction)
        except BackendError:
            return Receipt(number=number, event_id=None)
        event = files[0].id if files else None
        claims: Claims = {
            "name": lambda case: (change.name, event) in _files(case),
            "size": lambda _: bool(files) and files[0].size == change.size,
        }
        return self._receipt(number, event, claims, {})

    def _edit(self, change: EditFields, number: str, version: str | None) -> Receipt:
        wanted = {k: v for k, v in change.fields.items() if k not in NOT_BY_EDIT}
        severity = wanted.pop("severity", None)
        subject = wanted.pop("subject", None)
        body, ignored = self._body_of(wanted, severity)
        ignored |= {k: NOT_BY_EDIT[k] for k in change.fields if k in NOT_BY_EDIT}
        if subject is not None:
            body["Subject"] = subject
        seen = self._reader.look(number)
        guard = _guard(seen, version)
        if body:
            self._http.send("PUT", f"ticket/{number}", body, guard).json()
        asked = {k: v for k, v in change.fields.items() if k not in ignored}
        return self._receipt(number, None, self._claims(asked, ignored), ignored)

    def _escalate(self, change: Escalate, number: str) -> Receipt:
        case = self._reader.look(number).snapshot.case
        if case.status.ended:
            raise Invalid(f"{number} has ended", hint=f"casecli reopen {number}")
        if case.escalation is not None and case.escalation.state.live:
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
        event = self._say(
            number,
            mark(change.key, change.kind),
            f"{ESCALATION_LINE}\n"
            + escalation_text(change.reason, change.outcome, told),
            CustomFields={self._words.escalated: "yes"},
        )

        def asked(case: Case) -> bool:
            newest = case.escalation
            return newest is not None and newest.id == event

        claims: Claims = {"reason": asked, "state": lambda c: asked(c) and _live(c)}
        for name in ("details", "outcome"):
            if getattr(change, name):
                claims[name] = asked
        return self._receipt(number, event, claims, {})

    def _agree(self, change: AgreePlan, number: str) -> Receipt:
        self._refuse_unless_escalated(number)
        plan = change.plan
        lines = (
            ESCALATION_LINE,
            f"Agreed updates: {plan.mode}, {plan.every}",
            f"With: {', '.join(plan.attendees)}",
        )
        event = self._say(number, mark(change.key, change.kind), "\n".join(lines))
        why = "Request Tracker has no plan; it was said in the escalation's feed"
        return self._receipt(number, event, {}, {"plan": why})

    def _deescalate(self, change: Deescalate, number: str) -> Receipt:
        self._refuse_unless_escalated(number)
        event = self._say(
            number,
            mark(change.key, change.kind),
            f"{ESCALATION_LINE}\n{change.agreement or 'The escalation may end.'}",
            CustomFields={self._words.escalated: ""},
        )
        return self._receipt(number, event, {"state": lambda c: not _live(c)}, {})

    def _refuse_unless_escalated(self, number: str) -> None:
        if not _live(self._reader.look(number).snapshot.case):
            raise Invalid(
                f"{number} is not escalated", hint=f"casecli escalate {number}"
            )

    def _end(
        self,
        change: Close | Cancel,
        number: str,
        version: str | None,
        status: Status,
        text: str,
    ) -> Receipt:
        seen = self._reader.look(number)
        if seen.snapshot.case.status is status:
            return self._receipt(number, None, {}, {"status": f"already {status}"})
        event = self._say(
            number,
            mark(change.key, change.kind),
            text,
            _guard(seen, version),
            Status=self._words.their_status(status),
            CustomFields={self._words.reason: change.reason},
        )
        claims: Claims = {
            "status": lambda case: case.status is status,
            "close_reason": lambda case: case.close_reason == change.reason,
        }
        return self._receipt(number, event, claims, {})

    def _reopen(self, change: Reopen, number: str, version: str | None) -> Receipt:
        seen = self._reader.look(number)
        status = seen.snapshot.case.status
        if not status.ended:
            return self._receipt(number, None, {}, {"status": f"already {status}"})
        event = self._say(
            number,
            mark(change.key, change.kind),
            change.reason,
            _guard(seen, version),
            Status=self._words.their_status(Status.OPEN),
        )
        claims: Claims = {"status": lambda case: not case.status.ended}
        return self._receipt(number, event, claims, {})

    def _say(
        self,
        number: str,
        subject: str,
        text: str,
        guard: Mapping[str, str] | None = None,
        *,
        internal: bool = False,
        **beside: object,
    ) -> str:
        """Write a message and what RT changes with it; give its transaction."""
        self._reader.ticket(number)
        body = {
            "Subject": subject,
            "Content": text or "-",
            "ContentType": "text/plain",
            **beside,
        }
        verb = "comment" if internal else "correspond"
        reply = self._http.send("POST", f"ticket/{number}/{verb}", body, guard)
        with understood(Unknown):
            return _transaction_of(reply)

    def _body_of(
        self, fields: Mapping[str, str], severity: str | None
    ) -> tuple[Record, dict[str, str]]:
        """Give what RT has a place for, and why the rest is left out."""
        words = self._words
        body: Record = {}
        places: dict[str, str] = {}
        ignored: dict[str, str] = {}
        for name, value in fields.items():
            if name in words.fields:
                places[words.fields[name]] = value
            else:
                ignored[name] = "this queue has no field for it"
        if severity and words.severity == PRIORITY:
            body[PRIORITY] = words.their_severity(severity)
        elif severity:
            places[words.severity] = words.their_severity(severity)
        if places:
            body["CustomFields"] = places
        return body, ignored

    def _claims(self, fields: Mapping[str, str], ignored: Mapping[str, str]) -> Claims:
        def has(name: str, value: str) -> Callable[[Case], bool]:
            return lambda case: with_fields(case, {name: value}) == case

        return {k: has(k, v) for k, v in fields.items() if k not in ignored}

    def _receipt(
        self,
        number: str,
        event: str | None,
        claims: Claims,
        ignored: Mapping[str, str],
    ) -> Receipt:
        """Read back what was written; it stays written when that fails."""
        url = f"{self._setup.url}/Ticket/Display.html?id={number}"
        try:
            snapshot = self._reader.look(number).snapshot
        except BackendError:
            return Receipt(number=number, event_id=event, url=url, ignored=ignored)
        true = tuple(name for name, holds in claims.items() if holds(snapshot.case))
        why = "Request Tracker did not keep it"
        return Receipt(
            number=number,
            version=snapshot.version,
            event_id=event,
            url=url,
            applied=true,
            ignored={**ignored, **{k: why for k in claims if k not in true}},
            verified=True,
        )


def _guard(seen: Seen, version: str | None) -> dict[str, str]:
    """Give the header by which RT refuses a write on a state newer than this one.

    Raises:
        VersionConflict: facts have changed since `version`.
    """
    if version is None:
        return {}
    since = int(version) if version.isdecimal() else 0
    if any(each.id > since and each.changes_facts for each in seen.history):
        raise VersionConflict(
            f"{seen.snapshot.number} was changed at the vendor meanwhile",
            hint="casecli sync",
        )
    return {"If-Match": seen.etag} if seen.etag else {}


def _transaction_of(reply: Reply) -> str:
    found = _TRANSACTION.search(reply.headers.get("location", ""))
    if found is None:
        raise ValueError(reply.status)
    return found[1]


def _live(case: Case) -> bool:
    return case.escalation is not None and case.escalation.state.live


def _files(case: Case) -> list[tuple[str, str]]:
    return [(each.name, each.id) for each in case.attachments]
