"""Reading Roundup: issues, messages and files are items of their own, read in bulk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from casecli.backends.http_answers import every_page, understood
from casecli.backends.roundup_records import (
    BYTES,
    EMPTY,
    FILE,
    ISSUE,
    MESSAGE,
    PERSON,
    STAND_IN,
    USUAL,
    Record,
    Seen,
    id_of,
    ids_of,
    marked,
    message_id,
    people_of,
    time_of,
)
from casecli.backends.roundup_settings import PRIORITY
from casecli.backends.tracker_files import SLACK, copied
from casecli.backends.tracker_pull import FULL, Row, listed, pulled
from casecli.backends.tracker_settings import shown
from casecli.backends.tracker_talk import (
    Enclosed,
    Mark,
    Said,
    attachments,
    comments,
    escalations,
    outcome,
    told_of_file,
    waiting_on,
)
from casecli.backends.tracker_versions import version_of
from casecli.domain.case import Case, Side
from casecli.domain.errors import AuthError, Invalid
from casecli.domain.ports import Page, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from casecli.backends.http import HttpClient, Params
    from casecli.backends.roundup_settings import Setup
    from casecli.domain.case import Attachment


class Reader:
    """Reads issues as snapshots; asks what the tracker knows once."""

    def __init__(self, http: HttpClient, setup: Setup) -> None:
        self._http, self._setup = http, setup
        self._me: Record | None = None
        self._names: dict[str, dict[str, str]] = {}
        self._people: dict[str, Record] = {}
        self._sizes: dict[str, int] = {}
        self._own: tuple[str, ...] | None = None

    # what the tracker knows
    def me(self) -> Record:
        """Read our own account.

        Raises:
            AuthError: there is none of that name.
        """
        if self._me is None:
            name = self._setup.user
            fields = f"{PERSON},realname,address"
            found = self._collection(
                "user", {"username:": name, "@fields": fields, "@page_size": 1}
            )
            if not found or found[0].get("username") != name:
                raise AuthError(
                    f"Roundup knows no user {name!r}",
                    hint="casecli profile add NAME --user USER",
                )
            self._me = found[0]
        return self._me

    def names(self, kind: str) -> Mapping[str, str]:
        """Read the names of `status` or `priority` by their numbers, in order."""
        if kind not in self._names:
            asked: Params = {"@fields": "name,order", "@sort": "order"}
            with understood():
                self._names[kind] = {
                    each["id"]: each["name"] for each in self._collection(kind, asked)
                }
        return self._names[kind]

    def has(self, name: str) -> bool:
        """Tell whether the tracker's issues have such a property."""
        return name in self._properties()

    def further(self) -> list[str]:
        """Name the properties of an issue beyond the usual, and beyond ours."""
        setup = self._setup
        asked: Params = {"@fields": "title", "@sort": "-id", "@page_size": 1}
        taken = {setup.reason_field, setup.escalated_field, setup.severity_field}
        with understood():
            for newest in self._one_page("issue", asked):
                path = f"data/issue/{int(newest['id'])}"
                found = self._http.get(path).json()["data"]["attributes"]
                return sorted(frozenset(found) - USUAL - taken)
        return []

    def _properties(self) -> tuple[str, ...]:
        """Find which of the properties we would use are there."""
        if self._own is None:
            setup = self._setup
            wanted = {setup.reason_field, setup.escalated_field}
            wanted |= {*setup.words.fields.values(), setup.severity_field}
            wanted.discard(PRIORITY)
            self._own = tuple(name for name in sorted(wanted) if self._answers(name))
        return self._own

    def _answers(self, name: str) -> bool:
        asked: Params = {"@fields": name, "@page_size": 1}
        try:
            self._http.get("data/issue", asked)
        except Invalid:
            return False
        return True

    def _learn(self, people: Iterable[str]) -> None:
        unknown = {each for each in people if each not in self._people}
        for each in self._items("user", unknown, PERSON):
            self._people[each["id"]] = each

    def _side(self, author: str, creator: str) -> Side:
        """Tell who speaks: the one who opened it, and all of their organisation."""
        one, other = self._people.get(author, {}), self._people.get(creator, {})
        company = one.get("organisation")
        ours = (
            author == creator
            or (bool(company) and company == other.get("organisation"))
            or one.get("username") in self._setup.customers
        )
        return Side.CUSTOMER if ours else Side.VENDOR

    # issues
    def look(self, number: str) -> Snapshot:
        """Read one case.

        Raises:
            NotFoundRemote: there is none, or none for us.
        """
        return self.snapshots([self.issue(number).record])[0]

    def issue(self, number: str) -> Seen:
        """Read an issue and its ETag; raises as `look` does."""
        asked: Params = {"@fields": self._fields()}
        with shown(number):
            reply = self._http.get(f"data/issue/{number}", asked)
        with understood():
            data = reply.json()["data"]
            record = {**data["attributes"], "id": str(data["id"])}
            return Seen(record, data["@etag"])

    def issues_with(self, message: str) -> list[str]:
        """Find the numbers of the issues that hold a message."""
        asked: Params = {"messages": message, "@fields": "title"}
        with understood():
            return [str(each["id"]) for each in self._collection("issue", asked)]

    def messages_of(self, key: str) -> list[tuple[str, Mark]]:
        """Find our messages with a key, linked or not: number and mark."""
        start = message_id(key, "")[: -len("@casecli.invalid>")]
        asked: Params = {"messageid": start, "@fields": "messageid"}
        with understood():
            found = [
                (str(each["id"]), marked(each["messageid"]))
                for each in self._collection("msg", asked)
            ]
        return [(n, mark) for n, mark in found if mark and mark.key == key]

    def files_of(self, message: str) -> list[str]:
        """Give the numbers of the files of a message."""
        with understood():
            (found,) = self._items("msg", [message], "files")
            return ids_of(found, "files")

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what was active after a cursor, many issues at once."""

        def page(since: datetime | None, skip: int) -> list[Row]:
            asked: dict[str, str | int] = {
                **self._setup.scope,
                "@fields": "activity",
                "@sort": "activity,id",
                "@page_size": FULL,
                "@page_index": skip + 1,
            }
            if since is not None:
                asked["activity"] = f"{self._written(since)};"
            with understood():
                return [
                    Row(str(each["id"]), time_of(each["activity"]))
                    for each in self._one_page("issue", asked)
                ]

        def read(rows: Sequence[Row]) -> list[Snapshot]:
            numbers = (row.number for row in rows)
            return self.snapshots(list(self._items("issue", numbers, self._fields())))

        return pulled(
            cursor,
            limit,
            self._setup.overlap,
            lambda since: listed(page, since),
            read,
        )

    def _written(self, moment: datetime) -> str:
        """Write a time for a query: Roundup reads it in the time zone of our account.

        The clocks of a named zone are put back once a year, so an hour is added.
        """
        zone = str(self.me().get("timezone") or "")
        try:
            local = moment.astimezone(timezone(timedelta(hours=float(zone or 0))))
        except ValueError:
            from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

            try:
                local = moment.astimezone(ZoneInfo(zone)) - timedelta(hours=1)
            except (ZoneInfoNotFoundError, ValueError):
                # Nobody is further behind than twelve hours.
                local = moment.astimezone(UTC) - timedelta(hours=12)
        return f"{local:%Y-%m-%d.%H:%M:%S}"

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Write a file's bytes; raises as `copied` does."""
        path = f"data/file/{file.id}/binary_content"
        pieces = self._http.chunks(path, file.size + SLACK, BYTES)
        if file.sha256 == EMPTY:
            pieces = (each.removeprefix(STAND_IN) for each in pieces)
        copied(pieces, file, out)

    # collections
    def _fields(self) -> str:
        return ",".join((ISSUE, *self._properties()))

    def _items(
        self, kind: str, numbers: Iterable[str], fields: str
    ) -> Iterator[Record]:
        """Read items by number, a hundred at once; the texts of messages too."""
        wanted = sorted(set(numbers), key=int)
        for start in range(0, len(wanted), FULL):
            some = wanted[start : start + FULL]
            asked: Params = {
                "id": some,
                "@fields": fields,
                "@verbose": 3,
                "@page_size": FULL,
            }
            yield from self._collection(kind, asked)

    def _collection(self, kind: str, asked: Params) -> list[Record]:
        """Read a collection to its end."""

        def page(cursor: str | None) -> tuple[list[Record], str | None]:
            n = int(cursor or "1")
            items = self._one_page(
                kind, {"@page_size": FULL, **asked, "@page_index": n}
            )
            full = len(items) == int(str(asked.get("@page_size", FULL)))
            return items, str(n + 1) if full and len(items) == FULL else None

        return list(every_page(page))

    def _one_page(self, kind: str, asked: Params) -> list[Record]:
        with understood():
            data = self._http.get(f"data/{kind}", asked).json()["data"]
            items: list[Record] = data["collection"]
            return items

    # an issue as a case
    def snapshots(self, issues: Sequence[Record]) -> list[Snapshot]:
        """Build cases, reading their messages and files together."""
        with understood():
            messages = {
                each["id"]: each
                for each in self._items(
                    "msg",
                    (n for each in issues for n in ids_of(each, "messages")),
                    MESSAGE,
                )
            }
            enclosed = (n for each in messages.values() for n in ids_of(each, "files"))
            hanging = (n for each in issues for n in ids_of(each, "files"))
            files = {
                each["id"]: each
                for each in self._items("file", {*enclosed, *hanging}, FILE)
            }
            everything = (*issues, *messages.values(), *files.values())
            people = {
                id_of(each, who) for each in everything for who in people_of(each)
            }
            self._learn(each for each in people if each)
            return [self._snapshot(each, messages, files) for each in issues]

    def _snapshot(
        self,
        issue: Record,
        messages: Mapping[str, Record],
        files: Mapping[str, Record],
    ) -> Snapshot:
        own = [messages[n] for n in ids_of(issue, "messages") if n in messages]
        own.sort(key=lambda each: int(each["id"]))
        talk = tuple(self._talk(issue, own, files))
        case = self._case(issue, talk)
        opening = next((each.mark for each in talk if each.opens), None)
        return Snapshot(
            number=str(issue["id"]),
            version=version_of(case, issue["activity"]),
            case=case,
            key=opening.key if opening else None,
        )

    def _case(self, issue: Record, talk: Sequence[Said]) -> Case:
        setup, words = self._setup, self._setup.words
        status_raw = self.names("status").get(id_of(issue, "status"), "")
        status, said = outcome(words.status(status_raw), talk)
        values = {
            name: str(issue[name])
            for name in self._properties()
            if issue.get(name) not in (None, "")
        }
        theirs = values.get(setup.severity_field)
        if setup.severity_field == PRIORITY:
            theirs = self.names("priority").get(id_of(issue, "priority"))
        flag = setup.escalated_field
        escalated = not self.has(flag) or values.get(flag, "0").lower() in (
            "true",
            "1",
            "yes",
        )
        updated = time_of(issue["activity"])
        told = [each.at for each in talk if each.side is Side.VENDOR]
        owner = self._people.get(id_of(issue, "assignedto"), {})
        opening = next((each for each in talk if each.opens), None)
        case = Case(
            number=str(issue["id"]),
            backend="roundup",
            url=f"{setup.url}issue{issue['id']}",
            subject=issue["title"] or "",
            description=opening.text if opening else "",
            status=status,
            status_raw=status_raw or None,
            waiting_on=waiting_on(status),
            severity=words.our_severity(theirs) if theirs else None,
            owner=owner.get("username"),
            opened_at=time_of(issue["creation"]),
            updated_at=updated,
            vendor_updated_at=max(told, default=None),
            closed_at=updated if status.ended else None,
            close_reason=(values.get(setup.reason_field) or said)
            if status.ended
            else None,
            comments=tuple(comments(talk)),
            attachments=tuple(attachments(talk)),
            escalations=tuple(escalations(talk, escalated=escalated)),
        )
        own = {setup.severity_field, setup.reason_field, setup.escalated_field}
        return words.filled(case, values, own)

    def _talk(
        self,
        issue: Record,
        messages: Sequence[Record],
        files: Mapping[str, Record],
    ) -> Iterator[Said]:
        """Read what was said; the first message is the description."""
        creator = id_of(issue, "creator")
        loose = set(ids_of(issue, "files"))
        for n, each in enumerate(messages):
            mark = marked(each.get("messageid"))
            author = id_of(each, "author") or id_of(each, "creator")
            brought = ids_of(each, "files")
            loose -= set(brought)
            text = (each.get("content") or "").replace("\r\n", "\n")
            told, _ = told_of_file(text.strip()) if mark else (None, None)
            yield Said(
                id=str(each["id"]),
                at=time_of(each["creation"]),
                author=self._people.get(author, {}).get("username") or "",
                side=self._side(author, creator),
                text=text,
                mark=mark,
                opens=n == 0 if mark is None else mark.kind == "open",
                files=tuple(
                    self._enclosed(files[one], told) for one in brought if one in files
                ),
            )
        for one in sorted(loose & files.keys(), key=int):
            author = id_of(files[one], "creator")
            yield Said(
                id=f"file-{one}",
                at=time_of(files[one]["creation"]),
                author=self._people.get(author, {}).get("username") or "",
                side=self._side(author, creator),
                text="",
                files=(self._enclosed(files[one], None),),
            )

    def _enclosed(self, file: Record, told: int | None) -> Enclosed:
        """Read a file's record; only the bytes themselves have a size."""
        number = str(file["id"])
        if told is None and number not in self._sizes:
            path = f"data/file/{number}/binary_content"
            self._sizes[number] = self._http.length(path, BYTES) or 0
        size = self._sizes[number] if told is None else told
        return Enclosed(number, file["name"] or "", size)
