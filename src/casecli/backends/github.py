"""GitHub issues as support cases, of one repository; proven by contract, not live.

| setting | meaning | default |
| --- | --- | --- |
| `repository` | `OWNER/NAME` | told by the URL |
| `scope` | `mine`, or `all` for everybody's issues | `all` for an agent |
| `login` | whose token it is | asked |
| `severity_label` | how a label that names a severity begins | `severity: ` |
| `escalated_label` | label while escalated | `escalated` |

`field.ID` is how a label that says a field of ours begins; the other settings are in
`http_settings`. A file cannot be sent: GitHub's API takes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn
from urllib.parse import quote

from casecli.backends import API_VERSION
from casecli.backends.github_reading import SYSTEM, Reader
from casecli.backends.github_records import (
    found,
    marked,
    names,
    unmarked,
)
from casecli.backends.http_answers import understood
from casecli.backends.seen_lately import SeenLately
from casecli.backends.talk import Mark, same_state
from casecli.backends.talk_writing import TalkWriter, field_claims
from casecli.domain.calendar import format_time
from casecli.domain.case import Status
from casecli.domain.change import AddAttachment, EditFields, Open, Receipt
from casecli.domain.errors import (
    Invalid,
    NotFoundRemote,
    Unknown,
    Unsupported,
)
from casecli.domain.ports import (
    Capabilities,
    Discovery,
    Identity,
    Page,
    Snapshot,
    Support,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange

LONGEST_TEXT = 65_536
NOT_BY_EDIT = {
    "status": "close, cancel and reopen move a case",
    "number": "GitHub numbers its issues",
    "owner": "the vendor assigns its own people",
    "severity_agreed": "the vendor agrees to a severity",
}


class GitHub:
    """The port `Backend` over one repository's issues."""

    api_version: ClassVar[int] = API_VERSION
    system = SYSTEM

    def __init__(self, options: BackendOptions) -> None:
        self._reader = Reader(options)
        self._writer = TalkWriter(self, agent=self._reader.agent, internal=False)
        self.look = self._reader.look

    # the port
    def capabilities(self) -> Capabilities:
        """Say what issues can do; GitHub is not asked."""
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=self._reader.settings.horizon,
            attachments=Support.NONE,
            concurrency=Support.EMULATED,
            edit_severity=Support.EMULATED,
            severities=tuple(self._reader.settings.severities),
            statuses=(Status.OPEN, Status.CLOSED, Status.CANCELLED),
        )

    def whoami(self) -> Identity:
        """Say whose token this is; an app's token needs the setting `login`."""
        return self._reader.identity

    def discover(self) -> Discovery:
        """Look at the repository: whether it has issues, and which labels."""
        repository = self._reader.http.get(self._reader.repository).json()
        with understood():
            if not repository["has_issues"]:
                raise NotFoundRemote(
                    f"{repository['full_name']} has its issues switched off"
                )
            labels = [
                str(each["name"])
                for each in self._reader.all(f"{self._reader.repository}/labels")
            ]
            severities = [self._reader.reading.severity(each) for each in labels]
            return Discovery(
                severities=tuple(each for each in severities if each),
                fields={each: each for each in labels},
                server_time=self._reader.http.server_time,
            )

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,  # noqa: ARG002 (no file is ever sent)
        progress: Callable[[int], None] | None = None,  # noqa: ARG002
    ) -> Receipt:
        """Do one change; a `version` guards edit, close, cancel and reopen.

        GitHub cannot be told of a version, so what is compared is read just before.
        """
        if isinstance(change, Open):
            return self._open(change)
        number = _numeric(target or "")
        if isinstance(change, AddAttachment):
            _refuse_file(change.name)
        return self._writer.do(change, number, version)

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for our mark; an edit leaves none, but doing it again does no harm.

        Not by GitHub's search, which learns of an issue some time after it was made.
        """
        wanted = Mark(key, kind)
        if kind == Open.kind:
            own = {
                "creator": self._reader.reading.me,
                "sort": "created",
                "direction": "desc",
            }
            params = {**own, "state": "all", "since": format_time(since)}
            for issue in self._reader.all(self._reader.issues, params):
                with understood():
                    if unmarked(issue.get("body"))[1] == wanted:
                        return Receipt(number=str(issue["number"]), verified=True)
            return None
        if kind in (EditFields.kind, AddAttachment.kind):
            return None
        number = _numeric(target or "")
        for item in self._reader.said(number, {"since": format_time(since)}):
            with understood():
                mark = unmarked(item.get("body"))[1]
                if mark and mark.key == key and mark.kind.partition("-")[0] == kind:
                    event = str(item["id"])
                    return Receipt(number=number, event_id=event, verified=True)
        return None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`.

        A version that holds GitHub's own mark is asked for by it, free of any quota.
        """
        number = _numeric(number)
        marks = (if_version or "").split(".", 2)
        known = {"If-None-Match": marks[2]} if len(marks) > 2 else None  # noqa: PLR2004 (ours are two)
        reply = self._reader.http.get(f"{self._reader.issues}/{number}", None, known)
        if reply.status == 304:  # noqa: PLR2004 (not modified)
            return None
        snapshot = self._reader.snapshot(reply.json(), reply.headers.get("etag", ""))
        if if_version is not None and same_state(snapshot.version, if_version):
            return None
        return snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last update; pull requests are issues to GitHub and none to us."""
        came, overlap = SeenLately.read(cursor), self._reader.settings.overlap
        start = came.start(overlap)
        listed = self._reader.listed(format_time(start) if start else None)
        with understood():
            page, came, more = came.page(listed, found, max(limit, 1), overlap)
        snapshots = tuple(self._reader.snapshot(each) for each in page)
        return Page(snapshots=snapshots, next=str(came), more=more)

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Refuse: no issue has a file the API would tell of."""
        del out
        number = _numeric(number)
        self._reader.http.get(f"{self._reader.issues}/{number}")
        raise NotFoundRemote(f"{number} has no attachment {attachment!r}")

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        self._reader.http.close()

    # what TalkWriter asks for

    def say(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
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

    def edit(self, seen: Snapshot, fields: Mapping[str, str]) -> dict[str, str]:
        """Set title and labels; anything else has no place on GitHub."""
        reading, number = self._reader.reading, seen.number
        ignored = {k: NOT_BY_EDIT[k] for k in fields if k in NOT_BY_EDIT}
        wanted = {k: v for k, v in fields.items() if k not in NOT_BY_EDIT}
        severity, subject = wanted.pop("severity", None), wanted.pop("subject", None)
        labels, no_place = reading.labels_for(wanted, severity)
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
        return {**ignored, **no_place}

    # how
    def _open(self, change: Open) -> Receipt:
        text = change.text or change.description
        labels, ignored = self._reader.reading.labels_for(
            change.fields, change.severity
        )
        body = {
            "title": change.subject,
            "body": _body(text, Mark(change.key, change.kind)),
            **({"labels": labels} if labels else {}),
        }
        reply = self._reader.http.send("POST", self._reader.issues, body)
        with understood(Unknown):
            number = str(int(reply.json()["number"]))
        if change.cc:
            ignored["cc"] = "GitHub has nobody to copy in; mention them in a comment"
        asked = {k: v for k, v in change.fields.items() if k not in ignored}
        if change.severity:
            asked["severity"] = change.severity
        claims = {
            "description": lambda case: case.description == text,
            **field_claims({"subject": change.subject, **asked}),
        }
        return self._writer.receipt(number, None, claims, ignored)

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


def _refuse_file(name: str) -> NoReturn:
    error = Unsupported(
        f"{name} cannot be sent: GitHub's API takes no files with an issue; "
        "add it in the browser, scrubbed, or paste what matters",
        hint="casecli scrub FILE",
    )
    raise error


def _numeric(number: str) -> str:
    # A number becomes part of a path, so it is one.
    if not (number.isascii() and number.isdecimal()) or len(number) > 18:  # noqa: PLR2004 (63 bits)
        raise NotFoundRemote(
            f"{number!r} is not an issue's number", hint="casecli list"
        )
    return number
