"""Writing to Request Tracker, which answers 200 or 201 to what it did not do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from casecli.backends.http_answers import understood
from casecli.backends.http_form import File
from casecli.backends.request_tracker_records import PRIORITY
from casecli.backends.tracker_talk import about, mark
from casecli.backends.tracker_writing import asked
from casecli.domain.errors import Unknown, VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from casecli.backends.http import HttpClient
    from casecli.backends.http_answers import Reply
    from casecli.backends.request_tracker_reading import Reader
    from casecli.backends.request_tracker_records import Record
    from casecli.backends.request_tracker_settings import Setup
    from casecli.backends.tracker_writing import Message
    from casecli.domain.change import AddAttachment, Open
    from casecli.domain.ports import Identity, Snapshot

_TRANSACTION = re.compile(r"/transaction/(\d+)$")


class Tickets:
    """The tracker `Writer` writes to: tickets of one queue."""

    name = "Request Tracker"
    internal = True
    in_steps = False

    def __init__(
        self,
        http: HttpClient,
        reader: Reader,
        setup: Setup,
        whoami: Callable[[], Identity],
    ) -> None:
        self._http, self._reader, self._setup = http, reader, setup
        self._words, self._whoami = setup.words, whoami

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read a case; of its files those that came with a transaction."""
        return self._reader.seen(number, [event] if event else []).snapshot

    def their_severity(self, ours: str) -> str:
        """Translate a severity."""
        return self._words.their_severity(ours)

    def open(self, change: Open) -> tuple[str, Mapping[str, str]]:
        """Open a ticket with our key in its custom field."""
        me = self._whoami()
        body, ignored = self._body_of(asked(change))
        key = {self._words.key: change.key}
        body["CustomFields"] = {**body.get("CustomFields", {}), **key}
        body |= {
            "Queue": self._setup.queue,
            "Requestor": me.email or me.name,
            "Cc": list(change.cc),
            "Content": change.text or change.description,
            "ContentType": "text/plain",
        }
        reply = self._http.send("POST", "ticket", body)
        with understood(Unknown):
            return str(int(reply.json()["id"])), ignored

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Write a message and what RT changes with it; give its transaction."""
        guard: Mapping[str, str] = {}
        if version is not None:
            guard = self._guard(number, version)
        else:
            self._reader.ticket(number)
        body: Record = {
            "Subject": mark(message.key, message.kind),
            "Content": message.text or "-",
            "ContentType": "text/plain",
        }
        if message.status is not None:
            body["Status"] = self._words.their_status(message.status)
        fields = {}
        if message.reason is not None:
            fields[self._words.reason] = message.reason
        if message.escalated is not None:
            fields[self._words.escalated] = "yes" if message.escalated else ""
        if fields:
            body["CustomFields"] = fields
        verb = "comment" if message.internal else "correspond"
        reply = self._http.send("POST", f"ticket/{number}/{verb}", body, guard)
        with understood(Unknown):
            return _transaction_of(reply), {}

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str | None:
        """Send a file with a message that tells its size and digest."""
        self._reader.ticket(number)
        message = {
            "Subject": mark(change.key, change.kind),
            "Content": about(change),
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
            return _transaction_of(reply)

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set what RT has a place for."""
        body, ignored = self._body_of(fields)
        guard = self._guard(number, version) if version is not None else {}
        if body:
            self._http.send("PUT", f"ticket/{number}", body, guard).json()
        return ignored

    def _body_of(self, fields: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Give what RT has a place for, and why the rest is left out."""
        words = self._words
        body: Record = {}
        places: dict[str, str] = {}
        ignored: dict[str, str] = {}
        for name, value in fields.items():
            if name == "subject":
                body["Subject"] = value
            elif name == "severity" and words.severity == PRIORITY:
                body[PRIORITY] = words.their_severity(value)
            elif name == "severity":
                places[words.severity] = words.their_severity(value)
            elif name in words.fields:
                places[words.fields[name]] = value
            else:
                ignored[name] = "this queue has no field for it"
        if places:
            body["CustomFields"] = places
        return body, ignored

    def _guard(self, number: str, version: str) -> dict[str, str]:
        """Give the header by which RT refuses a write on a state newer than this one.

        Raises:
            VersionConflict: facts have changed since `version`.
        """
        seen = self._reader.seen(number)
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
