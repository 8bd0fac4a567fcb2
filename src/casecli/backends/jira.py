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

`field.ID` is the id of a custom field; the other settings are in `tracker_settings`.
The key of an opening is a property of the issue, that of a comment its last paragraph.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.backends.http_answers import understood
from casecli.backends.jira_reading import ISSUE_KEY, Reader
from casecli.backends.jira_records import PROPERTY
from casecli.backends.jira_writing import Issues
from casecli.backends.tracker_port import OverTracker
from casecli.backends.tracker_versions import found_by_key
from casecli.domain.change import Open, Receipt
from casecli.domain.errors import NotFoundRemote
from casecli.domain.ports import Capabilities, Discovery, Identity, Support

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.backends import BackendOptions


class Jira(OverTracker):
    """The port `Backend` over one project.

    Jira cannot be told of a version, so what is compared is read just before a write.
    """

    def __init__(self, options: BackendOptions) -> None:
        self._role = options.role
        self._reader = Reader(options)
        super().__init__(self._reader.http, self._reader, Issues(self._reader), options)

    @staticmethod
    def checked(number: str) -> str:
        """Give an issue's key back; it becomes part of a path.

        Raises:
            NotFoundRemote: it is none.
        """
        if not ISSUE_KEY.fullmatch(number):
            raise NotFoundRemote(
                f"{number!r} is not an issue's key", hint="casecli list"
            )
        return number

    def capabilities(self) -> Capabilities:
        """Say what this project can do; asks once for limits and kind."""
        limit, enabled, desk = self._reader.limits
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=self._reader.horizon,
            internal_comments=Support.NATIVE if desk else Support.NONE,
            attachments=Support.NATIVE if enabled else Support.NONE,
            concurrency=Support.EMULATED,
            edit_severity=Support.NONE
            if self._reader.severity == "none"
            else Support.NATIVE,
            max_attachment=limit,
            severities=tuple(self._reader.words.severities),
            statuses=self._reader.words.ours,
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
        return found_by_key(self._reader.look(self.checked(target or "")), key)
