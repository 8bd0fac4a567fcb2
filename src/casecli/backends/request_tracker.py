"""Request Tracker 5 over its REST 2.0: a customer's view of one queue.

A key is kept in a custom field of the ticket and in the subject of each message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.http import HttpClient
from casecli.backends.http_answers import understood
from casecli.backends.http_site import Auth
from casecli.backends.request_tracker_reading import Reader, quoted
from casecli.backends.request_tracker_records import (
    PRIORITY,
    custom_fields,
    marked,
)
from casecli.backends.request_tracker_settings import configured
from casecli.backends.request_tracker_writing import Writer
from casecli.domain.change import (
    AddAttachment,
    Open,
    Receipt,
)
from casecli.domain.errors import (
    AuthError,
    NotFoundRemote,
    NotLoggedIn,
)
from casecli.domain.ports import Capabilities, Identity, Page, Snapshot, Support

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange

AGENT = "agent"
_TOKEN = re.compile(r"\d+-(\d+)-[0-9a-f]+")


class RequestTracker:
    """The port `Backend` over one queue.

    Settings: see `request_tracker_settings`. The role `agent` is meant literally; any
    other is a customer, who neither reads nor writes internal comments.
    """

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._setup = configured(options)
        self._words = self._setup.words
        agent = options.role == AGENT
        self._http = HttpClient(self._setup.site(self._auth))
        self._reader = Reader(self._http, self._setup, agent=agent)
        self._writer = Writer(self._http, self._reader, self._setup, agent=agent)
        self._login = self._setup.login or options.user
        self._me: Identity | None = None
        self._queue_fields: frozenset[str] | None = None

    def _auth(self) -> Auth:
        try:
            token = self._options.token()
        except NotLoggedIn as error:
            raise AuthError(error.message, error.hint) from error
        if not token:
            raise AuthError(
                f"there is no token for profile {self._options.profile!r}",
                hint=f"casecli login --profile {self._options.profile} --token-stdin",
            )
        # RT puts the number of the token's owner into the token.
        owner = _TOKEN.fullmatch(token)
        if owner and not self._setup.login:
            self._login = owner[1]
        return Auth(prefix="token ", secret=token)

    # the port
    def capabilities(self) -> Capabilities:
        """Say what this queue can do; asks it once which custom fields it has."""
        words, has = self._words, self._fields_of_queue()
        return Capabilities(
            dedupe=_support(words.key in has),
            horizon=self._setup.horizon,
            feeds=Support.EMULATED,
            internal_comments=Support.NATIVE,
            attachments=Support.NATIVE,
            escalate=Support.EMULATED,
            reopen=Support.NATIVE,
            close_reason=_support(words.reason in has),
            edit_severity=Support.NATIVE
            if words.severity == PRIORITY or words.severity in has
            else Support.NONE,
            concurrency=Support.NATIVE,
            fields=Support.EMULATED,
            max_attachment=self._setup.max_attachment,
            severities=tuple(words.severities),
            statuses=tuple(
                dict.fromkeys(each.value for each in words.statuses.values())
            ),
        )

    def whoami(self) -> Identity:
        """Say whose token this is: RT shows the `id` of one's own record alone."""
        if self._me is None:
            self._http.get("rt")
            with understood():
                found = self._http.get(f"user/{self._login}").json()
                name, email = found.get("Name"), found.get("EmailAddress")
            if "id" not in found or not name:
                raise AuthError(
                    f"the token is not {self._login}'s",
                    hint="casecli profile add NAME --set login=USER",
                )
            self._me = Identity(name=name, email=email, role=self._options.role)
        return self._me

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change; a `version` guards edit, close, cancel and reopen.

        Talk since then does not count as a conflict, another change of facts does.
        """
        if isinstance(change, Open):
            me = self.whoami()
            return self._writer.open(change, me.email or me.name)
        number = _numeric(target or "")
        return self._writer.do(change, number, version, source, progress)

    def find(
        self,
        key: str,
        kind: str,
        target: str | None,
        since: datetime,  # noqa: ARG002 (RT keeps our keys for ever)
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind == Open.kind:
            query = f"'CF.{{{self._words.key}}}' = {quoted(key)}"
            for ticket in self._reader.tickets(query):
                if custom_fields(ticket).get(self._words.key) == key:
                    return Receipt(number=str(ticket["id"]), verified=True)
            return None
        number = _numeric(target or "")
        for item in self._reader.marked(number, key):
            found = marked(item["Data"] or "")
            if found and found[0] == key and found[1].partition("-")[0] == kind:
                event = str(item["id"])
                if kind == AddAttachment.kind:
                    files = self._reader.files(event)
                    event = files[0].id if files else event
                return Receipt(number=number, event_id=event, verified=True)
        return None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        seen = self._reader.look(_numeric(number))
        return None if seen.snapshot.version == if_version else seen.snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last update; one seen lately is given again only if it changed."""
        return self._reader.changed_since(cursor, max(limit, 1))

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes, and compare size and, if ours, digest.

        Raises:
            NotFoundRemote: the case has no such file.
            Transient: other bytes came than were sent.
        """
        case = self._reader.look(_numeric(number)).snapshot.case
        file = next((each for each in case.attachments if each.id == attachment), None)
        if file is None:
            raise NotFoundRemote(
                f"{number} has no attachment {attachment!r}",
                hint=f"casecli attachments {number}",
            )
        self._reader.download(file, out)

    def close(self) -> None:
        """Let go of the connections; harmless twice."""
        self._reader.close()
        self._http.close()

    def _fields_of_queue(self) -> frozenset[str]:
        if self._queue_fields is None:
            with understood():
                queue = self._http.get(f"queue/{self._setup.queue}").json()
                found = queue.get("TicketCustomFields") or []
                self._queue_fields = frozenset(each["name"] for each in found)
        return self._queue_fields


def _support(has: bool) -> Support:  # noqa: FBT001 (a yes or no is all it takes)
    return Support.EMULATED if has else Support.NONE


def _numeric(number: str) -> str:
    # A number becomes part of a path and of a query, so it is one.
    if not (number.isascii() and number.isdecimal()) or len(number) > 18:  # noqa: PLR2004 (63 bits)
        raise NotFoundRemote(
            f"{number!r} is not a ticket's number", hint="casecli list"
        )
    return number
