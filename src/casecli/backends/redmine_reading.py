"""Reading Redmine: issues with their journals, and what the project knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.backends.http_answers import every_page, understood
from casecli.backends.redmine_settings import PRIORITY
from casecli.backends.tracker_files import SLACK, copied
from casecli.backends.tracker_pull import FULL, Row, listed, pulled
from casecli.backends.tracker_settings import shown
from casecli.backends.tracker_talk import (
    Enclosed,
    Said,
    attachments,
    comments,
    escalations,
    outcome,
    unsigned,
    waiting_on,
)
from casecli.backends.tracker_versions import version_of
from casecli.domain.calendar import format_time, parse_time
from casecli.domain.case import Case, Side, Status
from casecli.domain.errors import BadInput, Invalid, NotFoundRemote, PermissionDenied
from casecli.domain.ports import Page, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends.http import HttpClient, Params
    from casecli.backends.redmine_settings import Setup
    from casecli.domain.case import Attachment

Record = dict[str, Any]  # a decoded JSON object of Redmine's; read under `understood`
WHOLE = "journals,attachments"


class Named(NamedTuple):
    """Something Redmine numbers and names."""

    id: int
    name: str


class Reader:
    """Reads issues as snapshots; asks what a project knows once."""

    def __init__(self, http: HttpClient, setup: Setup) -> None:
        self._http, self._setup = http, setup
        self._me: Record | None = None
        self._project: Record | None = None
        self._statuses: tuple[tuple[Named, bool], ...] | None = None
        self._priorities: tuple[Named, ...] | None = None
        self._roles: dict[int, frozenset[int]] | None = None

    # what the project knows
    def me(self) -> Record:
        """Read our own account."""
        if self._me is None:
            with understood():
                me: Record = self._http.get("users/current.json").json()["user"]
                me["id"], me["login"]
            self._me = me
        return self._me

    def projects(self) -> dict[str, str]:
        """Read the projects shown to us: their numbers by identifier."""
        with understood():
            found = self._collection("projects")
            return {str(each["identifier"]): str(each["id"]) for each in found}

    def trackers(self) -> tuple[str, ...]:
        """Name the kinds of issue of the project."""
        return tuple(each.name for each in self._named_in_project("trackers"))

    def fields(self) -> tuple[str, ...]:
        """Name the custom fields of the project that have no place of ours yet."""
        setup = self._setup
        own = (setup.key_field, setup.reason_field, setup.escalated_field)
        taken = {self._name_of(each) for each in (*own, setup.severity_field)}
        named = self._named_in_project("issue_custom_fields")
        return tuple(each.name for each in named if each.name not in taken)

    def field(self, name: str) -> int | None:
        """Give the number of a custom field of the project, by name or number."""
        for each in self._named_in_project("issue_custom_fields"):
            if name in (each.name, str(each.id)):
                return each.id
        return None

    def tracker(self, name: str) -> int | None:
        """Give the number of a kind of issue."""
        for each in self._named_in_project("trackers"):
            if name.lower() == each.name.lower() or name == str(each.id):
                return each.id
        return None

    def statuses(self) -> tuple[tuple[Named, bool], ...]:
        """Read the statuses, and which of them end an issue."""
        if self._statuses is None:
            with understood():
                found = self._http.get("issue_statuses.json").json()["issue_statuses"]
                self._statuses = tuple(
                    (Named(each["id"], each["name"]), bool(each.get("is_closed")))
                    for each in found
                )
        return self._statuses

    def priorities(self) -> tuple[Named, ...]:
        """Read the priorities, the least urgent first."""
        if self._priorities is None:
            path = "enumerations/issue_priorities.json"
            with understood():
                found = self._http.get(path).json()["issue_priorities"]
                self._priorities = tuple(
                    Named(each["id"], each["name"])
                    for each in found
                    if each.get("active", True)
                )
        return self._priorities

    def _named_in_project(self, what: str) -> tuple[Named, ...]:
        if self._project is None:
            name = self._setup.project
            if not name:
                raise BadInput(
                    "a Redmine profile needs its project",
                    hint="casecli profile add NAME --backend redmine "
                    "--set project=IDENTIFIER",
                )
            asked: Params = {"include": "issue_custom_fields,trackers"}
            try:
                reply = self._http.get(f"projects/{name}.json", asked)
            except (NotFoundRemote, PermissionDenied) as error:
                raise Invalid(
                    f"Redmine shows us no project {name!r}", hint="casecli whoami"
                ) from error
            with understood():
                self._project = reply.json()["project"]
        with understood():
            found = self._project.get(what) or []
            return tuple(Named(each["id"], each["name"]) for each in found)

    def _speaks_for(self, author: int, other: int) -> bool:
        """Tell whether somebody is on the side of the one who opened the issue.

        Who has the same roles in the project is, where we may see who has which.
        """
        if author == other:
            return True
        if self._roles is None:
            try:
                self._roles = dict(self._memberships())
            except (NotFoundRemote, PermissionDenied):
                self._roles = {}
        mine = self._roles.get(author)
        return mine is not None and mine == self._roles.get(other)

    def _memberships(self) -> Iterator[tuple[int, frozenset[int]]]:
        path = f"projects/{self._setup.project}/memberships"
        for each in self._collection(path, "memberships"):
            with understood():
                if "user" in each:
                    roles = frozenset(int(role["id"]) for role in each["roles"])
                    yield int(each["user"]["id"]), roles

    def _collection(self, path: str, name: str = "") -> Iterator[Record]:
        def page(cursor: str | None) -> tuple[list[Record], str | None]:
            start = int(cursor or "0")
            asked: Params = {"offset": start, "limit": FULL}
            with understood():
                data = self._http.get(f"{path}.json", asked).json()
                items: list[Record] = data[name or path]
            return items, str(start + FULL) if len(items) == FULL else None

        yield from every_page(page)

    # issues
    def look(self, number: str) -> Snapshot:
        """Read one case.

        Raises:
            NotFoundRemote: there is none, or none for us.
        """
        return self._snapshot(self.issue(number, WHOLE))

    def issue(self, number: str, include: str) -> Record:
        """Read an issue; raises as `look` does."""
        with shown(number):
            reply = self._http.get(f"issues/{number}.json", {"include": include})
        with understood():
            issue: Record = reply.json()["issue"]
            issue["id"], issue["updated_on"]
        return issue

    def issues(self, query: Mapping[str, str | int]) -> Iterator[Record]:
        """Find issues, closed ones too, without their journals."""

        def page(cursor: str | None) -> tuple[list[Record], str | None]:
            start = int(cursor or "0")
            items = self._page(query, start)
            return items, str(start + FULL) if len(items) == FULL else None

        yield from every_page(page)

    def _page(self, query: Mapping[str, str | int], start: int) -> list[Record]:
        asked: Params = {"status_id": "*", **query, "offset": start, "limit": FULL}
        with understood():
            items: list[Record] = self._http.get("issues.json", asked).json()["issues"]
            return items

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what was updated after a cursor; each issue is a request of its own.

        Raises:
            Invalid: the project is not shown to us.
        """
        self._named_in_project("trackers")

        def page(since: datetime | None, skip: int) -> list[Row]:
            query = {**self._setup.scope, "sort": "updated_on:asc,id:asc"}
            if since is not None:
                query["updated_on"] = f">={format_time(since)}"
            items = self._page(query, skip * FULL)
            with understood():
                return [
                    Row(str(each["id"]), parse_time(each["updated_on"]))
                    for each in items
                ]

        return pulled(
            cursor,
            limit,
            self._setup.overlap,
            lambda since: listed(page, since),
            self._read,
        )

    def _read(self, rows: Sequence[Row]) -> list[Snapshot]:
        found = []
        for row in rows:
            try:
                found.append(self.look(row.number))
            except NotFoundRemote:
                continue  # moved out of our sight since it was listed
        return found

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Write a file's bytes; raises as `copied` does."""
        path = f"attachments/download/{file.id}"
        copied(self._http.chunks(path, file.size + SLACK), file, out)

    # an issue as a case
    def _snapshot(self, issue: Record) -> Snapshot:
        with understood():
            talk = tuple(self._talk(issue))
            case = self._case(issue, talk, _values(issue))
            return Snapshot(
                number=str(issue["id"]),
                version=version_of(case, issue["updated_on"]),
                case=case,
                key=self.key_of(issue),
            )

    def key_of(self, issue: Record) -> str | None:
        """Read the key an issue was opened with; None where it was not ours."""
        with understood():
            kept = _values(issue).get(self._name_of(self._setup.key_field))
            _, mark = unsigned(_text(issue.get("description")))
        return kept or (mark.key if mark else None)

    def _case(
        self, issue: Record, talk: Sequence[Said], values: Mapping[str, str]
    ) -> Case:
        setup, words = self._setup, self._setup.words
        status, said = outcome(self._status(issue["status"]), talk)
        by_priority = setup.severity_field == PRIORITY
        theirs = (
            issue["priority"]["name"]
            if by_priority
            else values.get(self._name_of(setup.severity_field))
        )
        flag = self.field(setup.escalated_field)
        escalated = flag is None or _is_set(values, self._name_of(str(flag)))
        reason = values.get(self._name_of(setup.reason_field)) or said
        closed = issue.get("closed_on")
        told = [each.at for each in talk if each.side is Side.VENDOR]
        updated = parse_time(issue["updated_on"])
        case = Case(
            number=str(issue["id"]),
            backend="redmine",
            url=f"{setup.url}/issues/{issue['id']}",
            subject=issue["subject"],
            description=talk[0].text,
            status=status,
            status_raw=issue["status"]["name"],
            waiting_on=waiting_on(status),
            severity=words.our_severity(theirs) if theirs else None,
            owner=(issue.get("assigned_to") or {}).get("name"),
            opened_at=parse_time(issue["created_on"]),
            updated_at=max((updated, *(each.at for each in talk))),
            vendor_updated_at=max(told, default=None),
            closed_at=parse_time(closed) if closed and status.ended else None,
            close_reason=reason if status.ended else None,
            comments=tuple(comments(talk)),
            attachments=tuple(attachments(talk)),
            escalations=tuple(escalations(talk, escalated=escalated)),
        )
        fields = (setup.key_field, setup.reason_field, setup.escalated_field)
        own = {self._name_of(each) for each in (*fields, setup.severity_field)}
        return words.filled(case, values, own)

    def _status(self, theirs: Record) -> Status:
        name = theirs["name"]
        ends = any(ends for each, ends in self.statuses() if each.name == name)
        return self._setup.words.status(name, ends=ends)

    def _name_of(self, field: str) -> str:
        """Give the name of a custom field, which a profile may give by number."""
        for each in self._named_in_project("issue_custom_fields"):
            if field in (each.name, str(each.id)):
                return each.name
        return field

    def _talk(self, issue: Record) -> Iterator[Said]:
        """Read what was said, the description first."""
        author = int(issue["author"]["id"])
        files = {str(each["id"]): each for each in issue.get("attachments") or ()}
        later = sorted(issue.get("journals") or (), key=lambda each: int(each["id"]))
        brought = [_brought(each) for each in later]
        with_journal = {name for names in brought for name in names}
        text, mark = unsigned(_text(issue.get("description")))
        yield Said(
            id=f"issue-{issue['id']}",
            at=parse_time(issue["created_on"]),
            author=issue["author"]["name"],
            side=Side.CUSTOMER,
            text=text,
            mark=mark,
            opens=True,
            files=tuple(
                _enclosed(each) for n, each in files.items() if n not in with_journal
            ),
        )
        for each, names in zip(later, brought, strict=True):
            text, mark = unsigned(_text(each.get("notes")))
            writer = int(each["user"]["id"])
            ours = self._speaks_for(author, writer)
            yield Said(
                id=str(each["id"]),
                at=parse_time(each["created_on"]),
                author=each["user"]["name"],
                side=Side.CUSTOMER if ours else Side.VENDOR,
                text=text,
                mark=mark,
                internal=bool(each.get("private_notes")),
                files=tuple(_enclosed(files[n]) for n in names if n in files),
            )


def _brought(journal: Record) -> tuple[str, ...]:
    """Give the numbers of the files that came with a journal."""
    return tuple(
        str(each["name"])
        for each in journal.get("details") or ()
        if each["property"] == "attachment" and each.get("new_value")
    )


def _enclosed(file: Record) -> Enclosed:
    return Enclosed(str(file["id"]), file["filename"], int(file["filesize"]))


def _values(issue: Record) -> dict[str, str]:
    """Give the custom fields that have a value, by name."""
    found: dict[str, str] = {}
    for each in issue.get("custom_fields") or ():
        value = each.get("value")
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        if text:
            found[each["name"]] = str(text)
    return found


def _is_set(values: Mapping[str, str], name: str) -> bool:
    return values.get(name, "0").lower() not in ("0", "no", "false")


def _text(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n")
