"""Reading one project of Jira Cloud: issues, comments and what there is."""

from __future__ import annotations

import base64
import re
from datetime import UTC, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from casecli.backends.http import HttpClient
from casecli.backends.http_answers import MAX_PAGES, every_page, understood
from casecli.backends.http_settings import read_settings
from casecli.backends.http_site import Auth
from casecli.backends.jira_records import (
    FIELDS,
    PRIORITY,
    PROPERTY,
    STATUSES,
    Reading,
    Record,
)
from casecli.backends.tracker_settings import token_of
from casecli.domain.calendar import parse_time
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Transient,
)
from casecli.domain.ports import (
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from casecli.backends import BackendOptions
    from casecli.backends.http import Params

SYSTEM = "Jira"
REST = "/rest/api/3"
KEYS = frozenset(
    {
        "project",
        "issue_type",
        "scope",
        "auth",
        "severity_field",
        "escalated_label",
        "max_attachment",
    }
)
FULL = 100
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,40}-[0-9]{1,15}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,40}")


class Reader:
    """A connection to one project, and what a profile says about it."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self.settings = read_settings(options, SYSTEM, KEYS, STATUSES)
        own = self.settings.own
        self.project = own.get("project", "")
        if self.project and not _PROJECT.fullmatch(self.project):
            raise BadInput(f"project is a key such as SUP, not {self.project!r}")
        if own.get("auth", "basic") not in ("basic", "bearer"):
            raise BadInput(f"auth is basic or bearer, not {own['auth']!r}")
        self.severity = own.get("severity_field", PRIORITY)
        self.kind = own.get("issue_type", "Task")
        self.url = options.url.rstrip("/").removesuffix(REST)
        self.agent = options.role == "agent"
        site = self.settings.site(options, f"{self.url}{REST}", self._auth, {})
        self.http = HttpClient(site)

    def _auth(self) -> Auth:
        token = token_of(self._options)
        if self.settings.own.get("auth") == "bearer":
            return Auth(prefix="Bearer ", secret=token)
        if "@" not in self._options.user:
            raise AuthError(
                "Jira knows people by the address of their Atlassian account",
                hint=f"casecli profile add {self._options.profile} --user ADDRESS …",
            )
        pair = f"{self._options.user}:{token}".encode()
        return Auth(prefix="Basic ", secret=base64.b64encode(pair).decode())

    @cached_property
    def me(self) -> Record:
        """Whose token it is, asked once."""
        with understood():
            me: Record = self.http.get("myself").json()
            me["accountId"], me["displayName"]
        return me

    @cached_property
    def reading(self) -> Reading:
        """How issues are read, by the profile's words."""
        return Reading(
            me=str(self.me["accountId"]),
            agent=self.agent,
            url=self.url,
            settings=self.settings,
            severity_field=self.severity,
            escalated_label=self.settings.own.get("escalated_label", "escalated"),
        )

    @cached_property
    def fields(self) -> dict[str, Record]:
        """Every field this Jira has, by its id."""
        with understood():
            return {str(each["id"]): each for each in self.http.get("field").json()}

    @cached_property
    def limits(self) -> tuple[int | None, bool, bool]:
        """The largest file, whether there are any, whether it is a service desk."""
        own = self.settings.own.get("max_attachment")
        if own is not None and not own.isdecimal():
            raise BadInput(f"max_attachment is a number, not {own!r}")
        with understood():
            meta = self.http.get("attachment/meta").json()
            project = self.http.get(f"project/{self.needed()}").json()
            limit = int(own) if own else meta.get("uploadLimit")
            desk = project.get("projectTypeKey") == "service_desk"
            return limit, bool(meta["enabled"]), desk

    def look(self, number: str) -> Snapshot:
        """Read the case as it is now."""
        params: Params = {"fields": self.wanted, "properties": PROPERTY}
        return self.snapshot(self.http.get(f"issue/{number}", params).json())

    def said(self, number: str) -> Iterator[Record]:
        """Read all comments of an issue, oldest first."""
        path = f"issue/{number}/comment"
        return self.numbered(path, "comments", "id", {"orderBy": "created"})

    def search(self, query: str, fields: str) -> Iterator[Record]:
        """Find issues by JQL, with our property on them."""

        def page(cursor: str | None) -> tuple[list[Record], str | None]:
            asked = {
                "jql": query,
                "fields": fields.split(","),
                "properties": [PROPERTY],
                "maxResults": FULL,
            }
            if cursor is not None:
                asked["nextPageToken"] = cursor
            with understood():
                data = self.http.ask("search/jql", asked).json()
                issues: list[Record] = list(data["issues"])
                token = data.get("nextPageToken")
            return issues, str(token) if token else None

        return every_page(page)

    def numbered(
        self, path: str, member: str, name: str, params: Mapping[str, str]
    ) -> Iterator[Record]:
        """Read a counted list to its end; Jira may give fewer a page than asked for."""
        seen: set[str] = set()
        start = 0
        for _ in range(MAX_PAGES):
            asked: Params = {**params, "startAt": start, "maxResults": FULL}
            with understood():
                data = self.http.get(path, asked).json()
                items: list[Record] = list(data[member])
                new = [each for each in items if str(each[name]) not in seen]
                seen |= {str(each[name]) for each in new}
                start += len(items)
                last = data.get("isLast", start >= int(data.get("total", start)))
            yield from new
            if last or not items:
                return
            if not new:
                break
        raise Transient("the server's pages do not end")

    def snapshot(self, issue: Record) -> Snapshot:
        """Build a case; comments that did not come along are asked for."""
        with understood():
            told = issue["fields"].get("comment") or {}
            said = list(told.get("comments") or ())
            if told.get("total", 0) > len(said):
                said = list(self.said(str(issue["key"])))
            said.sort(key=lambda each: (parse_time(each["created"]), int(each["id"])))
            return self.reading.snapshot(issue, said)

    def minute(self, moment: datetime) -> str:
        """Write a time as JQL takes it: a minute of the account's own time zone."""
        from zoneinfo import ZoneInfo

        try:
            zone = ZoneInfo(str(self.me["timeZone"]))
        except (KeyError, ValueError, OSError):
            # Not told: a day earlier is early enough in any zone.
            return f"{moment.astimezone(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}"
        local = moment.astimezone(zone)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        if twice:
            local = (moment - timedelta(hours=1)).astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M}"

    @property
    def wanted(self) -> str:
        """The fields a case is made of."""
        own = (self.severity, *self.settings.fields.values())
        return ",".join((FIELDS, *(each for each in own if each != "none")))

    def needed(self) -> str:
        """Give the project.

        Raises:
            BadInput: the profile names none.
        """
        if not self.project:
            raise BadInput(
                "Jira needs the key of a project",
                hint=f"casecli profile add {self._options.profile} … --set project=KEY",
            )
        return self.project
