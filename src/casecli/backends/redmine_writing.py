"""Writing to Redmine, which answers 204 to an update it forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from casecli.backends.http_answers import understood
from casecli.backends.http_form import File
from casecli.backends.redmine_settings import PRIORITY
from casecli.backends.tracker_talk import about, signed
from casecli.backends.tracker_versions import refuse_if_changed
from casecli.backends.tracker_writing import asked
from casecli.domain.errors import Transient, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from casecli.backends.http import HttpClient
    from casecli.backends.redmine_reading import Reader, Record
    from casecli.backends.redmine_settings import Setup
    from casecli.backends.tracker_writing import Message
    from casecli.domain.case import Status
    from casecli.domain.change import AddAttachment, Open
    from casecli.domain.ports import Snapshot


class Issues:
    """The tracker `Writer` writes to: issues of one project."""

    name = "Redmine"
    internal = True
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
        """Open an issue with our key in its custom field, or else in its last line."""
        setup, reader = self._setup, self._reader
        issue, ignored = self._body_of(asked(change))
        text = change.text or change.description
        field = reader.field(setup.key_field)
        if field is None:
            text = signed(text, change.key, change.kind)
        else:
            issue.setdefault("custom_fields", []).append(
                {"id": field, "value": change.key}
            )
        issue |= {"project_id": setup.project, "description": text}
        if setup.tracker is not None:
            issue["tracker_id"] = reader.tracker(setup.tracker)
        if change.cc:
            ignored["cc"] = "Redmine's watchers are accounts, not addresses"
        reply = self._http.send("POST", "issues.json", {"issue": issue})
        with understood(Unknown):
            return str(int(reply.json()["issue"]["id"])), ignored

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Write a note and what changes with it; Redmine does not tell its number."""
        if version is not None:
            refuse_if_changed(self.look(number), version)
        setup = self._setup
        issue: Record = {"notes": signed(message.text, message.key, message.kind)}
        if message.internal:
            issue["private_notes"] = True
        if message.status is not None:
            status = self._way_to(number, message.status)
            if status is not None:
                issue["status_id"] = status
        wanted: dict[str, str] = {}
        if message.reason is not None:
            wanted[setup.reason_field] = message.reason
        if message.escalated is not None:
            wanted[setup.escalated_field] = "1" if message.escalated else "0"
        issue |= self._custom(wanted)
        self._put(number, issue)
        return None, {}

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str | None:
        """Send a file, then hang it on the issue with a note; once, whatever happens.

        Redmine takes the token of an upload a single time.
        """
        self._reader.issue(number, "")
        file = File("", change.name, source, change.size)
        path = f"uploads.json?filename={quote(change.name, safe='')}"
        try:
            reply = self._http.upload(path, None, file, progress)
            with understood(Unknown):
                token = str(reply.json()["upload"]["token"])
        except Unknown as error:
            # What hangs on no issue is seen by nobody, and Redmine sweeps it up.
            raise Transient(error.message) from error
        upload = {
            "token": token,
            "filename": change.name,
            "content_type": file.media_type,
        }
        notes = signed(about(change), change.key, change.kind)
        self._put(number, {"notes": notes, "uploads": [upload]})
        return None

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set what Redmine has a place for."""
        issue, ignored = self._body_of(fields)
        if version is not None:
            refuse_if_changed(self.look(number), version)
        if issue:
            self._put(number, issue)
        return ignored

    def _put(self, number: str, issue: Record) -> None:
        self._http.send("PUT", f"issues/{number}.json", {"issue": issue})

    def _body_of(self, fields: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Give what Redmine has a place for, and why the rest is left out."""
        setup, reader = self._setup, self._reader
        issue: Record = {}
        places: dict[str, str] = {}
        ignored: dict[str, str] = {}
        for name, value in fields.items():
            theirs = setup.words.their_severity(value)
            if name == "subject":
                issue["subject"] = value
            elif name == "severity" and setup.severity_field == PRIORITY:
                known = {each.name.lower(): each.id for each in reader.priorities()}
                if theirs.lower() in known:
                    issue["priority_id"] = known[theirs.lower()]
                else:
                    names = ", ".join(each.name for each in reader.priorities())
                    ignored[name] = f"Redmine knows no {theirs!r}, only {names}"
            elif name == "severity":
                places[setup.severity_field] = theirs
            elif name in setup.words.fields:
                places[setup.words.fields[name]] = value
            else:
                ignored[name] = "this project has no field for it"
        return issue | self._custom(places), ignored

    def _custom(self, values: Mapping[str, str]) -> Record:
        """Write values of custom fields; those the project has not are left out."""
        found = [
            {"id": field, "value": value}
            for name, value in values.items()
            if (field := self._reader.field(name)) is not None
        ]
        return {"custom_fields": found} if found else {}

    def _way_to(self, number: str, ours: Status) -> int | None:
        """Give the number of the status the workflow lets us set, the best first.

        An old Redmine does not tell what it lets us; then the best is tried.
        """
        issue = self._reader.issue(number, "allowed_statuses")
        with understood():
            told = issue.get("allowed_statuses")
            allowed = {int(each["id"]) for each in told} if told is not None else None
        known = {
            each.name.lower(): each.id
            for each, _ in self._reader.statuses()
            if allowed is None or each.id in allowed
        }
        return next(self._setup.words.ways_to(ours, known), None)
