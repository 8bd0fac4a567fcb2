"""Writing to GitHub, which drops a label without a word where we may set none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from casecli.backends import tracker_steps
from casecli.backends.github_reading import SYSTEM
from casecli.backends.github_records import marked, names
from casecli.backends.http_answers import understood
from casecli.backends.tracker_talk import Mark
from casecli.backends.tracker_versions import refuse_if_changed
from casecli.domain.case import Status
from casecli.domain.errors import Invalid, NotFoundRemote, Unknown, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO, NoReturn

    from casecli.backends.github_reading import Reader
    from casecli.backends.tracker_writing import Message
    from casecli.domain.change import AddAttachment, Open

LONGEST_TEXT = 65_536


class Issues:
    """The tracker `Writer` writes to: issues of one repository."""

    name = SYSTEM
    internal = False
    in_steps = True

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.look = reader.look

    def their_severity(self, ours: str) -> str:
        """Translate a severity."""
        return self._reader.words.their_severity(ours).lower()

    def open(self, change: Open) -> tuple[str, Mapping[str, str]]:
        """Open an issue with our mark below its text."""
        text = change.text or change.description
        labels, ignored = self._reader.reading.labels_for(
            change.fields, change.severity
        )
        body = {
            "title": change.subject,
            "body": _body(text, Mark(change.key, change.kind)),
            **({"labels": labels} if labels else {}),
        }
        if change.cc:
            ignored["cc"] = "GitHub has nobody to copy in; mention them in a comment"
        reply = self._reader.http.send("POST", self._reader.issues, body)
        with understood(Unknown):
            return str(int(reply.json()["number"])), ignored

    def say(
        self, number: str, message: Message, version: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """Set the label, close or open, and comment."""
        return tracker_steps.say(self, number, message, version)

    def comment(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
        """Write a comment; every comment on GitHub is public."""
        del internal
        path = f"{self._reader.issues}/{number}/comments"
        reply = self._reader.http.send("POST", path, {"body": _body(text, mark)})
        with understood(Unknown):
            return str(int(reply.json()["id"]))

    def move(self, number: str, status: Status) -> None:
        """Close or open an issue."""
        body = {"state": "open"}
        if status.ended:
            done = status is Status.CLOSED
            why = "completed" if done else "not_planned"
            body = {"state": "closed", "state_reason": why}
        self._reader.http.send("PATCH", f"{self._reader.issues}/{number}", body).json()

    def flag(self, number: str, *, on: bool) -> None:
        """Put the label there or take it away."""
        label = self._reader.reading.escalated_label
        if on:
            self._add(number, [label])
        else:
            self._remove(number, label)

    def attach(
        self,
        number: str,
        change: AddAttachment,
        source: BinaryIO,
        progress: Callable[[int], None] | None,
    ) -> NoReturn:
        """Refuse: GitHub's API takes no files with an issue."""
        del number, source, progress
        raise Unsupported(
            f"{change.name} cannot be sent: GitHub's API takes no files with an issue; "
            "add it in the browser, scrubbed, or paste what matters",
            hint="casecli scrub FILE",
        )

    def edit(
        self, number: str, fields: Mapping[str, str], version: str | None
    ) -> Mapping[str, str]:
        """Set title and labels; anything else has no place on GitHub."""
        if version is not None:
            refuse_if_changed(self.look(number), version)
        reading, wanted = self._reader.reading, dict(fields)
        severity, subject = wanted.pop("severity", None), wanted.pop("subject", None)
        labels, ignored = reading.labels_for(wanted, severity)
        if subject is not None:
            path = f"{self._reader.issues}/{number}"
            self._reader.http.send("PATCH", path, {"title": subject}).json()
        if labels:
            issue = self._reader.http.get(f"{self._reader.issues}/{number}").json()
            self._add(number, labels)
            with understood():
                there = names(issue)
            for each in there:
                ours = reading.field_of(each)
                replaced = (severity and reading.severity(each)) or (
                    ours and ours[0] in wanted
                )
                if replaced and each not in labels:
                    self._remove(number, each)
        return ignored

    def _add(self, number: str, labels: list[str]) -> None:
        path = f"{self._reader.issues}/{number}/labels"
        reply = self._reader.http.send("POST", path, {"labels": labels})
        with understood(Unknown):
            there = {str(each["name"]) for each in reply.json()}
        if not there.issuperset(labels):
            raise Invalid("GitHub did not keep the label")

    def _remove(self, number: str, label: str) -> None:
        path = f"{self._reader.issues}/{number}/labels/{quote(label, safe='')}"
        try:
            self._reader.http.send("DELETE", path, None)
        except NotFoundRemote:
            return


def _body(text: str, mark: Mark) -> str:
    body = marked(text, mark)
    if len(body) > LONGEST_TEXT:
        raise Invalid(
            f"the text has {len(text)} characters and GitHub takes {LONGEST_TEXT}; "
            "shorten it"
        )
    return body
