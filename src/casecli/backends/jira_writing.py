"""Writing to Jira Cloud: documents, transitions and files, read back afterwards."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from casecli.backends import tracker_steps
from casecli.backends.atlassian_document import document
from casecli.backends.http_answers import understood
from casecli.backends.http_form import File
from casecli.backends.jira_reading import ISSUE_KEY, SYSTEM, Reader
from casecli.backends.jira_records import (
    PRIORITY,
    PROPERTY,
    WITHDRAWN,
    Record,
    mark_of,
)
from casecli.backends.tracker_talk import Mark, about
from casecli.backends.tracker_versions import refuse_if_changed
from casecli.backends.tracker_writing import asked
from casecli.domain.case import Status
from casecli.domain.errors import (
    BackendError,
    Invalid,
    PermissionDenied,
    TooLarge,
    Unknown,
    Unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from casecli.backends.tracker_writing import Message
    from casecli.domain.change import AddAttachment, Open

_CUSTOM = re.compile(r"customfield_[0-9]+")


class Issues:
    """The tracker `Writer` writes to: issues of one project."""

    name = SYSTEM
    internal = True
    in_steps = True

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.look = reader.look

    def their_severity(self, ours: str) -> str:
        """Translate a severity."""
        return self._reader.words.their_severity(ours).lower()

    def open(self, change: Open) -> tuple[str, Mapping[str, str]]:
        """Open an issue with our key as a property of it."""
        body, ignored = self._body_of(asked(change))
        body |= {
            "project": {"key": self._reader.needed()},
            "issuetype": {"name": self._reader.kind},
            "description": document(change.text or change.description),
        }
        if change.cc:
            ignored["cc"] = "Jira copies in accounts, not addresses"
        own = {"key": PROPERTY, "value": {"key": change.key}}
        reply = self._reader.http.send(
            "POST", "issue", {"fields": body, "properties": [own]}
        )
        with understood(Unknown):
            number = str(reply.json()["key"])
            if not ISSUE_KEY.fullmatch(number):
                raise ValueError(number)
            return number, ignored

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> str | None:
        """Announce a file in a comment, and send it."""
        limit, enabled, _ = self._reader.limits
        if not enabled:
            raise Unsupported("this Jira has its attachments switched off")
        if limit is not None and change.size > limit:
            raise TooLarge(f"{change.name} is over the limit of {limit} bytes", limit)
        mark = Mark(change.key, change.kind)
        # Announced once, also where an earlier try came no further.
        said = next(
            (e["id"] for e in self._reader.said(number) if mark_of(e) == mark), None
        )
        if said is None:
            said = self.comment(number, about(change), mark, internal=False)
        file = File("file", change.name, source, change.size)
        path = f"issue/{number}/attachments"
        unchecked = {"X-Atlassian-Token": "no-check"}
        try:
            reply = self._reader.http.upload(path, {}, file, progress, unchecked)
        except (Invalid, PermissionDenied, TooLarge, Unsupported):
            with suppress(BackendError):
                self._reader.http.send("DELETE", f"issue/{number}/comment/{said}", None)
            raise
        with understood(Unknown):
            return str(int(reply.json()[0]["id"]))

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Set the label, take a transition, and comment."""
        return tracker_steps.say(self, number, message, version)

    def comment(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
        """Write a comment, on a service desk for the vendor's people alone."""
        body: Record = {"body": document(text, mark)}
        if internal:
            hidden = {"key": "sd.public.comment", "value": {"internal": True}}
            body["properties"] = [hidden]
        reply = self._reader.http.send("POST", f"issue/{number}/comment", body)
        with understood(Unknown):
            return str(int(reply.json()["id"]))

    def move(self, number: str, status: Status) -> None:
        """Take the transition that leads there, with a resolution if it asks."""
        path = f"issue/{number}/transitions"
        params = {"expand": "transitions.fields"}
        with understood():
            offered = list(self._reader.http.get(path, params).json()["transitions"])
            ranked = sorted(
                (rank, n)
                for n, each in enumerate(offered)
                if (rank := self._rank(each, status)) is not None
            )
            names = ", ".join(str(each["name"]) for each in offered) or "nothing"
            if not ranked:
                raise Invalid(
                    f"the workflow leads from here to no {status} state; "
                    f"it offers {names}"
                )
            taken = offered[ranked[0][1]]
            body: Record = {"transition": {"id": str(taken["id"])}}
            resolution = _resolution(taken, status)
        if resolution:
            body["fields"] = {"resolution": {"name": resolution}}
        self._reader.http.send("POST", path, body)

    def _rank(self, transition: Record, wanted: Status) -> int | None:
        """Say how well a transition leads to a state, best first; None if not."""
        there = self._reader.reading.status(transition["to"])
        if wanted is not Status.OPEN:
            close = (wanted, Status.CLOSED, Status.RESOLVED)
            return close.index(there) if there in close else None
        if there.ended or there is Status.RESOLVED:
            return None
        if "reopen" in f"{transition['name']} {transition['to']['name']}".lower():
            return 0
        return 1 if there is Status.OPEN else 2

    def flag(self, number: str, *, on: bool) -> None:
        """Put the label there or take it away."""
        change = {"add" if on else "remove": self._reader.reading.escalated_label}
        body = {"update": {"labels": [change]}}
        self._reader.http.send("PUT", f"issue/{number}", body)

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set summary, priority and the custom fields the profile names."""
        body, ignored = self._body_of(fields)
        if version is not None:
            refuse_if_changed(self.look(number), version)
        if body:
            self._reader.http.send("PUT", f"issue/{number}", {"fields": body})
        return ignored

    def _body_of(self, fields: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Give what Jira has a place for, and why the rest is left out."""
        body: Record = {}
        ignored: dict[str, str] = {}
        places = {**self._reader.words.fields, "subject": "summary"}
        for name, value in fields.items():
            if name == "severity" and self._reader.severity == "none":
                ignored[name] = "this project has no severities"
            elif name == "severity":
                theirs = self._reader.words.their_severity(value)
                body[self._reader.severity] = self._encoded(
                    self._reader.severity, theirs
                )
            elif name in places and (
                places[name] == "summary" or places[name] in self._reader.fields
            ):
                body[places[name]] = self._encoded(places[name], value)
            elif name in places:
                ignored[name] = f"Jira has no field {places[name]!r}"
            else:
                ignored[name] = "no field is named for it; --set field.ID=customfield_N"
        return body, ignored

    def _encoded(self, field: str, value: str) -> Any:  # whatever the field takes
        if field == PRIORITY:
            return {"name": value}
        if not _CUSTOM.fullmatch(field):
            return value
        schema = (self._reader.fields.get(field) or {}).get("schema") or {}
        match schema.get("type"), schema.get("items"):
            case ("option", _):
                return {"value": value}
            case ("number", _):
                try:
                    return float(value)
                except ValueError:
                    raise Invalid(f"{field} takes a number, not {value!r}") from None
            case ("array", "option"):
                return [{"value": value}]
            case ("array", _):
                return [value]
            case _ if str(schema.get("custom", "")).endswith(":textarea"):
                return document(value)
            case _:
                return value


def _resolution(transition: Record, status: Status) -> str | None:
    """Choose a resolution for a transition whose screen has one."""
    asked = (transition.get("fields") or {}).get("resolution")
    if not asked or not status.ended:
        return None
    names = [str(each["name"]) for each in asked.get("allowedValues") or ()]
    withdrawn = [each for each in names if each.lower() in WITHDRAWN]
    others = [each for each in names if each.lower() not in WITHDRAWN]
    fitting = withdrawn if status is Status.CANCELLED else others
    usual = [each for each in fitting if each.lower() in ("done", "fixed", "resolved")]
    return next(iter(usual or fitting or names), None)
