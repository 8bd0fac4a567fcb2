"""Listing tickets of Request Tracker a page ahead, on a connection of its own.

RT spends as long on a page of tickets as on their conversations, and works on several
requests at once. So while one connection reads what was said in the tickets of a page,
the other already lists the next.
"""

from __future__ import annotations

from threading import Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

from casecli.backends.http_answers import understood
from casecli.domain.errors import CaseError

if TYPE_CHECKING:
    from casecli.backends.http import HttpClient, Params
    from casecli.backends.request_tracker_records import Record

FULL = 100
TICKET = (
    "Subject,Status,Priority,Owner,Requestor,Cc,Created,LastUpdated,Resolved,"
    "CustomFields"
)


class Listing(NamedTuple):
    """A page of tickets, oldest update first, and whether others follow."""

    rows: list[Record]
    more: bool


def listing(http: HttpClient, query: str, limit: int) -> Listing:
    """List the first tickets TicketSQL finds, at most a hundred."""
    size = min(limit, FULL)
    params: Params = {
        "query": query,
        "fields": TICKET,
        "orderby": ["LastUpdated", "id"],
        "per_page": size,
    }
    reply = http.get("tickets", params)
    with understood():
        data = reply.json()
        rows: list[Record] = data["items"][:size]
        pages = data.get("pages")
    more = pages > 1 if isinstance(pages, int) else len(rows) == size
    return Listing(rows, more and bool(rows))


class Ahead:
    """One listing begun before it is asked for; for one thread at a time.

    The connection belongs to the thread that lists while there is one: another cannot
    close it without pulling it from under a request.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._asked: tuple[str, int] | None = None
        self._found: Listing | None = None
        self._thread: Thread | None = None
        self._lock = Lock()
        self._lists = self._closed = False

    def begin(self, query: str, limit: int) -> None:
        """Begin to list in the background; nothing is raised, then or later."""
        if self._closed:
            return
        self._asked, self._found, self._lists = (query, limit), None, True
        # A daemon: whoever stops the program does not wait for the server.
        self._thread = Thread(target=self._list, args=(query, limit), daemon=True)
        self._thread.start()

    def _list(self, query: str, limit: int) -> None:
        try:
            self._found = listing(self._http, query, limit)
        except CaseError:
            self._found = None  # whoever wants it reads it again, and hears why
        finally:
            with self._lock:
                self._lists = False
                if self._closed:
                    self._http.close()

    def take(self, query: str, limit: int) -> Listing | None:
        """Give what was listed for this; None where it was not, or ended there.

        A last page is never given: what was changed since would be missed.
        """
        if self._thread is None:
            return None
        self._thread.join()
        self._thread = None
        found = self._found if self._asked == (query, limit) else None
        self._found = None
        return found if found is not None and found.more else None

    def close(self) -> None:
        """Let go of the connection, without waiting for what is still being read."""
        with self._lock:
            self._closed, self._thread = True, None
            if self._lists:
                self._http.abandon()
            else:
                self._http.close()
