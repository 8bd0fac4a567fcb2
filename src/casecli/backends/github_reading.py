"""Reading one repository of GitHub: issues by their update, comments, labels."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from casecli.backends.github_records import (
    LABELS,
    Reading,
    Record,
)
from casecli.backends.http import HttpClient
from casecli.backends.http_answers import MAX_PAGES, understood
from casecli.backends.http_settings import read_settings
from casecli.backends.http_site import Auth
from casecli.backends.tracker_settings import token_of
from casecli.domain.errors import (
    BadInput,
    NotFoundRemote,
    Transient,
)
from casecli.domain.ports import (
    Identity,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.backends import BackendOptions
    from casecli.backends.http import Params

SYSTEM = "GitHub"
KEYS = frozenset({"repository", "scope", "login", "severity_label", "escalated_label"})
HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
FULL = 100
# Neither part is one of the two folders every folder has.
_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+"
_REPOSITORY = re.compile(f"{_NAME}/{_NAME}")


class Reader:
    """A connection to one repository, and what a profile says about it."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self.settings = read_settings(options, SYSTEM, KEYS, LABELS)
        api, repository = _addressed(options, self.settings.own.get("repository"))
        self.issues = f"repos/{repository}/issues"
        self.repository = f"repos/{repository}"
        self.agent = options.role == "agent"
        default = "all" if self.agent else "mine"
        self.scope = self.settings.own.get("scope", default)
        if self.scope not in ("mine", "all"):
            raise BadInput(f"scope is mine or all, not {self.scope!r}")
        self.http = HttpClient(self.settings.site(options, api, self._auth, HEADERS))

    def _auth(self) -> Auth:
        return Auth(prefix="Bearer ", secret=token_of(self._options))

    @cached_property
    def identity(self) -> Identity:
        """Whose token it is; an app's token needs the setting `login`."""
        named = self.settings.own.get("login")
        if named:
            self.http.get(self.repository).json()
            return Identity(name=named, role=self._options.role, account=named)
        user = self.http.get("user").json()
        with understood():
            return Identity(
                name=user["login"],
                email=user.get("email"),
                role=self._options.role,
                account=user["login"],
            )

    @cached_property
    def reading(self) -> Reading:
        """How issues are read, by the profile's words."""
        own = self.settings.own
        return Reading(
            me=self.identity.account or "",
            agent=self.agent,
            settings=self.settings,
            severity_label=own.get("severity_label", "severity: "),
            escalated_label=own.get("escalated_label", "escalated"),
        )

    def look(self, number: str) -> Snapshot:
        """Read the case as it is now."""
        reply = self.http.get(f"{self.issues}/{number}")
        return self.snapshot(reply.json(), reply.headers.get("etag", ""))

    def snapshot(self, issue: Record, etag: str = "") -> Snapshot:
        """Build a case from an issue; its comments are asked for, if it has any."""
        with understood():
            if "pull_request" in issue:
                raise NotFoundRemote(f"{issue['number']} is a pull request")
            said = self.said(str(issue["number"])) if issue["comments"] else ()
            return self.reading.snapshot(issue, said, etag)

    def said(self, number: str, params: Params | None = None) -> Iterator[Record]:
        """Read all comments of an issue, oldest first."""
        return self.all(f"{self.issues}/{number}/comments", params)

    def listed(self, since: str | None) -> Iterator[Record]:
        """List issues by update; one updated meanwhile may come twice, none is lost.

        Pages are counted within one moment alone: across moments a case that moves to
        the end would pull another one over the edge of a page.
        """
        order: dict[str, str | int] = {"sort": "updated", "direction": "asc"}
        if self.scope == "mine":
            order["creator"] = self.reading.me
        page, stale = 1, 0
        seen: set[tuple[int, str]] = set()
        while True:
            asked = {**order, "state": "all", "per_page": FULL, "page": page}
            more = {"since": since} if since else {}
            with understood():
                items: list[Record] = list(
                    self.http.get(self.issues, {**asked, **more}).json()
                )
                new = [e for e in items if (e["id"], e["updated_at"]) not in seen]
                seen |= {(each["id"], each["updated_at"]) for each in new}
                last = str(items[-1]["updated_at"]) if items else since
            yield from (each for each in new if "pull_request" not in each)
            if len(items) < FULL:
                return
            stale = 0 if new else stale + 1
            if stale > 1:
                raise Transient("the server's pages do not end")
            page = 1 if since != last and new else page + 1
            since = last

    def all(self, path: str, params: Params | None = None) -> Iterator[Record]:
        """Read a numbered list to its end; a page that is not full is the last."""
        seen: set[int] = set()
        for page in range(1, MAX_PAGES):
            asked: Params = {**(params or {}), "per_page": FULL, "page": page}
            with understood():
                items: list[Record] = list(self.http.get(path, asked).json())
                new = [each for each in items if each["id"] not in seen]
                seen |= {each["id"] for each in new}
            yield from new
            if len(items) < FULL:
                return
            if not new:
                break
        raise Transient("the server's pages do not end")


def _addressed(options: BackendOptions, repository: str | None) -> tuple[str, str]:
    """Part a profile's URL into that of the API and a repository.

    Raises:
        BadInput: no repository is named.
    """
    url = options.url.rstrip("/") or "https://api.github.com"
    parts = urlsplit(url)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")
    if parts.netloc in ("github.com", "www.github.com"):
        origin = "https://api.github.com"
    elif path != "api/v3" and parts.netloc != "api.github.com":
        origin += "/api/v3"
    if path and path != "api/v3" and repository is None:
        repository = path.removeprefix("repos/").removesuffix(".git")
    elif path == "api/v3":
        origin = url
    if repository is None or not _REPOSITORY.fullmatch(repository):
        raise BadInput(
            f"GitHub needs a repository, not {repository!r}",
            hint="casecli profile add NAME --backend github "
            "--url https://github.com/OWNER/REPOSITORY",
        )
    return origin, repository
