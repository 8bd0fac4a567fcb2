"""Writing to Roundup: a message first, then the issue that takes it up.

A message nobody has taken up yet is seen by nobody, so only the second step counts. It
is guarded by the ETag of the issue, and a message left behind is used again.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from casecli.backends.http_answers import understood
from casecli.backends.http_form import File
from casecli.backends.roundup_records import STAND_IN, message_id
from casecli.backends.roundup_settings import PRIORITY
from casecli.backends.tracker_talk import about
from casecli.backends.tracker_versions import refuse_if_changed
from casecli.backends.tracker_writing import asked
from casecli.domain.errors import Transient, Unknown, VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import BinaryIO

    from casecli.backends.http import HttpClient
    from casecli.backends.http_answers import Reply
    from casecli.backends.roundup_reading import Reader
    from casecli.backends.roundup_records import Record, Seen
    from casecli.backends.roundup_settings import Setup
    from casecli.backends.tracker_writing import Message
    from casecli.domain.change import AddAttachment, Open
    from casecli.domain.ports import Snapshot

TRIES = 8


class Issues:
    """The tracker `Writer` writes to: the issues of one tracker."""

    name = "Roundup"
    internal = False
    in_steps = False

    def __init__(self, http: HttpClient, reader: Reader, setup: Setup) -> None:
        self._http, self._reader, self._setup = http, reader, setup

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read a case, with all of its files."""
        del event
        return self._reader.look(number)

    def their_severity(self, ours: str) -> str:
        """Translate a severity."""
        return self._setup.words.their_severity(ours).lower()

    def open(self, change: Open) -> tuple[str, Mapping[str, str]]:
        """Open an issue with its first message; a message left behind is used again."""
        issue, ignored = self._body_of(asked(change))
        if change.cc:
            ignored["cc"] = "Roundup's nosy list takes accounts, not addresses"
        text = change.text or change.description
        message, is_new = self._message(change.key, change.kind, text)
        there = [] if is_new else self._reader.issues_with(message)
        if there:
            return there[0], ignored
        issue["messages"] = [message]
        reply = self._http.send("POST", "data/issue", issue)
        with understood(Unknown):
            return _id_of(reply), ignored

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Write a message, and in one request link it and change what goes with it."""
        seen = self._seen(number, version)
        setup, reader = self._setup, self._reader
        body: Record = {}
        if message.status is not None:
            known = {name.lower(): n for n, name in reader.names("status").items()}
            status = next(setup.words.ways_to(message.status, known), None)
            if status is not None:
                body["status"] = status
        if message.reason is not None and reader.has(setup.reason_field):
            body[setup.reason_field] = message.reason
        if message.escalated is not None and reader.has(setup.escalated_field):
            body[setup.escalated_field] = message.escalated
        text = message.text or "-"
        given, _ = self._message(message.key, message.kind, text)
        self._link(number, seen, given, body, version)
        return given, {}

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str | None:
        """Send a file, a message that holds it, and link both."""
        seen = self._seen(number, None)
        left = self._reader.messages_of(change.key)
        if left:
            message = left[0][0]
            files = self._reader.files_of(message)
        else:
            files = [self._file(change, source, progress)]
            text = about(change)
            message, _ = self._message(change.key, change.kind, text, files)
        self._link(number, seen, message, {}, None, files)
        return files[0] if files else None

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set what Roundup has a place for."""
        body, ignored = self._body_of(fields)
        seen = self._seen(number, version)
        if body:
            self._put(number, seen, lambda _: body, version)
        return ignored

    def _seen(self, number: str, version: str | None) -> Seen:
        """Read what guards the next write; raises where facts have changed."""
        seen = self._reader.issue(number)
        if version is not None:
            (snapshot,) = self._reader.snapshots([seen.record])
            refuse_if_changed(snapshot, version)
        return seen

    def _file(
        self,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str:
        fields = {"name": change.name, "type": "application/octet-stream"}
        file = File("content", change.name, source, change.size)
        if not change.size:
            file = File("content", change.name, io.BytesIO(STAND_IN), len(STAND_IN))
        return _unseen(lambda: self._http.upload("data/file", fields, file, progress))

    def _message(
        self, key: str, kind: str, text: str, files: Sequence[str] = ()
    ) -> tuple[str, bool]:
        """Find the message of a change or write it; True where it is new."""
        left = [n for n, mark in self._reader.messages_of(key) if mark == (key, kind)]
        if left:
            return left[0], False
        body: Record = {
            "author": self._setup.user,
            "content": text,
            "messageid": message_id(key, kind),
            "files": list(files),
        }
        return _unseen(lambda: self._http.send("POST", "data/msg", body)), True

    def _link(
        self,
        number: str,
        seen: Seen,
        message: str,
        body: Record,
        version: str | None,
        files: Sequence[str] = (),
    ) -> None:
        def linked(now: Seen) -> Record | None:
            there = now.ids("messages")
            if message in there:
                return None
            found = {**body, "messages": [*there, message]}
            if files:
                found["files"] = [*now.ids("files"), *files]
            return found

        self._put(number, seen, linked, version)

    def _put(
        self,
        number: str,
        seen: Seen,
        body: Callable[[Seen], Record | None],
        version: str | None,
    ) -> None:
        """Write on the state just read, and again on a newer one if talk made it newer.

        Raises:
            VersionConflict: facts have changed since `version`.
            Transient: others write faster than we do; nothing was done.
        """
        for _ in range(TRIES):
            wanted = body(seen)
            if wanted is None:
                return
            try:
                guard = {"If-Match": seen.etag}
                self._http.send("PUT", f"data/issue/{number}", wanted, guard)
            except VersionConflict:
                seen = self._seen(number, version)
            else:
                return
        raise Transient(f"{number} changes faster than we can write")

    def _body_of(self, fields: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Give what Roundup has a place for, and why the rest is left out."""
        setup, reader = self._setup, self._reader
        body: Record = {}
        ignored: dict[str, str] = {}
        places = {**setup.words.fields, "severity": setup.severity_field}
        for name, value in fields.items():
            place = places.get(name)
            theirs = setup.words.their_severity(value) if name == "severity" else value
            if name == "subject":
                body["title"] = value
            elif place == PRIORITY and name == "severity":
                known = {each.lower(): n for n, each in reader.names(PRIORITY).items()}
                if theirs.lower() in known:
                    body[PRIORITY] = known[theirs.lower()]
                else:
                    names = ", ".join(reader.names(PRIORITY).values())
                    ignored[name] = f"Roundup knows no {theirs!r}, only {names}"
            elif place is not None and reader.has(place):
                body[place] = theirs
            else:
                ignored[name] = "this tracker has no property for it"
        return body, ignored


def _unseen(write: Callable[[], Reply]) -> str:
    """Make an item nothing links to yet; where that fails it may be made again."""
    try:
        reply = write()
        with understood(Unknown):
            return _id_of(reply)
    except Unknown as error:
        raise Transient(error.message) from error


def _id_of(reply: Reply) -> str:
    return str(int(reply.json()["data"]["id"]))
