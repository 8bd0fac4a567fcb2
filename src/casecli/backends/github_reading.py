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
from casecli.backends.http_site import Auth
from casecli.backends.tracker_pull import FULL, Row, listed, pulled
from casecli.backends.tracker_settings import Given
from casecli.domain.calendar import format_time, parse_time
from casecli.domain.errors import (
    BadInput,
    NotFoundRemote,
    Transient,
)
from casecli.domain.ports import (
    Identity,
    Page,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.backends.http import Params
    from casecli.domain.case import Attachment

SYSTEM = "GitHub"
KEYS = frozenset({"repository", "scope", "login", "severity_label", "escalated_label"})
HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
# Neither part is one of the two folders every folder has.
_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+"
_REPOSITORY = re.compile(f"{_NAME}/{_NAME}")


class Reader:
    """A connection to one repository, and what a profile says about it."""

    def __init__(self, options: BackendOptions) -> None:
        given = Given.checked(options, SYSTEM, KEYS)
        named = options.settings.get("repository")
        api, repository = _addressed(options, named)
        self.issues = f"repos/{repository}/issues"
        self.repository = f"repos/{repository}"
        self.role, self.agent = options.role, options.role == "agent"
        self.scope = given.text("scope", "all" if self.agent else "mine")
        if self.scope not in ("mine", "all"):
            raise BadInput(f"scope is mine or all, not {self.scope!r}")
        self.words, self.horizon = given.words(LABELS, {}), given.horizon
        self._given, self._overlap = given, given.seconds("overlap", 60)
        self.http = HttpClient(given.site(api, _bearer, HEADERS))

    @cached_property
    def identity(self) -> Identity:
        """Whose token it is; an app's token needs the setting `login`."""
        named = self._given.text("login", "")
        if named:
            self.http.get(self.repository).json()
            return Identity(name=named, role=self.role, account=named)
        user = self.http.get("user").json()
        with understood():
            return Identity(
                name=user["login"],
                email=user.get("email"),
                role=self.role,
                account=user["login"],
            )

    @cached_property
    def reading(self) -> Reading:
        """How issues are read, by the profile's words."""
        return Reading(
            me=self.identity.account or "",
            agent=self.agent,
            words=self.words,
            severity_label=self._given.text("severity_label", "severity: "),
            escalated_label=self._given.text("escalated_label", "escalated"),
        )

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read the case as it is now."""
        del event
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

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what was updated after a cursor.

        Pull requests are issues to GitHub and none to us.
        """
        order: dict[str, str | int] = {"sort": "updated", "direction": "asc"}
        if self.scope == "mine":
            order["creator"] = self.reading.me

        def page(since: datetime | None, skip: int) -> list[Row]:
            asked = {**order, "state": "all", "per_page": FULL, "page": skip + 1}
            if since is not None:
                asked["since"] = format_time(since)
            with understood():
                return [
                    Row(str(each["number"]), parse_time(each["updated_at"]), each)
                    for each in self.http.get(self.issues, asked).json()
                ]

        def rows(since: datetime | None) -> Iterator[Row]:
            for row in listed(page, since):
                if "pull_request" not in row.record:
                    yield row

        def read(found: Sequence[Row]) -> list[Snapshot]:
            return [self.snapshot(row.record) for row in found]

        return pulled(cursor, limit, self._overlap, rows, read)

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Never called: no issue has a file the API would tell of."""
        del out
        raise NotFoundRemote(f"GitHub tells of no file {file.name!r}")

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


def _bearer(token: str) -> Auth:
    return Auth(prefix="Bearer ", secret=token)


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
