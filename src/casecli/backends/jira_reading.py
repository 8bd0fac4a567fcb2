"""Reading one project of Jira Cloud: issues, comments and what there is."""

from __future__ import annotations

import base64
import re
from datetime import UTC, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from casecli.backends.http import HttpClient
from casecli.backends.http_answers import MAX_PAGES, every_page, understood
from casecli.backends.http_site import Auth
from casecli.backends.jira_records import (
    FIELDS,
    PRIORITY,
    PROPERTY,
    STATUSES,
    Reading,
    Record,
)
from casecli.backends.tracker_files import SLACK, copied
from casecli.backends.tracker_pull import FULL, Row, pulled
from casecli.backends.tracker_settings import Given
from casecli.domain.calendar import parse_time
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Transient,
)
from casecli.domain.ports import Page, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.backends.http import Params
    from casecli.domain.case import Attachment

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
    }
)
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,40}-[0-9]{1,15}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,40}")


class Reader:
    """A connection to one project, and what a profile says about it."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        given = Given.checked(options, SYSTEM, KEYS)
        self.project = given.text("project", "")
        if self.project and not _PROJECT.fullmatch(self.project):
            raise BadInput(f"project is a key such as SUP, not {self.project!r}")
        if given.text("auth", "basic") not in ("basic", "bearer"):
            raise BadInput(f"auth is basic or bearer, not {given.text('auth', '')!r}")
        self.severity = given.text("severity_field", PRIORITY)
        self.kind = given.text("issue_type", "Task")
        self.url = options.url.rstrip("/").removesuffix(REST)
        self.agent = options.role == "agent"
        self.words, self.horizon = given.words(STATUSES, {}), given.horizon
        self._given, self._overlap = given, given.seconds("overlap", 60)
        self._largest = given.number("max_attachment")
        self.http = HttpClient(given.site(f"{self.url}{REST}", self._auth))

    def _auth(self, token: str) -> Auth:
        if self._given.text("auth", "basic") == "bearer":
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
            words=self.words,
            severity_field=self.severity,
            escalated_label=self._given.text("escalated_label", "escalated"),
        )

    @cached_property
    def fields(self) -> dict[str, Record]:
        """Every field this Jira has, by its id."""
        with understood():
            return {str(each["id"]): each for each in self.http.get("field").json()}

    @cached_property
    def limits(self) -> tuple[int | None, bool, bool]:
        """The largest file, whether there are any, whether it is a service desk."""
        with understood():
            meta = self.http.get("attachment/meta").json()
            project = self.http.get(f"project/{self.needed()}").json()
            limit = meta.get("uploadLimit") if self._largest is None else self._largest
            desk = project.get("projectTypeKey") == "service_desk"
            return limit, bool(meta["enabled"]), desk

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read the case as it is now."""
        del event
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

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what was updated after a cursor; JQL knows minutes, and no seconds."""
        mine = f'project = "{self.needed()}"'
        if not self.agent:
            mine += " AND reporter = currentUser()"
        scope = self._given.text("scope", mine)

        def rows(since: datetime | None) -> Iterator[Row]:
            after = f' AND updated >= "{self.minute(since)}"' if since else ""
            query = f"({scope}){after} ORDER BY updated ASC, key ASC"
            for issue in self.search(query, self.wanted):
                with understood():
                    updated = parse_time(issue["fields"]["updated"])
                    row = Row(str(issue["key"]), updated, issue)
                yield row

        def read(found: Sequence[Row]) -> list[Snapshot]:
            return [self.snapshot(row.record) for row in found]

        return pulled(cursor, limit, self._overlap, rows, read)

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Write a file's bytes; raises as `copied` does."""
        # Without it Jira sends us to a store elsewhere, where our token must not go.
        path = f"attachment/content/{int(file.id)}?redirect=false"
        copied(self.http.chunks(path, file.size + SLACK), file, out)

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
        own = (self.severity, *self.words.fields.values())
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
