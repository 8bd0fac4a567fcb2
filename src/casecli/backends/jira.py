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

import base64
import re
from contextlib import suppress
from datetime import UTC, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.atlassian_document import document
from casecli.backends.http import HttpClient
from casecli.backends.http_answers import MAX_PAGES, every_page, understood
from casecli.backends.http_form import File
from casecli.backends.http_settings import read_settings, token_of
from casecli.backends.http_site import Auth
from casecli.backends.jira_records import (
    FIELDS,
    PRIORITY,
    PROPERTY,
    STATUSES,
    WITHDRAWN,
    Reading,
    Record,
    announcement,
    mark_of,
)
from casecli.backends.seen_lately import SeenLately
from casecli.backends.talk import Mark, same_state
from casecli.backends.talk_writing import Claims, TalkWriter, field_claims
from casecli.domain.calendar import parse_time
from casecli.domain.case import Status
from casecli.domain.change import AddAttachment, EditFields, Open, Receipt
from casecli.domain.errors import (
    AuthError,
    BackendError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    TooLarge,
    Transient,
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
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.backends.http import Params
    from casecli.domain.change import AnyChange

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
LARGEST_FILE = 1024**4
NOT_BY_EDIT = {
    "status": "close, cancel and reopen move a case",
    "number": "Jira numbers its issues",
    "owner": "the vendor assigns its own people",
    "severity_agreed": "the vendor agrees to a severity",
}
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,40}-[0-9]{1,15}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,40}")
_CUSTOM = re.compile(r"customfield_[0-9]+")


class Jira:
    """The port `Backend` over one project."""

    api_version: ClassVar[int] = API_VERSION
    system = "Jira"

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._settings = read_settings(options, self.system, KEYS, STATUSES)
        own = self._settings.own
        self._project = own.get("project", "")
        if self._project and not _PROJECT.fullmatch(self._project):
            raise BadInput(f"project is a key such as SUP, not {self._project!r}")
        if own.get("auth", "basic") not in ("basic", "bearer"):
            raise BadInput(f"auth is basic or bearer, not {own['auth']!r}")
        self._severity = own.get("severity_field", PRIORITY)
        self._kind = own.get("issue_type", "Task")
        self._url = options.url.rstrip("/").removesuffix(REST)
        self._agent = options.role == "agent"
        site = self._settings.site(options, f"{self._url}{REST}", self._auth, {})
        self._http = HttpClient(site)
        self._writer = TalkWriter(self, agent=self._agent, internal=True)

    def _auth(self) -> Auth:
        token = token_of(self._options)
        if self._settings.own.get("auth") == "bearer":
            return Auth(prefix="Bearer ", secret=token)
        if "@" not in self._options.user:
            raise AuthError(
                "Jira knows people by the address of their Atlassian account",
                hint=f"casecli profile add {self._options.profile} --user ADDRESS …",
            )
        pair = f"{self._options.user}:{token}".encode()
        return Auth(prefix="Basic ", secret=base64.b64encode(pair).decode())

    @cached_property
    def _me(self) -> Record:
        with understood():
            me: Record = self._http.get("myself").json()
            me["accountId"], me["displayName"]
        return me

    @cached_property
    def _reading(self) -> Reading:
        return Reading(
            me=str(self._me["accountId"]),
            agent=self._agent,
            url=self._url,
            settings=self._settings,
            severity_field=self._severity,
            escalated_label=self._settings.own.get("escalated_label", "escalated"),
        )

    # the port
    def capabilities(self) -> Capabilities:
        """Say what this project can do; asks once for limits and kind."""
        limit, enabled, desk = self._limits
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=self._settings.horizon,
            internal_comments=Support.NATIVE if desk else Support.NONE,
            attachments=Support.NATIVE if enabled else Support.NONE,
            concurrency=Support.EMULATED,
            edit_severity=Support.NONE if self._severity == "none" else Support.NATIVE,
            max_attachment=limit,
            severities=tuple(self._settings.severities),
            statuses=tuple(dict.fromkeys(self._settings.statuses.values())),
        )

    @cached_property
    def _limits(self) -> tuple[int | None, bool, bool]:
        own = self._settings.own.get("max_attachment")
        if own is not None and not own.isdecimal():
            raise BadInput(f"max_attachment is a number, not {own!r}")
        with understood():
            meta = self._http.get("attachment/meta").json()
            project = self._http.get(f"project/{self._needed()}").json()
            limit = int(own) if own else meta.get("uploadLimit")
            desk = project.get("projectTypeKey") == "service_desk"
            return limit, bool(meta["enabled"]), desk

    def whoami(self) -> Identity:
        """Say whose token this is."""
        me = self._me
        return Identity(
            name=str(me["displayName"]),
            email=me.get("emailAddress"),
            role=self._options.role,
            account=str(me["accountId"]),
        )

    def discover(self) -> Discovery:
        """Look at projects, issue types, priorities and custom fields."""
        about = self._http.get("serverInfo").json()
        projects = self._numbered("project/search", "values", "key", {})
        priorities = self._numbered("priority/search", "values", "id", {})
        choices: dict[str, tuple[str, ...]] = {}
        with understood():
            keys = tuple(str(each["key"]) for each in projects)
            if self._project not in keys:
                choices["project"] = keys
            else:
                mine = self._http.get(f"project/{self._project}").json()
                types = tuple(str(e["name"]) for e in mine.get("issueTypes") or ())
                if self._kind not in types:
                    choices["issue_type"] = types
            return Discovery(
                version=str(about["version"]),
                choices=choices,
                severities=tuple(str(each["name"]) for each in priorities),
                fields={
                    each["id"]: str(each["name"])
                    for each in self._fields.values()
                    if each.get("custom")
                },
                server_time=self._http.server_time,
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
            return self._open(change)
        number = _checked(target or "")
        if isinstance(change, AddAttachment):
            return self._attach(change, number, source, progress)
        return self._writer.do(change, number, version)

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind == Open.kind:
            # A day earlier: JQL takes dates in a time zone of the account's.
            day = f"{since - timedelta(days=1):%Y-%m-%d}"
            mine = f'project = "{self._needed()}" AND reporter = currentUser()'
            query = f'{mine} AND created >= "{day}" ORDER BY created DESC'
            for issue in self._search(query, "created"):
                own = (issue.get("properties") or {}).get(PROPERTY)
                if isinstance(own, dict) and own.get("key") == key:
                    return Receipt(number=str(issue["key"]), verified=True)
            return None
        if kind == EditFields.kind:
            return None
        number = _checked(target or "")
        if kind == AddAttachment.kind:
            files = self.look(number).case.attachments
            event = next((each.id for each in files if each.key == key), None)
            return Receipt(number=number, event_id=event) if event else None
        for item in self._said(number):
            with understood():
                mark = mark_of(item)
                if mark and mark.key == key and mark.kind.partition("-")[0] == kind:
                    event = str(item["id"])
                    return Receipt(number=number, event_id=event, verified=True)
        return None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        snapshot = self.look(_checked(number))
        if if_version is not None and same_state(snapshot.version, if_version):
            return None
        return snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last update; JQL knows minutes, so the first is read again."""
        came, overlap = SeenLately.read(cursor), self._settings.overlap
        mine = f'project = "{self._needed()}"'
        if not self._agent:
            mine += " AND reporter = currentUser()"
        query = f"({self._settings.own.get('scope', mine)})"
        start = came.start(overlap)
        if start is not None:
            query += f' AND updated >= "{self._minute(start)}"'
        listed = self._search(f"{query} ORDER BY updated ASC, key ASC", self._wanted)
        found = self._reading.found
        with understood():
            page, came, more = came.page(listed, found, max(limit, 1), overlap)
        snapshots = tuple(self._snapshot(each) for each in page)
        return Page(snapshots=snapshots, next=str(came), more=more)

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes, and compare size and, if ours, digest.

        Raises:
            NotFoundRemote: the case has no such file.
            Transient: other bytes came than the issue tells of.
        """
        import hashlib

        files = self.look(_checked(number)).case.attachments
        file = next((each for each in files if each.id == attachment), None)
        if file is None:
            raise NotFoundRemote(
                f"{number} has no attachment {attachment!r}",
                hint=f"casecli attachments {number}",
            )
        digest, size = hashlib.sha256(), 0
        # Without it Jira sends us to a store elsewhere, where our token must not go.
        path = f"attachment/content/{int(attachment)}?redirect=false"
        for piece in self._http.chunks(path, file.size + 1):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        changed = file.sha256 is not None and digest.hexdigest() != file.sha256
        if size != file.size or changed:
            raise Transient(f"{file.name} did not come back as it was sent")

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        self._http.close()

    # what TalkWriter asks for
    def look(self, number: str) -> Snapshot:
        """Read the case as it is now."""
        params: Params = {"fields": self._wanted, "properties": PROPERTY}
        return self._snapshot(self._http.get(f"issue/{number}", params).json())

    def say(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
        """Write a comment, on a service desk for the vendor's people alone."""
        body: Record = {"body": document(text, mark)}
        if internal:
            hidden = {"key": "sd.public.comment", "value": {"internal": True}}
            body["properties"] = [hidden]
        reply = self._http.send("POST", f"issue/{number}/comment", body)
        with understood(Unknown):
            return str(int(reply.json()["id"]))

    def move(self, number: str, status: Status) -> None:
        """Take the transition that leads there, with a resolution if it asks."""
        path = f"issue/{number}/transitions"
        params = {"expand": "transitions.fields"}
        with understood():
            offered = list(self._http.get(path, params).json()["transitions"])
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
        self._http.send("POST", path, body)

    def _rank(self, transition: Record, wanted: Status) -> int | None:
        """Say how well a transition leads to a state, best first; None if not."""
        there = self._reading.status(transition["to"])
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
        change = {"add" if on else "remove": self._reading.escalated_label}
        body = {"update": {"labels": [change]}}
        self._http.send("PUT", f"issue/{number}", body)

    def edit(self, seen: Snapshot, fields: Mapping[str, str]) -> dict[str, str]:
        """Set summary, priority and the custom fields the profile names."""
        body, ignored = self._body_of(fields)
        if body:
            self._http.send("PUT", f"issue/{seen.number}", {"fields": body})
        return ignored

    # how
    def _open(self, change: Open) -> Receipt:
        text = change.text or change.description
        asked = {**change.fields, "subject": change.subject}
        if change.severity:
            asked["severity"] = change.severity
        body, ignored = self._body_of(asked)
        body |= {
            "project": {"key": self._needed()},
            "issuetype": {"name": self._kind},
            "description": document(text),
        }
        own = {"key": PROPERTY, "value": {"key": change.key}}
        reply = self._http.send("POST", "issue", {"fields": body, "properties": [own]})
        with understood(Unknown):
            number = str(reply.json()["key"])
            if not _KEY.fullmatch(number):
                raise ValueError(number)
        if change.cc:
            ignored["cc"] = "Jira copies in accounts, not addresses"
        claims = {
            "description": lambda case: case.description == text,
            **field_claims({k: v for k, v in asked.items() if k not in ignored}),
        }
        return self._writer.receipt(number, None, claims, ignored)

    def _attach(
        self,
        change: AddAttachment,
        number: str,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> Receipt:
        limit, enabled, _ = self._limits
        if not enabled:
            raise Unsupported("this Jira has its attachments switched off")
        if limit is not None and change.size > limit:
            raise TooLarge(f"{change.name} is over the limit of {limit} bytes", limit)
        if source is None:
            raise Invalid(f"{change.name} came without its bytes", hint="casecli sync")
        mark = Mark(change.key, change.kind)
        # Announced once, also where an earlier try came no further.
        said = next((e["id"] for e in self._said(number) if mark_of(e) == mark), None)
        if said is None:
            text = announcement(change.name, change.size, change.sha256, change.note)
            said = self.say(number, text, mark, internal=False)
        file = File("file", change.name, source, change.size)
        path = f"issue/{number}/attachments"
        unchecked = {"X-Atlassian-Token": "no-check"}
        try:
            reply = self._http.upload(path, {}, file, progress, unchecked)
        except (Invalid, PermissionDenied, TooLarge, Unsupported):
            with suppress(BackendError):
                self._http.send("DELETE", f"issue/{number}/comment/{said}", None)
            raise
        with understood(Unknown):
            event = str(int(reply.json()[0]["id"]))
        kept = (event, change.size, change.key)
        claims: Claims = {
            "name": lambda c: (
                (event, change.name) in [(f.id, f.name) for f in c.attachments]
            ),
            "size": lambda c: kept in [(f.id, f.size, f.key) for f in c.attachments],
        }
        return self._writer.receipt(number, event, claims, {})

    def _body_of(self, fields: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Give what Jira has a place for, and why the rest is left out."""
        body: Record = {}
        ignored: dict[str, str] = {}
        places = {**self._settings.fields, "subject": "summary"}
        for name, value in fields.items():
            if name in NOT_BY_EDIT:
                ignored[name] = NOT_BY_EDIT[name]
            elif name == "severity" and self._severity == "none":
                ignored[name] = "this project has no severities"
            elif name == "severity":
                theirs = self._settings.their_severity(value)
                body[self._severity] = self._encoded(self._severity, theirs)
            elif name in places and (
                places[name] == "summary" or places[name] in self._fields
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
        schema = (self._fields.get(field) or {}).get("schema") or {}
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

    @cached_property
    def _fields(self) -> dict[str, Record]:
        with understood():
            return {str(each["id"]): each for each in self._http.get("field").json()}

    @property
    def _wanted(self) -> str:
        own = (self._severity, *self._settings.fields.values())
        return ",".join((FIELDS, *(each for each in own if each != "none")))

    def _needed(self) -> str:
        if not self._project:
            raise BadInput(
                "Jira needs the key of a project",
                hint=f"casecli profile add {self._options.profile} … --set project=KEY",
            )
        return self._project

    def _minute(self, moment: datetime) -> str:
        """Write a time as JQL takes it: a minute of the account's own time zone."""
        from zoneinfo import ZoneInfo

        try:
            zone = ZoneInfo(str(self._me["timeZone"]))
        except (KeyError, ValueError, OSError):
            # Not told: a day earlier is early enough in any zone.
            return f"{moment.astimezone(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}"
        local = moment.astimezone(zone)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        if twice:
            local = (moment - timedelta(hours=1)).astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M}"

    def _snapshot(self, issue: Record) -> Snapshot:
        with understood():
            told = issue["fields"].get("comment") or {}
            said = list(told.get("comments") or ())
            if told.get("total", 0) > len(said):
                said = list(self._said(str(issue["key"])))
            said.sort(key=lambda each: (parse_time(each["created"]), int(each["id"])))
            return self._reading.snapshot(issue, said)

    def _said(self, number: str) -> Iterator[Record]:
        path = f"issue/{number}/comment"
        return self._numbered(path, "comments", "id", {"orderBy": "created"})

    def _search(self, query: str, fields: str) -> Iterator[Record]:
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
                data = self._http.ask("search/jql", asked).json()
                issues: list[Record] = list(data["issues"])
                token = data.get("nextPageToken")
            return issues, str(token) if token else None

        return every_page(page)

    def _numbered(
        self, path: str, member: str, name: str, params: Mapping[str, str]
    ) -> Iterator[Record]:
        """Read a counted list to its end; Jira may give fewer a page than asked for."""
        seen: set[str] = set()
        start = 0
        for _ in range(MAX_PAGES):
            asked: Params = {**params, "startAt": start, "maxResults": FULL}
            with understood():
                data = self._http.get(path, asked).json()
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


def _checked(number: str) -> str:
    # A key becomes part of a path, so it is one.
    if not _KEY.fullmatch(number):
        raise NotFoundRemote(f"{number!r} is not an issue's key", hint="casecli list")
    return number
