"""Jira Cloud as its document tells of it: one project, one workflow."""

from __future__ import annotations

import base64
import email.message
import email.parser
import email.policy
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.backends.openapi import Contract, document
from tests.backends.vendor_site import Ask, Say, Site

HERE = "https://acme.atlassian.test"
ELSEWHERE = "https://media.atlassian.test/file"
ZONE = ZoneInfo("Europe/Berlin")
WORKFLOW = {
    "To Do": ("new", ("Start", "Ask", "Finish", "Withdraw")),
    "In Progress": ("indeterminate", ("Ask", "Finish", "Withdraw")),
    "Waiting for customer": ("indeterminate", ("Start", "Finish")),
    "Done": ("done", ("Reopen",)),
    "Canceled": ("done", ("Reopen",)),
}
LEADS = {
    "Start": "In Progress",
    "Ask": "Waiting for customer",
    "Finish": "Done",
    "Withdraw": "Canceled",
    "Reopen": "To Do",
}
PRIORITIES = ("Highest", "High", "Medium", "Low")
CUSTOM = {
    "customfield_10001": ("Product", {"type": "option"}),
    "customfield_10002": ("Users", {"type": "number"}),
    "customfield_10003": ("Steps", {"type": "string", "custom": "x:textarea"}),
    "customfield_10004": ("Tags", {"type": "array", "items": "string"}),
}
# What `search/jql` takes and gives: it is younger than the document.
SEARCH = {
    "/rest/api/3/search/jql": {
        "post": {
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["jql"],
                            "properties": {
                                "jql": {"type": "string"},
                                "nextPageToken": {"type": "string"},
                                "maxResults": {"type": "integer", "maximum": 5000},
                                "fields": {
                                    "type": "array",
                                    "items": {"type": "string"},
                                },
                                "properties": {
                                    "type": "array",
                                    "maxItems": 5,
                                    "items": {"type": "string"},
                                },
                            },
                        }
                    }
                }
            },
            "responses": {
                "200": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {
                                    "isLast": {"type": "boolean"},
                                    "nextPageToken": {"type": "string"},
                                    "issues": {
                                        "type": "array",
                                        "items": {
                                            "$ref": "#/components/schemas/IssueBean"
                                        },
                                    },
                                },
                            }
                        }
                    }
                },
                "400": {},
                "401": {},
            },
        }
    }
}


@dataclass
class Person:
    name: str
    account: str
    kind: str = "atlassian"


@dataclass
class Issue:
    id: int
    by: Person
    created: datetime
    updated: datetime
    fields: dict[str, Any]
    properties: dict[str, Any]
    status: str = "To Do"
    labels: list[str] = field(default_factory=list)
    resolution: str | None = None
    resolved: datetime | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"SUP-{self.id}"


class JiraSite(Site):
    """A service project; small pages, so that every list has several."""

    page = 4
    inline = 2
    limit = 2_000_000

    def __init__(self) -> None:
        slice_ = document("jira-platform-v3-slice.openapi.json")
        super().__init__(Contract(slice_, SEARCH))
        self.people = {
            "ann@example.com:ann-token": Person("Ann", "a-1", "customer"),
            "eve@example.com:eve-token": Person("Eve", "a-2", "customer"),
            "bob@example.com:bob-token": Person("Bob", "a-3"),
        }
        self.issues: list[Issue] = []
        self._number = 1000
        self.attaches = True

    def person(self, name: str) -> Person:
        return next(each for each in self.people.values() if each.name == name)

    def answer(self, ask: Ask) -> Say:
        proof = ask.headers.get("Authorization", "").removeprefix("Basic ")
        who = self.people.get(base64.b64decode(proof).decode())
        if who is None:
            return Say(401, b"", {"WWW-Authenticate": 'OAuth realm="x"'})
        path = ask.path.removeprefix("/rest/api/3/")
        head, _, rest = path.partition("/")
        match head:
            case "issue":
                return self._issue(ask, who, rest)
            case "search":
                return self._search(ask, who)
            case "attachment":
                return self._attachment(ask, rest)
            case _:
                return self._about(who, path)

    def _about(self, who: Person, path: str) -> Say:
        match path:
            case "myself":
                return Say(body={**user(who), "timeZone": str(ZONE)})
            case "serverInfo":
                return Say(body={"version": "1001.0.0", "deploymentType": "Cloud"})
            case "field":
                own = [
                    {"id": n, "key": n, "name": name, "custom": True, "schema": schema}
                    for n, (name, schema) in CUSTOM.items()
                ]
                plain = {"id": "summary", "name": "Summary", "custom": False}
                return Say(body=[plain, *own])
            case "project/SUP":
                kinds = [{"id": "1", "name": "Task"}, {"id": "2", "name": "Problem"}]
                return Say(body={**PROJECT, "issueTypes": kinds})
            case "project/search":
                return Say(body=counted("values", [PROJECT]))
            case "priority/search":
                return Say(body=counted("values", [priority(e) for e in PRIORITIES]))
            case _:
                return refuse(404, "No project could be found.")

    def _issue(  # noqa: C901, PLR0911 (one arm an operation)
        self, ask: Ask, who: Person, rest: str
    ) -> Say:
        if not rest:
            return self._new(ask, who)
        key, _, part = rest.partition("/")
        issue = next(
            (e for e in self.issues if e.key == key and self.sees(who, e)), None
        )
        if issue is None:
            return refuse(404, "Issue does not exist or you do not have permission.")
        match ask.method, part.partition("/")[0]:
            case "GET", "":
                return Say(body=self.shown(issue, who, ask.query["fields"].split(",")))
            case "PUT", "":
                return self._put(ask, issue)
            case "GET", "comment":
                start = int(ask.query.get("startAt", "0"))
                said = self.heard(issue, who)
                page = counted("comments", said[start : start + self.page], start)
                return Say(body={**page, "total": len(said)})
            case "POST", "comment":
                return self._say(ask, who, issue)
            case "DELETE", "comment":
                gone = part.partition("/")[2]
                issue.comments = [e for e in issue.comments if e["id"] != gone]
                return Say(204)
            case "GET", "transitions":
                names = WORKFLOW[issue.status][1]
                return Say(body={"transitions": [transition(e) for e in names]})
            case "POST", "transitions":
                return self._move(ask, issue)
            case "POST", "attachments":
                return self._attach(ask, who, issue)
            case _:
                return refuse(404, "Not found")

    def _new(self, ask: Ask, who: Person) -> Say:
        fields = dict(ask.json["fields"])
        wrong = self._wrong(fields)
        if fields.pop("project") != {"key": "SUP"}:
            wrong["project"] = "Specify a valid project ID or key"
        if fields.pop("issuetype")["name"] not in ("Task", "Problem"):
            wrong["issuetype"] = "Specify an issue type"
        if wrong:
            return Say(400, {"errorMessages": [], "errors": wrong})
        now = self.now()
        issue = Issue(
            id=len(self.issues) + 1,
            by=who,
            created=now,
            updated=now,
            fields={"priority": {"name": "Medium"}, **fields},
            properties={e["key"]: e["value"] for e in ask.json.get("properties", ())},
        )
        self.issues.append(issue)
        about = {"id": str(issue.id), "key": issue.key, "self": f"{HERE}/{issue.id}"}
        return Say(201, about)

    def _put(self, ask: Ask, issue: Issue) -> Say:
        fields = ask.json.get("fields", {})
        wrong = self._wrong(fields)
        if wrong:
            return Say(400, {"errorMessages": [], "errors": wrong})
        issue.fields |= fields
        for each in ask.json.get("update", {}).get("labels", ()):
            ((verb, name),) = each.items()
            left = [label for label in issue.labels if label != name]
            issue.labels = [*left, name] if verb == "add" else left
        issue.updated = self.now()
        return Say(204)

    def _wrong(self, fields: dict[str, Any]) -> dict[str, str]:
        wrong = {}
        for name, value in fields.items():
            kind = CUSTOM.get(name, ("", {}))[1].get("type")
            rich = name in ("description", "customfield_10003")
            if rich and (told := broken(value)):
                wrong[name] = told
            elif name == "priority" and value.get("name") not in PRIORITIES:
                wrong[name] = "Specify the Priority (name) in the string format"
            elif kind == "option" and set(value) != {"value"}:
                wrong[name] = "Specify a valid 'id' or 'name'"
            elif kind == "number" and not isinstance(value, float):
                wrong[name] = "Operation value must be a number"
        return wrong

    def _say(self, ask: Ask, who: Person, issue: Issue) -> Say:
        told = broken(ask.json["body"])
        if told:
            return Say(400, {"errorMessages": [told], "errors": {}})
        own = {each["key"]: each["value"] for each in ask.json.get("properties", ())}
        internal = bool(own.get("sd.public.comment", {}).get("internal"))
        return Say(201, self.comment(who, issue, ask.json["body"], internal=internal))

    def comment(
        self, who: Person, issue: Issue, body: object, *, internal: bool = False
    ) -> dict[str, Any]:
        """Say something about an issue."""
        self._number += 1
        now = issue.updated = self.now()
        said = {
            "self": f"{HERE}/comment/{self._number}",
            "id": str(self._number),
            "author": user(who),
            "body": body,
            "created": instant(now),
            "updated": instant(now),
            "jsdPublic": not internal,
        }
        issue.comments.append(said)
        return said

    def heard(self, issue: Issue, who: Person) -> list[dict[str, Any]]:
        """Give the comments a person may read."""
        hidden = who.kind == "customer"
        return [e for e in issue.comments if e["jsdPublic"] or not hidden]

    def sees(self, who: Person, issue: Issue) -> bool:
        return who.kind == "atlassian" or issue.by is who

    def _move(self, ask: Ask, issue: Issue) -> Say:
        wanted = ask.json["transition"]["id"]
        offered = {str(number(e)): e for e in WORKFLOW[issue.status][1]}
        if wanted not in offered:
            return refuse(400, "It seems that you have tried a workflow operation")
        issue.status = LEADS[offered[wanted]]
        done = WORKFLOW[issue.status][0] == "done"
        asked = ask.json.get("fields", {}).get("resolution", {}).get("name")
        issue.resolution = (asked or "Done") if done else None
        issue.updated = self.now()
        issue.resolved = issue.updated if done else None
        return Say(204)

    def _attach(self, ask: Ask, who: Person, issue: Issue) -> Say:
        if ask.headers.get("X-Atlassian-Token") != "no-check":
            return Say(403, b"XSRF check failed")
        name, content = uploaded(ask)
        if len(content) > self.limit:
            return refuse(413, "The attachment is too large.")
        self._number += 1
        now = issue.updated = self.now()
        about = {
            "self": f"{HERE}/attachment/{self._number}",
            "id": str(self._number),
            "filename": name,
            "author": user(who),
            "created": instant(now),
            "size": len(content),
            "mimeType": "application/octet-stream",
            "content": f"{HERE}/rest/api/3/attachment/content/{self._number}",
        }
        issue.files.append((about, content))
        return Say(200, [about])

    def _attachment(self, ask: Ask, rest: str) -> Say:
        if rest == "meta":
            return Say(body={"enabled": self.attaches, "uploadLimit": self.limit})
        wanted = rest.removeprefix("content/")
        files = [each for issue in self.issues for each in issue.files]
        content = next((raw for about, raw in files if about["id"] == wanted), None)
        if content is None:
            return refuse(404, "The attachment does not exist.")
        if ask.query.get("redirect") != "false":
            return Say(303, b"", {"Location": f"{ELSEWHERE}?token=secret"})
        return Say(200, content, {"Content-Type": "application/octet-stream"})

    def _search(self, ask: Ask, who: Person) -> Say:
        query = ask.json["jql"]
        found = [e for e in self.issues if self.sees(who, e) and fits(query, e, who)]
        field_, way = re.search(r"ORDER BY (\w+) (\w+)", query).groups()  # type: ignore[union-attr] # our queries have one
        found.sort(key=lambda e: (getattr(e, field_), e.id), reverse=way == "DESC")
        start = int(ask.json.get("nextPageToken", "p0")[1:])
        size = min(ask.json.get("maxResults", 50), self.page)
        page = found[start : start + size]
        more = start + size < len(found)
        told = [self.shown(e, who, ask.json.get("fields", ["id"])) for e in page]
        token = {"nextPageToken": f"p{start + size}"} if more else {}
        return Say(body={"issues": told, "isLast": not more, **token})

    def shown(self, issue: Issue, who: Person, wanted: list[str]) -> dict[str, Any]:
        """Show an issue as the API does, with the first of its comments."""
        said = self.heard(issue, who)
        name, category = issue.status, WORKFLOW[issue.status][0]
        every = {
            **dict.fromkeys(CUSTOM),
            **issue.fields,
            "status": {
                "self": f"{HERE}/status/1",
                "id": "1",
                "name": name,
                "statusCategory": {"id": 1, "key": category, "name": category},
            },
            "labels": issue.labels,
            "resolution": issue.resolution and {"name": issue.resolution},
            "resolutiondate": issue.resolved and instant(issue.resolved),
            "reporter": user(issue.by),
            "assignee": None,
            "created": instant(issue.created),
            "updated": instant(issue.updated),
            "comment": {
                "comments": said[: self.inline],
                "total": len(said),
                "startAt": 0,
                "maxResults": self.inline,
            },
            "attachment": [about for about, _ in issue.files],
        }
        return {
            "id": str(issue.id),
            "self": f"{HERE}/rest/api/3/issue/{issue.id}",
            "key": issue.key,
            "fields": {k: v for k, v in every.items() if k in wanted},
            "properties": issue.properties,
        }


PROJECT = {
    "self": f"{HERE}/project/1",
    "id": "1",
    "key": "SUP",
    "name": "Support",
    "projectTypeKey": "service_desk",
}


def fits(query: str, issue: Issue, who: Person) -> bool:
    """Judge by the four conditions the backend asks with; dates are the account's."""
    if "reporter = currentUser()" in query and issue.by is not who:
        return False
    for name, text in re.findall(r'(updated|created) >= "([^"]+)"', query):
        moment = datetime.fromisoformat(text).replace(tzinfo=ZONE)
        if getattr(issue, name) < moment:
            return False
    return 'project = "SUP"' in query


def broken(node: Any, inside: str = "") -> str:
    """Say what is wrong with a document: Jira takes no empty text, for one."""
    if not inside:
        whole = isinstance(node, dict) and node.get("type") == "doc"
        if not whole or node.get("version") != 1:
            return "Operation value must be an Atlassian Document"
    allowed = {"doc": {"paragraph"}, "paragraph": {"text", "hardBreak"}}
    for each in node.get("content", ()):
        if each["type"] not in allowed[node["type"]]:
            return f"{each['type']} may not stand in {node['type']}"
        if each["type"] == "text" and not each["text"]:
            return "INVALID_INPUT"
        if told := (broken(each, "x") if each["type"] == "paragraph" else ""):
            return told
    return ""


def uploaded(ask: Ask) -> tuple[str, bytes]:
    head = f"Content-Type: {ask.headers['Content-Type']}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    whole = parser.parsebytes(head + ask.body)
    (part,) = [e for e in whole.iter_parts() if is_file(e)]
    # Not through the parser, which takes line ends for its own.
    boundary = whole.get_boundary() or ""
    content = ask.body.split(b"\r\n\r\n", 1)[1]
    content = content.rsplit(f"\r\n--{boundary}--".encode(), 1)[0]
    name = (part.get_filename() or "").encode("utf-8", "surrogateescape").decode()
    # Quotes come as browsers write them, and Jira keeps no such character.
    return name.replace("%22", "_"), content


def is_file(part: email.message.Message) -> bool:
    return part.get_param("name", header="content-disposition") == "file"


def counted(member: str, found: list[Any], start: int = 0) -> dict[str, Any]:
    return {member: found, "startAt": start, "maxResults": 50, "total": len(found)}


def refuse(status: int, message: str) -> Say:
    return Say(status, {"errorMessages": [message], "errors": {}})


def instant(moment: datetime) -> str:
    """Write a time as Jira does, in the account's zone and without a colon."""
    local = moment.astimezone(ZONE)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03}{local:%z}"


def soon(moment: datetime) -> datetime:
    return moment + timedelta(seconds=1)


def user(person: Person) -> dict[str, Any]:
    return {
        "self": f"{HERE}/user/{person.account}",
        "accountId": person.account,
        "accountType": person.kind,
        "displayName": person.name,
        "active": True,
    }


def priority(name: str) -> dict[str, Any]:
    return {"id": str(PRIORITIES.index(name)), "name": name}


def number(name: str) -> int:
    return 11 + list(LEADS).index(name)


def transition(name: str) -> dict[str, Any]:
    status = LEADS[name]
    category = WORKFLOW[status][0]
    screen = {
        "resolution": {
            "required": False,
            "schema": {"type": "resolution"},
            "name": "Resolution",
            "key": "resolution",
            "operations": ["set"],
            "allowedValues": [{"name": "Won't Do"}, {"name": "Done"}],
        }
    }
    return {
        "id": str(number(name)),
        "name": name,
        "to": {
            "id": "1",
            "name": status,
            "statusCategory": {"id": 1, "key": category, "name": category},
        },
        "fields": screen if name == "Finish" else {},
    }
