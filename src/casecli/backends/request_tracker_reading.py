"""Reading Request Tracker in few requests: many tickets' histories at once."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from casecli.backends.http_answers import every_page, understood
from casecli.backends.request_tracker_ahead import TICKET, Ahead, listing
from casecli.backends.request_tracker_pull import Cursor
from casecli.backends.request_tracker_records import (
    TALK,
    Part,
    Transaction,
    case_of,
    custom_fields,
    part,
    transaction,
)
from casecli.backends.tracker_files import SLACK, copied
from casecli.backends.tracker_settings import shown
from casecli.domain.errors import Transient
from casecli.domain.ports import Page, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from casecli.backends.http import HttpClient, Params
    from casecli.backends.request_tracker_records import Record
    from casecli.backends.request_tracker_settings import Setup
    from casecli.domain.case import Attachment

FULL = 100
TRANSACTION = "Type,Creator,Created,Data,OldValue,NewValue,ObjectId"
PART = "TransactionId,Filename,ContentType,ContentLength"
# Of one field either holds, of several each.
TEXTS = (
    {"field": "Filename", "operator": "IS", "value": "NULL"},
    {"field": "Filename", "value": ""},
    {"field": "ContentType", "operator": "STARTSWITH", "value": "text/"},
)
FILES = ({"field": "Filename", "operator": "IS NOT", "value": "NULL"},)
UNTOLD = ("EmailRecord", "CommentEmailRecord", "SystemError")
LARGEST_FILE = 1024**4


class Seen(NamedTuple):
    """A case as just read, with what guards the next write."""

    snapshot: Snapshot
    etag: str
    history: tuple[Transaction, ...]


class Reader:
    """Reads tickets, their transactions and attachments as snapshots."""

    def __init__(self, http: HttpClient, setup: Setup, *, agent: bool) -> None:
        self._http, self._setup = http, setup
        self._ahead = Ahead(http.twin())
        # A customer never sees these, yet each would leave a hole in a page.
        left_out = UNTOLD if agent else (*UNTOLD, "Comment")
        self._told = " AND ".join(f"Type != '{each}'" for each in left_out)

    def look(self, number: str) -> Snapshot:
        """Read one case, with all of its files; raises as `seen` does."""
        return self.seen(number, None).snapshot

    def seen(self, number: str, files_of: Sequence[str] | None = ()) -> Seen:
        """Read one case and the mark of its state.

        RT loads a file's bytes even to tell its name, so a case with large files is
        read in no time without them: `files_of` names the transactions whose files
        are wanted, None is for all.

        Raises:
            NotFoundRemote: there is none, or none for us.
        """
        ticket, etag = self.ticket(number)
        histories = self._histories([number], files_of)
        history = histories.get(number, ())
        return Seen(self._snapshot(ticket, history), etag, history)

    def ticket(self, number: str) -> tuple[Record, str]:
        """Read a ticket and its ETag.

        Raises:
            NotFoundRemote: there is none, or none for us.
        """
        with shown(number):
            reply = self._http.get(f"ticket/{number}")
        with understood():
            ticket: Record = reply.json()
            ticket["id"], ticket["Status"]
        return ticket, reply.headers.get("etag", "")

    def tickets(self, query: str, limit: int | None = None) -> Iterator[Record]:
        """Find tickets by TicketSQL, oldest update first."""
        size = FULL if limit is None else min(limit, FULL)
        params: Params = {
            "query": query,
            "fields": TICKET,
            "orderby": ["LastUpdated", "id"],
            "per_page": size,
        }
        yield from self._all("tickets", params)

    def queues(self) -> tuple[str, ...]:
        """Name the queues that are shown to us."""
        found = self._all("queues/all", {"fields": "Name"})
        with understood():
            return tuple(str(each["Name"]) for each in found)

    def marked(self, number: str, key: str) -> Iterator[Record]:
        """Find transactions of a ticket that may carry a key, oldest first."""
        # RT takes a query with a bracket in it for JSON.
        query = f"{_of([number])} AND Data LIKE {quoted(f'casecli {key}')}"
        params: Params = {"query": query, "fields": "Type,Data", "orderby": "id"}
        yield from self._all("transactions", params)

    def files(self, transaction_id: str) -> list[Part]:
        """Read what files a transaction brought."""
        found = self._listed([transaction_id], FILES, PART)
        return [each for _, each in found if each.name]

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read the tickets after a cursor, then those that changed just before it."""
        mark = Cursor.read(cursor)
        with understood():
            overlap = self._setup.overlap
            query = self._after(mark)
            found = self._ahead.take(query, limit)
            page, more = found or listing(self._http, query, limit)
            if more:
                last = page[-1]
                begun = mark.moved(str(last["id"]), last["LastUpdated"], "")
                self._ahead.begin(self._after(begun), limit)
            snapshots = self._snapshots(page)
            if not more and mark.at is not None:
                again = self._changed_again(mark, page)
                room = limit - len(snapshots)
                more = len(again) > room
                page += [row for row, _ in again[:room]]
                snapshots += [snapshot for _, snapshot in again[:room]]
            for row, snapshot in zip(page, snapshots, strict=True):
                mark = mark.moved(snapshot.number, row["LastUpdated"], snapshot.version)
            return Page(
                snapshots=tuple(snapshots), next=str(mark.pruned(overlap)), more=more
            )

    def _after(self, mark: Cursor) -> str:
        return f"({self._setup.scope}) AND {mark.after}"

    def close(self) -> None:
        """Let go of the connection that lists ahead."""
        self._ahead.close()

    def _changed_again(
        self, mark: Cursor, page: Sequence[Record]
    ) -> list[tuple[Record, Snapshot]]:
        """Find what changed at or before the mark after all; the rest is not read."""
        taken = {str(row["id"]) for row in page}
        query = f"({self._setup.scope}) AND {mark.again(self._setup.overlap)}"
        asked: Params = {
            "query": query,
            "fields": "LastUpdated",
            "orderby": ["LastUpdated", "id"],
        }
        listed: dict[str, Record] = {}
        same: dict[str, str] = {}
        for row in self._all("tickets", asked):
            number = str(row["id"])
            if number in taken:
                continue
            listed[number] = row
            when, version = mark.seen.get(number, ("", ""))
            if when == row["LastUpdated"]:
                same[number] = version
        gone_on = self._gone_on(same)
        changed = [each for each in listed if each not in same or each in gone_on]
        found: list[tuple[Record, Snapshot]] = []
        for some in _by(FULL, changed):
            any_of = " OR ".join(f"id = {int(each)}" for each in some)
            # A later update than the listed one must not move the mark past others.
            found += [
                (listed[each.number], each)
                for each in self._snapshots(list(self.tickets(any_of)))
                if each.number in listed
                and each.version != mark.seen.get(each.number, ("", ""))[1]
            ]
        return found

    def _gone_on(self, versions: Mapping[str, str]) -> set[str]:
        """Name the tickets with transactions newer than these; a second holds many."""
        found: set[str] = set()
        for some in _by(FULL, tuple(versions)):
            later = " OR ".join(
                f"(ObjectId = {int(each)} AND id > {int(versions[each] or 0)})"
                for each in some
            )
            params: Params = {
                "query": f"ObjectType = 'RT::Ticket' AND ({later}) AND {self._told}",
                "fields": "ObjectId",
                "orderby": "id",
            }
            found.update(
                str(each["ObjectId"]) for each in self._all("transactions", params)
            )
        return found

    def _snapshots(self, tickets: Sequence[Record]) -> list[Snapshot]:
        histories = self._histories([str(each["id"]) for each in tickets])
        return [
            self._snapshot(each, histories.get(str(each["id"]), ())) for each in tickets
        ]

    def _snapshot(self, ticket: Record, history: Sequence[Transaction]) -> Snapshot:
        words = self._setup.words
        with understood():
            return Snapshot(
                number=str(ticket["id"]),
                version=str(history[-1].id) if history else "0",
                case=case_of(ticket, history, words, self._setup.url),
                key=custom_fields(ticket).get(words.key),
            )

    def _histories(
        self, numbers: Sequence[str], files_of: Sequence[str] | None = None
    ) -> dict[str, tuple[Transaction, ...]]:
        """Read what happened to some tickets, with what was said."""
        if not numbers:
            return {}
        items: list[Record] = []
        for some in _by(FULL, numbers):
            params: Params = {
                "query": f"{_of(some)} AND {self._told}",
                "fields": TRANSACTION,
                "orderby": "id",
                "per_page": FULL,
            }
            items += self._all("transactions", params)
        found: dict[str, tuple[Transaction, ...]] = {}
        with understood():
            spoken = [str(each["id"]) for each in items if each["Type"] in TALK]
            parts: dict[str, list[Part]] = {}
            texts = self._listed(spoken, TEXTS, f"{PART},Content")
            files = self._listed(spoken if files_of is None else files_of, FILES, PART)
            for owner, piece in (*texts, *files):
                # What has no name in RT may have an empty one in its database.
                if piece.text or piece.name:
                    parts.setdefault(owner, []).append(piece)
            for item in items:
                number = str(item["ObjectId"])
                read = transaction(item, parts.get(str(item["id"]), ()))
                found[number] = (*found.get(number, ()), read)
        return found

    def _listed(
        self, transactions: Sequence[str], which: Sequence[Record], fields: str
    ) -> list[tuple[str, Part]]:
        """Read parts of messages, each with the transaction it belongs to."""
        # By id alone SQLite would sort the files' bytes along with the rest.
        params: Params = {"fields": fields, "orderby": ["TransactionId", "id"]}
        found: list[tuple[str, Part]] = []
        with understood():
            for some in _by(FULL, transactions):
                any_of = [{"field": "TransactionId", "value": each} for each in some]
                found += [
                    (str(each["TransactionId"]), part(each))
                    for each in self._all("attachments", params, [*any_of, *which])
                ]
        return found

    def _all(
        self, path: str, params: Params, question: object = None
    ) -> Iterator[Record]:
        """Read a collection to its end: a page that is not full is the last."""
        before: list[Record] = []

        def page(cursor: str | None) -> tuple[list[Record], str | None]:
            nonlocal before
            n = int(cursor or "1")
            asked = {"per_page": FULL, **params, "page": n}
            reply = (
                self._http.get(path, asked)
                if question is None
                else self._http.ask(path, question, asked)
            )
            with understood():
                data = reply.json()
                items: list[Record] = [dict(each) for each in data["items"]]
                size = int(data["per_page"])
                last = data.get("pages")
                # A server that does not count gives its first page for ever.
                if items and items == before:
                    raise Transient("the server's pages do not end")
                before = items
            ended = n >= last if isinstance(last, int) else len(items) < size
            return items, None if ended else str(n + 1)

        yield from every_page(page)

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Write a file's bytes; RT wraps them in base64 within JSON.

        Raises:
            Transient: other bytes came than the ticket tells of.
        """
        limit = file.size + file.size // 2 + SLACK
        chunks = self._http.chunks(f"attachment/{quote(file.id, safe='')}", limit)
        copied(file_content(chunks), file, out)


def quoted(text: str) -> str:
    """Write a text for TicketSQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _of(numbers: Iterable[str]) -> str:
    any_of = " OR ".join(f"ObjectId = {int(each)}" for each in numbers)
    return f"ObjectType = 'RT::Ticket' AND ({any_of})"


def _by(size: int, values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


# An escaped quote has a backslash before it, so no value can look like this key.
_START = re.compile(rb'(?<!\\)"Content"\s*:\s*"')


def file_content(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode the one long value of a JSON object without holding all of it."""
    waiting, inside, ended = b"", False, False
    for chunk in chunks:
        if ended:
            continue
        waiting += chunk
        if not inside:
            start = _START.search(waiting)
            if start is None:
                waiting = waiting[-64:]
                continue
            waiting, inside = waiting[start.end() :], True
        body, quote_mark, _ = waiting.partition(b'"')
        ended = bool(quote_mark)
        # A backslash at the very end waits for the letter it belongs to.
        kept = b"\\" if body.endswith(b"\\") else b""
        plain = body.removesuffix(kept).replace(b"\\n", b"").replace(b"\\/", b"/")
        whole = len(plain) if ended else len(plain) - len(plain) % 4
        try:
            yield base64.b64decode(plain[:whole], validate=True)
        except binascii.Error as error:
            raise Transient("the server's file is not base64") from error
        waiting = plain[whole:] + kept
    if not ended:
        raise Transient("the server's answer holds no file")
