"""Jira Cloud (REST version 3), one project; proven by contract, not live.

| setting | meaning | default |
| --- | --- | --- |
| `project` | key of the project cases are opened in | needed |
| `issue_type` | what a case is there | `Task` |
| `scope` | JQL of what `sync` reads | own issues; for an agent the project's |
| `auth` | `basic` (address and token) or `bearer` | `basic` |
| `severity_field` | `priority`, a custom field's id, or `none` | `priority` |
| `escalated_label` | label while escalated | `escalated` |
| `max_attachment` | bytes | asked |

`field.ID` is the id of a custom field; the other settings are in `http_settings`. The
key of an opening is a property of the issue, that of a comment its last paragraph.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.http_answers import understood
from casecli.backends.jira_reading import ISSUE_KEY, Reader
from casecli.backends.jira_records import (
    PROPERTY,
    mark_of,
)
from casecli.backends.jira_writing import Writer
from casecli.backends.seen_lately import SeenLately
from casecli.backends.talk import same_state
from casecli.domain.change import AddAttachment, EditFields, Open, Receipt
from casecli.domain.errors import (
    NotFoundRemote,
    Transient,
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
    from collections.abc import Callable
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange


class Jira:
    """The port `Backend` over one project."""

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        self._role = options.role
        self._reader = Reader(options)
        self._writer = Writer(self._reader)

    # the port
    def capabilities(self) -> Capabilities:
        """Say what this project can do; asks once for limits and kind."""
        limit, enabled, desk = self._reader.limits
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=self._reader.settings.horizon,
            internal_comments=Support.NATIVE if desk else Support.NONE,
            attachments=Support.NATIVE if enabled else Support.NONE,
            concurrency=Support.EMULATED,
            edit_severity=Support.NONE
            if self._reader.severity == "none"
            else Support.NATIVE,
            max_attachment=limit,
            severities=tuple(self._reader.settings.severities),
            statuses=tuple(dict.fromkeys(self._reader.settings.statuses.values())),
        )

    def whoami(self) -> Identity:
        """Say whose token this is."""
        me = self._reader.me
        return Identity(
            name=str(me["displayName"]),
            email=me.get("emailAddress"),
            role=self._role,
            account=str(me["accountId"]),
        )

    def discover(self) -> Discovery:
        """Look at projects, issue types, priorities and custom fields."""
        about = self._reader.http.get("serverInfo").json()
        projects = self._reader.numbered("project/search", "values", "key", {})
        priorities = self._reader.numbered("priority/search", "values", "id", {})
        choices: dict[str, tuple[str, ...]] = {}
        with understood():
            keys = tuple(str(each["key"]) for each in projects)
            if self._reader.project not in keys:
                choices["project"] = keys
            else:
                mine = self._reader.http.get(f"project/{self._reader.project}").json()
                types = tuple(str(e["name"]) for e in mine.get("issueTypes") or ())
                if self._reader.kind not in types:
                    choices["issue_type"] = types
            return Discovery(
                version=str(about["version"]),
                choices=choices,
                severities=tuple(str(each["name"]) for each in priorities),
                fields={
                    each["id"]: str(each["name"])
                    for each in self._reader.fields.values()
                    if each.get("custom")
                },
                server_time=self._reader.http.server_time,
            )

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change; a `version` guards edit, close, cancel and reopen.

        Jira cannot be told of a version, so what is compared is read just before.
        """
        if isinstance(change, Open):
            return self._writer.open(change)
        number = _checked(target or "")
        if isinstance(change, AddAttachment):
            return self._writer.attach(change, number, source, progress)
        return self._writer.do(change, number, version)

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind == Open.kind:
            # A day earlier: JQL takes dates in a time zone of the account's.
            day = f"{since - timedelta(days=1):%Y-%m-%d}"
            mine = f'project = "{self._reader.needed()}" AND reporter = currentUser()'
            query = f'{mine} AND created >= "{day}" ORDER BY created DESC'
            for issue in self._reader.search(query, "created"):
                own = (issue.get("properties") or {}).get(PROPERTY)
                if isinstance(own, dict) and own.get("key") == key:
                    return Receipt(number=str(issue["key"]), verified=True)
            return None
        if kind == EditFields.kind:
            return None
        number = _checked(target or "")
        if kind == AddAttachment.kind:
            files = self._reader.look(number).case.attachments
            event = next((each.id for each in files if each.key == key), None)
            return Receipt(number=number, event_id=event) if event else None
        for item in self._reader.said(number):
            with understood():
                mark = mark_of(item)
                if mark and mark.key == key and mark.kind.partition("-")[0] == kind:
                    event = str(item["id"])
                    return Receipt(number=number, event_id=event, verified=True)
        return None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        snapshot = self._reader.look(_checked(number))
        if if_version is not None and same_state(snapshot.version, if_version):
            return None
        return snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last update; JQL knows minutes, so the first is read again."""
        came, overlap = SeenLately.read(cursor), self._reader.settings.overlap
        mine = f'project = "{self._reader.needed()}"'
        if not self._reader.agent:
            mine += " AND reporter = currentUser()"
        query = f"({self._reader.settings.own.get('scope', mine)})"
        start = came.start(overlap)
        if start is not None:
            query += f' AND updated >= "{self._reader.minute(start)}"'
        listed = self._reader.search(
            f"{query} ORDER BY updated ASC, key ASC", self._reader.wanted
        )
        found = self._reader.reading.found
        with understood():
            page, came, more = came.page(listed, found, max(limit, 1), overlap)
        snapshots = tuple(self._reader.snapshot(each) for each in page)
        return Page(snapshots=snapshots, next=str(came), more=more)

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes, and compare size and, if ours, digest.

        Raises:
            NotFoundRemote: the case has no such file.
            Transient: other bytes came than the issue tells of.
        """
        import hashlib

        files = self._reader.look(_checked(number)).case.attachments
        file = next((each for each in files if each.id == attachment), None)
        if file is None:
            raise NotFoundRemote(
                f"{number} has no attachment {attachment!r}",
                hint=f"casecli attachments {number}",
            )
        digest, size = hashlib.sha256(), 0
        # Without it Jira sends us to a store elsewhere, where our token must not go.
        path = f"attachment/content/{int(attachment)}?redirect=false"
        for piece in self._reader.http.chunks(path, file.size + 1):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        changed = file.sha256 is not None and digest.hexdigest() != file.sha256
        if size != file.size or changed:
            raise Transient(f"{file.name} did not come back as it was sent")

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        self._reader.http.close()


def _checked(number: str) -> str:
    # A key becomes part of a path, so it is one.
    if not ISSUE_KEY.fullmatch(number):
        raise NotFoundRemote(f"{number!r} is not an issue's key", hint="casecli list")
    return number
