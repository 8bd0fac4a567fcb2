"""GitHub's issues as its document tells of them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.backends.openapi import Contract, document
from tests.backends.vendor_site import Ask, Say, Site

REPOSITORY = "acme/support"
HERE = "https://api.github.test"
USER = (
    "avatar_url",
    "events_url",
    "followers_url",
    "following_url",
    "gists_url",
    "html_url",
    "organizations_url",
    "received_events_url",
    "repos_url",
    "starred_url",
    "subscriptions_url",
    "url",
)
MINE = ("bio", "blog", "company", "email", "hireable", "location")


@dataclass
class Person:
    login: str
    id: int
    association: str = "NONE"
    pushes: bool = False


@dataclass
class Issue:
    number: int
    by: Person
    title: str
    body: str | None
    created: datetime
    updated: datetime
    labels: list[str] = field(default_factory=list)
    state: str = "open"
    reason: str | None = None
    closed: datetime | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    pull: bool = False


class GitHubSite(Site):
    """One repository; people are known by the token they bring."""

    prefix = "/api/v3"

    def __init__(self) -> None:
        super().__init__(Contract(document("github-issues.openapi.json")))
        self.people = {
            "ann-token": Person("ann", 1, "COLLABORATOR", pushes=True),
            "eve-token": Person("eve", 2),
            "bob-token": Person("bob", 3, "MEMBER", pushes=True),
        }
        self.issues: list[Issue] = []
        self.labels = {"bug", "escalated", "severity: 1", "severity: 2", "needs info"}
        self.has_issues = True
        self._comment = 100

    def answer(self, ask: Ask) -> Say:
        token = ask.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.people.get(token)
        if person is None:
            return refuse(401, "Bad credentials")
        if ask.path == "/user":
            return self._tagged(ask, me(person))
        here, _, rest = ask.path.removeprefix("/repos/").partition("/issues")
        if here.removesuffix("/labels") != REPOSITORY:
            return refuse(404, "Not Found")
        if here.endswith("/labels"):
            return Say(body=paged(ask, [label(each) for each in sorted(self.labels)]))
        if not rest and "/issues" not in ask.path:
            return Say(body=repository(has_issues=self.has_issues))
        if not rest:
            return self._list(ask) if ask.method == "GET" else self._new(ask, person)
        return self._one(ask, person, rest.strip("/"))

    def _one(self, ask: Ask, person: Person, rest: str) -> Say:
        number, _, part = rest.partition("/")
        issue = next((e for e in self.issues if str(e.number) == number), None)
        if issue is None:
            return refuse(404, "Not Found")
        match ask.method, part.partition("/")[0]:
            case "GET", "":
                return self._tagged(ask, self.shown(issue))
            case "PATCH", "":
                return self._patch(ask, person, issue)
            case "GET", "comments":
                since = ask.query.get("since", "")
                said = [e for e in issue.comments if e["updated_at"] >= since]
                return Say(body=paged(ask, said))
            case "POST", "comments":
                return Say(201, self.comment(person, issue, ask.json["body"]))
            case "POST", "labels":
                return self._label(ask, person, issue)
            case "DELETE", "labels":
                return self._unlabel(person, issue, part.partition("/")[2])
            case _:
                return refuse(404, "Not Found")

    def _list(self, ask: Ask) -> Say:
        found = [
            each
            for each in self.issues
            if ask.query.get("state", "open") in ("all", each.state)
            and ask.query.get("creator", each.by.login) == each.by.login
            and instant(each.updated) >= ask.query.get("since", "")
        ]
        by_update = ask.query.get("sort") == "updated"
        found.sort(
            key=lambda e: (instant(e.updated if by_update else e.created), e.number),
            reverse=ask.query.get("direction", "desc") == "desc",
        )
        return Say(body=[self.shown(each) for each in paged(ask, found)])

    def _new(self, ask: Ask, person: Person) -> Say:
        asked = ask.json
        if not asked.get("title"):
            missing = {"resource": "Issue", "field": "title", "code": "missing_field"}
            body = {"message": "Validation Failed", "errors": [missing]}
            return Say(422, body)
        now = self.now()
        # Labels of those who may not push are dropped without a word.
        labels = asked.get("labels", []) if person.pushes else []
        self.labels |= set(labels)
        issue = Issue(
            number=len(self.issues) + 1,
            by=person,
            title=asked["title"],
            body=asked.get("body"),
            created=now,
            updated=now,
            labels=list(labels),
        )
        self.issues.append(issue)
        return Say(201, self.shown(issue))

    def _patch(self, ask: Ask, person: Person, issue: Issue) -> Say:
        if not person.pushes and person is not issue.by:
            return refuse(403, "Must have admin rights to Repository.")
        asked = ask.json
        issue.title = asked.get("title", issue.title)
        state = asked.get("state", issue.state)
        if state != issue.state:
            issue.state = state
            closes = state == "closed"
            issue.closed = self.now() if closes else None
            reason = asked.get("state_reason", "completed")
            issue.reason = reason if closes else "reopened"
        issue.updated = self.now()
        return Say(body=self.shown(issue))

    def _label(self, ask: Ask, person: Person, issue: Issue) -> Say:
        if not person.pushes:
            return refuse(403, "Must have triage rights to Repository.")
        self.labels |= set(ask.json["labels"])
        issue.labels = list(dict.fromkeys([*issue.labels, *ask.json["labels"]]))
        issue.updated = self.now()
        return Say(body=[label(each) for each in issue.labels])

    def _unlabel(self, person: Person, issue: Issue, name: str) -> Say:
        if not person.pushes:
            return refuse(403, "Must have triage rights to Repository.")
        if name not in issue.labels:
            return refuse(404, "Label does not exist")
        issue.labels.remove(name)
        issue.updated = self.now()
        return Say(body=[label(each) for each in issue.labels])

    def comment(self, person: Person, issue: Issue, text: str) -> dict[str, Any]:
        """Say something about an issue."""
        self._comment += 1
        now = issue.updated = self.now()
        said = {
            "id": self._comment,
            "node_id": f"IC_{self._comment}",
            "url": f"{HERE}/issues/comments/{self._comment}",
            "html_url": f"{HERE}/{issue.number}#{self._comment}",
            "issue_url": f"{HERE}/issues/{issue.number}",
            "body": text,
            "user": user(person),
            "created_at": instant(now),
            "updated_at": instant(now),
            "author_association": person.association,
        }
        issue.comments.append(said)
        return said

    def shown(self, issue: Issue) -> dict[str, Any]:
        """Show an issue as the API does."""
        url = f"{HERE}/repos/{REPOSITORY}/issues/{issue.number}"
        pull = {"diff_url": url, "html_url": url, "patch_url": url, "url": url}
        return {
            "id": 9000 + issue.number,
            "node_id": f"I_{issue.number}",
            "number": issue.number,
            "url": url,
            "html_url": f"https://github.test/{REPOSITORY}/issues/{issue.number}",
            "repository_url": f"{HERE}/repos/{REPOSITORY}",
            "labels_url": f"{url}/labels",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "state_reason": issue.reason,
            "user": user(issue.by),
            "labels": [label(each) for each in issue.labels],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "locked": False,
            "comments": len(issue.comments),
            "created_at": instant(issue.created),
            "updated_at": instant(issue.updated),
            "closed_at": instant(issue.closed) if issue.closed else None,
            "author_association": issue.by.association,
            **({"pull_request": pull} if issue.pull else {}),
        }

    def _tagged(self, ask: Ask, body: dict[str, Any]) -> Say:
        tag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"'
        if ask.headers.get("If-None-Match") == tag:
            return Say(304, None, {"ETag": tag})
        return Say(200, body, {"ETag": tag})


def instant(moment: datetime) -> str:
    """Write a time as GitHub does, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def paged(ask: Ask, found: list[Any]) -> list[Any]:
    size = min(int(ask.query.get("per_page", "30")), 100)
    page = int(ask.query.get("page", "1"))
    return found[(page - 1) * size : page * size]


def refuse(status: int, message: str) -> Say:
    about = "https://docs.github.com/rest"
    return Say(status, {"message": message, "documentation_url": about})


def label(name: str) -> dict[str, Any]:
    number = int(re.sub(r"\D", "", hashlib.sha256(name.encode()).hexdigest())[:6])
    return {
        "id": number,
        "node_id": f"LA_{number}",
        "url": f"{HERE}/labels/{number}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def user(person: Person) -> dict[str, Any]:
    return {
        **dict.fromkeys(USER, f"{HERE}/users/{person.login}"),
        "gravatar_id": "",
        "id": person.id,
        "login": person.login,
        "node_id": f"U_{person.id}",
        "site_admin": False,
        "type": "User",
    }


def me(person: Person) -> dict[str, Any]:
    schema = document("github-issues.openapi.json")["components"]["schemas"]
    return {
        **filled(schema["private-user"]),
        **user(person),
        **dict.fromkeys(MINE),
        "blog": "",
        "email": f"{person.login}@example.com",
        "name": None,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "two_factor_authentication": True,
        "user_view_type": "private",
    }


def repository(*, has_issues: bool) -> dict[str, Any]:
    here = f"{HERE}/repos/{REPOSITORY}"
    schema = document("github-issues.openapi.json")["components"]["schemas"]
    return {
        **filled(schema["full-repository"]),
        "id": 1,
        "node_id": "R_1",
        "name": "support",
        "full_name": REPOSITORY,
        "owner": user(Person("acme", 9)),
        "url": here,
        "html_url": here,
        "description": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": "main",
        "has_issues": has_issues,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "pushed_at": "2020-01-01T00:00:00Z",
    }


def filled(schema: dict[str, Any]) -> dict[str, Any]:
    """Fill what an answer must have and this site does not care about."""
    plain = {"string": HERE, "integer": 0, "boolean": False}
    return {
        name: plain[about["type"]]
        for name, about in schema["properties"].items()
        if name in schema["required"] and about.get("type") in plain
    }
